#include "swarm/upload_slots.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

namespace shoal::swarm::upload_slots_test {
namespace {

using namespace std::chrono_literals;

const Time kStart{1000s};

ConnectionKey peer(std::uint64_t number) {
  return ConnectionKey{number};
}

TEST(UploadSlots, serve_everybody_without_a_limit) {
  UploadSlots slots;
  EXPECT_FALSE(slots.limited());
  EXPECT_TRUE(slots.holds(peer(1)));
}

TEST(UploadSlots, serve_who_wants_one_as_long_as_there_are_free_ones) {
  UploadSlots slots(2);
  EXPECT_FALSE(slots.holds(peer(1)));
  for (std::uint64_t n = 1; n <= 3; ++n) slots.wants(peer(n), kStart);
  EXPECT_TRUE(slots.holds(peer(1)));
  EXPECT_TRUE(slots.holds(peer(2)));
  EXPECT_FALSE(slots.holds(peer(3)));
}

TEST(UploadSlots, go_on_at_once_to_who_waits_when_somebody_leaves) {
  UploadSlots slots(1);
  slots.wants(peer(1), kStart);
  slots.wants(peer(2), kStart);
  slots.wants(peer(3), kStart);
  slots.leaves(peer(2), kStart);
  slots.leaves(peer(1), kStart);
  EXPECT_FALSE(slots.holds(peer(1)));
  EXPECT_TRUE(slots.holds(peer(3)));
}

TEST(UploadSlots, stay_with_those_who_have_them_while_nobody_waits) {
  UploadSlots slots(2);
  slots.wants(peer(1), kStart);
  slots.rotate(kStart + 1h);
  EXPECT_TRUE(slots.holds(peer(1)));
}

TEST(UploadSlots, are_kept_for_a_turn_though_others_wait) {
  UploadSlots slots(1);
  slots.wants(peer(1), kStart);
  slots.wants(peer(2), kStart);
  slots.rotate(kStart + 500ms);
  EXPECT_TRUE(slots.holds(peer(1)));
  slots.rotate(kStart + 5s);
  EXPECT_FALSE(slots.holds(peer(1)));
  EXPECT_TRUE(slots.holds(peer(2)));
}

TEST(UploadSlots, are_held_as_long_by_each_of_many) {
  UploadSlots slots(3);
  for (std::uint64_t n = 0; n < 10; ++n) slots.wants(peer(n), kStart);
  std::map<std::uint64_t, int> held;
  for (Duration at{}; at < 200s; at += 250ms) {
    slots.wants(peer(3), kStart + at);  // asking again is no way to the front
    slots.rotate(kStart + at);
    std::size_t holders = 0;
    for (std::uint64_t n = 0; n < 10; ++n) {
      if (!slots.holds(peer(n))) continue;
      ++held[n];
      ++holders;
    }
    ASSERT_EQ(holders, 3u);
  }
  for (std::uint64_t n = 0; n < 10; ++n) EXPECT_NEAR(held[n], 240, 25) << n;
}

}  // namespace
}  // namespace shoal::swarm::upload_slots_test
