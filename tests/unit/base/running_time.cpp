#include "base/running_time.hpp"

#include <gtest/gtest.h>

namespace shoal::running_time_test {
namespace {

using namespace std::chrono_literals;

constexpr RealTime kStart{100h};

/// How far the clock went.
Duration passed(const Clock::Look& look) {
  return look.now.time_since_epoch() - kStart.time_since_epoch();
}

TEST(RunningTime, is_real_time_while_one_looks_often) {
  RunningTime running(kStart);
  for (int i = 1; i <= 4000; ++i) {
    const Clock::Look look = running.look(kStart + i * 250ms);
    EXPECT_EQ(passed(look), i * 250ms);
    EXPECT_EQ(look.gaps, 0u);
  }
}

TEST(RunningTime, a_look_after_five_minutes_adds_a_second) {
  RunningTime running(kStart);
  EXPECT_EQ(passed(running.look(kStart + 5min)), 1s);
  EXPECT_EQ(passed(running.look(kStart + 5min + 250ms)), 1250ms);
}

TEST(RunningTime, goes_on_however_slow_the_machine_is) {
  RunningTime running(kStart);
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(passed(running.look(kStart + i * 3s)), i * 1s);
}

TEST(RunningTime, counts_how_often_it_was_stopped_for_longer) {
  RunningTime running(kStart);
  EXPECT_EQ(running.look(kStart + 4999ms).gaps, 0u) << "a slow machine";
  EXPECT_EQ(running.look(kStart + 10s).gaps, 1u);
  EXPECT_EQ(running.look(kStart + 10s).gaps, 1u);
  EXPECT_EQ(running.look(kStart + 24h).gaps, 2u);
}

TEST(RunningTime, begins_with_the_machines_time) {
  RunningTime running(kStart);
  EXPECT_EQ(running.look(kStart).now.time_since_epoch(), kStart.time_since_epoch());
}

}  // namespace
}  // namespace shoal::running_time_test
