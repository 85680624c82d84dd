// A stock client seeds, Shoal downloads.
#include <csignal>

#include "interop/stock_clients.hpp"

namespace shoal::test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class SeedOfSize : public StockClients, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(SeedOfSize, is_fetched_by_its_name_after_who_registered_it_has_left) {
  const auto original = file("named.bin", GetParam());
  const auto torrents = folder("torrents");
  Program seeder = start_seeder({original.string(), "--torrent-dir", torrents.string()});
  seeder.wait_for("registered");
  Program client =
      libtorrent(original.parent_path(), {"--torrent", (torrents / "named.bin.torrent").string()});
  complete(client);
  client.wait_for(
      "tracker", [](const Json& tracker) { return tracker.at("answers") == true; },
      kClientPatience);
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);

  const auto here = folder("here");
  Program leecher = leecher_of("named.bin", here, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, here / "named.bin"));
}

INSTANTIATE_TEST_SUITE_P(Sizes, SeedOfSize,
                         ::testing::Values(1, 16384, 8 * kMiB, 20 * kMiB + 12345));

/// A torrent that no program of ours has made, at a tracker that knows nothing of it.
class ForeignTorrent : public StockClients {
 protected:
  ForeignTorrent() : StockClients({"--timeout", "10m", "--open"}) {}

  /// libtorrent seeds it and the tracker knows.
  [[nodiscard]] Program seeded(const Made& made) const {
    Program client = libtorrent(original_.parent_path(), {"--torrent", made.torrent.string()});
    complete(client);
    client.wait_for("tracker", {}, kClientPatience);
    return client;
  }
  void is_fetched(const std::string& link_or_torrent) const {
    const auto here = folder("here");
    Program leecher = leecher_of(link_or_torrent, here, {"--no-seed"});
    EXPECT_EQ(leecher.wait_for_exit(), 0);
    EXPECT_TRUE(same_content(original_, here / "foreign.bin"));
  }

  const std::filesystem::path original_ = file("foreign.bin", 9 * kMiB + 77);
};

TEST_F(ForeignTorrent, is_fetched_by_its_magnet_link) {
  const Made made = make_torrent(original_);
  Program client = seeded(made);
  is_fetched(made.info.at("magnet"));
}

TEST_F(ForeignTorrent, is_fetched_by_its_torrent_file) {
  const Made made = make_torrent(original_, {"--piece-length", "262144"});
  Program client = seeded(made);
  is_fetched(made.torrent.string());
}

TEST_F(ForeignTorrent, is_fetched_by_its_torrent_file_also_when_it_is_private) {
  const Made made = make_torrent(original_, {"--private"});
  Program client = seeded(made);
  is_fetched(made.torrent.string());
}

class Seed : public StockClients {};

TEST_F(Seed, and_shoal_and_the_tracker_speak_IPv6_as_well) {
  std::optional<Program> tracker;
  try {
    tracker.emplace(start_tracker({"--listen", "[::1]:0"}));
    tracker->wait_for("listening");
  } catch (const std::exception&) {
    GTEST_SKIP() << "no IPv6 here";
  }
  const std::string at = address_of(*tracker);
  const Program::Arguments ours{"--json", "--tracker", at, "--listen", "[::1]:0"};
  const auto with = [&](Program::Arguments more) {
    more.insert(more.begin(), ours.begin(), ours.end());
    return more;
  };
  const auto original = file("six.bin", 3 * kMiB);
  Program seeder = start("seeder", with({original.string()}));
  const std::string magnet = magnet_of(seeder);
  const auto there = folder("there");
  Program client = libtorrent(there, {"--magnet", magnet, "--listen", "::1"});
  complete(client);
  EXPECT_TRUE(same_content(original, there / "six.bin"));
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);

  const auto here = folder("here");
  Program leecher = start("leecher", with({"six.bin", "--output", here.string(), "--no-seed"}));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, here / "six.bin"));
}

}  // namespace
}  // namespace shoal::test
