#include "status/session_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace shoal::status::session_view_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const std::string kHostile = "<img src=x onerror=alert(1)>\"'&\u202e.iso";

SessionView view() {
  SessionView out;
  out.program = "leecher";
  SessionStatus& status = out.status;
  status.listens = *Endpoint::parse("[::]:7001");
  status.trackers = {"t.example:6000"};
  status.totals = {3000, 2000, 500, 700};
  status.limits = {1024, 2048};
  status.connections = 4;
  status.max_connections = 500;
  status.dialled = 1;
  status.accepted = 2;
  status.fetching = 1;
  status.offering = 3;
  TransferStatus fetched;
  fetched.name = kHostile;
  fetched.path = "/tmp/\xff<b>";
  fetched.fetching = true;
  fetched.length = 3000;
  fetched.here = 2999;
  fetched.map = {MapCell::none, MapCell::asked, MapCell::all, MapCell::all};
  PeerStatus peer;
  peer.address = *Endpoint::parse("192.0.2.7:7001");
  peer.client = "<script>alert(2)</script>\n";
  peer.has = 0.5;
  peer.asked = 7;
  fetched.peers = {peer};
  TransferStatus folder;
  folder.name = "photos";
  folder.files = 7;
  folder.files_here = 7;
  folder.of_files = 7;
  folder.length = folder.here = 10;
  status.transfers = {fetched, folder};
  out.history.add(0s, {0, 0, 0});
  out.history.add(1s, {3000, 700, 4});
  out.log = {{std::chrono::system_clock::time_point(5s), "Found \"<b>\"."}};
  out.since = std::chrono::system_clock::time_point(1000s);
  return out;
}

TEST(SessionMetrics, have_every_number_under_its_name) {
  const std::string text = session_metrics(view());
  EXPECT_THAT(text, HasSubstr("shoal_build_info{program=\"leecher\",version=\""));
  EXPECT_THAT(text, HasSubstr("\nshoal_peer_received_bytes_total{source=\"peer\"} 3000\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_peer_proven_bytes_total 2000\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_peer_wasted_bytes_total{reason=\"wrong\"} 500\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_peer_sent_bytes_total 700\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_peer_connections{direction=\"incoming\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_transfers{state=\"offering\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\nshoal_rate_limit_bytes_per_second{direction=\"upload\"} 1024\n"));
}

TEST(SessionMetrics, have_no_names_of_files_or_peers) {
  for (const char* name : {"onerror", "photos", "192.0.2.7", "t.example", "/tmp"})
    EXPECT_THAT(session_metrics(view()), Not(HasSubstr(name)));
}

TEST(SessionJson, has_what_the_page_shows) {
  const auto json = nlohmann::json::parse(session_json(view()));
  EXPECT_EQ(json["program"], "leecher");
  EXPECT_EQ(json["totals"]["proven"], 2000);
  EXPECT_EQ(json["limits"]["download"], 2048);
  const auto& fetched = json["transfers"][0];
  EXPECT_EQ(fetched["name"], kHostile);
  EXPECT_EQ(fetched["state"], "fetching");
  EXPECT_EQ(fetched["map"], "0155");
  EXPECT_EQ(fetched["peers"][0]["address"], "192.0.2.7:7001");
  EXPECT_EQ(fetched["peers"][0]["asked"], 7);
  EXPECT_EQ(json["transfers"][1]["kind"], "folder");
  EXPECT_EQ(json["history"]["received_per_second"][1], 3000.0);
  EXPECT_EQ(json["log"][0]["text"], "Found \"<b>\".");
}

TEST(SessionJson, tells_what_holds_a_download) {
  SessionView shown = view();
  shown.status.transfers[0].held_by.parts = {0, 0.25, 0.75, 0, 0, 0, 0};
  const auto json = nlohmann::json::parse(session_json(shown));
  EXPECT_EQ(json["transfers"][0]["held_by"]["sources"], 0.25);
  EXPECT_EQ(json["transfers"][0]["held_by"]["disk"], 0.0);
  EXPECT_FALSE(json["transfers"][1].contains("held_by"));
}

TEST(SessionPage, tells_what_holds_a_download) {
  SessionView shown = view();
  EXPECT_THAT(session_page(shown), Not(HasSubstr("Held by")));
  shown.status.transfers[0].held_by.parts = {0, 0.25, 0.74, 0, 0, 0, 0.01};
  EXPECT_THAT(session_page(shown), HasSubstr("Held by the lines to its peers (74 %), peers with "
                                             "nothing more to ask for (25 %).</p>"));
}

TEST(SessionPage, shows_names_of_files_and_clients_as_text) {
  const std::string page = session_page(view());
  EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\uFFFD.iso"));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(2)&lt;/script&gt;"));
  EXPECT_THAT(page, HasSubstr("Found &quot;&lt;b&gt;&quot;."));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("style=")));
}

TEST(SessionPage, calls_nothing_whole_before_it_is) {
  EXPECT_THAT(session_page(view()), HasSubstr("<b>99 %</b>"));
}

TEST(SessionPage, shows_a_part_of_a_folder_as_that) {
  SessionView one = view();
  EXPECT_THAT(session_page(one), HasSubstr("<td>folder, 7 files</td>"));
  TransferStatus& folder = one.status.transfers[1];
  folder.of_files = 340;
  EXPECT_THAT(session_page(one), HasSubstr("<td>part of a folder, 7 of 340 files</td>"));
  EXPECT_THAT(session_page(one), Not(HasSubstr("Whole, and offered")));
  EXPECT_EQ(nlohmann::json::parse(session_json(one))["transfers"][1]["of_files"], 340);
  folder.files_here = 6;  // one was changed on the disk since
  folder.here = 9;
  EXPECT_THAT(session_page(one), HasSubstr("<td>part of a folder, 6 of 340 files</td>"));
  EXPECT_THAT(session_page(one), HasSubstr("<td class=\"n\">9 bytes</td>"));
}

TEST(SessionPage, draws_equal_stretches_of_the_map_as_one) {
  const std::string page = session_page(view());
  EXPECT_THAT(page, HasSubstr("viewBox=\"0 0 4 1\""));
  EXPECT_THAT(page, HasSubstr("<rect class=\"m1\" x=\"1\" width=\"1\" height=\"1\"/>"
                              "<rect class=\"m5\" x=\"2\" width=\"2\" height=\"1\"/></svg>"));
}

TEST(SessionPage, says_how_many_files_it_does_not_show) {
  EXPECT_THAT(session_page(view()), HasSubstr("of which 1 are shown"));
}

TEST(SessionPage, of_a_program_that_has_nothing_is_a_page) {
  EXPECT_THAT(session_page({}), HasSubstr("Nobody at the moment."));
}

}  // namespace
}  // namespace shoal::status::session_view_test
