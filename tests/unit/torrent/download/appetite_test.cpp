#include "torrent/download/appetite.hpp"

#include <gtest/gtest.h>

namespace shoal::torrent::appetite_test {
namespace {

using namespace std::chrono_literals;

const Time kStart{1000s};

/// A block from leechers and one from the origin, each so often, for three seconds.
Time run(Appetite& appetite, Time from, Duration leechers, Duration origin) {
  for (Duration at{}; at < 3s; at += 1ms) {
    if (at % leechers == 0ms) appetite.received(16384, false, from + at);
    if (origin > 0ms && at % origin == 0ms) appetite.received(16384, true, from + at);
  }
  return from + 3s;
}

TEST(Appetite, needs_the_origin_before_anything_came) {
  Appetite appetite;
  EXPECT_FALSE(appetite.sated(kStart));
}

TEST(Appetite, is_sated_when_leechers_give_nearly_all_that_comes) {
  Appetite appetite;
  EXPECT_TRUE(appetite.sated(run(appetite, kStart, 10ms, 160ms)));
}

TEST(Appetite, needs_the_origin_where_it_gives_a_good_part) {
  Appetite appetite;
  EXPECT_FALSE(appetite.sated(run(appetite, kStart, 10ms, 40ms)));
}

TEST(Appetite, needs_the_origin_again_when_leechers_give_less_than_before) {
  Appetite appetite;
  const Time now = run(appetite, kStart, 10ms, 0ms);
  ASSERT_TRUE(appetite.sated(now));
  EXPECT_FALSE(appetite.sated(run(appetite, now, 20ms, 0ms)));
}

}  // namespace
}  // namespace shoal::torrent::appetite_test
