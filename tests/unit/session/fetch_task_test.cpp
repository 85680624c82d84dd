#include "session/fetch_task.hpp"

#include <gmock/gmock.h>

#include "support/fetch_task_test.hpp"
#include "support/temp_dir.hpp"

namespace shoal::session::fetch_task_test {
namespace {

using namespace std::chrono_literals;
using test::FetchTaskTest;
using test::file;
using test::kPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using State = FetchTask::State;

// ---- names ------------------------------------------------------------------

TEST_F(FetchTaskTest, a_name_becomes_a_file) {
  is_offered(file("a.bin"));
  comes_after(2s);
  const Task task = fetch("a.bin");
  run();
  EXPECT_EQ(task->state(), State::done);
  ASSERT_THAT(told<event::Found>(), SizeIs(1));
  EXPECT_EQ(told<event::Found>()[0].peers, 1u);
  EXPECT_THAT(told<event::Progress>(), SizeIs(7)) << "four a second";
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  const event::Complete complete = told<event::Complete>()[0];
  EXPECT_EQ(complete.file, file("a.bin"));
  EXPECT_EQ(complete.path, "/here/a.bin");
  EXPECT_EQ(complete.fetched, 100'000u);
  EXPECT_EQ(complete.took, 2s);
  EXPECT_EQ(complete.target, "");
  EXPECT_THAT(failures, IsEmpty());
  ASSERT_THAT(backend->begun, SizeIs(1));
  EXPECT_THAT(backend->begun[0].peers, ElementsAre(kPeer));
  EXPECT_TRUE(backend->begun[0].known_by_name());
}

TEST_F(FetchTaskTest, tells_what_held_it_over_the_last_seconds_and_in_all) {
  is_offered(file("a.bin"));
  const auto held = [&](HeldCause cause, Duration lasts) {
    return [this, cause, lasts] {
      backend->download.sample.held[static_cast<std::size_t>(cause)] += lasts;
    };
  };
  time.after(1s, held(HeldCause::no_peers, 1s));
  time.after(9s, held(HeldCause::peers, 3s));
  comes_after(10s);
  fetch("a.bin");
  run();
  ASSERT_FALSE(told<event::Progress>().empty());
  EXPECT_EQ(told<event::Progress>().back().held_by.of(HeldCause::peers), 1);
  EXPECT_FALSE(told<event::Progress>().front().held_by.known());
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_EQ(told<event::Complete>()[0].held_by.of(HeldCause::no_peers), 0.25);
  EXPECT_EQ(told<event::Complete>()[0].held_by.of(HeldCause::peers), 0.75);
}

TEST_F(FetchTaskTest, a_bad_name_asks_nobody) {
  fetch("a/b");
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::bad_name);
  EXPECT_EQ(failures[0].name, "a/b");
  EXPECT_THAT(finder->asked, IsEmpty());
}

TEST_F(FetchTaskTest, a_name_is_asked_for_once_where_nobody_waits) {
  fetch("a.bin");
  run();
  EXPECT_THAT(finder->asked, ElementsAre(Pair("a.bin", Duration(5s))));
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason, finder->unknown);
  EXPECT_THAT(told<event::Waiting>(), IsEmpty());
}

TEST_F(FetchTaskTest, a_name_that_nobody_offers_is_asked_for_each_second_as_long_as_people_wait) {
  fetch("a.bin", {.wait = 10s});
  run();
  EXPECT_THAT(finder->asked, SizeIs(10));
  EXPECT_EQ(finder->asked[0].second, 2s) << "who waits hears soon of it";
  EXPECT_EQ(finder->asked[1].second, 5s);
  ASSERT_THAT(failures, SizeIs(1));
  ASSERT_THAT(told<event::Waiting>(), SizeIs(1));
  EXPECT_EQ(told<event::Waiting>()[0].reason.code, Errc::not_found);
}

TEST_F(FetchTaskTest, another_reason_to_wait_is_told) {
  time.after(3s, [this] { finder->unknown = {Errc::no_tracker, "none answers"}; });
  time.after(6s, [this] { is_offered(file("a.bin")); });
  comes_after(7s);
  fetch("a.bin", {.wait = 1h});
  run();
  ASSERT_THAT(told<event::Waiting>(), SizeIs(2));
  EXPECT_EQ(told<event::Waiting>()[1].reason.code, Errc::no_tracker);
  EXPECT_THAT(told<event::Complete>(), SizeIs(1));
}

TEST_F(FetchTaskTest, no_wait_helps_where_the_content_is_another) {
  is_offered(file("a.bin", 2));
  fetch("a.bin", {.root = file("a.bin", 1).root, .wait = 1h});
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::conflict);
  EXPECT_THAT(finder->asked, SizeIs(1));
}

TEST_F(FetchTaskTest, a_name_in_another_spelling_is_fetched_and_people_are_told) {
  const std::string composed = "caf\u00e9";
  const std::string decomposed = "cafe\u0301";
  is_offered(file(decomposed));
  comes_after(1s);
  fetch(composed);
  run();
  EXPECT_THAT(notices(), ElementsAre(HasSubstr("another Unicode spelling")));
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_EQ(told<event::Complete>()[0].file.name, decomposed);
  EXPECT_EQ(told<event::Complete>()[0].target, composed);
}

TEST_F(FetchTaskTest, what_people_should_know_is_told_after_what_was_found) {
  is_offered(file("a.bin"));
  finder->warning = "everybody is at one address";
  comes_after(1s);
  fetch("a.bin");
  run();
  ASSERT_GE(backend->told.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<event::Found>(backend->told[0]));
  EXPECT_EQ(std::get<event::Notice>(backend->told[1]).message, *finder->warning);
}

// ---- into its place ---------------------------------------------------------

TEST_F(FetchTaskTest, a_file_that_is_here_is_proven_and_not_fetched) {
  is_offered(file("a.bin"));
  backend->on_disk = {"/here/a.bin"};
  fetch("a.bin");
  run();
  EXPECT_EQ(backend->adopted, 1u);
  EXPECT_THAT(backend->begun, IsEmpty());
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_EQ(told<event::Complete>()[0].fetched, 0u);
}

TEST_F(FetchTaskTest, another_file_in_its_place_is_an_error) {
  is_offered(file("a.bin"));
  backend->on_disk = {"/here/a.bin"};
  backend->other_content = true;
  fetch("a.bin");
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::conflict);
  EXPECT_THAT(backend->offered, IsEmpty());
}

TEST_F(FetchTaskTest, an_empty_file_is_made) {
  is_offered(file("a.bin", 0, 0));
  fetch("a.bin");
  run();
  EXPECT_TRUE(backend->on_disk.contains("/here/a.bin"));
  EXPECT_THAT(told<event::Complete>(), SizeIs(1));
}

TEST_F(FetchTaskTest, a_file_may_be_called_otherwise_here) {
  is_offered(file("a.bin"));
  comes_after(1s);
  fetch("a.bin", {.as = "b.bin"});
  run();
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_EQ(told<event::Complete>()[0].path, "/here/b.bin");
  EXPECT_EQ(told<event::Complete>()[0].file.name, "a.bin");
}

TEST_F(FetchTaskTest, what_it_is_filled_under_may_not_be_had) {
  is_offered(file("a.bin"));
  backend->no_part = Error{Errc::busy, "another leecher fills it"};
  fetch("a.bin");
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::busy);
  EXPECT_EQ(failures[0].peers, std::nullopt) << "nobody was asked for anything";
}

// ---- one after the other ----------------------------------------------------

TEST_F(FetchTaskTest, two_that_mean_one_file_fetch_it_once) {
  is_offered(file("a.bin"));
  backend->links["magnet:a"] = link_to(file("a.bin"));
  comes_after(2s);
  fetch("a.bin");
  const Task second = fetch("magnet:a");
  run();
  EXPECT_EQ(second->state(), State::done);
  EXPECT_THAT(backend->begun, SizeIs(1));
  ASSERT_THAT(told<event::Complete>(), SizeIs(2));
  EXPECT_EQ(told<event::Complete>()[1].target, "magnet:a");
  EXPECT_EQ(told<event::Complete>()[1].fetched, 0u);
  EXPECT_FALSE(finder->followed) << "nobody was asked for it again";
}

TEST_F(FetchTaskTest, whoever_waits_for_the_same_file_tries_itself_when_the_first_one_fails) {
  is_offered(file("a.bin"));
  Link link = link_to(file("a.bin"));
  backend->links["magnet:a"] = link;
  time.after(1s, [this] { backend->download.ended = fail(Errc::io, "the disk is full"); });
  fetch("a.bin");
  const Task second = fetch("magnet:a");
  run();
  ASSERT_THAT(backend->begun, SizeIs(2));
  EXPECT_THAT(failures, SizeIs(2));
}

TEST_F(FetchTaskTest, two_files_under_one_name_come_one_after_the_other) {
  is_offered(file("a.bin", 1));
  is_offered(file("b.bin", 2));
  comes_after(1s);
  fetch("a.bin", {.as = "c.bin"});
  const Task second = fetch("b.bin", {.as = "c.bin"});
  run();
  EXPECT_EQ(second->state(), State::done);
  EXPECT_THAT(backend->begun, SizeIs(1));
  EXPECT_EQ(backend->adopted, 1u) << "the second one finds the first in its place";
}

TEST_F(FetchTaskTest, who_waits_for_another_ends_when_the_session_stops) {
  is_offered(file("a.bin"));
  backend->links["magnet:a"] = link_to(file("a.bin"));
  fetch("a.bin");
  const Task second = fetch("magnet:a");
  time.after(1s, [this] {
    backend->is_stopped = true;
    turns->stop();
  });
  run();
  EXPECT_EQ(second->state(), State::done);
  EXPECT_THAT(failures, IsEmpty()) << "nothing is told any more";
  EXPECT_THAT(told<event::Complete>(), IsEmpty());
  EXPECT_FALSE(backend->download.given_up) << "what came stays";
}

// ---- stalls -----------------------------------------------------------------

TEST_F(FetchTaskTest, is_given_up_when_everybody_has_left_for_a_minute) {
  is_offered(file("a.bin"));
  backend->download.sample = {.bytes = 50'000, .fetched = 50'000, .known = {.known = 1, .left = 1}};
  const Time begin = time.look.now;
  fetch("a.bin");
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::not_found);
  EXPECT_THAT(failures[0].reason.message, HasSubstr("1 has left"));
  EXPECT_EQ(failures[0].peers, backend->download.sample.known);
  EXPECT_TRUE(backend->download.given_up);
  EXPECT_EQ(time.look.now - begin, 60s + 250ms);
  EXPECT_EQ(backend->download.asks_for_peers, 18u) << "each three seconds and a bit";
}

TEST_F(FetchTaskTest, says_that_nothing_comes_and_goes_on) {
  is_offered(file("a.bin"));
  backend->download.sample = {.peers = 1, .known = {.known = 6, .refused = 5}};
  comes_after(40s);
  fetch("a.bin");
  run();
  EXPECT_THAT(notices(),
              ElementsAre(testing::AllOf(HasSubstr("Nothing comes from the peers of \"a.bin\""),
                                         HasSubstr("others that are known, 5 refuse"))));
  EXPECT_THAT(told<event::Complete>(), SizeIs(1));
}

TEST_F(FetchTaskTest, a_file_that_fails_is_told_with_its_reason_and_given_up) {
  is_offered(file("a.bin"));
  time.after(1s, [this] { backend->download.ended = fail(Errc::io, "the disk is full"); });
  fetch("a.bin");
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.message, "the disk is full");
  EXPECT_TRUE(backend->download.given_up);
}

// ---- links ------------------------------------------------------------------

TEST_F(FetchTaskTest, a_link_is_described_by_peers_and_followed_on) {
  backend->links["magnet:a"] = link_to(file("a.bin"));
  comes_after(2s);
  fetch("magnet:a");
  run();
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_EQ(told<event::Complete>()[0].target, "magnet:a");
  EXPECT_TRUE(finder->searching->stopped);
  EXPECT_TRUE(finder->followed);
  ASSERT_THAT(backend->begun, SizeIs(1));
  EXPECT_TRUE(backend->begun[0].known_by_name()) << "its dictionary says nothing more";
}

TEST_F(FetchTaskTest, a_link_that_fails_is_not_followed_any_more) {
  backend->links["magnet:a"] = link_to(file("a.bin"));
  time.after(1s, [this] { backend->download.ended = fail(Errc::io, "the disk is full"); });
  fetch("magnet:a");
  run();
  EXPECT_THAT(failures, SizeIs(1));
  EXPECT_FALSE(finder->followed);
}

TEST_F(FetchTaskTest, a_link_to_an_empty_file_is_not_followed_any_more) {
  backend->links["magnet:a"] = link_to(file("a.bin", 0, 0));
  fetch("magnet:a");
  run();
  EXPECT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_FALSE(finder->followed);
}

TEST_F(FetchTaskTest, a_link_waits_for_somebody_who_has_it) {
  Link link = link_to(file("a.bin"));
  link.label = *FileName::parse("a.bin");
  backend->links["magnet:a"] = link;
  finder->searching->known.clear();
  finder->searching->failed = Error{Errc::not_found, "nobody"};
  time.after(5s, [this] { finder->searching->known = {kPeer}; });
  comes_after(6s);
  fetch("magnet:a", {.wait = 10s});
  run();
  ASSERT_THAT(told<event::Waiting>(), SizeIs(1));
  EXPECT_EQ(told<event::Waiting>()[0].name, "a.bin");
  EXPECT_EQ(told<event::Waiting>()[0].target, "magnet:a");
  EXPECT_THAT(told<event::Complete>(), SizeIs(1));
}

TEST_F(FetchTaskTest, a_link_fails_once_the_wait_is_over) {
  backend->links["magnet:a"] = link_to(file("a.bin"));
  finder->searching->known.clear();
  finder->searching->failed = Error{Errc::not_found, "nobody"};
  fetch("magnet:a", {.wait = 10s});
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason, *finder->searching->failed);
  EXPECT_TRUE(finder->searching->stopped);
  EXPECT_FALSE(finder->followed);
}

TEST_F(FetchTaskTest, a_link_to_a_hidden_name_needs_another_one) {
  backend->links["magnet:a"] = link_to(file(".profile"));
  fetch("magnet:a");
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::bad_name);
  EXPECT_THAT(backend->begun, IsEmpty());

  comes_after(1s);
  fetch("magnet:a", {.as = "profile"});
  run();
  EXPECT_THAT(told<event::Complete>(), SizeIs(1));
}

TEST_F(FetchTaskTest, a_root_pins_what_a_link_may_bring) {
  backend->links["magnet:a"] = link_to(file("a.bin", 1));
  fetch("magnet:a", {.root = file("a.bin", 2).root});
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::conflict);
}

TEST_F(FetchTaskTest, a_link_by_another_name_is_told_before_anything_is_written) {
  Link link = link_to(file("a.bin"));
  link.label = *FileName::parse("b.bin");
  link.ignored = {"http://t.example/"};
  backend->links["magnet:a"] = link;
  comes_after(1s);
  fetch("magnet:a");
  run();
  EXPECT_THAT(notices(), ElementsAre(HasSubstr("http://t.example/"),
                                     HasSubstr("its file is called \"a.bin\"")));
}

// ---- what may be either -----------------------------------------------------

class EitherTest : public FetchTaskTest {
 protected:
  EitherTest() {
    std::filesystem::current_path(home_.path());
    home_.write("x.torrent", "");
  }
  ~EitherTest() override { std::filesystem::current_path(before_); }

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
  test::TempDir home_;
};

TEST_F(EitherTest, a_torrent_that_no_tracker_knows_by_name_is_joined) {
  backend->links["x.torrent"] = link_to(file("a.bin"));
  comes_after(1s);
  fetch("x.torrent");
  run();
  EXPECT_THAT(finder->asked, ElementsAre(Pair("x.torrent", Duration(2s))));
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_EQ(told<event::Complete>()[0].file.name, "a.bin");
  EXPECT_EQ(told<event::Complete>()[0].target, "x.torrent");
}

TEST_F(EitherTest, a_torrent_that_is_offered_as_a_file_is_that_file) {
  backend->links["x.torrent"] = link_to(file("a.bin"));
  is_offered(file("x.torrent"));
  backend->on_disk_as = file("x.torrent");
  backend->on_disk = {"/here/x.torrent"};
  fetch("x.torrent");
  run();
  EXPECT_THAT(notices(), ElementsAre(HasSubstr("write ./x.torrent")));
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_EQ(told<event::Complete>()[0].file.name, "x.torrent");
}

TEST_F(EitherTest, what_is_no_torrent_and_no_name_is_told_as_both) {
  fetch("x.torrent");
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::bad_input);
  EXPECT_EQ(failures[0].reason.message, "x.torrent is no link; and as a name: nobody offers it");
}

}  // namespace
}  // namespace shoal::session::fetch_task_test
