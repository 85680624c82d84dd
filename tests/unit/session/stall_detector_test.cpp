#include "session/stall_detector.hpp"

#include <gtest/gtest.h>

#include "session/outcome_text.hpp"
#include "session/progress_meter.hpp"

namespace shoal::session::stall_detector_test {
namespace {

using namespace std::chrono_literals;
using Verdict = StallDetector::Verdict;

const Time kStart{};

class StallDetectorTest : public testing::Test {
 protected:
  StallDetector::Finding look(Duration at, std::uint64_t gaps = 0) {
    return stalls.look(sample, {kStart + at, gaps});
  }

  StallDetector stalls{0s, {kStart, 0}};
  DownloadSample sample{.peers = 1};
};

TEST_F(StallDetectorTest, looks_for_others_now_and_then_and_soon_when_nothing_comes) {
  for (int second = 1; second <= 30; ++second) {
    ++sample.arrived;
    EXPECT_FALSE(look(std::chrono::seconds(second)).find_peers) << second;
  }
  ++sample.arrived;
  EXPECT_TRUE(look(31s).find_peers);
  EXPECT_FALSE(look(34s).find_peers) << "three seconds without a byte are not too many";
  EXPECT_TRUE(look(35s).find_peers);
  sample.peers = 0;
  ++sample.arrived;
  EXPECT_FALSE(look(38s).find_peers);
  EXPECT_TRUE(look(39s).find_peers) << "alone, it is always soon";
}

TEST_F(StallDetectorTest, our_own_limit_and_what_is_here_are_no_stall) {
  sample.held_back = true;
  for (int second = 1; second <= 30; ++second) {
    const auto [verdict, find_peers] = look(std::chrono::seconds(second));
    EXPECT_FALSE(find_peers) << second;
    EXPECT_EQ(verdict, Verdict::go_on);
  }
  sample.held_back = false;
  for (int second = 31; second <= 600; second += 29) {
    ++sample.checked;
    EXPECT_EQ(look(std::chrono::seconds(second)).verdict, Verdict::go_on) << second;
  }
}

TEST_F(StallDetectorTest, nobody_is_needed_while_all_is_only_read_again) {
  sample = {.complete = true, .peers = 0};
  for (int minute = 1; minute < 60; ++minute)
    EXPECT_EQ(look(std::chrono::minutes(minute)).verdict, Verdict::go_on) << minute;
}

TEST_F(StallDetectorTest, begins_anew_and_looks_for_others_after_a_stop) {
  EXPECT_EQ(look(29s).verdict, Verdict::go_on);
  const auto [verdict, find_peers] = look(59s, 1);
  EXPECT_EQ(verdict, Verdict::go_on);
  EXPECT_TRUE(find_peers);
  EXPECT_EQ(look(89s, 1).verdict, Verdict::go_on);
  EXPECT_EQ(look(90s, 1).verdict, Verdict::tell);
}

TEST_F(StallDetectorTest, gives_up_what_nobody_sends_right_after_a_last_hope) {
  sample.unprovable = 1;
  EXPECT_EQ(look(1s).verdict, Verdict::go_on);
  EXPECT_EQ(look(11s).verdict, Verdict::go_on);
  EXPECT_EQ(look(12s).verdict, Verdict::unprovable);
}

TEST_F(StallDetectorTest, hopes_anew_when_somebody_else_may_send_it) {
  sample.unprovable = 1;
  EXPECT_EQ(look(1s).verdict, Verdict::go_on);
  sample.unprovable = 0;
  EXPECT_EQ(look(10s).verdict, Verdict::go_on);
  sample.unprovable = 1;
  EXPECT_EQ(look(12s).verdict, Verdict::go_on);
  EXPECT_EQ(look(22s).verdict, Verdict::go_on);
  EXPECT_EQ(look(23s).verdict, Verdict::unprovable);
}

TEST_F(StallDetectorTest, hopes_for_as_long_as_people_say) {
  StallDetector patient(20s, {kStart, 0});
  sample.unprovable = 1;
  EXPECT_EQ(patient.look(sample, {kStart + 1s, 0}).verdict, Verdict::go_on);
  EXPECT_EQ(patient.look(sample, {kStart + 21s, 0}).verdict, Verdict::go_on);
  EXPECT_EQ(patient.look(sample, {kStart + 22s, 0}).verdict, Verdict::unprovable);
}

const FileInfo kFile{"a.bin", 100'000, 16384, Digest{}};

TEST(GivenUp, says_what_is_kept_and_why) {
  DownloadSample sample{.known = {.known = 2, .refused = 2}};
  const Error alone = given_up(kFile, sample, Verdict::left_alone);
  EXPECT_EQ(alone.code, Errc::not_found);
  EXPECT_EQ(alone.message,
            "everybody who has it has left, or cannot be reached (2 refuse the connection); "
            "nothing of it has arrived");
  sample.bytes = 50'000;
  EXPECT_TRUE(
      given_up(kFile, sample, Verdict::ignored)
          .message.starts_with("there are peers, but none of them sends what is missing; of others "
                               "that are known, 2 refuse the connection; "));
  sample.liars = 1;
  EXPECT_EQ(given_up(kFile, sample, Verdict::left_alone).code, Errc::unprovable);
  sample.pieces = 7;
  sample.unprovable = 2;
  EXPECT_EQ(given_up(kFile, sample, Verdict::unprovable).message,
            "2 of 7 pieces cannot be proven: the only peer that has them sends wrong data; 50 % is "
            "kept, and the same command goes on from there");
}

TEST(ProgressMeter, tells_the_rate_of_the_last_seconds) {
  ProgressMeter meter;
  DownloadSample sample;
  EXPECT_EQ(meter.look(kFile, sample, kStart).rate, 0);
  for (int second = 1; second <= 10; ++second) {
    sample.fetched += second <= 5 ? 1000 : 3000;
    const auto told = meter.look(kFile, sample, kStart + std::chrono::seconds(second));
    if (second == 5) {
      EXPECT_EQ(told.rate, 1000);
    } else if (second == 10) {
      EXPECT_EQ(told.rate, 3000);
    }
  }
}

}  // namespace
}  // namespace shoal::session::stall_detector_test
