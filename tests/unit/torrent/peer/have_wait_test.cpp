#include "torrent/peer/have_wait.hpp"

#include <gtest/gtest.h>

namespace shoal::torrent::have_wait_test {
namespace {

using namespace std::chrono_literals;

Duration after_pieces_every(Duration interval, int pieces = 100) {
  HaveWait wait;
  Time now{1h};
  Duration last{};
  for (int i = 0; i < pieces; ++i, now += interval) last = wait.proven(now);
  return last;
}

TEST(HaveWait, is_the_longest_at_first_and_where_pieces_come_slowly) {
  EXPECT_EQ(after_pieces_every(1s, 1), kHaveWait);
  EXPECT_EQ(after_pieces_every(60ms), kHaveWait);
  EXPECT_GT(after_pieces_every(1h), 99ms);
}

TEST(HaveWait, is_about_two_pieces_time_where_they_come_quickly) {
  EXPECT_NEAR(static_cast<double>(after_pieces_every(5ms).count()), 10e6, 1e6);
  EXPECT_LT(after_pieces_every(1us), 1ms);
}

TEST(HaveWait, is_hardly_changed_by_one_pause) {
  HaveWait wait;
  Time now{1h};
  for (int i = 0; i < 100; ++i) static_cast<void>(wait.proven(now += 4ms));
  EXPECT_LT(wait.proven(now += 10s), 40ms);
}

}  // namespace
}  // namespace shoal::torrent::have_wait_test
