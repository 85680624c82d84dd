#include "session/stall_watch.hpp"

#include <gtest/gtest.h>

namespace shoal::session::stall_watch_test {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow{1h};

TEST(StallWatch, tells_of_who_takes_nothing_for_ten_seconds_while_something_waits) {
  StallWatch watch;
  EXPECT_FALSE(watch.stalled(100, true, kNow));
  EXPECT_FALSE(watch.stalled(100, true, kNow + 9s));
  EXPECT_TRUE(watch.stalled(100, true, kNow + 10s));
}

TEST(StallWatch, tells_nothing_of_who_acknowledges_a_byte_now_and_then) {
  StallWatch watch;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(watch.stalled(static_cast<std::uint64_t>(i), true, kNow + i * 9s));
  }
}

TEST(StallWatch, tells_nothing_while_nothing_waits_and_counts_from_when_something_does) {
  StallWatch watch;
  EXPECT_FALSE(watch.stalled(100, false, kNow));
  EXPECT_FALSE(watch.stalled(100, false, kNow + 60s));
  EXPECT_FALSE(watch.stalled(100, true, kNow + 61s));
  EXPECT_FALSE(watch.stalled(100, true, kNow + 70s));
  EXPECT_TRUE(watch.stalled(100, true, kNow + 71s));
}

}  // namespace
}  // namespace shoal::session::stall_watch_test
