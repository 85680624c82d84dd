#include "cli/json_events.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/json_reporter.hpp"
#include "unit/cli/events_for_tests.hpp"

namespace shoal::cli::json_events_test {
namespace {

using Json = nlohmann::json;

std::string times(const char* text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

const std::string kRoot = times("ab", 32);
const std::string kInfoHash = times("cd", 32);

Json parsed(const Event& event) {
  return Json::parse(to_json(event));
}

TEST(JsonEvents, listening) {
  EXPECT_EQ(to_json(event::Listening{*Endpoint::parse("[::1]:7000")}),
            R"({"event":"listening","address":"[::1]:7000"})");
}

TEST(JsonEvents, hashing) {
  EXPECT_EQ(to_json(event::Hashing{"a", 1, 2}),
            R"({"event":"hashing","name":"a","bytes":1,"length":2})");
}

TEST(JsonEvents, registered) {
  const Json expected = {{"event", "registered"},   {"name", "big.iso"}, {"length", 3 << 20},
                         {"piece_length", 65536},   {"root", kRoot},     {"info_hash", kInfoHash},
                         {"magnet", "magnet:?xt=x"}};
  EXPECT_EQ(parsed(event::Registered{file_for_tests(), info_hash_for_tests(), "magnet:?xt=x"}),
            expected);
}

TEST(JsonEvents, refused) {
  EXPECT_EQ(to_json(event::Refused{"a", {Errc::conflict, "taken"}}),
            R"({"event":"refused","name":"a","reason":"taken","code":5})");
}

TEST(JsonEvents, tracker) {
  EXPECT_EQ(to_json(event::TrackerState{"h:1", false, "silent"}),
            R"({"event":"tracker","tracker":"h:1","answers":false,"message":"silent"})");
}

TEST(JsonEvents, found) {
  const Json expected = {
      {"event", "found"}, {"name", "big.iso"},      {"length", 3 << 20}, {"piece_length", 65536},
      {"root", kRoot},    {"info_hash", kInfoHash}, {"peers", 2}};
  EXPECT_EQ(parsed(event::Found{file_for_tests(), info_hash_for_tests(), 2}), expected);
}

TEST(JsonEvents, progress) {
  EXPECT_EQ(
      to_json(event::Progress{"a", 5'000'000'000, 6'000'000'000, 1.5, 3}),
      R"({"event":"progress","name":"a","bytes":5000000000,"length":6000000000,"rate":1.5,"peers":3,"known":0})");
}

TEST(JsonEvents, progress_tells_why_peers_are_not_connected) {
  const event::Progress progress{.name = "a",
                                 .known = {.known = 9, .refused = 2, .silent = 1, .wrong_data = 3}};
  EXPECT_EQ(parsed(progress).at("known"), 9);
  EXPECT_EQ(parsed(progress).at("trouble"),
            Json::parse(R"({"refused":2,"silent":1,"wrong_data":3})"));
}

TEST(JsonEvents, failed_tells_of_the_peers_of_a_fetch_that_had_begun) {
  EXPECT_EQ(
      to_json(event::Failed{
          .name = "a", .reason = {Errc::not_found, "x"}, .peers = {{.known = 1, .left = 1}}}),
      R"({"event":"failed","name":"a","reason":"x","code":3,"known":1,"trouble":{"left":1}})");
}

TEST(JsonEvents, wrong_data) {
  EXPECT_EQ(to_json(event::WrongData{"a", "192.0.2.7:7001"}),
            R"({"event":"wrong_data","name":"a","peer":"192.0.2.7:7001"})");
}

TEST(JsonEvents, waiting_has_the_exit_code_that_it_would_end_with) {
  EXPECT_EQ(to_json(event::Waiting{"a", {Errc::not_found, "nobody"}}),
            R"({"event":"waiting","name":"a","reason":"nobody","code":3})");
  EXPECT_EQ(parsed(event::Waiting{"a", {Errc::no_tracker, "silent"}, "magnet:?x"}).at("target"),
            "magnet:?x");
}

TEST(JsonEvents, complete) {
  const Json expected = {{"event", "complete"}, {"name", "big.iso"}, {"path", "out/big.iso"},
                         {"bytes", 3 << 20},    {"fetched", 1000},   {"seconds", 1.25},
                         {"root", kRoot}};
  EXPECT_EQ(parsed(event::Complete{file_for_tests(), "out/big.iso", 1000,
                                   std::chrono::milliseconds(1250)}),
            expected);
}

TEST(JsonEvents, complete_tells_what_held_it_as_parts_of_the_time) {
  event::Complete complete{file_for_tests(), "out/big.iso", 1000, std::chrono::milliseconds(1250)};
  complete.held_by.parts = {0, 0.25, 0.7496, 0, 0, 0, 0.0004};
  const Json expected = {{"no_peers", 0.0},  {"sources", 0.25}, {"peers", 0.75}, {"own_line", 0.0},
                         {"own_limit", 0.0}, {"disk", 0.0},     {"hashing", 0.0}};
  EXPECT_EQ(parsed(complete).at("held_by"), expected);
}

TEST(JsonEvents, seeding) {
  const Json expected = {
      {"event", "seeding"}, {"name", "big.iso"}, {"length", 3 << 20}, {"root", kRoot}};
  EXPECT_EQ(parsed(event::Seeding{file_for_tests()}), expected);
}

TEST(JsonEvents, seeding_and_registered_tell_how_much_of_a_folder_is_here) {
  FileInfo folder{"photos", 5000, 16384, Digest{}, FolderInfo{340, 100}};
  const Json here = {{"bytes", 700}, {"files", 12}};
  EXPECT_EQ(
      Json::parse(to_json(event::Seeding{folder, true, event::FolderPart{12, 700}})).at("here"),
      here);
  const event::Registered registered{folder, InfoHash{}, "m", event::FolderPart{12, 700}};
  EXPECT_EQ(Json::parse(to_json(registered)).at("here"), here);
}

TEST(JsonEvents, seeding_of_a_name_alone) {
  EXPECT_EQ(parsed(event::Seeding{file_for_tests(), false}).at("served"), false);
}

TEST(JsonEvents, failed_has_the_exit_code) {
  EXPECT_EQ(to_json(event::Failed{"a", {Errc::not_found, "nobody"}}),
            R"({"event":"failed","name":"a","reason":"nobody","code":3})");
}

TEST(JsonEvents, what_was_asked_for_is_told_where_it_was_not_the_name) {
  EXPECT_EQ(parsed(event::Found{file_for_tests(), {}, 1, "magnet:?x"}).at("target"), "magnet:?x");
  EXPECT_EQ(parsed(event::Complete{file_for_tests(), "x", 1, {}, "a.torrent"}).at("target"),
            "a.torrent");
  EXPECT_EQ(to_json(event::Failed{"a", {Errc::io, "x"}, "magnet:?x"}),
            R"({"event":"failed","name":"a","reason":"x","code":1,"target":"magnet:?x"})");
}

/// File names on Linux are bytes; a script that means to open one needs all of them.
TEST(JsonEvents, what_is_no_utf8_is_told_in_base64_as_well) {
  const std::string complete =
      to_json(event::Complete{file_for_tests(), "o\xff/big.iso", 1, {}, "t\xff"});
  EXPECT_NE(complete.find(R"("path":"o\udcff/big.iso","path_bytes":"b/8vYmlnLmlzbw==")"),
            std::string::npos)
      << complete;
  EXPECT_NE(complete.find(R"("target_bytes":"dP8=")"), std::string::npos) << complete;
  EXPECT_EQ(complete.find("name_bytes"), std::string::npos) << complete;
  EXPECT_EQ(to_json(event::Refused{"\xff\xfe\xfd", {Errc::io, "x"}}),
            R"({"event":"refused","name":"\udcff\udcfe\udcfd","name_bytes":"//79",)"
            R"("reason":"x","code":1})");
}

TEST(JsonEvents, private_characters_in_a_name_stay_what_they_are) {
  EXPECT_EQ(to_json(event::Refused{"\U0010FEFE\U0010FE41", {Errc::io, "x"}}).find("udc"),
            std::string::npos);
}

TEST(JsonEvents, private_characters_stay_so_beside_a_path_that_is_no_utf8) {
  FileInfo file = file_for_tests();
  file.name = "a\U0010FE80";
  const std::string complete = to_json(event::Complete{file, "o\xff/" + file.name, 1, {}, {}});
  EXPECT_NE(complete.find("\"name\":\"a\U0010FE80\","), std::string::npos) << complete;
  EXPECT_NE(complete.find(R"("path":"o\udcff/a\udcf4\udc8f\udcba\udc80",)"), std::string::npos)
      << complete;
}

TEST(JsonEvents, notice) {
  EXPECT_EQ(to_json(event::Notice{"hi"}), R"({"event":"notice","message":"hi"})");
}

TEST(JsonEvents, catalogue_entries_and_statistics) {
  EXPECT_EQ(to_json(CatalogueEntry{"a", 1, 2, 3}),
            R"({"event":"file","name":"a","length":1,"seeders":2,"leechers":3,"kind":"file"})");
  EXPECT_EQ(
      to_json(CatalogueEntry{"a", 1, 2, 3, 4}),
      R"({"event":"file","name":"a","length":1,"seeders":2,"leechers":3,"kind":"folder","files":4})");
  EXPECT_EQ(to_json(TrackerStatistics{1, 2, 3, 4}),
            R"({"event":"statistics","files":1,"peers":2,"answered":3,"dropped":4})");
}

TEST(JsonEvents, stay_one_valid_line_whatever_the_name_is) {
  const std::string line = to_json(event::Notice{"a\nb\"\\\x01\xff\xfe\xc3"});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(Json::accept(line)) << line;
}

TEST(JsonEvents, escape_what_cannot_be_seen_or_turns_text_around_and_mean_it_all_the_same) {
  for (const char* name : {"a\u202efdp", "a\u200bb", "\ufeffa", "a\u009b31m", "a\x7f", "a\u2028b",
                           "a\U000e0020b", "a\uffff"}) {
    const std::string line = to_json(CatalogueEntry{name, 1, 1, 1});
    EXPECT_EQ(Json::parse(line).at("name"), name);
    EXPECT_EQ(line.find(std::string_view(name).substr(1)), std::string::npos) << line;
    EXPECT_EQ(std::ranges::count_if(line, [](char c) { return c == '\x7f' || (c & 0x80) != 0; }), 0)
        << line;
  }
  EXPECT_EQ(
      to_json(CatalogueEntry{"a\U000e0020b", 1, 1, 1}).find("\\udb40\\udc20") != std::string::npos,
      true);
  const std::string family = "\U0001f468\u200d\U0001f469";
  EXPECT_NE(to_json(CatalogueEntry{family, 1, 1, 1}).find(family), std::string::npos);
}

TEST(JsonReporter, writes_lines_to_out_and_everything_for_people_to_err) {
  std::ostringstream out;
  std::ostringstream err;
  JsonReporter reporter(out, err);
  reporter.ask("File name: ");
  reporter.answered();
  reporter.complain("No name.");
  EXPECT_EQ(out.str(), "");
  reporter.report(event::Notice{"hi"});
  reporter.catalogue(std::vector<CatalogueEntry>{{"a", 1, 2, 3}, {"b", 4, 5, 6}}, false);
  reporter.tracker_listening(std::vector<Endpoint>{*Endpoint::parse("1.2.3.4:5")});
  reporter.statistics({});
  EXPECT_EQ(err.str(), "File name: No name.\n");
  std::istringstream lines(out.str());
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);)
    events.push_back(Json::parse(line).at("event"));
  EXPECT_EQ(events,
            (std::vector<std::string>{"notice", "file", "file", "listening", "statistics"}));
}

}  // namespace
}  // namespace shoal::cli::json_events_test
