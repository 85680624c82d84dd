// The pages of the real programs, read by a program.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <regex>
#include <set>

#include <gmock/gmock.h>

#include "integration/loopback.hpp"
#include "support/tracker_talk.hpp"
#include "support/web_client.hpp"

namespace shoal::web_test {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

/// Where a program's pages are.
Endpoint pages_of(Program& program) {
  const std::string link = program.wait_for("web").at("link");
  const std::string address = link.substr(std::string("http://").size());
  return *Endpoint::parse(address.substr(0, address.size() - 1));
}

Json status_of(const Endpoint& pages, const std::string& query = {}) {
  const WebAnswer answer = get(pages, "/status.json" + query);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/json\r\n"));
  return Json::parse(answer.body);
}

class TrackerPages : public Loopback {
 protected:
  TrackerPages() : Loopback({"--web", "--timeout", "10m"}), pages_(pages_of(tracker_)) {}

  Endpoint pages_;
};

TEST_F(TrackerPages, show_who_offers_what) {
  Program seeder = seeder_of(file("a.bin", 100'000));
  const Json status = status_of(pages_);
  EXPECT_EQ(status["files"], 1);
  EXPECT_EQ(status["offered"]["items"][0]["name"], "a.bin");
  EXPECT_EQ(status["offered"]["items"][0]["length"], 100'000);
  EXPECT_EQ(status["offered"]["items"][0]["seeders"], 1);
  EXPECT_GE(status["requests"]["register"]["v4"]["answered"], 1);
  EXPECT_THAT(get(pages_, "/metrics").body,
              HasSubstr("\nshoal_tracker_peers{role=\"seeder\",ip_version=\"4\"} 1\n"));
  EXPECT_THAT(get(pages_, "/").body, HasSubstr("<bdi>a.bin</bdi>"));
  EXPECT_EQ(get(pages_, "/healthz").body, "ok\n");
}

TEST_F(TrackerPages, show_a_hostile_name_as_text) {
  const std::string name = "<img src=x onerror=alert(1)>";
  FileInfo info{name, 20'000, 16384, {}};
  info.root.bytes[0] = std::byte{1};
  register_at_tracker(address_, {PeerId{}, 7001, true, info});
  EXPECT_THAT(get(pages_, "/").body, HasSubstr("<bdi>&lt;img src=x onerror=alert(1)&gt;</bdi>"));
  EXPECT_THAT(get(pages_, "/").body, Not(HasSubstr("<img src=x")));
  EXPECT_EQ(status_of(pages_)["offered"]["items"][0]["name"], name);
  EXPECT_THAT(get(pages_, "/metrics").body, Not(HasSubstr("onerror")));
}

TEST_F(TrackerPages, find_and_sort_names_a_page_at_a_time) {
  const datagram::ConnectionId id = connect_to_tracker(address_);
  for (int i = 0; i < 120; ++i) {
    FileInfo info{"file-" + std::to_string(1000 + i), std::uint64_t(20'000 + i), 16384, {}};
    info.root.bytes[0] = static_cast<std::byte>(i + 1);
    (void)ask_tracker(address_, datagram::RegisterRequest{PeerId{}, 7001, true, info}, id);
  }
  const Json largest = status_of(pages_, "?sort=size&order=desc")["offered"];
  EXPECT_EQ(largest["total"], 120);
  EXPECT_EQ(largest["pages"], 3);
  EXPECT_EQ(largest["items"].size(), 50u);
  EXPECT_EQ(largest["items"][0]["name"], "file-1119");
  const Json found = status_of(pages_, "?q=FILE-110&page=9")["offered"];
  EXPECT_EQ(found["matching"], 10);
  EXPECT_EQ(found["page"], 1);
}

TEST_F(TrackerPages, are_for_reading_by_who_knows_the_address) {
  EXPECT_EQ(get(pages_, "/", {}, "POST").status, 405);
  EXPECT_EQ(get(pages_, "/../../etc/passwd").status, 404);
  EXPECT_EQ(get(pages_, "/%2e%2e/%2e%2e/etc/passwd").status, 404);
  const WebClient stranger(pages_);
  stranger.send("GET / HTTP/1.1\r\nHost: rebound.example\r\n\r\n");
  EXPECT_EQ(parse_answer(stranger.rest()).status, 421);
}

TEST_F(Loopback, pages_beyond_this_machine_want_a_token_or_a_word) {
  Program refused = start("tracker", {"--listen", "127.0.0.1:0", "--web", "0.0.0.0:0"});
  EXPECT_EQ(refused.wait_for_exit(), 2);
  EXPECT_THAT(refused.errors(), HasSubstr("--web-token FILE, or --web-open"));
  Program open = start_tracker({"--web", "0.0.0.0:0", "--web-open"});
  EXPECT_EQ(get(pages_of(open), "/healthz").status, 200);
}

TEST_F(Loopback, pages_of_a_closed_swarm_want_a_token_everywhere) {
  const std::string key = (home_ / "our.key").string();
  EXPECT_EQ(start("tracker", {"--new-key", key}).wait_for_exit(), 0);
  for (const Program::Arguments& options :
       {Program::Arguments{"--web"}, Program::Arguments{"--web", "0.0.0.0:0", "--web-open"}}) {
    Program::Arguments all{"--listen", "127.0.0.1:0", "--key", key};
    all.insert(all.end(), options.begin(), options.end());
    Program refused = start("tracker", all);
    EXPECT_EQ(refused.wait_for_exit(), 2);
    EXPECT_THAT(refused.errors(), HasSubstr("add --web-token FILE"));
  }
  std::ofstream(home_ / "token") << "0123456789abcdef\n";
  Program closed =
      start_tracker({"--key", key, "--web", "--web-token", (home_ / "token").string()});
  const Endpoint pages = pages_of(closed);
  EXPECT_EQ(get(pages, "/status.json").status, 401);
  EXPECT_EQ(get(pages, "/status.json", "Authorization: Bearer 0123456789abcdeg\r\n").status, 401);
  const auto answer = get(pages, "/status.json", "Authorization: Bearer 0123456789abcdef\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Json::parse(answer.body)["closed"], true);
}

/// The number behind that name and labels; nothing where there is none.
std::optional<double> metric(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + " ");
  if (at == std::string::npos) return std::nullopt;
  return std::stod(text.substr(at + name.size() + 2));
}

TEST_F(Loopback, pages_of_a_download_show_it_from_its_beginning_to_its_end) {
  const std::uint64_t size = 8'000'000;
  const auto config = home_ / "seeder.conf";
  std::ofstream(config) << "upload-limit = 32K\n";
  Program seeder =
      start_seeder({file("a.bin", size).string(), "--web", "--config", config.string()});
  seeder.wait_for("registered");
  Program leecher = leecher_of("a.bin", folder("copy"), {"--web"});
  const Endpoint pages = pages_of(leecher);

  // Slow for as long as it takes to look.
  leecher.wait_for("progress", has_bytes(1));
  const Json before = status_of(pages);
  EXPECT_EQ(before["program"], "leecher");
  ASSERT_EQ(before["transfers"].size(), 1u);
  EXPECT_EQ(before["transfers"][0]["name"], "a.bin");
  EXPECT_EQ(before["transfers"][0]["state"], "fetching");
  EXPECT_LT(before["transfers"][0]["here"], size);
  EXPECT_EQ(before["transfers"][0]["peers"][0]["direction"], "outgoing");
  EXPECT_THAT(before["transfers"][0]["peers"][0]["client"], testing::StartsWith("Shoal "));
  EXPECT_EQ(metric(get(pages, "/metrics").body, "shoal_transfers{state=\"fetching\"}"), 1);

  std::ofstream(config) << "upload-limit = 0\n";
  seeder.signal(SIGHUP);
  leecher.wait_for("complete");
  const std::string metrics = get(pages, "/metrics").body;
  EXPECT_EQ(metric(metrics, "shoal_transfers{state=\"offering\"}"), 1);
  EXPECT_EQ(metric(metrics, "shoal_peer_proven_bytes_total"), size);
  EXPECT_GE(metric(metrics, "shoal_peer_received_bytes_total{source=\"peer\"}"), size);
  EXPECT_EQ(metric(metrics, "shoal_download_duration_seconds_count{size=\"100MiB\"}"), 1);
  const Json after = status_of(pages);
  EXPECT_EQ(after["transfers"][0]["state"], "offering");
  EXPECT_EQ(after["transfers"][0]["here"], size);
  EXPECT_THAT(after["log"].dump(), HasSubstr("Complete: "));
  EXPECT_THAT(get(pages, "/").body, HasSubstr("<bdi>a.bin</bdi>"));

  EXPECT_THAT(get(pages, "/").body, Not(HasSubstr("\uFFFD"))) << "what cannot be shown";

  const Json offered = status_of(pages_of(seeder));
  EXPECT_EQ(offered["program"], "seeder");
  EXPECT_GT(offered["totals"]["sent"], 0);
  EXPECT_EQ(offered["limits"]["upload"], 0);
}

TEST_F(Loopback, pages_of_a_seeder_show_a_hostile_name_as_text) {
  const std::string name = "<img src=x onerror=alert(1)>";
  Program seeder = start_seeder({file(name, 20'000).string(), "--web"});
  seeder.wait_for("registered");
  const Endpoint pages = pages_of(seeder);
  const std::string page = get(pages, "/").body;
  EXPECT_THAT(page, HasSubstr("<bdi>&lt;img src=x onerror=alert(1)&gt;</bdi>"));
  EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
  EXPECT_EQ(status_of(pages)["transfers"][0]["name"], name);
  EXPECT_THAT(get(pages, "/metrics").body, Not(HasSubstr("onerror")));
}

TEST_F(Loopback, a_leecher_with_pages_takes_the_name_behind_them_for_a_name) {
  Program seeder = seeder_of(file("a.bin", 20'000));
  Program leecher =
      start_leecher({"--output", folder("copy").string(), "--no-seed", "--web", "a.bin"});
  leecher.wait_for("complete");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// All words in it that are the names of metrics of ours.
std::set<std::string> metrics_in(const std::string& text) {
  std::set<std::string> out;
  const std::regex name("shoal_[a-z_]+");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), name); at != std::sregex_iterator();
       ++at) {
    std::string one = at->str();
    for (const std::string_view of_histogram : {"_bucket", "_sum", "_count"})
      if (one.ends_with(of_histogram)) one.resize(one.size() - of_histogram.size());
    out.insert(one);
  }
  return out;
}

TEST_F(TrackerPages, have_the_metrics_that_the_documents_the_dashboard_and_the_alerts_name) {
  Program seeder = start_seeder({file("a.bin", 20'000).string(), "--web"});
  seeder.wait_for("registered");
  const std::string text = get(pages_, "/metrics").body + get(pages_of(seeder), "/metrics").body;
  const std::set<std::string> there = metrics_in(text);
  const std::filesystem::path root = std::filesystem::path(SHOAL_TEST_DATA) / "../..";
  EXPECT_EQ(metrics_in(text_of(root / "docs/pages.md")), there);
  for (const char* file : {"shoal-dashboard.json", "shoal-alerts.yml"}) {
    const std::set<std::string> named = metrics_in(text_of(root / "packaging/monitoring" / file));
    EXPECT_FALSE(named.empty());
    for (const std::string& one : named) EXPECT_TRUE(there.contains(one)) << file << ": " << one;
  }
  EXPECT_FALSE(
      Json::parse(text_of(root / "packaging/monitoring/shoal-dashboard.json"))["panels"].empty());
}

TEST_F(TrackerPages, and_the_alerts_are_what_prometheus_reads) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not here (Debian's package prometheus)";
  Program seeder = start_seeder({file("a.bin", 20'000).string(), "--web"});
  for (const Endpoint& pages : {pages_, pages_of(seeder)}) {
    std::ofstream(home_ / "metrics") << get(pages, "/metrics").body;
    const std::string check = "promtool check metrics < '" + (home_ / "metrics").string() + "'";
    EXPECT_EQ(std::system(check.c_str()), 0);
  }
  const std::string rules =
      std::string(SHOAL_TEST_DATA) + "/../../packaging/monitoring/shoal-alerts.yml";
  EXPECT_EQ(std::system(("promtool check rules '" + rules + "'").c_str()), 0);
}

}  // namespace
}  // namespace shoal::web_test
