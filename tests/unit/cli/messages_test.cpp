#include "cli/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/events_for_tests.hpp"

namespace shoal::cli::messages_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kDefault{"127.0.0.1:6000"};
const std::vector<std::string> kTwo{"192.0.2.1:6000", "t.example:7000"};

std::string said(const Event& event, const std::vector<std::string>& trackers = kDefault) {
  return describe(event, {.trackers = trackers}).text;
}

TEST(Messages, registered_has_name_size_root_and_magnet) {
  EXPECT_THAT(said(event::Registered{file_for_tests(), info_hash_for_tests(),
                                     "magnet:?xt=urn:btmh:1220cd"}),
              AllOf(HasSubstr("big.iso"), HasSubstr("3"), HasSubstr("MiB"), HasSubstr("abababab"),
                    HasSubstr("magnet:?xt=urn:btmh:1220cd")));
}

TEST(Messages, nobody_offers_it_says_what_to_try) {
  EXPECT_EQ(said(event::Failed{"big.iso", {Errc::not_found, "x"}}, {kTwo.front()}),
            "Nobody offers \"big.iso\". Check the spelling with: leecher --list --tracker "
            "192.0.2.1:6000, "
            "or wait for a seeder with --wait 5m.");
  EXPECT_THAT(said(event::Failed{"big.iso", {Errc::not_found, "x"}}),
              HasSubstr("leecher --list, or"));
}

TEST(Messages, waiting_says_for_what) {
  EXPECT_EQ(said(event::Waiting{"big.iso", {Errc::not_found, "x"}}),
            "Nobody offers \"big.iso\" yet; waiting for a seeder.");
  EXPECT_EQ(said(event::Waiting{"big.iso", {Errc::no_tracker, "it does not answer"}}),
            "Waiting for a tracker, to ask it for \"big.iso\": it does not answer.");
  EXPECT_EQ(said(event::Waiting{"a", {Errc::not_found, "no tracker knows anybody"}, "magnet:?x"}),
            "Waiting for somebody who has it: no tracker knows anybody.");
}

TEST(Messages, of_several_trackers_those_that_are_silent_are_told) {
  const Error reason{Errc::not_found,
                     "nobody offers \"a\", says the tracker at 192.0.2.1:6000; no answer from "
                     "t.example:7000"};
  EXPECT_EQ(said(event::Waiting{"a", reason}, kTwo),
            "Nobody offers \"a\", says the tracker at 192.0.2.1:6000; no answer from "
            "t.example:7000; waiting for a seeder.");
  EXPECT_THAT(said(event::Failed{"a", reason}, kTwo),
              AllOf(HasSubstr("; no answer from t.example:7000. Check the spelling")));
}

TEST(Messages, no_tracker_of_a_link_names_the_links_trackers_alone) {
  EXPECT_EQ(said(event::Failed{
                "a", {Errc::no_tracker, "none of the trackers answers (udp://x:1)"}, "magnet:?x"}),
            "None of the trackers answers (udp://x:1). Start one with: tracker, or name another "
            "with --tracker HOST:PORT.");
}

TEST(Messages, wrong_data_names_the_peer) {
  EXPECT_EQ(said(event::WrongData{"big.iso", "192.0.2.7:7001"}),
            "Peer 192.0.2.7:7001 sends wrong data for \"big.iso\". That is thrown away, and asked "
            "for again where it can be had.");
}

TEST(Messages, a_file_name_at_the_start_of_a_reason_is_left_as_it_is) {
  EXPECT_EQ(said(event::Failed{"", {Errc::io, "y.torrent is no .torrent file"}}),
            "y.torrent is no .torrent file.");
  EXPECT_EQ(said(event::Failed{"", {Errc::io, "here/y is gone"}}), "here/y is gone.");
  EXPECT_EQ(said(event::Failed{"", {Errc::io, "cannot open y"}}), "Cannot open y.");
  EXPECT_EQ(said(event::TrackerState{"t.example", false, "t.example:1 refuses"}),
            "t.example:1 refuses.");
}

TEST(Messages, a_file_whose_seeders_have_all_left_is_not_a_wrong_name) {
  const Message lost = describe(event::Failed{"a", {Errc::not_found, "everybody left"}},
                                {.trackers = kDefault, .found = true});
  EXPECT_EQ(lost.text, "\"a\" failed: everybody left.");
}

TEST(Messages, a_link_that_nobody_serves_is_not_a_wrong_name) {
  EXPECT_EQ(said(event::Failed{"a", {Errc::not_found, "nobody has it"}, "magnet:?x"}),
            "\"a\" failed: nobody has it.");
}

TEST(Messages, no_tracker_says_which_were_asked_and_how_to_start_one) {
  const std::string text = said(event::Failed{"a", {Errc::no_tracker, "x"}}, kTwo);
  EXPECT_THAT(text, AllOf(HasSubstr("192.0.2.1:6000 and t.example:7000"),
                          HasSubstr("Start one with: tracker")));
}

TEST(Messages, interrupted_says_how_to_go_on) {
  const event::Failed interrupted{"a", {Errc::cancelled, "x"}};
  EXPECT_THAT(describe(interrupted, {.trackers = kDefault, .found = true}).text,
              HasSubstr("same command goes on"));
  EXPECT_EQ(said(interrupted), "Interrupted before \"a\" was found.");
}

TEST(Messages, other_failures_give_the_reason_as_a_sentence) {
  EXPECT_EQ(said(event::Failed{"a", {Errc::io, "disk full"}}), "\"a\" failed: disk full.");
  EXPECT_EQ(said(event::Failed{"", {Errc::io, "disk full."}}), "Disk full.");
  EXPECT_EQ(said(event::Failed{"../a", {Errc::bad_name, "bad file name \"../a\""}}),
            "Bad file name \"../a\".");
  const Message refused =
      describe(event::Refused{"a", {Errc::io, "no such file"}}, {.trackers = kDefault});
  EXPECT_EQ(refused.text, "Cannot share \"a\": no such file.");
  EXPECT_EQ(refused.tone, Tone::bad);
}

TEST(Messages, complete_tells_what_was_fetched_and_where_it_is) {
  const event::Complete fresh{file_for_tests(), "./big.iso", 3 << 20,
                              std::chrono::milliseconds(1500)};
  EXPECT_THAT(said(fresh), AllOf(HasSubstr("big.iso"), HasSubstr("MiB/s"),
                                 HasSubstr("saved as ./big.iso"), Not(HasSubstr("before"))));
  event::Complete resumed = fresh;
  resumed.fetched = 1 << 20;
  EXPECT_THAT(said(resumed), AllOf(HasSubstr("from before"), HasSubstr("zeros")));
  event::Complete here = fresh;
  here.fetched = 0;
  EXPECT_THAT(said(here), HasSubstr("nothing had to be fetched"));
}

TEST(Messages, complete_tells_what_held_a_download_of_a_second_or_more) {
  event::Complete slow{file_for_tests(), "./big.iso", 3 << 20, std::chrono::milliseconds(1500)};
  EXPECT_THAT(said(slow), Not(HasSubstr("held by"))) << "nobody knows";
  slow.held_by.parts = {0.01, 0, 0.92, 0, 0, 0, 0.07};
  EXPECT_THAT(said(slow), HasSubstr("\n  held by the lines to its peers (92 %), hashing (7 %)\n"));
  slow.took = std::chrono::milliseconds(999);
  EXPECT_THAT(said(slow), Not(HasSubstr("held by")));
}

TEST(Messages, complete_of_an_empty_file_divides_by_nothing) {
  FileInfo empty = file_for_tests();
  empty.length = 0;
  EXPECT_THAT(said(event::Complete{empty, "e", 0, {}}),
              AllOf(HasSubstr("Complete"), Not(HasSubstr("/s"))));
}

TEST(Messages, a_part_of_a_folder_is_said_to_be_one) {
  FileInfo folder{"photos", 5000, 16384, Digest{}, FolderInfo{340, 100}};
  EXPECT_EQ(describe(event::Seeding{folder, true, event::FolderPart{12, 700}}, {}).text,
            "Sharing 12 of 340 files of \"photos\". Ctrl-C stops.");
  EXPECT_THAT(
      describe(event::Registered{folder, InfoHash{}, "m", event::FolderPart{12, 700}}, {}).text,
      testing::StartsWith(
          "Registered what is here of \"photos\", 12 of 340 files and 700 bytes. "));
}

TEST(Messages, tracker_state_and_seeding_and_found) {
  EXPECT_EQ(said(event::TrackerState{"h:1", false, "the tracker at h:1 has no route"}),
            "The tracker at h:1 has no route.");
  EXPECT_EQ(said(event::TrackerState{"h:1", false, ""}), "The tracker at h:1 does not answer.");
  EXPECT_THAT(said(event::TrackerState{"h:1", true, ""}), HasSubstr("h:1 answers again"));
  EXPECT_THAT(said(event::Seeding{file_for_tests()}),
              AllOf(HasSubstr("Sharing"), HasSubstr("Ctrl-C")));
  EXPECT_THAT(said(event::Seeding{file_for_tests(), false}),
              AllOf(Not(HasSubstr("Sharing")), HasSubstr("others have to serve")));
  EXPECT_THAT(said(event::Found{file_for_tests(), {}, 1}), HasSubstr("1 peer."));
  EXPECT_THAT(said(event::Listening{*Endpoint::parse("1.2.3.4:5")}), HasSubstr("1.2.3.4:5"));
}

TEST(Messages, progress_and_hashing_are_drawn_not_said) {
  EXPECT_EQ(said(event::Progress{"a", 1, 2, 3, 4}), "");
  EXPECT_EQ(said(event::Hashing{"a", 1, 2}), "");
}

TEST(Messages, never_let_a_name_steer_the_terminal) {
  FileInfo evil = file_for_tests();
  evil.name = "\x1b]0;x\x07";
  const Error reason{Errc::io, "\x1b[2J"};
  for (const Event& event : std::vector<Event>{
           event::Registered{evil, {}, "magnet:\x1b"}, event::Refused{evil.name, reason},
           event::TrackerState{evil.name, false, evil.name}, event::Found{evil, {}, 1},
           event::Complete{evil, evil.name, 1, {}}, event::Seeding{evil},
           event::Failed{evil.name, reason}, event::Notice{evil.name}}) {
    EXPECT_EQ(said(event).find('\x1b'), std::string::npos);
  }
  EXPECT_EQ(catalogue_table(std::vector<CatalogueEntry>{{evil.name, 1, 1, 1}}).find('\x1b'),
            std::string::npos);
}

TEST(CatalogueTable, lines_its_columns_up) {
  const std::vector<CatalogueEntry> entries{{"文件.iso", 3 << 20, 12, 0}, {"b", 17, 1, 3}};
  EXPECT_EQ(catalogue_table(entries),
            "NAME          SIZE  SEEDERS  LEECHERS\n"
            "文件.iso   3.0 MiB       12         0\n"
            "b         17 bytes        1         3");
}

TEST(CatalogueTable, shows_which_names_are_folders_and_how_many_files_they_have) {
  const std::vector<CatalogueEntry> entries{{"big.iso", 3 << 20, 12, 0},
                                            {"photos", 5ull << 30, 1, 3, 340}};
  EXPECT_EQ(catalogue_table(entries),
            "NAME        SIZE  FILES  SEEDERS  LEECHERS\n"
            "big.iso  3.0 MiB              12         0\n"
            "photos/  5.0 GiB    340        1         3");
}

TEST(CatalogueNames, of_folders_are_what_is_typed_to_fetch_them) {
  EXPECT_EQ(
      catalogue_names(std::vector<CatalogueEntry>{{"big.iso", 1, 1, 0}, {"photos", 1, 1, 3, 9}}),
      "big.iso\nphotos");
}

TEST(CatalogueTable, of_nothing_says_what_to_do) {
  EXPECT_THAT(catalogue_table({}), HasSubstr("seeder FILE"));
  const std::vector<CatalogueEntry> alike{{"r\u0435port.pdf", 1, 1, 1}, {"report.pdf", 1, 1, 1}};
  EXPECT_THAT(catalogue_table(alike), HasSubstr("Latin and Cyrillic letters in one word"));
}

TEST(TrackerBanner, says_what_to_type_next) {
  const std::vector<Endpoint> usual{*Endpoint::parse("0.0.0.0:6000"),
                                    *Endpoint::parse("[::]:6000")};
  EXPECT_THAT(tracker_banner(usual),
              AllOf(HasSubstr("0.0.0.0:6000 and [::]:6000"), HasSubstr("seeder FILE  "),
                    HasSubstr("leecher NAME  ")));
  const std::vector<Endpoint> other{*Endpoint::parse("0.0.0.0:7000")};
  EXPECT_THAT(tracker_banner(other), AllOf(HasSubstr("seeder FILE --tracker 127.0.0.1:7000"),
                                           HasSubstr("ADDRESS-OF-THIS-MACHINE:7000")));
  const std::vector<Endpoint> v6{*Endpoint::parse("[::]:7000")};
  EXPECT_THAT(tracker_banner(v6), HasSubstr("--tracker [::1]:7000"));
}

TEST(Statistics, are_one_line) {
  EXPECT_EQ(describe(TrackerStatistics{1, 2, 3, 4}),
            "Tracker knew 1 file and 2 peers; answered 3 datagrams, dropped 4.");
}

TEST(Listed, reads_like_a_sentence) {
  EXPECT_EQ(listed(std::vector<std::string>{}), "");
  EXPECT_EQ(listed(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(listed(std::vector<std::string>{"a", "b", "c"}), "a, b and c");
}

}  // namespace
}  // namespace shoal::cli::messages_test
