#include "torrent/upload/upload_slots.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace shoal::torrent::upload_slots_test {
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
  slots.asks(peer(1));
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
    for (std::uint64_t n = 0; n < 10; ++n) slots.asks(peer(n));
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

/// Of the first so many peers, those that hold a slot.
std::vector<std::uint64_t> holders(const UploadSlots& slots, std::uint64_t peers) {
  std::vector<std::uint64_t> holders;
  for (std::uint64_t n = 1; n <= peers; ++n) {
    if (slots.holds(peer(n))) holders.push_back(n);
  }
  return holders;
}

TEST(UploadSlots, that_are_more_from_now_on_go_to_who_waits) {
  UploadSlots slots(1);
  for (std::uint64_t n = 1; n <= 4; ++n) slots.wants(peer(n), kStart);
  slots.set_most(3, kStart + 1s);
  EXPECT_EQ(holders(slots, 5).size(), 3u);
  slots.set_most(0, kStart + 2s);
  EXPECT_EQ(holders(slots, 5).size(), 5u);
}

TEST(UploadSlots, that_are_fewer_stay_with_who_had_them_last_and_the_others_wait) {
  UploadSlots slots(3);
  for (std::uint64_t n = 1; n <= 3; ++n) slots.wants(peer(n), kStart);
  slots.set_most(1, kStart + 100ms);
  EXPECT_EQ(holders(slots, 3), (std::vector<std::uint64_t>{3}));
  slots.leaves(peer(3), kStart + 200ms);
  EXPECT_EQ(holders(slots, 3).size(), 1u);
}

TEST(UploadSlots, that_are_limited_from_now_on_are_for_those_who_want_one) {
  UploadSlots slots;
  for (std::uint64_t n = 1; n <= 5; ++n) slots.wants(peer(n), kStart);
  slots.leaves(peer(4), kStart);
  slots.set_most(2, kStart + 1s);
  EXPECT_EQ(holders(slots, 6), (std::vector<std::uint64_t>{3, 5}));
  std::set<std::uint64_t> served;
  for (Duration at = 1s; at < 20s; at += 250ms) {
    slots.rotate(kStart + at);
    for (const std::uint64_t n : holders(slots, 6)) {
      slots.asks(peer(n));
      served.insert(n);
    }
  }
  EXPECT_EQ(served, (std::set<std::uint64_t>{1, 2, 3, 5}));
}

/// 450 that never ask, and perhaps others that do whenever they may.
class SilentCrowd {
 public:
  explicit SilentCrowd(std::size_t slots) : slots_(slots) {
    for (std::uint64_t n = 1; n <= 450; ++n) slots_.wants(peer(n), now_);
  }
  void comes(ConnectionKey who) {
    slots_.wants(who, now_);
    honest_.push_back(who);
  }
  /// For how much of that time each of the others has a slot, on the average.
  double served(Duration time) {
    int served = 0;
    int steps = 0;
    for (const Time end = now_ + time; now_ < end; now_ += 250ms, ++steps) {
      slots_.rotate(now_);
      for (const ConnectionKey who : honest_) {
        if (!slots_.holds(who)) continue;
        ++served;
        slots_.asks(who);
      }
      for (std::uint64_t n = 1; n <= 450; ++n) {
        if (slots_.holds(peer(n))) tried_.insert(n);
      }
    }
    const auto each = static_cast<double>(std::max<std::size_t>(honest_.size(), 1));
    return static_cast<double>(served) / steps / each;
  }
  [[nodiscard]] std::size_t tried() const { return tried_.size(); }

 private:
  UploadSlots slots_;
  Time now_ = kStart;
  std::vector<ConnectionKey> honest_;
  std::set<std::uint64_t> tried_;
};

TEST(UploadSlots, are_with_who_asks_most_of_the_time_in_a_silent_crowd) {
  for (const std::size_t slots : {1u, 4u}) {
    SilentCrowd crowd(slots);
    crowd.served(10s);
    crowd.comes(peer(1000));
    EXPECT_GT(crowd.served(60s), slots == 1 ? 0.7 : 0.9) << slots;
  }
}

TEST(UploadSlots, are_shared_by_those_who_ask_in_a_silent_crowd) {
  SilentCrowd crowd(4);
  for (std::uint64_t n = 1000; n < 1010; ++n) crowd.comes(peer(n));
  crowd.served(60s);
  EXPECT_GT(crowd.served(60s), 0.3);  // 0.4 if nobody else were there
}

TEST(UploadSlots, come_soon_to_a_newcomer_and_once_to_everybody) {
  SilentCrowd crowd(4);
  for (std::uint64_t n = 1000; n < 1010; ++n) crowd.comes(peer(n));
  crowd.served(60s);
  SilentCrowd later = crowd;
  later.comes(peer(2000));
  EXPECT_GT(later.served(10s) * 11, crowd.served(10s) * 10);
  crowd.served(600s);
  EXPECT_EQ(crowd.tried(), 450u);
}

}  // namespace
}  // namespace shoal::torrent::upload_slots_test
