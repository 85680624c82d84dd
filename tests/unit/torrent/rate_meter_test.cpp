#include "torrent/rate_meter.hpp"

#include <gtest/gtest.h>

namespace shoal::torrent::rate_meter_test {
namespace {

using namespace std::chrono_literals;

const Time kStart{1000s};

/// 1000 bytes every 10 ms.
Time run(RateMeter& meter, Time from, Duration how_long) {
  Time now = from;
  for (; now - from < how_long; now += 10ms) meter.add(1000, now);
  return now;
}

TEST(RateMeter, knows_nothing_at_first) {
  RateMeter meter;
  EXPECT_EQ(meter.mean(kStart), 0);
  EXPECT_EQ(meter.best(), 0);
}

TEST(RateMeter, tells_the_mean_of_the_last_second) {
  RateMeter meter;
  const Time now = run(meter, kStart, 5s);
  EXPECT_NEAR(meter.mean(now), 100'000, 2'000);
  EXPECT_EQ(meter.mean(now + 2s), 0);
}

TEST(RateMeter, in_the_first_second_the_mean_is_over_what_has_passed_of_it) {
  RateMeter meter;
  const Time now = run(meter, kStart, 400ms);
  EXPECT_NEAR(meter.mean(now), 100'000, 5'000);
}

TEST(RateMeter, remembers_the_best_rate_and_slowly_forgets_it) {
  RateMeter meter;
  const Time now = run(meter, kStart, 5s);
  meter.add(0, now + 1s);
  EXPECT_GT(meter.best(), 80'000);
  for (Duration later = 1s; later < 30s; later += 500ms) meter.add(0, now + later);
  EXPECT_LT(meter.best(), 20'000);
}

// 1 MB every 30 seconds.
TEST(RateMeter, of_a_longer_window_takes_no_lump_after_a_pause_for_a_high_rate) {
  RateMeter meter(20s, 1s);
  meter.add(0, kStart);
  for (Duration at = 30s; at < 200s; at += 30s) meter.add(1'000'000, kStart + at);
  EXPECT_GT(meter.best(), 33'000);
  EXPECT_LT(meter.best(), 60'000);
}

TEST(RateMeter, of_a_longer_window_knows_a_high_rate_after_a_moment) {
  RateMeter meter(20s, 1s);
  run(meter, kStart, 1s);
  EXPECT_NEAR(meter.best(), 100'000, 5'000);
}

}  // namespace
}  // namespace shoal::torrent::rate_meter_test
