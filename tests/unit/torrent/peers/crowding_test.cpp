#include "torrent/peers/crowding.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace shoal::torrent::crowding_test {
namespace {

using std::chrono::seconds;

constexpr Duration kPatience = seconds(10);
const Time kNow{seconds(1000)};

Occupant idle(std::uint64_t key, const char* address, seconds since) {
  return {ConnectionKey{key}, Party::of(*IpAddress::parse(address)), kNow - since};
}

TEST(Crowding, leaves_nobody_while_all_are_of_use) {
  const std::vector<Occupant> all{idle(1, "192.0.2.1", seconds(9)),
                                  idle(2, "192.0.2.1", seconds(0))};
  EXPECT_FALSE(whom_to_leave(all, kPatience, kNow));
  EXPECT_FALSE(whom_to_leave({}, kPatience, kNow));
}

TEST(Crowding, leaves_the_one_that_was_of_no_use_for_longest) {
  const std::vector<Occupant> all{idle(1, "192.0.2.1", seconds(11)),
                                  idle(2, "192.0.2.2", seconds(30)),
                                  idle(3, "192.0.2.3", seconds(20))};
  EXPECT_EQ(whom_to_leave(all, kPatience, kNow), ConnectionKey{2});
}

TEST(Crowding, leaves_one_of_the_party_that_holds_most) {
  std::vector<Occupant> all{idle(1, "192.0.2.1", seconds(500))};
  for (std::uint64_t key = 2; key < 100; ++key) {
    all.push_back(idle(key, "192.0.2.66", seconds(10 + key % 7)));
  }
  const auto left = whom_to_leave(all, kPatience, kNow);
  ASSERT_TRUE(left);
  EXPECT_EQ(static_cast<std::uint64_t>(*left) % 7, 6u);
}

TEST(Crowding, does_not_count_those_of_use_into_the_crowd) {
  const std::vector<Occupant> all{
      idle(1, "192.0.2.1", seconds(0)), idle(2, "192.0.2.1", seconds(0)),
      idle(3, "192.0.2.1", seconds(20)), idle(4, "192.0.2.2", seconds(30))};
  EXPECT_EQ(whom_to_leave(all, kPatience, kNow), ConnectionKey{4});
}

TEST(Twins, that_both_dialled_at_once_keep_the_one_that_the_smaller_peer_id_made) {
  EXPECT_TRUE(new_one_stays({.old_dialled = true, .new_dialled = false}));
  EXPECT_FALSE(new_one_stays({.old_dialled = false, .new_dialled = true}));
  EXPECT_FALSE(new_one_stays({.old_dialled = true, .our_id_is_smaller = true}));
  EXPECT_TRUE(new_one_stays({.new_dialled = true, .our_id_is_smaller = true}));
}

TEST(Twins, of_a_peer_that_comes_back_give_way_to_the_new_one_when_nothing_is_heard_of_the_old) {
  for (const bool smaller : {false, true}) {
    Twins twins{.our_id_is_smaller = smaller, .silence = seconds(4)};
    EXPECT_FALSE(new_one_stays(twins)) << "somebody else may have its id";
    twins.silence = seconds(5);
    EXPECT_TRUE(new_one_stays(twins));
    twins.old_dialled = true;
    EXPECT_TRUE(new_one_stays(twins));
  }
}

}  // namespace
}  // namespace shoal::torrent::crowding_test
