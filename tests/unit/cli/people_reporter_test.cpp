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
  PeopleReporter reporter(bool redraws, bool colour = false, bool verbose = false) {
    redraws_ = redraws;
    colours_ = colour;
    return {out_,
            err_,
            Screen{.redraws = [this] { return redraws_; },
                   .colours_out = [this] { return colours_; },
                   .colours_err = [this] { return colours_; },
                   .width = [this] { return width_; },
                   .now = [this] { return now_; }},
            {"127.0.0.1:6000"},
            verbose};
  }
  std::string taken() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  std::ostringstream out_;
  std::ostringstream err_;
  bool redraws_ = false;
  bool colours_ = false;
  std::size_t width_ = 80;
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

TEST_F(OnATerminal, that_another_job_has_meanwhile_lines_are_plain_and_nothing_is_erased) {
  auto r = reporter(true);
  r.report(event::Progress{"a", 10, 100, 5, 1});
  taken();
  redraws_ = false;
  now_ += 1s;
  r.report(event::Notice{"hello"});
  EXPECT_EQ(taken(), "hello\n");
  r.report(event::Progress{"a", 30, 100, 5, 1});
  EXPECT_EQ(taken(), "a: 30 % of 100 bytes, 5 bytes/s, 1 peer, 14 s left\n");
  redraws_ = true;
  now_ += 1s;
  r.report(event::Progress{"a", 40, 100, 5, 1});
  EXPECT_THAT(taken(), testing::StartsWith(std::string(kErase) + "a "));
}

TEST_F(OnATerminal, a_question_is_not_wider_than_that) {
  width_ = 10;
  auto r = reporter(true);
  r.ask("File(s) to register: ");
  EXPECT_EQ(taken(), std::string(kErase) + "File…er: ");
}

TEST_F(OnATerminal, that_is_dumb_a_message_does_not_stand_behind_the_question) {
  auto r = reporter(false);
  r.ask("File name: ");
  EXPECT_EQ(taken(), "File name: ");
  r.report(event::Notice{"hello"});
  EXPECT_EQ(taken(), "\nhello\n");
  r.report(event::Notice{"again"});
  EXPECT_EQ(taken(), "again\n");
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

event::Progress nobody_comes(const std::string& name) {
  return {.name = name, .bytes = 10, .length = 100, .known = {.known = 2, .refused = 2}};
}

TEST_F(OnATerminal, several_files_without_peers_say_why) {
  auto r = reporter(true);
  r.report(nobody_comes("a"));
  now_ += 1s;
  taken();
  r.report(nobody_comes("b"));
  EXPECT_THAT(taken(), HasSubstr("0 of 4 peers: 4 refuse the connection"));
  now_ += 1s;
  event::Progress not_alone = nobody_comes("b");
  not_alone.peers = 1;
  r.report(not_alone);
  EXPECT_THAT(taken(), testing::AllOf(HasSubstr("1 peer"), Not(HasSubstr("refuse"))));
}

TEST_F(OnATerminal, a_file_without_peers_while_hashing_says_why) {
  auto r = reporter(true);
  r.report(event::Hashing{"a", 0, 100});
  now_ += 1s;
  taken();
  r.report(nobody_comes("a"));
  EXPECT_THAT(taken(), testing::AllOf(HasSubstr("Hashing a"),
                                      HasSubstr("0 of 2 peers: 2 refuse the connection")));
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

TEST_F(OnATerminal, how_things_stand_stays_at_the_bottom_and_is_drawn_again_when_it_changes) {
  auto r = reporter(true);
  r.standing({"Sharing 1 file", "0 peers"});
  EXPECT_EQ(taken(), std::string(kErase) + "Sharing 1 file, 0 peers  ");
  r.standing({"Sharing 1 file", "0 peers"});
  EXPECT_EQ(taken(), "") << "somebody may be typing there";
  r.standing({"Sharing 1 file", "1 peer"});
  EXPECT_EQ(taken(), std::string(kErase) + "Sharing 1 file, 1 peer  ");
  r.report(event::Notice{"hello"});
  EXPECT_EQ(taken(), std::string(kErase) + "hello\n" + kErase + "Sharing 1 file, 1 peer  ");
  r.standing({});
  EXPECT_EQ(taken(), kErase);
}

TEST_F(OnATerminal, progress_and_questions_come_before_how_things_stand) {
  auto r = reporter(true);
  r.ask("File name: ");
  r.report(event::Progress{"big.iso", 10, 100, 5, 1});
  taken();
  r.standing({"Sharing 1 file"});
  EXPECT_EQ(taken(), "");
  r.report(event::Failed{"big.iso", {Errc::io, "disk full"}});
  EXPECT_THAT(taken(), EndsWith("File name: "));
  r.answered();
  r.report(event::Notice{"hello"});
  EXPECT_THAT(taken(), EndsWith("Sharing 1 file  "));
}

TEST_F(InAPipe, nobody_is_told_how_things_stand) {
  auto r = reporter(false);
  r.standing({"Sharing 1 file"});
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

TEST_F(OnATerminal, that_another_job_has_meanwhile_nothing_is_coloured) {
  auto r = reporter(true, true);
  r.report(event::Failed{"a", {Errc::io, "x"}});
  colours_ = false;
  err_.str("");
  r.report(event::Failed{"a", {Errc::io, "x"}});
  EXPECT_EQ(err_.str(), "\"a\" failed: x.\n");
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

TEST_F(InAPipe, progress_says_what_holds_it_to_who_wants_to_hear_more) {
  event::Progress progress{.name = "a", .bytes = 1, .length = 100, .rate = 5, .peers = 1};
  progress.held_by.parts = {0, 0, 0.2, 0, 0.8, 0, 0};
  for (const bool verbose : {false, true}) {
    PeopleReporter r = reporter(false, false, verbose);
    r.report(progress);
    now_ += std::chrono::seconds(10);
    r.report(progress);
    const std::string told = taken();
    EXPECT_EQ(told.contains(", held by its own limit (80 %)\n"), verbose) << told;
  }
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
  r.catalogue({}, false);
  EXPECT_THAT(taken(), EndsWith("\n"));
  r.tracker_listening({});
  EXPECT_THAT(taken(), EndsWith("\n"));
  r.statistics({});
  EXPECT_THAT(taken(), EndsWith("\n"));
  r.complain("No name.");
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(err_.str(), "No name.\n");
}

// What was here before is hashed, and what is missing is fetched meanwhile.
TEST_F(OnATerminal, one_line_tells_of_hashing_and_fetching_at_once) {
  auto r = reporter(true);
  r.report(event::Hashing{"a.iso", 0, 100 << 20});
  r.report(event::Progress{"a.iso", 0, 100 << 20, 0, 2});
  now_ += 1s;
  taken();
  r.report(event::Hashing{"a.iso", 50 << 20, 100 << 20});
  const std::string line = taken();
  EXPECT_THAT(line, HasSubstr("Hashing a.iso"));
  EXPECT_THAT(line, HasSubstr("50 %"));
  EXPECT_THAT(line, HasSubstr("2 peers"));
  now_ += 1s;
  r.report(event::Progress{"a.iso", 30 << 20, 100 << 20, 1 << 20, 2});
  const std::string next = taken();
  EXPECT_THAT(next, HasSubstr("Hashing a.iso")) << "it does not flicker";
  EXPECT_THAT(next, HasSubstr("50 %"));
  EXPECT_THAT(next, HasSubstr("30 % here"));
}

TEST_F(OnATerminal, the_line_tells_of_fetching_alone_once_all_is_hashed) {
  auto r = reporter(true);
  r.report(event::Hashing{"a.iso", 0, 100});
  r.report(event::Progress{"a.iso", 40, 100, 5, 2});
  now_ += 1s;
  r.report(event::Hashing{"a.iso", 100, 100});
  taken();
  now_ += 1s;
  r.report(event::Progress{"a.iso", 41, 100, 5, 2});
  const std::string line = taken();
  EXPECT_THAT(line, Not(HasSubstr("Hashing")));
  EXPECT_THAT(line, HasSubstr("41 %"));
}

TEST_F(InAPipe, hashing_while_fetching_is_a_plain_line_every_ten_seconds) {
  auto r = reporter(false);
  for (unsigned i = 0; i <= 38 * 4; ++i, now_ += 250ms) {
    r.report(event::Hashing{"a", 1000 + i, 100'000});
    r.report(event::Progress{"a", 10, 100'000, 0, 1});
  }
  const std::string text = taken();
  EXPECT_EQ(std::ranges::count(text, '\n'), 3) << text;
  EXPECT_THAT(text, testing::StartsWith("Hashing a: 1 % of "));
  EXPECT_THAT(text, HasSubstr("0 % here"));
}

TEST_F(InAPipe, fetching_is_told_on_after_the_hashing) {
  auto r = reporter(false);
  r.report(event::Hashing{"a", 0, 100});
  r.report(event::Progress{"a", 90, 100, 0, 1});
  now_ += 5s;
  r.report(event::Hashing{"a", 100, 100});
  taken();
  now_ += 4s;
  r.report(event::Progress{"a", 91, 100, 0, 1});
  EXPECT_EQ(taken(), "");
  now_ += 6s;
  r.report(event::Progress{"a", 92, 100, 0, 1});
  EXPECT_THAT(taken(), testing::StartsWith("a: 92 % of "));
}

}  // namespace
}  // namespace shoal::cli::people_reporter_test
