#include "cli/stop_signals.hpp"

#include <csignal>
#include <future>
#include <sys/prctl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace shoal::cli::stop_signals_test {
namespace {

using namespace std::chrono_literals;

constexpr auto kForEver = 1h;

// Each runs in a process of its own, which signals change for good and which ends.
class StopSignalsDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

/// One that hangs for ever ends with the test, also when that is killed for taking too long.
void begin() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  hold_back_signals();
}

[[noreturn]] void hang() {
  for (;;) ::pause();
}

[[noreturn]] void leave_at_first_signal(int signal) {
  begin();
  StopSignals signals("seeder", kForEver);
  std::promise<void> stopped;
  const StopSignals::Running running(signals, [&] { stopped.set_value(); });
  ::kill(::getpid(), signal);
  stopped.get_future().wait();
  ::_exit(7);
}

TEST_F(StopSignalsDeathTest, the_first_signal_asks_for_a_clean_end) {
  EXPECT_EXIT(leave_at_first_signal(SIGINT), testing::ExitedWithCode(7), "");
  EXPECT_EXIT(leave_at_first_signal(SIGTERM), testing::ExitedWithCode(7), "");
  EXPECT_EXIT(leave_at_first_signal(SIGHUP), testing::ExitedWithCode(7), "");
}

[[noreturn]] void get_a_second_signal(int second) {
  begin();
  StopSignals signals("seeder", kForEver);
  const StopSignals::Running running(signals, [&] { ::kill(::getpid(), second); });
  ::kill(::getpid(), SIGTERM);
  hang();
}

TEST_F(StopSignalsDeathTest, a_second_signal_ends_at_once_with_its_own_code) {
  EXPECT_EXIT(get_a_second_signal(SIGINT), testing::ExitedWithCode(130), "^$");
  EXPECT_EXIT(get_a_second_signal(SIGTERM), testing::ExitedWithCode(143), "^$");
  EXPECT_EXIT(get_a_second_signal(SIGHUP), testing::ExitedWithCode(129), "^$");
}

[[noreturn]] void get_a_second_signal_while_taken_apart() {
  begin();
  StopSignals signals("seeder", kForEver);
  {
    std::promise<void> stopped;
    StopSignals::Running running(signals, [&] { stopped.set_value(); });
    ::kill(::getpid(), SIGINT);
    stopped.get_future().wait();
    running.ends_with(ExitCode::done);
  }
  ::kill(::getpid(), SIGINT);
  hang();
}

TEST_F(StopSignalsDeathTest, a_second_signal_is_heard_while_the_session_is_taken_apart) {
  EXPECT_EXIT(get_a_second_signal_while_taken_apart(), testing::ExitedWithCode(130), "^$");
}

[[noreturn]] void get_a_signal_before_the_session() {
  begin();
  const StopSignals signals("seeder", kForEver);
  ::kill(::getpid(), SIGINT);
  hang();
}

TEST_F(StopSignalsDeathTest, the_first_signal_ends_at_once_what_has_no_session_yet) {
  EXPECT_EXIT(get_a_signal_before_the_session(), testing::ExitedWithCode(130), "^$");
}

[[noreturn]] void hang_in_the_session() {
  begin();
  StopSignals signals("seeder", 1ms);
  const StopSignals::Running running(signals, [] {});
  ::kill(::getpid(), SIGTERM);
  hang();
}

TEST_F(StopSignalsDeathTest, a_session_that_does_not_stop_is_ended_and_that_is_said) {
  EXPECT_EXIT(hang_in_the_session(), testing::ExitedWithCode(130),
              "seeder: something does not answer");
}

[[noreturn]] void hang_after_the_session(std::optional<ExitCode> code) {
  begin();
  StopSignals signals("seeder", 1ms);
  {
    StopSignals::Running running(signals, [] {});
    if (code) running.ends_with(*code);
  }
  hang();
}

TEST_F(StopSignalsDeathTest, what_hangs_after_the_session_does_not_change_its_code) {
  EXPECT_EXIT(hang_after_the_session(ExitCode::done), testing::ExitedWithCode(0), "seeder: ");
  EXPECT_EXIT(hang_after_the_session(ExitCode::not_found), testing::ExitedWithCode(3), "");
  EXPECT_EXIT(hang_after_the_session(std::nullopt), testing::ExitedWithCode(1), "");
}

[[noreturn]] void have_it_read_again() {
  begin();
  StopSignals signals("seeder", kForEver);
  std::promise<void> again;
  int times = 0;
  const StopSignals::Running running(
      signals, [] { ::_exit(1); },
      [&] {
        if (++times == 2) return again.set_value();
        ::kill(::getpid(), SIGHUP);
      });
  ::kill(::getpid(), SIGHUP);
  again.get_future().wait();
  ::_exit(7);
}

TEST_F(StopSignalsDeathTest, sighup_has_something_read_again_as_often_as_it_comes) {
  EXPECT_EXIT(have_it_read_again(), testing::ExitedWithCode(7), "");
}

[[noreturn]] void get_sighup_with_nohup() {
  std::signal(SIGHUP, SIG_IGN);
  begin();
  StopSignals signals("seeder", kForEver);
  std::promise<void> stopped;
  const StopSignals::Running running(signals, [&] { stopped.set_value(); });
  ::kill(::getpid(), SIGHUP);
  ::kill(::getpid(), SIGINT);  // heard after SIGHUP, and before SIGTERM
  stopped.get_future().wait();
  ::kill(::getpid(), SIGTERM);  // the second that counts
  for (;;) ::pause();
}

TEST_F(StopSignalsDeathTest, sighup_is_nothing_to_a_program_that_was_started_with_nohup) {
  EXPECT_EXIT(get_sighup_with_nohup(), testing::ExitedWithCode(128 + SIGTERM), "");
}

}  // namespace
}  // namespace shoal::cli::stop_signals_test
