// A magnet link or a .torrent file in place of a name.
#include <csignal>
#include <fstream>
#include <thread>

#include "base/bencode.hpp"
#include "hash/sha256.hpp"
#include "integration/loopback.hpp"
#include "metainfo/info_dict.hpp"
#include "metainfo/magnet.hpp"
#include "metainfo/torrent_file.hpp"
#include "support/fake_tracker.hpp"
#include "support/hanging.hpp"
#include "support/hostile_peer.hpp"
#include "support/loopback_socket.hpp"

namespace shoal::test::links_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class Links : public Loopback {
 protected:
  explicit Links(const Program::Arguments& tracker_options = {"--timeout", "10m"})
      : Loopback(tracker_options) {}

  /// A leecher that no tracker can help.
  [[nodiscard]] Program alone(const std::string& target, const std::filesystem::path& into,
                              Program::Arguments more = {}) const {
    Program::Arguments arguments{
        target,     "--json",      "--tracker", silent_.local().to_string(),
        "--listen", "127.0.0.1:0", "--output",  into.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return start("leecher", arguments);
  }
  [[nodiscard]] static std::string magnet_of(Program& seeder) {
    return seeder.wait_for("registered").at("magnet");
  }
  /// The same swarm with nobody in it but that peer.
  [[nodiscard]] static std::string with_peer_only(const std::string& link,
                                                  const std::string& peer) {
    Magnet magnet = parse_magnet(link).value();
    magnet.trackers.clear();
    magnet.peers = {peer};
    return format(magnet);
  }
  [[nodiscard]] std::filesystem::path write(const std::string& name,
                                            const TorrentFile& torrent) const {
    const std::filesystem::path path = home_ / name;
    std::ofstream(path, std::ios::binary) << as_text(encode(torrent));
    return path;
  }

  LoopbackSocket silent_{SOCK_DGRAM};  // a tracker that never answers
  const std::filesystem::path original_ = file("film.bin", 9 * kMiB + 7);
  const std::filesystem::path here_ = folder("here");
};

TEST_F(Links, the_magnet_link_that_a_seeder_prints_brings_the_file) {
  Program seeder = start_seeder({original_.string()});
  const std::string link = magnet_of(seeder);
  Program leecher = alone(link, here_, {"--no-seed"});
  const Json found = leecher.wait_for("found");
  EXPECT_EQ(found.at("name"), "film.bin");
  EXPECT_EQ(found.at("target"), link);
  EXPECT_EQ(found.at("root"), to_hex(identify(original_).root));
  EXPECT_EQ(leecher.wait_for("complete").at("target"), link);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Links, a_link_with_a_peer_needs_no_tracker) {
  Program seeder = start_seeder({original_.string(), "--address", "seeder.example:7001"});
  Magnet magnet = parse_magnet(magnet_of(seeder)).value();
  EXPECT_EQ(magnet.peers, std::vector<std::string>{"seeder.example:7001"});
  Program leecher = alone(with_peer_only(format(magnet), address_of(seeder)), here_);
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Links, a_peer_may_be_named_by_its_host) {
  Program seeder = start_seeder({original_.string()});
  const std::string address = address_of(seeder);
  const std::string by_name = "localhost" + address.substr(address.rfind(':'));
  Program leecher = alone(with_peer_only(magnet_of(seeder), by_name), here_);
  leecher.wait_for("complete");
}

TEST_F(Links, a_torrent_file_that_a_seeder_wrote_brings_the_file) {
  const auto torrents = folder("torrents");
  Program seeder = start_seeder({original_.string(), "--torrent-dir", torrents.string()});
  seeder.wait_for("registered");
  Program leecher = alone((torrents / "film.bin.torrent").string(), here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for("found").at("name"), "film.bin");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Links, a_hidden_name_is_refused_unless_another_is_chosen) {
  Program seeder = start_seeder({file(".bash_login", 1000).string()});
  Magnet magnet = parse_magnet(with_peer_only(magnet_of(seeder), address_of(seeder))).value();
  for (const std::string label : {"holiday.jpg", ".bash_login"}) {
    magnet.name = label;
    Program refused = alone(format(magnet), here_, {"--no-seed"});
    EXPECT_TRUE(refused.wait_for("failed").at("reason").get<std::string>().contains(".bash_login"));
    EXPECT_EQ(refused.wait_for_exit(), 1);
  }
  EXPECT_TRUE(std::filesystem::is_empty(here_));
  Program renamed = alone(format(magnet), here_, {"--no-seed", "--as", "login"});
  EXPECT_EQ(renamed.wait_for_exit(), 0);
  EXPECT_TRUE(std::filesystem::exists(here_ / "login"));
}

TEST_F(Links, a_name_that_is_not_the_links_is_told_before_anything_is_written) {
  Program seeder = start_seeder({original_.string()});
  Magnet magnet = parse_magnet(with_peer_only(magnet_of(seeder), address_of(seeder))).value();
  magnet.name = "holiday.jpg";
  Program leecher = alone(format(magnet), here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  std::vector<std::string> told;
  for (const Json& event : leecher.events()) told.push_back(event.at("event"));
  const auto notice = std::ranges::find(told, "notice");
  ASSERT_NE(notice, told.end());
  EXPECT_LT(notice, std::ranges::find(told, "found"));
  EXPECT_TRUE(leecher.wait_for("notice").at("message").get<std::string>().contains("\"film.bin\""));
}

TEST_F(Links, who_fetched_by_a_link_serves_those_who_ask_by_name) {
  Program seeder = start_seeder({original_.string()});
  Program first = start_leecher({magnet_of(seeder), "--output", here_.string()});
  first.wait_for("registered");
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);
  const auto there = folder("there");
  Program second = leecher_of("film.bin", there);
  EXPECT_EQ(second.wait_for("complete").at("fetched"), 9 * kMiB + 7);
}

TEST_F(Links, a_file_whose_name_is_taken_is_shared_by_its_link_and_people_are_told) {
  const auto other = folder("other") / "film.bin";
  make_file(other, kMiB, 2);
  Program holder = seeder_of(other);
  Program seeder = start("seeder", {"--json", "--tracker", silent_.local().to_string(), "--listen",
                                    "127.0.0.1:0", original_.string()});
  seeder.wait_for("seeding");
  const std::string link = format({info_hash(identify(original_)), "", {}, {address_of(seeder)}});
  Program leecher = start_leecher({link, "--output", here_.string()});
  leecher.wait_for("seeding");
  leecher.wait_for("notice", [](const Json& notice) {
    return notice.at("message").get<std::string>().contains("shared by its link");
  });
  EXPECT_EQ(leecher.count("refused"), 0);
}

TEST_F(Links, an_interrupted_link_is_told_by_its_files_name_and_why) {
  const auto torrents = folder("torrents");
  Program seeder = start_seeder({original_.string(), "--torrent-dir", torrents.string()});
  seeder.wait_for("registered");
  const std::string torrent = (torrents / "film.bin.torrent").string();
  seeder.kill();
  Program leecher = start_leecher({torrent, "--output", here_.string()});
  leecher.wait_for("progress", [](const Json& event) {
    return event.contains("trouble") && event.at("trouble").contains("refused");
  });
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), 130);
  const Json failed = leecher.wait_for("failed");
  EXPECT_EQ(failed.at("name"), "film.bin");
  EXPECT_EQ(failed.at("target"), torrent);
  EXPECT_EQ(failed.at("known"), 1);
  EXPECT_EQ(failed.at("trouble"), Json({{"refused", 1}}));
}

TEST_F(Links, an_interrupted_link_is_told_as_found_to_people) {
  Program seeder = start_seeder({original_.string()});
  Program leecher =
      start("leecher", {magnet_of(seeder), "--output", here_.string(), "--listen", "127.0.0.1:0",
                        "--tracker", address_, "--download-limit", "64K"});
  leecher.wait_for_output(
      [](const std::string& output) { return output.contains("Found \"film.bin\""); });
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), 130);
  EXPECT_TRUE(leecher.errors().contains("Interrupted: \"film.bin\"")) << leecher.errors();
}

TEST_F(Links, a_link_waits_for_its_first_seeder) {
  std::string link;
  {
    Program seeder = start_seeder({original_.string()});
    link = magnet_of(seeder);
  }
  Program leecher = alone(link, here_, {"--wait", "2m"});
  leecher.wait_for("listening");
  Program seeder = seeder_of(original_);
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Links, a_file_that_is_here_is_proven_and_shared_under_its_link) {
  Program seeder = start_seeder({original_.string()});
  std::filesystem::copy_file(original_, here_ / "film.bin");
  Program leecher = alone(magnet_of(seeder), here_);
  EXPECT_EQ(leecher.wait_for("complete").at("fetched"), 0);
  leecher.wait_for("seeding");
}

TEST_F(Links, a_name_and_links_that_mean_one_file_fetch_it_once) {
  const auto torrents = folder("torrents");
  Program seeder = start_seeder({original_.string(), "--torrent-dir", torrents.string()});
  const std::string link = magnet_of(seeder);
  const std::string same = link + "&x=y";
  Program leecher = start_leecher({"film.bin", link, same, (torrents / "film.bin.torrent").string(),
                                   "--output", here_.string(), "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(leecher.count("complete"), 4);
  std::uint64_t fetched = 0;
  for (const Json& event : leecher.events()) {
    if (event.at("event") == "complete") fetched += event.at("fetched").get<std::uint64_t>();
  }
  EXPECT_EQ(fetched, 9 * kMiB + 7);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Links, the_root_pins_what_a_link_may_bring) {
  Program seeder = start_seeder({original_.string()});
  Program leecher = alone(magnet_of(seeder), here_, {"--root", std::string(64, 'a')});
  EXPECT_EQ(leecher.wait_for("failed").at("code"), 5);
  EXPECT_EQ(leecher.wait_for_exit(), 5);
}

TEST_F(Links, exit_codes_are_those_of_names) {
  const std::string link = format({info_hash(identify(original_)), "film.bin", {}, {}});
  Program unknown = start_leecher({link, "--output", here_.string()});
  EXPECT_EQ(unknown.wait_for("failed").at("name"), "film.bin");
  EXPECT_EQ(unknown.wait_for_exit(), 3) << "the tracker does not know it";
  Program silence = alone(link, here_);
  EXPECT_EQ(silence.wait_for_exit(), 4);
  Program malformed = start_leecher({"magnet:?xt=urn:btmh:1220ab"});
  EXPECT_EQ(malformed.wait_for_exit(), 2);
  EXPECT_NE(malformed.errors().find("64 hexadecimal digits"), std::string::npos);
  Program missing = start_leecher({(home_ / "no.torrent").string()});
  EXPECT_EQ(missing.wait_for_exit(), 1);
}

TEST_F(Links, a_name_that_cannot_be_looked_up_is_said_to_be_the_problem) {
  const Hanging hanging;
  const auto environment = hanging.lookups("slow.test,dead.test");
  const std::string silent = silent_.local().to_string();
  const std::string link =
      format({info_hash(identify(original_)), "", {"udp://slow.test:6000"}, {"dead.test:7001"}});
  const Program::Arguments options{link,       "--output",    here_.string(),
                                   "--listen", "127.0.0.1:0", "--tracker"};
  const auto with = [&](Program::Arguments more) {
    more.insert(more.begin(), options.begin(), options.end());
    return start("leecher", more, environment);
  };
  Program leecher = with({silent, "--json"});
  Program told_to_people = with({silent});
  Program with_one_that_answers = with({address_, "--json"});

  const std::string reason = leecher.wait_for("failed").at("reason");
  EXPECT_TRUE(reason.contains("slow.test:6000: the name server did not answer for slow.test"))
      << reason;
  EXPECT_TRUE(reason.contains("dead.test:7001 cannot be asked")) << reason;
  EXPECT_EQ(leecher.wait_for_exit(), 4);

  const std::string other = with_one_that_answers.wait_for("failed").at("reason");
  EXPECT_TRUE(other.contains("no answer from udp://slow.test:6000")) << other;
  EXPECT_EQ(with_one_that_answers.wait_for_exit(), 3);

  EXPECT_EQ(told_to_people.wait_for_exit(), 4);
  EXPECT_TRUE(told_to_people.errors().contains("slow.test")) << told_to_people.errors();
  EXPECT_FALSE(told_to_people.errors().contains("(asked " + silent)) << told_to_people.errors();
}

TEST_F(Links, a_peer_on_a_link_that_does_not_say_on_which_is_told) {
  Program seeder = start_seeder({original_.string()});
  Magnet magnet = parse_magnet(magnet_of(seeder)).value();
  magnet.peers = {"[fe80::1]:7001"};
  Program leecher = alone(format(magnet), here_, {"--no-seed"});
  const std::string told = leecher.wait_for("notice").at("message");
  EXPECT_TRUE(told.contains("[fe80::1]:7001 cannot be asked")) << told;
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

/// With a tracker that knows swarms nobody has registered.
class ForeignLinks : public Links {
 protected:
  ForeignLinks() : Links({"--timeout", "10m", "--open"}) {}

  /// The torrent as a client makes it that adds keys and cuts the file as it likes.
  [[nodiscard]] TorrentFile foreign() const {
    TorrentFile torrent;
    torrent.file = identify(original_);
    torrent.file.piece_length = 1 << 18;
    const auto ours = bencode::parse(info_dict(torrent.file)).value();
    bencode::Dict dictionary = *ours.dict();
    dictionary.emplace("x-cross-seed", "abc");
    torrent.info_dictionary = bencode::encode(bencode::Value(std::move(dictionary)));
    torrent.info_hash = InfoHash{sha256(torrent.info_dictionary).bytes};
    torrent.trackers = {"udp://" + address_, "http://127.0.0.1:1/announce"};
    return torrent;
  }
};

TEST_F(ForeignLinks, a_swarm_with_a_dictionary_of_its_own_passes_the_file_on) {
  const TorrentFile torrent = foreign();
  const auto seeds = folder("seeds of others");
  std::filesystem::copy_file(original_, seeds / "film.bin");
  Program seeder = alone(write("foreign.torrent", torrent).string(), seeds);
  seeder.wait_for("seeding");
  EXPECT_GE(seeder.count("notice"), 1) << "of the tracker that cannot be asked";

  const std::string link = format({torrent.info_hash, "", torrent.trackers, {}});
  Program by_link = alone(link, here_);
  const Json found = by_link.wait_for("found");
  EXPECT_EQ(found.at("name"), "film.bin");
  EXPECT_EQ(found.at("info_hash"), to_hex(torrent.info_hash));
  by_link.wait_for("seeding");
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));

  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);
  const auto there = folder("there");
  Program by_file = alone((home_ / "foreign.torrent").string(), there);
  EXPECT_EQ(by_file.wait_for("complete").at("fetched"), 9 * kMiB + 7);
  EXPECT_TRUE(same_content(original_, there / "film.bin"));
}

TEST_F(ForeignLinks, a_name_and_a_link_of_another_dictionary_share_one_file) {
  const auto seeds = folder("seeds of others");
  std::filesystem::copy_file(original_, seeds / "film.bin");
  Program foreigner = alone(write("foreign.torrent", foreign()).string(), seeds);
  foreigner.wait_for("seeding");
  Program seeder = seeder_of(original_);
  Program leecher =
      start_leecher({"film.bin", format({foreign().info_hash, "", foreign().trackers, {}}),
                     "--output", here_.string(), "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(leecher.count("complete"), 2);
}

/// What a tracker that is not ours is told while we fetch, serve and leave.
TEST_F(Links, other_trackers_are_told_what_was_fetched_and_what_was_served) {
  asio::io_context loop;
  FakeTracker tracker(loop);
  tracker.on_request([](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (std::holds_alternative<datagram::AnnounceRequest>(request)) {
      datagram::AnnounceReply reply;
      reply.interval_seconds = 1800;
      return reply;
    }
    return std::nullopt;
  });
  std::jthread runs([&] { loop.run(); });
  {
    Program seeder = start_seeder({original_.string()});
    Magnet magnet = parse_magnet(magnet_of(seeder)).value();
    magnet.trackers = {"udp://" + tracker.name()};
    magnet.peers = {address_of(seeder)};
    Program first = alone(format(magnet), here_);
    first.wait_for("seeding");
    const std::string link = with_peer_only(magnet_of(seeder), address_of(first));
    Program second = alone(link, folder("there"), {"--no-seed"});
    EXPECT_EQ(second.wait_for_exit(), 0);
    first.signal(SIGINT);
    EXPECT_EQ(first.wait_for_exit(), 0);
  }
  loop.stop();
  runs.join();
  const auto told = tracker.seen_as<datagram::AnnounceRequest>();
  ASSERT_GE(told.size(), 3);
  EXPECT_EQ(told.front().event, datagram::AnnounceEvent::started);
  EXPECT_GT(told.front().left, 0);
  const auto& completed = told[told.size() - 2];
  EXPECT_EQ(completed.event, datagram::AnnounceEvent::completed);
  EXPECT_EQ(completed.downloaded, 9 * kMiB + 7);
  EXPECT_EQ(completed.left, 0);
  EXPECT_EQ(told.back().event, datagram::AnnounceEvent::stopped);
  EXPECT_GE(told.back().uploaded, 9 * kMiB + 7);
}

/// Peers that tell of others (ut_pex). The hub fetches from a peer that gives it nothing, so
/// everybody stays; who comes with the hub's address alone meets all the others by what it tells.
TEST_F(Links, peers_tell_of_each_other) {
  const HostilePeer stingy(original_, HostilePeer::Habit::stops);
  stingy.register_at(address_);
  Program hub = leecher_of("film.bin", folder("hub"));
  const auto meets = [](Program& program, std::size_t peers) {
    program.wait_for("progress", [&](const Json& event) { return event.at("peers") >= peers; });
  };
  meets(hub, 1);
  const std::string link =
      with_peer_only(format({info_hash(identify(original_)), "", {}, {}}), address_of(hub));
  Program first = alone(link, here_);
  meets(first, 2);
  Program second = alone(link, folder("there"));
  meets(second, 3);
  meets(first, 3);
}

}  // namespace
}  // namespace shoal::test::links_test
