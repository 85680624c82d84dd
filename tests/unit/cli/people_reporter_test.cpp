#include "cli/people_reporter.hpp"

#include <chrono>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/events_for_tests.hpp"

namespace shoal::cli::people_reporter_test {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kErase = "\r\x1b[K";

class PeopleReporterTest : public testing::Test {
 protected:
  PeopleReporter reporter(bool redraws, bool colour = false) {
    return {out_,
            err_,
            Screen{.redraws = redraws,
                   .colour_out = colour,
                   .colour_err = colour,
                   .width = [] { return std::size_t{80}; },
                   .now = [this] { return now_; }},
            {"127.0.0.1:6000"}};
  }
  std::string taken() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  std::ostringstream out_;
  std::ostringstream err_;
  Time now_{};
};

using OnATerminal = PeopleReporterTest;
using InAPipe = PeopleReporterTest;

TEST_F(OnATerminal, progress_is_redrawn_in_place) {
  auto r = reporter(true);
  r.report(event::Progress{"a", 10, 100, 5, 1});
  EXPECT_THAT(taken(), testing::StartsWith(std::string(kErase) + "a "));
  now_ += 100ms;
  r.report(event::Progress{"a", 20, 100, 5, 1});
  const std::string line = taken();
  EXPECT_THAT(line, HasSubstr("20 %"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST_F(OnATerminal, progress_is_not_redrawn_faster_than_anybody_sees) {
  auto r = reporter(true);
  r.report(event::Progress{"a", 10, 100, 5, 1});
  taken();
  now_ += 10ms;
  r.report(event::Progress{"a", 20, 100, 5, 1});
  EXPECT_EQ(taken(), "");
}

TEST_F(OnATerminal, a_message_goes_above_the_live_line) {
  auto r = reporter(true);
  r.report(event::Progress{"a", 10, 100, 5, 1});
  taken();
  r.report(event::Notice{"hello"});
  const std::string text = taken();
  EXPECT_THAT(text, testing::StartsWith(std::string(kErase) + "hello\n" + kErase + "a "));
}

TEST_F(OnATerminal, several_files_share_one_line) {
  auto r = reporter(true);
  r.report(event::Progress{"a", 10, 100, 5, 1});
  now_ += 1s;
  taken();
  r.report(event::Progress{"b", 40, 100, 5, 2});
  const std::string line = taken();
  EXPECT_THAT(line, HasSubstr("2 files"));
  EXPECT_THAT(line, HasSubstr("25 %"));
  EXPECT_THAT(line, HasSubstr("3 peers"));
}

TEST_F(OnATerminal, the_line_goes_when_the_file_has_ended) {
  auto r = reporter(true);
  r.report(event::Progress{"big.iso", 10, 100, 5, 1});
  taken();
  r.report(event::Failed{"big.iso", {Errc::io, "disk full"}});
  EXPECT_EQ(taken(), kErase);
  EXPECT_THAT(err_.str(), HasSubstr("disk full"));
}

TEST_F(OnATerminal, the_question_stays_at_the_bottom_until_it_is_answered) {
  auto r = reporter(true);
  r.ask("File name: ");
  EXPECT_EQ(taken(), std::string(kErase) + "File name: ");
  r.report(event::Notice{"hello"});
  EXPECT_EQ(taken(), std::string(kErase) + "hello\n" + kErase + "File name: ");
  r.answered();
  r.report(event::Notice{"hello"});
  EXPECT_EQ(taken(), "hello\n");
}

TEST_F(OnATerminal, hashing_has_a_rate_and_no_peers) {
  auto r = reporter(true);
  r.report(event::Hashing{"dir/a.iso", 0, 100 << 20});
  now_ += 1s;
  taken();
  r.report(event::Hashing{"dir/a.iso", 50 << 20, 100 << 20});
  const std::string line = taken();
  EXPECT_THAT(line, HasSubstr("Hashing a.iso"));
  EXPECT_THAT(line, HasSubstr("50 MiB/s"));
  EXPECT_THAT(line, HasSubstr("1 s left"));
  EXPECT_THAT(line, Not(HasSubstr("peer")));
}

TEST_F(OnATerminal, colours_only_the_first_line_of_good_and_bad_news) {
  auto r = reporter(true, true);
  r.report(event::Registered{file_for_tests(), {}, "magnet:?"});
  EXPECT_THAT(taken(), testing::MatchesRegex("\x1b\\[32m[^\n\x1b]*\x1b\\[0m\n[^\x1b]*"));
  r.report(event::Failed{"a", {Errc::io, "x"}});
  EXPECT_EQ(err_.str(), "\x1b[31m\"a\" failed: x.\x1b[0m\n");
  r.report(event::Notice{"plain"});
  EXPECT_EQ(taken(), "plain\n");
}

TEST_F(InAPipe, nothing_is_redrawn_or_coloured) {
  {
    auto r = reporter(false);
    r.ask("File name: ");
    r.answered();
    r.report(event::Progress{"a", 10, 100, 5, 1});
    r.report(event::Registered{file_for_tests(), {}, "magnet:?"});
    r.report(event::Failed{"a", {Errc::io, "x"}});
  }
  EXPECT_EQ((taken() + err_.str()).find_first_of("\x1b\r"), std::string::npos);
}

TEST_F(InAPipe, progress_is_a_plain_line_every_ten_seconds) {
  auto r = reporter(false);
  for (int second = 0; second <= 25; ++second, now_ += 1s) {
    r.report(event::Progress{"a", 100U + static_cast<unsigned>(second), 10'000, 1, 2});
  }
  const std::string text = taken();
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_THAT(text, testing::StartsWith("a: 1 % of "));
}

TEST_F(InAPipe, progress_is_a_plain_line_every_ten_percent_but_not_more_than_one_a_second) {
  auto r = reporter(false);
  for (unsigned step = 0; step < 50; ++step, now_ += 100ms) {
    r.report(event::Progress{"a", step * 2, 100, 1, 2});
  }
  EXPECT_EQ(std::ranges::count(taken(), '\n'), 4);
}

TEST_F(InAPipe, progress_without_peers_says_why) {
  PeopleReporter r = reporter(false);
  event::Progress progress{.name = "a", .bytes = 1, .length = 100};
  for (const KnownPeers& known :
       {KnownPeers{}, KnownPeers{.known = 3, .refused = 2, .silent = 1}, KnownPeers{.known = 1}}) {
    progress.known = known;
    r.report(progress);
    now_ += std::chrono::seconds(10);
  }
  r.report(progress);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("0 of 3 peers: 2 refuse the connection, 1 does not answer\n"),
                    HasSubstr("0 of 1 peer\n")));
}

TEST_F(InAPipe, a_fast_file_makes_no_progress_lines) {
  auto r = reporter(false);
  for (unsigned step = 0; step <= 10; ++step, now_ += 10ms)
    r.report(event::Progress{"a", step * 10, 100, 1, 2});
  EXPECT_EQ(taken(), "");
}

TEST_F(InAPipe, a_failure_after_it_was_found_is_told_as_that) {
  auto r = reporter(false);
  r.report(event::Found{file_for_tests(), {}, 1});
  r.report(event::Failed{"big.iso", {Errc::not_found, "everybody left"}});
  r.report(event::Failed{"other", {Errc::not_found, "x"}});
  EXPECT_THAT(err_.str(),
              testing::AllOf(HasSubstr("everybody left"), HasSubstr("Nobody offers \"other\"")));
}

TEST_F(InAPipe, catalogue_banner_and_statistics_end_with_a_line_end) {
  auto r = reporter(false);
  r.catalogue({});
  EXPECT_THAT(taken(), EndsWith("\n"));
  r.tracker_listening({});
  EXPECT_THAT(taken(), EndsWith("\n"));
  r.statistics({});
  EXPECT_THAT(taken(), EndsWith("\n"));
  r.complain("No name.");
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(err_.str(), "No name.\n");
}

}  // namespace
}  // namespace shoal::cli::people_reporter_test
