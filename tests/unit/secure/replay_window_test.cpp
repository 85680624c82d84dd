#include "secure/replay_window.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace shoal::secure::replay_window_test {
namespace {

constexpr std::uint64_t kWidth = ReplayWindow::kWidth;

bool take(ReplayWindow& window, std::uint64_t counter) {
  if (!window.fresh(counter)) return false;
  window.accept(counter);
  return true;
}

TEST(ReplayWindow, takes_every_counter_once) {
  ReplayWindow window;
  for (std::uint64_t i = 0; i < 3 * kWidth; ++i) {
    EXPECT_TRUE(take(window, i));
    EXPECT_FALSE(take(window, i));
  }
}

TEST(ReplayWindow, takes_what_was_overtaken_as_long_as_it_is_wide) {
  ReplayWindow window;
  EXPECT_TRUE(take(window, kWidth));
  EXPECT_FALSE(window.fresh(0));
  EXPECT_TRUE(take(window, 1));
  EXPECT_FALSE(take(window, 1));
}

TEST(ReplayWindow, forgets_nothing_over_a_jump) {
  ReplayWindow window;
  EXPECT_TRUE(take(window, 5));
  EXPECT_TRUE(take(window, 5 + 10 * kWidth));
  EXPECT_FALSE(window.fresh(5));
  EXPECT_TRUE(take(window, 6 + 9 * kWidth));
  EXPECT_FALSE(window.fresh(5 + 9 * kWidth));
}

TEST(ReplayWindow, works_up_to_the_last_counters) {
  constexpr std::uint64_t kLast = ~std::uint64_t{0};
  ReplayWindow window;
  EXPECT_TRUE(take(window, kLast - 1));
  EXPECT_FALSE(take(window, kLast - 1));
  EXPECT_TRUE(take(window, kLast - 5));
  EXPECT_FALSE(window.fresh(kLast));
  EXPECT_FALSE(window.fresh(3));
}

TEST(ReplayWindow, agrees_with_a_plain_set_in_any_order) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    ReplayWindow window;
    std::set<std::uint64_t> seen;
    std::uint64_t base = 0;
    for (int i = 0; i < 2000; ++i) {
      if (random() % 50 == 0) base += random() % (2 * kWidth);
      const std::uint64_t counter = base + random() % 300;
      const std::uint64_t end = seen.empty() ? 0 : *seen.rbegin() + 1;
      const bool fresh = !seen.contains(counter) && counter + kWidth >= end;
      ASSERT_EQ(take(window, counter), fresh) << counter << " with the end at " << end;
      if (fresh) seen.insert(counter);
    }
  }
}

}  // namespace
}  // namespace shoal::secure::replay_window_test
