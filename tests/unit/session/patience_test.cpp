#include "session/patience.hpp"

#include <gtest/gtest.h>

namespace shoal::patience_test {
namespace {

using namespace std::chrono_literals;
using Verdict = Patience::Verdict;

const Time kStart{};

TEST(Patience, ends_after_a_minute_without_any_peer) {
  Patience patience(0s, kStart);
  EXPECT_EQ(patience.look(0, 0, kStart + 60s), Verdict::go_on);
  EXPECT_EQ(patience.look(0, 0, kStart + 61s), Verdict::left_alone);
}

TEST(Patience, begins_anew_with_every_peer) {
  Patience patience(0s, kStart);
  EXPECT_EQ(patience.look(1, 0, kStart + 20s), Verdict::go_on);
  EXPECT_EQ(patience.look(0, 0, kStart + 80s), Verdict::go_on);
  EXPECT_EQ(patience.look(0, 0, kStart + 81s), Verdict::left_alone);
}

TEST(Patience, says_once_that_nothing_comes_and_ends_after_five_minutes_of_that) {
  Patience patience(0s, kStart);
  EXPECT_EQ(patience.look(2, 0, kStart + 30s), Verdict::go_on);
  EXPECT_EQ(patience.look(2, 0, kStart + 31s), Verdict::tell);
  EXPECT_EQ(patience.look(2, 0, kStart + 32s), Verdict::go_on);
  EXPECT_EQ(patience.look(2, 0, kStart + 300s), Verdict::go_on);
  EXPECT_EQ(patience.look(2, 0, kStart + 301s), Verdict::ignored);
}

TEST(Patience, begins_anew_with_whatever_comes) {
  Patience patience(0s, kStart);
  EXPECT_EQ(patience.look(1, 0, kStart + 31s), Verdict::tell);
  EXPECT_EQ(patience.look(1, 1, kStart + 200s), Verdict::go_on);
  EXPECT_EQ(patience.look(1, 1, kStart + 231s), Verdict::tell);
  EXPECT_EQ(patience.look(1, 1, kStart + 500s), Verdict::go_on);
  EXPECT_EQ(patience.look(1, 1, kStart + 501s), Verdict::ignored);
}

TEST(Patience, does_not_blame_peers_for_our_own_limit) {
  Patience patience(0s, kStart);
  patience.held_back(kStart + 300s);
  EXPECT_EQ(patience.look(1, 0, kStart + 301s), Verdict::go_on);
  EXPECT_EQ(patience.look(1, 0, kStart + 331s), Verdict::tell);
  EXPECT_EQ(patience.look(1, 0, kStart + 601s), Verdict::ignored);
}

TEST(Patience, lasts_as_long_as_the_user_says_if_that_is_longer) {
  Patience patience(10min, kStart);
  EXPECT_EQ(patience.look(0, 0, kStart + 600s), Verdict::go_on);
  EXPECT_EQ(patience.look(0, 0, kStart + 601s), Verdict::left_alone);
}

TEST(Patience, begins_anew_when_we_were_stopped_or_busy_ourselves) {
  Patience patience(0s, kStart);
  EXPECT_EQ(patience.look(1, 0, kStart + 31s), Verdict::tell);
  patience.begin_anew(kStart + 59s);
  EXPECT_EQ(patience.look(0, 0, kStart + 119s), Verdict::go_on);
  EXPECT_EQ(patience.look(0, 0, kStart + 120s), Verdict::left_alone);
  patience.begin_anew(kStart + 400s);
  EXPECT_EQ(patience.look(1, 0, kStart + 430s), Verdict::go_on);
  EXPECT_EQ(patience.look(1, 0, kStart + 431s), Verdict::tell);
  EXPECT_EQ(patience.look(1, 0, kStart + 700s), Verdict::go_on);
}

constexpr RealTime kNow{100h};

TEST(AskingTime, is_real_time) {
  AskingTime time(10min, kNow, 0);
  EXPECT_FALSE(time.over(kNow + 599s, 0));
  EXPECT_TRUE(time.over(kNow + 600s, 0));
}

TEST(AskingTime, has_a_moment_left_when_we_were_stopped_at_its_end) {
  AskingTime time(10min, kNow, 3);
  EXPECT_FALSE(time.over(kNow + 2h, 4));
  EXPECT_FALSE(time.over(kNow + 2h + 9s, 4));
  EXPECT_TRUE(time.over(kNow + 2h + 10s, 4));
}

TEST(AskingTime, is_not_longer_for_a_stop_that_it_outlasts) {
  AskingTime time(10min, kNow, 0);
  EXPECT_FALSE(time.over(kNow + 5min, 1));
  EXPECT_TRUE(time.over(kNow + 10min, 1));
}

}  // namespace
}  // namespace shoal::patience_test
