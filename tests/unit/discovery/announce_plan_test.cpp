#include "discovery/announce_plan.hpp"

#include <gtest/gtest.h>

namespace shoal::discovery::announce_plan_test {
namespace {

using namespace std::chrono_literals;
using Plan = AnnouncePlan;

constexpr datagram::Timing kTiming{30'000, 45'000};

InfoHash hash_of(int number) {
  InfoHash hash;
  hash.bytes[0] = static_cast<std::byte>(number);
  hash.bytes[1] = static_cast<std::byte>(number >> 8);
  return hash;
}

FileInfo file(int number) {
  return {"file" + std::to_string(number), 100, 16384, Digest{}};
}

class AnnouncePlanTest : public testing::Test {
 protected:
  void offer(int number, bool complete = true) {
    plan.offer(file(number), hash_of(number), complete);
  }

  /// The next step, which must be of that kind.
  template <class Step>
  Step take() {
    const auto step = plan.next(now);
    if (!step || !std::holds_alternative<Step>(*step)) {
      ADD_FAILURE() << "another step than expected: "
                    << (step ? static_cast<int>(step->index()) : -1);
      return {};
    }
    return std::get<Step>(*step);
  }
  void expect_nothing() { EXPECT_FALSE(plan.next(now)); }

  void register_one(int number) {
    offer(number);
    const auto step = take<Plan::Register>();
    EXPECT_EQ(step.hash, hash_of(number));
    EXPECT_TRUE(plan.registered(step, kTiming, now));
  }

  AnnouncePlan plan{5s};
  Time now{1000h};
};

TEST_F(AnnouncePlanTest, has_nothing_to_do_without_files) {
  expect_nothing();
  EXPECT_EQ(plan.next_deadline(), Time::max());
  EXPECT_TRUE(plan.empty());
}

TEST_F(AnnouncePlanTest, registers_at_once_and_sends_one_heartbeat_for_all_at_the_interval) {
  register_one(1);
  now += 1s;
  register_one(2);
  expect_nothing();
  EXPECT_EQ(plan.next_deadline(), now + 29s);
  now += 29s;
  const auto beat = take<Plan::Heartbeat>();
  datagram::FileSet both;
  both.add(hash_of(2));
  both.add(hash_of(1));
  EXPECT_EQ(beat.files, both);
  plan.heartbeat_answered(true, kTiming, now);
  expect_nothing();
  EXPECT_EQ(plan.next_deadline(), now + 30s);
}

TEST_F(AnnouncePlanTest, keeps_the_interval_between_a_tenth_of_a_second_and_an_hour) {
  offer(1);
  plan.registered(take<Plan::Register>(), {0, 0}, now);
  EXPECT_EQ(plan.next_deadline(), now + 100ms);
  now += 100ms;
  take<Plan::Heartbeat>();
  plan.heartbeat_answered(true, {0xffffffff, 0xffffffff}, now);
  EXPECT_EQ(plan.next_deadline(), now + 1h);
}

TEST_F(AnnouncePlanTest, offering_the_same_again_sends_nothing) {
  register_one(1);
  offer(1);
  offer(1, false);
  expect_nothing();
}

TEST_F(AnnouncePlanTest, upgrades_to_complete) {
  offer(1, false);
  const auto first = take<Plan::Register>();
  EXPECT_FALSE(first.complete);
  EXPECT_TRUE(plan.registered(first, kTiming, now));
  offer(1, true);
  const auto second = take<Plan::Register>();
  EXPECT_TRUE(second.complete);
  EXPECT_TRUE(plan.registered(second, kTiming, now));
  expect_nothing();
}

TEST_F(AnnouncePlanTest, upgrades_after_a_registration_that_is_under_way) {
  offer(1, false);
  const auto first = take<Plan::Register>();
  offer(1, true);
  expect_nothing();
  EXPECT_FALSE(plan.registered(first, kTiming, now)) << "stale: not worth telling";
  EXPECT_TRUE(take<Plan::Register>().complete);
}

TEST_F(AnnouncePlanTest, has_at_most_64_steps_under_way) {
  for (int i = 0; i < 100; ++i) offer(i);
  std::vector<Plan::Register> steps;
  while (auto step = plan.next(now)) steps.push_back(std::get<Plan::Register>(*step));
  EXPECT_EQ(steps.size(), 64u);
  EXPECT_EQ(plan.next_deadline(), Time::max()) << "an answer or silence comes first";
  plan.registered(steps[0], kTiming, now);
  EXPECT_EQ(take<Plan::Register>().hash, hash_of(64)) << "in the order they were offered";
  expect_nothing();
}

TEST_F(AnnouncePlanTest, a_heartbeat_goes_alone) {
  register_one(1);
  offer(2);
  const auto under_way = take<Plan::Register>();
  now += 30s;
  offer(3);
  expect_nothing();  // until the one under way has ended, as both sides must mean the same set
  plan.registered(under_way, kTiming, now);
  EXPECT_EQ(take<Plan::Heartbeat>().files.count, 2u);
  expect_nothing();
  plan.heartbeat_answered(true, kTiming, now);
  EXPECT_EQ(take<Plan::Register>().hash, hash_of(3));
}

TEST_F(AnnouncePlanTest, registers_everything_again_when_the_tracker_has_forgotten) {
  register_one(1);
  register_one(2);
  offer(3);
  EXPECT_TRUE(plan.refused(take<Plan::Register>()));
  now += 30s;
  take<Plan::Heartbeat>();
  plan.heartbeat_answered(false, kTiming, now);
  for (int i = 1; i <= 3; ++i) {
    const auto step = take<Plan::Register>();
    EXPECT_EQ(step.hash, hash_of(i));
    EXPECT_TRUE(plan.registered(step, kTiming, now));
  }
  expect_nothing();
  now += 30s;
  EXPECT_EQ(take<Plan::Heartbeat>().files.count, 3u);
}

TEST_F(AnnouncePlanTest,
       a_refused_file_is_in_no_heartbeat_and_not_tried_again_until_offered_again) {
  offer(1);
  EXPECT_TRUE(plan.refused(take<Plan::Register>()));
  expect_nothing();
  EXPECT_EQ(plan.next_deadline(), Time::max());
  offer(1);
  plan.registered(take<Plan::Register>(), kTiming, now);
  now += 30s;
  EXPECT_EQ(take<Plan::Heartbeat>().files.count, 1u);
}

TEST_F(AnnouncePlanTest, tries_again_at_each_interval_what_a_full_tracker_had_no_room_for) {
  offer(1);
  EXPECT_TRUE(plan.put_off(take<Plan::Register>(), now));
  EXPECT_TRUE(plan.waits_for_room());
  EXPECT_EQ(plan.outcome(hash_of(1)), Plan::Outcome::pending);
  expect_nothing();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(plan.next_deadline(), now + 30s);
    now += 30s;
    const auto step = take<Plan::Register>();
    EXPECT_EQ(step.hash, hash_of(1));
    expect_nothing();
    EXPECT_TRUE(plan.put_off(step, now));
    expect_nothing();
  }
  now += 30s;
  EXPECT_TRUE(plan.registered(take<Plan::Register>(), kTiming, now));
  EXPECT_FALSE(plan.waits_for_room());
  now += 30s;
  EXPECT_EQ(take<Plan::Heartbeat>().files.count, 1u);
}

TEST_F(AnnouncePlanTest, tries_a_full_tracker_with_one_file_and_with_all_once_there_is_room) {
  for (int i = 0; i < 3; ++i) offer(i);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(plan.put_off(take<Plan::Register>(), now));
  now += 30s;
  const auto trial = take<Plan::Register>();
  expect_nothing();
  EXPECT_TRUE(plan.registered(trial, kTiming, now));
  for (int i = 1; i < 3; ++i) {
    const auto step = take<Plan::Register>();
    EXPECT_EQ(step.hash, hash_of(i));
    EXPECT_TRUE(plan.registered(step, kTiming, now));
  }
  expect_nothing();
}

TEST_F(AnnouncePlanTest, sends_its_heartbeat_in_time_while_files_wait_for_room) {
  register_one(1);
  now += 10s;
  offer(2);
  EXPECT_TRUE(plan.put_off(take<Plan::Register>(), now));
  EXPECT_EQ(plan.next_deadline(), now + 20s);
  now += 20s;
  EXPECT_EQ(take<Plan::Heartbeat>().files.count, 1u) << "of what the tracker has taken";
  plan.heartbeat_answered(true, kTiming, now);
  EXPECT_EQ(plan.next_deadline(), now + 10s);
  now += 10s;
  EXPECT_EQ(take<Plan::Register>().hash, hash_of(2));
}

TEST_F(AnnouncePlanTest, registers_everything_again_also_where_one_file_of_it_gave_way) {
  register_one(1);
  register_one(2);
  register_one(3);
  now += 30s;
  take<Plan::Heartbeat>();
  plan.heartbeat_answered(false, kTiming, now);
  EXPECT_TRUE(plan.put_off(take<Plan::Register>(), now)) << "the first one lost its place";
  for (int i = 2; i <= 3; ++i) {
    const auto step = take<Plan::Register>();
    EXPECT_EQ(step.hash, hash_of(i)) << "or the others would be dropped, too";
    EXPECT_TRUE(plan.registered(step, kTiming, now));
  }
}

TEST_F(AnnouncePlanTest, offers_what_waited_to_a_tracker_that_was_started_again) {
  register_one(1);
  offer(2);
  EXPECT_TRUE(plan.put_off(take<Plan::Register>(), now));
  now += 30s;
  take<Plan::Heartbeat>();
  plan.heartbeat_answered(false, kTiming, now);
  EXPECT_EQ(take<Plan::Register>().hash, hash_of(2));
  EXPECT_EQ(take<Plan::Register>().hash, hash_of(1));
}

TEST_F(AnnouncePlanTest, withdraws_what_waits_for_room_without_a_word) {
  offer(1);
  EXPECT_TRUE(plan.put_off(take<Plan::Register>(), now));
  plan.withdraw(hash_of(1));
  EXPECT_TRUE(plan.empty());
  now += 30s;
  expect_nothing();
  EXPECT_EQ(plan.next_deadline(), Time::max());
}

TEST_F(AnnouncePlanTest, tells_what_waits_for_room_as_complete_when_it_has_become_so) {
  offer(1, false);
  EXPECT_TRUE(plan.put_off(take<Plan::Register>(), now));
  offer(1, true);
  expect_nothing();
  now += 30s;
  const auto step = take<Plan::Register>();
  EXPECT_TRUE(step.complete);
  EXPECT_TRUE(plan.registered(step, kTiming, now));
}

TEST_F(AnnouncePlanTest, a_tracker_without_room_that_falls_silent_is_tried_as_others_are) {
  offer(1);
  EXPECT_TRUE(plan.put_off(take<Plan::Register>(), now));
  now += 30s;
  plan.silent(take<Plan::Register>(), now);
  EXPECT_EQ(plan.next_deadline(), now + 5s);
  now += 5s;
  EXPECT_TRUE(plan.registered(take<Plan::Register>(), kTiming, now));
}

TEST_F(AnnouncePlanTest, withdraws_what_is_known_and_forgets_it) {
  register_one(1);
  plan.withdraw(hash_of(1));
  const auto step = take<Plan::Withdraw>();
  EXPECT_EQ(step.hash, hash_of(1));
  plan.withdrawn(step);
  EXPECT_TRUE(plan.empty());
  now += 1h;
  expect_nothing();
}

TEST_F(AnnouncePlanTest, withdrawing_what_was_not_sent_yet_sends_nothing) {
  offer(1);
  plan.withdraw(hash_of(1));
  plan.withdraw(hash_of(2));
  expect_nothing();
  EXPECT_TRUE(plan.empty());
}

TEST_F(AnnouncePlanTest, withdraws_after_a_registration_that_is_under_way) {
  offer(1);
  const auto step = take<Plan::Register>();
  plan.withdraw(hash_of(1));
  expect_nothing();
  EXPECT_FALSE(plan.registered(step, kTiming, now));
  plan.withdrawn(take<Plan::Withdraw>());
  EXPECT_TRUE(plan.empty());
}

TEST_F(AnnouncePlanTest, offers_again_after_a_withdrawal_that_is_under_way) {
  register_one(1);
  plan.withdraw(hash_of(1));
  const auto leaving = take<Plan::Withdraw>();
  offer(1);
  plan.withdrawn(leaving);
  const auto back = take<Plan::Register>();
  EXPECT_TRUE(plan.registered(back, kTiming, now));
  now += 30s;
  EXPECT_EQ(take<Plan::Heartbeat>().files.count, 1u);
}

TEST_F(AnnouncePlanTest, tries_a_silent_tracker_with_one_step_at_a_time_each_probe_interval) {
  offer(1);
  offer(2);
  const Plan::Step first = take<Plan::Register>();
  const Plan::Step second = take<Plan::Register>();
  plan.silent(first, now);
  plan.silent(second, now);
  EXPECT_TRUE(plan.down());
  expect_nothing();
  EXPECT_EQ(plan.next_deadline(), now + 5s);
  now += 5s;
  const auto probe = take<Plan::Register>();
  expect_nothing();
  plan.registered(probe, kTiming, now);
  EXPECT_FALSE(plan.down());
  take<Plan::Register>();
}

TEST_F(AnnouncePlanTest, tries_a_silent_tracker_with_a_heartbeat_when_it_knew_files) {
  register_one(1);
  now += 30s;
  const Plan::Step beat = take<Plan::Heartbeat>();
  now += 10s;
  plan.silent(beat, now);
  offer(2);
  expect_nothing();
  now += 5s;
  take<Plan::Heartbeat>();
  expect_nothing();
  plan.heartbeat_answered(true, kTiming, now);
  EXPECT_EQ(take<Plan::Register>().hash, hash_of(2));
}

TEST_F(AnnouncePlanTest, probes_no_slower_than_the_heartbeat) {
  offer(1);
  plan.registered(take<Plan::Register>(), {200, 300}, now);
  now += 200ms;
  plan.silent(take<Plan::Heartbeat>(), now);
  EXPECT_EQ(plan.next_deadline(), now + 200ms);
}

TEST_F(AnnouncePlanTest, a_withdrawal_that_nobody_heard_is_not_repeated) {
  register_one(1);
  plan.withdraw(hash_of(1));
  plan.silent(take<Plan::Withdraw>(), now);
  EXPECT_TRUE(plan.empty());
  EXPECT_EQ(plan.next_deadline(), Time::max());
}

TEST_F(AnnouncePlanTest, a_restart_while_a_file_is_leaving_does_not_bring_it_back) {
  register_one(1);
  register_one(2);
  now += 30s;
  take<Plan::Heartbeat>();
  plan.withdraw(hash_of(1));
  plan.heartbeat_answered(false, kTiming, now);
  EXPECT_EQ(take<Plan::Register>().hash, hash_of(2));
  expect_nothing();
}

TEST_F(AnnouncePlanTest, tells_where_we_are_at_once_when_our_address_changes) {
  register_one(1);
  expect_nothing();
  plan.tell_again(now);
  EXPECT_LE(plan.next_deadline(), now);
  take<Plan::Heartbeat>();
  plan.heartbeat_answered(false, kTiming, now);  // it does not know the new address
  EXPECT_EQ(take<Plan::Register>().hash, hash_of(1));
  expect_nothing();
}

TEST_F(AnnouncePlanTest, sends_a_heartbeat_at_once_when_we_were_stopped) {
  register_one(1);
  now += 1s;
  expect_nothing();
  plan.tell_again(now);
  EXPECT_LE(plan.next_deadline(), now);
  take<Plan::Heartbeat>();
  plan.heartbeat_answered(true, kTiming, now);
  expect_nothing();
  EXPECT_EQ(plan.next_deadline(), now + 30s);
}

TEST_F(AnnouncePlanTest, asks_once_more_when_an_answer_may_be_of_before_we_were_stopped) {
  register_one(1);
  now += 30s;
  take<Plan::Heartbeat>();
  plan.tell_again(now);
  plan.heartbeat_answered(true, kTiming, now);
  take<Plan::Heartbeat>();
  plan.heartbeat_answered(true, kTiming, now);
  expect_nothing();
}

TEST_F(AnnouncePlanTest, tries_a_tracker_that_was_down_at_once_when_we_were_stopped) {
  register_one(1);
  now += 30s;
  plan.silent(take<Plan::Heartbeat>(), now);
  expect_nothing();
  plan.tell_again(now);
  take<Plan::Heartbeat>();
}

TEST_F(AnnouncePlanTest, has_nothing_to_send_after_a_stop_when_nothing_is_known) {
  plan.tell_again(now);
  expect_nothing();
  register_one(1);
  expect_nothing();
}

}  // namespace
}  // namespace shoal::discovery::announce_plan_test
