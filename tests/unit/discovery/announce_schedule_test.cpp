#include "discovery/announce_schedule.hpp"

#include <gtest/gtest.h>

namespace shoal::discovery::announce_schedule_test {
namespace {

using namespace std::chrono_literals;
using datagram::AnnounceEvent;

class AnnounceScheduleTest : public testing::Test {
 protected:
  /// The announce that is due now, answered at once.
  std::optional<AnnounceEvent> announce(std::uint32_t interval = 1800, std::size_t peers = 5) {
    const auto event = schedule.next(now);
    if (event) schedule.answered(interval, peers, now);
    return event;
  }
  void fail_once() {
    ASSERT_TRUE(schedule.next(now));
    schedule.failed(now);
  }
  Duration rest() const { return schedule.next_deadline() - now; }

  AnnounceSchedule schedule;
  Time now = Time{} + 1h;
};

TEST_F(AnnounceScheduleTest, begins_at_once_and_one_at_a_time) {
  EXPECT_LE(schedule.next_deadline(), now);
  EXPECT_EQ(schedule.next(now), AnnounceEvent::started);
  EXPECT_EQ(schedule.next(now + 10h), std::nullopt);
  EXPECT_EQ(schedule.next_deadline(), Time::max());
  EXPECT_FALSE(schedule.known());
  schedule.answered(1800, 1, now);
  EXPECT_TRUE(schedule.known());
}

TEST_F(AnnounceScheduleTest, announces_again_after_the_trackers_interval) {
  ASSERT_TRUE(announce(1800));
  EXPECT_EQ(rest(), 1800s);
  now += 1800s - 1ns;
  EXPECT_EQ(announce(), std::nullopt);
  now += 1ns;
  EXPECT_EQ(announce(), AnnounceEvent::none);
}

TEST_F(AnnounceScheduleTest, an_odd_interval_is_brought_into_bounds) {
  for (const auto& [told, taken] : {std::pair<std::uint32_t, Duration>{0, 60s},
                                    {59, 60s},
                                    {61, 61s},
                                    {3601, 1h},
                                    {0xffffffff, 1h}}) {
    ASSERT_TRUE(announce(told));
    EXPECT_EQ(rest(), taken) << told;
    now += taken;
  }
}

TEST_F(AnnounceScheduleTest, while_there_are_no_peers_it_asks_sooner_and_ever_more_rarely) {
  for (const Duration wait : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    ASSERT_TRUE(announce(1800, 0));
    EXPECT_EQ(rest(), wait);
    now += wait;
  }
  ASSERT_TRUE(announce(1800, 1));
  EXPECT_EQ(rest(), 1800s);
  now += 1800s;
  ASSERT_TRUE(announce(1800, 0));
  EXPECT_EQ(rest(), 2s) << "it begins anew";
}

TEST_F(AnnounceScheduleTest,
       a_tracker_that_fails_is_asked_ever_more_rarely_and_told_started_again) {
  for (const Duration wait : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    fail_once();
    EXPECT_EQ(rest(), wait);
    now += wait;
  }
  EXPECT_EQ(announce(), AnnounceEvent::started);
}

TEST_F(AnnounceScheduleTest, completion_is_told_at_once_and_once) {
  ASSERT_TRUE(announce());
  now += 5s;
  schedule.completed();
  EXPECT_EQ(announce(), AnnounceEvent::completed);
  EXPECT_EQ(rest(), 1800s);
  schedule.completed();
  EXPECT_EQ(announce(), std::nullopt);
  now += 1800s;
  EXPECT_EQ(announce(), AnnounceEvent::none);
}

TEST_F(AnnounceScheduleTest, completion_during_an_announce_is_told_right_after_it) {
  ASSERT_EQ(schedule.next(now), AnnounceEvent::started);
  schedule.completed();
  EXPECT_EQ(schedule.next(now), std::nullopt);
  schedule.answered(1800, 0, now);
  EXPECT_EQ(announce(), AnnounceEvent::completed);
}

TEST_F(AnnounceScheduleTest, completion_is_told_again_when_it_was_not_heard) {
  ASSERT_TRUE(announce());
  schedule.completed();
  fail_once();
  now += 2s;
  EXPECT_EQ(announce(), AnnounceEvent::completed);
}

TEST_F(AnnounceScheduleTest, who_has_the_file_from_the_start_never_completes_it) {
  schedule = AnnounceSchedule(true);
  schedule.completed();
  EXPECT_EQ(announce(1800, 0), AnnounceEvent::started);
  EXPECT_EQ(rest(), 1800s) << "nor looks for peers";
}

TEST_F(AnnounceScheduleTest, hurrying_shortens_the_interval_to_a_quarter_of_a_minute) {
  ASSERT_TRUE(announce());
  now += 1s;
  schedule.hurry();
  EXPECT_EQ(rest(), 14s);
  now += 20s;
  schedule.hurry();
  EXPECT_EQ(announce(), AnnounceEvent::none);
}

TEST_F(AnnounceScheduleTest, a_complete_one_does_not_hurry) {
  schedule = AnnounceSchedule(true);
  ASSERT_TRUE(announce());
  schedule.hurry();
  EXPECT_EQ(rest(), 1800s);
}

TEST_F(AnnounceScheduleTest, announces_soon_when_we_were_stopped_whether_it_is_complete_or_not) {
  for (const bool complete : {false, true}) {
    schedule = AnnounceSchedule(complete);
    ASSERT_TRUE(announce());
    schedule.resumed();
    EXPECT_EQ(rest(), AnnounceSchedule::kShortestHurry) << complete;
    now += 1h;
  }
}

TEST_F(AnnounceScheduleTest, announces_at_once_when_our_address_changes) {
  schedule = AnnounceSchedule(true);
  ASSERT_TRUE(announce());
  schedule.addresses_changed();
  EXPECT_EQ(announce(), AnnounceEvent::none);
  EXPECT_EQ(rest(), 1800s);
}

TEST_F(AnnounceScheduleTest, repeats_once_what_was_under_way_when_our_address_changed) {
  ASSERT_TRUE(schedule.next(now));
  schedule.addresses_changed();
  EXPECT_EQ(schedule.next(now), std::nullopt);
  schedule.answered(1800, 5, now);
  EXPECT_EQ(announce(), AnnounceEvent::none);
  EXPECT_EQ(rest(), 1800s);
}

}  // namespace
}  // namespace shoal::discovery::announce_schedule_test
