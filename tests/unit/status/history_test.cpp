#include "status/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::status::history_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(History, has_what_a_counter_grew_by_in_a_second) {
  History<1> history;
  history.add(0s, {100});
  history.add(1s, {110});
  history.add(3s, {150});
  EXPECT_THAT(history.rate(0), ElementsAre(0, 10, 20));
  EXPECT_THAT(history.gauge(0), ElementsAre(100, 110, 150));
  EXPECT_THAT(history.seconds_ago(), ElementsAre(3, 2, 0));
}

TEST(History, is_no_rate_below_nothing_when_a_counter_begins_anew) {
  History<1> history;
  history.add(0s, {100});
  history.add(1s, {5});
  EXPECT_THAT(history.rate(0), ElementsAre(0, 0));
}

TEST(History, takes_a_timer_that_is_a_little_early_and_not_twice_a_second) {
  History<1> history;
  history.add(0ms, {0});
  history.add(400ms, {1});
  history.add(950ms, {2});
  history.add(1300ms, {3});
  EXPECT_THAT(history.gauge(0), ElementsAre(0, 2));
}

TEST(History, covers_an_hour_and_stays_bounded) {
  History<1> history;
  std::size_t most = 0;
  for (std::uint64_t second = 0; second <= 20'000; ++second) {
    history.add(std::chrono::seconds(second), {second * 3});
    most = std::max(most, history.samples().size());
    if (second > 4000) {
      EXPECT_GE(history.seconds_ago().front(), 3600 - 16) << "at " << second;
    }
  }
  EXPECT_LE(most, History<1>::kMost);
  EXPECT_LT(history.seconds_ago().front(), 4000);
  const auto rates = history.rate(0);
  for (std::size_t i = 1; i < rates.size(); ++i) EXPECT_DOUBLE_EQ(rates[i], 3);
}

TEST(History, of_nothing_is_empty) {
  const History<1> history;
  EXPECT_TRUE(history.rate(0).empty());
  EXPECT_TRUE(history.seconds_ago().empty());
}

}  // namespace
}  // namespace shoal::status::history_test
