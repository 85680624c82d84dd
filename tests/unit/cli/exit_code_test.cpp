#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

#include "cli/outcomes.hpp"

namespace shoal::cli::exit_code_test {
namespace {

TEST(ExitCode, is_the_documented_number_for_every_kind_of_failure) {
  const auto number = [](Errc code) { return static_cast<int>(exit_code(code)); };
  EXPECT_EQ(number(Errc::not_found), 3);
  EXPECT_EQ(number(Errc::no_tracker), 4);
  EXPECT_EQ(number(Errc::conflict), 5);
  EXPECT_EQ(number(Errc::unprovable), 5);
  EXPECT_EQ(number(Errc::cancelled), 130);
  for (const Errc other :
       {Errc::io, Errc::bad_input, Errc::bad_name, Errc::table_full, Errc::busy}) {
    EXPECT_EQ(number(other), 1);
  }
  EXPECT_EQ(static_cast<int>(ExitCode::done), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::usage), 2);
}

const std::vector<std::string> kNames{"a", "b", "a", "c"};

TEST(Outcomes, count_a_name_given_twice_once) {
  EXPECT_EQ(Outcomes(kNames).pending(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Outcomes, exit_with_the_first_failure) {
  Outcomes outcomes(kNames);
  outcomes.complete("a");
  outcomes.failed("c", Errc::not_found);
  EXPECT_EQ(outcomes.pending(), std::vector<std::string>{"b"});
  outcomes.failed("b", Errc::conflict);
  EXPECT_TRUE(outcomes.pending().empty());
  EXPECT_TRUE(outcomes.any_complete());
  EXPECT_EQ(outcomes.code(), ExitCode::not_found);
}

TEST(Outcomes, are_done_when_all_is_complete) {
  Outcomes outcomes(std::vector<std::string>{"a"});
  EXPECT_FALSE(outcomes.any_complete());
  outcomes.complete("a");
  EXPECT_TRUE(outcomes.any_complete());
  EXPECT_EQ(outcomes.code(), ExitCode::done);
}

TEST(Outcomes, ignore_names_that_nobody_waits_for) {
  Outcomes outcomes(std::vector<std::string>{"a"});
  outcomes.failed("x", Errc::io);
  outcomes.complete("y");
  outcomes.complete("a");
  outcomes.failed("a", Errc::io);  // a fault while seeding it, later
  EXPECT_EQ(outcomes.code(), ExitCode::done);
}

}  // namespace
}  // namespace shoal::cli::exit_code_test
