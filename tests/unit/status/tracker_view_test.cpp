#include "status/tracker_view.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "status/common.hpp"

namespace shoal::status::tracker_view_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const std::string kHostile = "<img src=x onerror=alert(1)>\"'&\u202e.iso";

TrackerView view() {
  TrackerView out;
  out.status.files = 2;
  out.status.max_files = 4;
  out.status.max_peers = 10;
  out.status.max_name_bytes = 1000;
  out.status.name_bytes = 40;
  out.status.peers.v4 = {3, 1};
  out.status.peers.v6 = {0, 2};
  out.status.counters.requests[static_cast<std::size_t>(TrackerAction::lookup)].v6.refused = 5;
  out.status.counters.dropped[static_cast<std::size_t>(TrackerDrop::not_opened)] = 6;
  out.status.responses.counts = {2, 0, 1, 0, 0, 0, 0, 0, 4};
  out.status.responses.sum = 1500ms;
  out.listens = {*Endpoint::parse("127.0.0.1:6000")};
  out.since = std::chrono::system_clock::time_point(1000s);
  out.running = 65s;
  out.heartbeat = 30s;
  out.timeout = 45s;
  out.history.add(0s, history_values({}));
  out.history.add(1s, history_values(out.status));
  TrackedFile file;
  file.name = kHostile;
  file.length = 12345;
  file.seeders = 3;
  TrackedFile folder;
  folder.name = "photos";
  folder.files = 7;
  out.offered = offered_page({file, folder}, {});
  return out;
}

TEST(TrackerMetrics, have_every_number_under_its_name) {
  const std::string text = tracker_metrics(view());
  EXPECT_THAT(text, HasSubstr("shoal_build_info{program=\"tracker\",version=\""));
  EXPECT_THAT(text, HasSubstr("\nshoal_start_time_seconds 1000\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_tracker_requests_total{action=\"lookup\",ip_version=\"6\","
                              "result=\"refused\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_tracker_dropped_total{reason=\"not_opened\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_tracker_files 2\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_tracker_peers{role=\"leecher\",ip_version=\"6\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_tracker_peers{role=\"seeder\",ip_version=\"4\"} 3\n"));
}

TEST(TrackerMetrics, tell_response_times_in_seconds_up_to_each_bound) {
  const std::string text = tracker_metrics(view());
  EXPECT_THAT(text,
              HasSubstr("\nshoal_tracker_response_duration_seconds_bucket{le=\"1e-05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_seconds_bucket{le=\"1e-04\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("_seconds_bucket{le=\"+Inf\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_tracker_response_duration_seconds_sum 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_tracker_response_duration_seconds_count 7\n"));
}

TEST(TrackerMetrics, have_no_names_of_files) {
  EXPECT_THAT(tracker_metrics(view()), Not(HasSubstr("photos")));
  EXPECT_THAT(tracker_metrics(view()), Not(HasSubstr("onerror")));
}

TEST(TrackerMetrics, tell_what_each_is_once_and_have_no_sample_twice) {
  std::set<std::string> seen;
  std::istringstream lines(tracker_metrics(view()));
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second) << line;
}

TEST(TrackerJson, has_what_the_page_shows) {
  const auto json = nlohmann::json::parse(tracker_json(view()));
  EXPECT_EQ(json["program"], "tracker");
  EXPECT_EQ(json["files"], 2);
  EXPECT_EQ(json["peers"]["v6"]["leechers"], 2);
  EXPECT_EQ(json["requests"]["lookup"]["v6"]["refused"], 5);
  EXPECT_EQ(json["dropped"]["not_opened"], 6);
  EXPECT_EQ(json["limits"]["peers"]["used"], 6);
  EXPECT_EQ(json["offered"]["items"][0]["name"], kHostile);
  EXPECT_EQ(json["offered"]["items"][1]["kind"], "folder");
  EXPECT_EQ(json["offered"]["items"][1]["files"], 7);
  EXPECT_EQ(json["history"]["requests_per_second"]["lookup"][1], 5.0);
  EXPECT_EQ(json["history"]["seconds_ago"].size(), 2u);
}

TEST(TrackerJson, is_one_line_of_ascii_whatever_the_names_are) {
  TrackerView odd = view();
  odd.offered.files[0].name = "\xff\n\u2028</script>";
  const std::string text = tracker_json(odd);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x7f);
}

TEST(TrackerPage, shows_a_name_that_is_markup_as_text) {
  const std::string page = tracker_page(view());
  EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\uFFFD.iso"));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("folder, 7 files"));
}

TEST(TrackerPage, keeps_what_was_searched_for_as_text_in_the_field_and_in_links) {
  TrackerView odd = view();
  odd.offered.query.search = "\"><script>";
  const std::string page = tracker_page(odd);
  EXPECT_THAT(page, HasSubstr("value=\"&quot;&gt;&lt;script&gt;\""));
  EXPECT_THAT(page, HasSubstr("q=%22%3E%3Cscript%3E"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST(TrackerPage, has_no_style_or_script_of_its_own) {
  const std::string page = tracker_page(view());
  EXPECT_THAT(page, Not(HasSubstr("style=")));
  EXPECT_THAT(page, Not(testing::ContainsRegex(" on[a-z]+=\"")));
}

TEST(TrackerPage, of_a_tracker_that_has_nothing_says_what_to_do) {
  EXPECT_THAT(tracker_page({}), HasSubstr("seeder FILE"));
}

TEST(CountInWords, is_read_at_a_glance) {
  EXPECT_EQ(count_in_words(0), "0");
  EXPECT_EQ(count_in_words(0.26), "0.3");
  EXPECT_EQ(count_in_words(9), "9");
  EXPECT_EQ(count_in_words(12.4), "12");
  EXPECT_EQ(count_in_words(1234567), "1\u202f234\u202f567");
}

}  // namespace
}  // namespace shoal::status::tracker_view_test
