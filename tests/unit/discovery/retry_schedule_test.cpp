#include "discovery/retry_schedule.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace shoal::discovery::retry_schedule_test {
namespace {

using namespace std::chrono_literals;

const Time kStart = Time(1000h);

/// How long each send is waited for, when nothing ever answers.
std::vector<Duration> waits(RetrySchedule schedule) {
  std::vector<Duration> result;
  for (Time now = kStart; now < schedule.deadline();) {
    const Time next = schedule.next(now);
    result.push_back(next - now);
    now = next;
  }
  return result;
}

TEST(RetrySchedule, sends_again_after_half_a_second_and_then_twice_as_late_each_time) {
  const auto all = waits(RetrySchedule({60s}, kStart, 1));
  ASSERT_GE(all.size(), 6u);
  Duration expected = 500ms;
  for (std::size_t i = 0; i < 5; ++i, expected *= 2) {
    EXPECT_GE(all[i], expected * 8 / 10) << i;
    EXPECT_LE(all[i], expected * 12 / 10) << i;
  }
}

TEST(RetrySchedule, never_waits_longer_than_fifteen_seconds_and_a_fifth) {
  const auto all = waits(RetrySchedule({1h}, kStart, 7));
  EXPECT_GT(all.size(), 200u);
  for (std::size_t i = 5; i + 1 < all.size(); ++i) {
    EXPECT_GE(all[i], 12s) << i;
    EXPECT_LE(all[i], 18s) << i;
  }
}

TEST(RetrySchedule, ends_exactly_when_patience_does) {
  RetrySchedule schedule({1200ms}, kStart, 3);
  EXPECT_EQ(schedule.deadline(), kStart + 1200ms);
  Duration total{};
  for (const Duration wait : waits(schedule)) total += wait;
  EXPECT_EQ(total, 1200ms);
}

TEST(RetrySchedule, gives_up_at_once_without_patience) {
  RetrySchedule schedule({0s}, kStart, 3);
  EXPECT_EQ(schedule.next(kStart), kStart);
  EXPECT_EQ(RetrySchedule({-5s}, kStart, 3).deadline(), kStart);
}

TEST(RetrySchedule, endless_patience_does_not_overflow) {
  RetrySchedule schedule({Duration::max()}, kStart, 3);
  EXPECT_EQ(schedule.deadline(), Time::max());
  EXPECT_LE(schedule.next(kStart), kStart + 600ms);
}

TEST(RetrySchedule, differs_by_seed_and_repeats_by_seed) {
  EXPECT_EQ(waits(RetrySchedule({60s}, kStart, 1)), waits(RetrySchedule({60s}, kStart, 1)));
  EXPECT_NE(waits(RetrySchedule({60s}, kStart, 1)), waits(RetrySchedule({60s}, kStart, 2)));
}

TEST(RetrySchedule, starts_with_the_first_retry_it_is_given) {
  RetrySchedule schedule({10s, 20ms}, kStart, 5);
  const Time first = schedule.next(kStart);
  EXPECT_GE(first, kStart + 16ms);
  EXPECT_LE(first, kStart + 24ms);
}

}  // namespace
}  // namespace shoal::discovery::retry_schedule_test
