// A stock client seeds, Shoal downloads.
#include <csignal>

#include "interop/stock_clients.hpp"
#include "support/ipv6.hpp"

namespace shoal::test::seeds_test {
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
                         ::testing::Values(1, 16384, 8 * kMiB, 16 * kMiB, 20 * kMiB + 12345));

/// A stock client seeds, and somebody else makes the name known.
class RegisteredByOthers : public StockClients {
 protected:
  const std::filesystem::path original_ = file("named.bin", 5 * kMiB + 1);
  const std::filesystem::path here_ = folder("here");

  void is_fetched_by_name() const {
    Program leecher = leecher_of("named.bin", here_, {"--no-seed"});
    EXPECT_EQ(leecher.wait_for_exit(), 0);
    EXPECT_TRUE(same_content(original_, here_ / "named.bin"));
  }
};

TEST_F(RegisteredByOthers, with_the_file_itself_which_may_be_gone_later) {
  const auto copy = folder("copy") / "named.bin";
  std::filesystem::copy_file(original_, copy);
  const auto torrents = folder("torrents");
  Program registers =
      start_seeder({copy.string(), "--register-only", "--torrent-dir", torrents.string()});
  registers.wait_for("registered");
  EXPECT_EQ(registers.wait_for("seeding").at("served"), false);
  std::filesystem::remove(copy);
  Program client =
      libtorrent(original_.parent_path(), {"--torrent", (torrents / "named.bin.torrent").string()});
  complete(client);
  client.wait_for("tracker", {}, kClientPatience);
  is_fetched_by_name();
}

TEST_F(RegisteredByOthers, with_the_torrent_of_the_client_and_who_may_leave_then) {
  const Made made = make_torrent(original_, {"--piece-length", "32768"});
  Program registers = start_seeder({made.torrent.string(), "--register-only"});
  EXPECT_EQ(info_hash_20(registers.wait_for("registered").at("info_hash")),
            info_hash_20(made.info.at("info_hash")));
  Program client = libtorrent(original_.parent_path(), {"--torrent", made.torrent.string()});
  complete(client);
  client.wait_for("tracker", {}, kClientPatience);
  registers.signal(SIGINT);
  ASSERT_EQ(registers.wait_for_exit(), 0);
  is_fetched_by_name();
}

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

TEST_F(ForeignTorrent, is_fetched_by_the_magnet_link_of_a_hybrid_one) {
  const Made made = make_torrent(original_, {"--hybrid"});
  Program client = seeded(made);
  is_fetched(made.info.at("magnet"));
}

TEST_F(ForeignTorrent, is_fetched_by_the_torrent_file_of_a_hybrid_one) {
  const Made made = make_torrent(original_, {"--hybrid"});
  Program client = seeded(made);
  is_fetched(made.torrent.string());
}

class Seed : public StockClients {};

TEST_F(Seed, and_shoal_and_the_tracker_speak_IPv6_as_well) {
  if (!has_ipv6()) GTEST_SKIP() << kNoIpv6;
  Program tracker = start_tracker({"--listen", "[::1]:0"});
  tracker.wait_for("listening");
  const std::string at = address_of(tracker);
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
}  // namespace shoal::test::seeds_test
