#include "torrent/upload/rate_limiter.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "metainfo/geometry.hpp"

namespace shoal::torrent::rate_limiter_test {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1h};
constexpr std::uint64_t kMiB = 1 << 20;
constexpr SwarmKey kFile{100};
constexpr SwarmKey kOtherFile{101};

/// Connections that want more all the time, on virtual time.
class Line {
 public:
  explicit Line(std::uint64_t rate) { limiter.set_rate(rate, kStart); }

  void add(std::uint64_t connection, SwarmKey file = kFile) {
    files_[ConnectionKey{connection}] = file;
    limiter.line_up(ConnectionKey{connection}, file);
  }

  /// Until `end`; timers fire late by up to `late`.
  void run(Time end, Duration late = 0ms) {
    for (auto at = limiter.next_turn_at(); at && *at < end; at = limiter.next_turn_at()) {
      now = std::max(now, *at) + late * (++fired_ % 7) / 7;
      while (const auto turn = limiter.next(now)) {
        limiter.spend(turn->bytes, now);
        moved[turn->who] += turn->bytes;
        log.push_back({now, turn->bytes});
        limiter.line_up(turn->who, files_.at(turn->who));
      }
    }
  }
  /// The most that moved in any stretch of that length.
  [[nodiscard]] std::uint64_t most_within(Duration length) const {
    std::uint64_t most = 0;
    std::uint64_t sum = 0;
    std::size_t first = 0;
    for (const auto& [at, bytes] : log) {
      sum += bytes;
      while (log[first].first + length <= at) sum -= log[first++].second;
      most = std::max(most, sum);
    }
    return most;
  }
  [[nodiscard]] std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto& [at, bytes] : log) sum += bytes;
    return sum;
  }

  RateLimiter limiter;
  Time now = kStart;
  std::map<ConnectionKey, std::uint64_t> moved;
  std::vector<std::pair<Time, std::uint64_t>> log;

 private:
  std::map<ConnectionKey, SwarmKey> files_;
  int fired_ = 0;
};

TEST(RateLimiter, is_exact_over_five_seconds_at_any_rate) {
  for (const std::uint64_t rate : {kMiB / 2, kMiB, 10 * kMiB, 100 * kMiB, 1000 * kMiB}) {
    Line line(rate);
    for (std::uint64_t i = 1; i <= 7; ++i) line.add(i);
    line.run(kStart + 5s);
    EXPECT_NEAR(static_cast<double>(line.total()) / static_cast<double>(5 * rate), 1.0, 0.05);
  }
}

TEST(RateLimiter, makes_up_for_timers_that_are_late) {
  Line line(10 * kMiB);
  for (std::uint64_t i = 1; i <= 3; ++i) line.add(i);
  line.run(kStart + 5s, 30ms);
  EXPECT_NEAR(static_cast<double>(line.total()) / (50.0 * kMiB), 1.0, 0.02);
}

TEST(RateLimiter, moves_no_more_at_once_than_a_tenth_of_a_second_brings_after_a_pause_too) {
  for (const std::uint64_t rate : {kMiB, 10 * kMiB, 100 * kMiB}) {
    Line line(rate);
    line.add(1);
    line.run(kStart + 1s);
    line.now += 1min;  // nobody wanted anything
    line.run(line.now + 1s);
    EXPECT_LE(line.most_within(1ms), rate / 10 + kBlockLength);
    EXPECT_LE(line.most_within(1s), rate + rate / 10 + kBlockLength);
  }
}

TEST(RateLimiter, never_rests_longer_than_a_tenth_of_a_second_where_that_is_a_block_or_more) {
  Line line(kMiB / 4);
  for (std::uint64_t i = 1; i <= 40; ++i) line.add(i);
  line.run(kStart + 5s);
  for (std::size_t i = 1; i < line.log.size(); ++i) {
    EXPECT_LE(line.log[i].first - line.log[i - 1].first, 100ms);
  }
}

TEST(RateLimiter, gives_everybody_in_the_line_the_same) {
  Line line(4 * kMiB);
  for (std::uint64_t i = 1; i <= 10; ++i) line.add(i);
  line.run(kStart + 5s);
  ASSERT_EQ(line.moved.size(), 10u);
  for (const auto& [who, bytes] : line.moved) {
    EXPECT_NEAR(static_cast<double>(bytes), 2.0 * kMiB, 2 * kBlockLength);
  }
}

TEST(RateLimiter, gives_every_file_the_same_and_each_file_s_peers_the_same_of_that) {
  Line line(4 * kMiB);
  for (std::uint64_t i = 1; i <= 9; ++i) line.add(i);
  line.add(10, kOtherFile);
  line.run(kStart + 5s);
  ASSERT_EQ(line.moved.size(), 10u);
  for (const auto& [who, bytes] : line.moved) {
    const double share = who == ConnectionKey{10} ? 10.0 * kMiB : 10.0 * kMiB / 9;
    EXPECT_NEAR(static_cast<double>(bytes), share, 2 * kBlockLength);
  }
}

TEST(RateLimiter, moves_block_by_block_at_a_very_low_rate) {
  Line line(16 << 10);
  line.add(1);
  line.run(kStart + 60s);
  EXPECT_EQ(line.log.size(), 60u);
}

TEST(RateLimiter, counts_what_was_made_of_a_turn_not_what_it_might_have_been) {
  RateLimiter limiter;
  limiter.set_rate(kMiB, kStart);
  limiter.line_up(ConnectionKey{1}, kFile);
  limiter.line_up(ConnectionKey{2}, kFile);
  ASSERT_TRUE(limiter.next(kStart));
  limiter.spend(0, kStart);
  EXPECT_EQ(limiter.next(kStart)->who, ConnectionKey{2});
}

TEST(RateLimiter, forgets_what_is_given_back) {
  RateLimiter limiter;
  limiter.set_rate(kMiB, kStart);
  limiter.spend(kMiB, kStart);
  limiter.line_up(ConnectionKey{1}, kFile);
  EXPECT_GT(*limiter.next_turn_at(), kStart + 900ms);
  limiter.give_back(kMiB);
  EXPECT_TRUE(limiter.next(kStart));
}

TEST(RateLimiter, lets_everybody_through_when_the_limit_is_lifted) {
  RateLimiter limiter;
  limiter.set_rate(1024, kStart);
  limiter.spend(kMiB, kStart);
  for (std::uint64_t i = 1; i <= 3; ++i) limiter.line_up(ConnectionKey{i}, kFile);
  EXPECT_FALSE(limiter.next(kStart + 1s));
  limiter.set_rate(0, kStart + 1s);
  for (std::uint64_t i = 1; i <= 3; ++i)
    EXPECT_EQ(limiter.next(kStart + 1s)->who, ConnectionKey{i});
  EXPECT_FALSE(limiter.next(kStart + 1s));
}

TEST(RateLimiter, pays_the_rest_at_the_new_rate_when_the_limit_changes) {
  RateLimiter limiter;
  limiter.set_rate(1024, kStart);
  limiter.spend(16 << 10, kStart);  // 16 s
  limiter.line_up(ConnectionKey{1}, kFile);
  limiter.set_rate(16 << 10, kStart);
  EXPECT_LE(*limiter.next_turn_at(), kStart + 1s);
  EXPECT_GE(*limiter.next_turn_at(), kStart + 900ms);
}

TEST(RateLimiter, passes_over_who_has_stepped_out) {
  RateLimiter limiter;
  limiter.set_rate(kMiB, kStart);
  limiter.line_up(ConnectionKey{1}, kFile);
  limiter.line_up(ConnectionKey{1}, kFile);
  limiter.line_up(ConnectionKey{2}, kFile);
  limiter.step_out(ConnectionKey{1});
  EXPECT_EQ(limiter.next(kStart)->who, ConnectionKey{2});
  EXPECT_FALSE(limiter.next_turn_at());
  limiter.line_up(ConnectionKey{3}, kOtherFile);
  limiter.step_out(ConnectionKey{3});
  EXPECT_FALSE(limiter.next_turn_at());
}

}  // namespace
}  // namespace shoal::torrent::rate_limiter_test
