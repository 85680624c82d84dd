#include "cli/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

#include <gtest/gtest.h>

namespace shoal::cli::process_test {
namespace {

// Each runs in a process of its own, because it changes signals and descriptors for good.
class ProcessDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void write_into_a_pipe_that_nobody_reads() {
  prepare_process();
  int ends[2];
  if (::pipe(ends) != 0) ::_exit(1);
  ::close(ends[0]);
  ::_exit(::write(ends[1], "x", 1) == -1 ? 7 : 1);
}

TEST_F(ProcessDeathTest, a_reader_that_went_away_is_no_reason_to_die) {
  EXPECT_EXIT(write_into_a_pipe_that_nobody_reads(), testing::ExitedWithCode(7), "");
}

[[noreturn]] void open_something_without_standard_input() {
  ::close(STDIN_FILENO);
  prepare_process();
  ::_exit(::open("/dev/null", O_RDONLY) > STDERR_FILENO ? 7 : 1);
}

TEST_F(ProcessDeathTest, nothing_takes_the_place_of_closed_standard_input) {
  EXPECT_EXIT(open_something_without_standard_input(), testing::ExitedWithCode(7), "");
}

TEST(RunProgram, turns_an_exception_into_a_sentence_and_exit_code_1) {
  testing::internal::CaptureStderr();
  const auto body = [](StopSignals&) -> ExitCode { throw std::runtime_error("port in use"); };
  EXPECT_EQ(run_program("seeder", body), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "seeder: port in use\n");
  EXPECT_EQ(run_program("seeder", [](StopSignals&) { return ExitCode::interrupted; }), 130);
}

std::string said_about(int error) {
  testing::internal::CaptureStderr();
  const auto body = [error](StopSignals&) -> ExitCode {
    throw std::system_error(error, std::generic_category(), "cannot listen on :6000");
  };
  EXPECT_EQ(run_program("tracker", body), 1);
  return testing::internal::GetCapturedStderr();
}

TEST(RunProgram, says_what_to_do_when_it_cannot_listen) {
  EXPECT_NE(said_about(EADDRINUSE).find("has that port. Choose"), std::string::npos);
  EXPECT_NE(said_about(EADDRNOTAVAIL).find("no such address"), std::string::npos);
  EXPECT_NE(said_about(EACCES).find("below 1024"), std::string::npos);
  EXPECT_NE(said_about(EAFNOSUPPORT).find("no IPv6"), std::string::npos);
  EXPECT_EQ(said_about(ENOMEM).find("--listen"), std::string::npos);
}

}  // namespace
}  // namespace shoal::cli::process_test
