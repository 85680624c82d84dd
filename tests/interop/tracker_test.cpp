// Our tracker as the tracker of stock clients.
#include <csignal>

#include <gmock/gmock.h>

#include "interop/stock_clients.hpp"

namespace shoal::test::tracker_test {
namespace {

constexpr std::uint64_t kSize = 3'000'000;

bool operator==(const datagram::ScrapeEntry& entry, const std::array<std::uint32_t, 3>& numbers) {
  return std::array{entry.seeders, entry.completed, entry.leechers} == numbers;
}

class OpenTracker : public StockClients {
 protected:
  OpenTracker() : StockClients({"--timeout", "10m", "--open"}) {}

  /// Seeders, completed, leechers.
  bool comes_to(const Made& made, const std::array<std::uint32_t, 3>& numbers) {
    const InfoHash20 hash = info_hash_20(made.info.at("info_hash"));
    const bool so = eventually([&] { return scrape(hash) == numbers; });
    if (!so) {
      const auto now = scrape(hash);
      ADD_FAILURE() << now.seeders << " seeders, " << now.completed << " completed, "
                    << now.leechers << " leechers";
    }
    return so;
  }
  void end(Program& client) {
    client.signal(SIGTERM);
    EXPECT_EQ(client.wait_for_exit(), 0);
  }

  const std::filesystem::path original_ = file("any.bin", kSize);
  const std::filesystem::path here_ = folder("here");
};

TEST_F(OpenTracker, brings_aria2_to_aria2_and_counts_what_they_say) {
  const Made made = make_torrent(original_, {"--v1", "--private"});
  Program seeds = aria2(original_.parent_path(), made.torrent);
  ASSERT_TRUE(comes_to(made, {1, 0, 0}));
  Program fetches = aria2(here_, made.torrent);
  complete(fetches);
  ASSERT_TRUE(comes_to(made, {2, 1, 0}));
  end(fetches);
  end(seeds);
  EXPECT_TRUE(comes_to(made, {0, 0, 0})) << "both said that they stopped";
}

// Transmission passes over loopback addresses that a tracker names, so the others have to call it.
TEST_F(OpenTracker, brings_aria2_to_transmission) {
  const Made made = make_torrent(original_, {"--v1", "--private"});
  Program seeds = transmission(original_.parent_path(), made.torrent);
  ASSERT_TRUE(comes_to(made, {1, 0, 0}));
  Program fetches = aria2(here_, made.torrent);
  complete(fetches);
  EXPECT_TRUE(comes_to(made, {2, 1, 0}));
  end(seeds);
  EXPECT_TRUE(comes_to(made, {1, 1, 0})) << "one said that it stopped";
}

TEST_F(OpenTracker, brings_libtorrent_to_transmission) {
  const Made made = make_torrent(original_, {"--v1", "--private"});
  Program fetches = transmission(here_, made.torrent);
  ASSERT_TRUE(comes_to(made, {0, 0, 1}));
  Program seeds = libtorrent(original_.parent_path(), {"--torrent", made.torrent.string()});
  complete(fetches);
  EXPECT_TRUE(comes_to(made, {2, 1, 0}));
  end(seeds);
  EXPECT_TRUE(comes_to(made, {1, 1, 0}));
}

TEST_F(OpenTracker, brings_qbittorrent_to_libtorrent_for_a_file_that_nobody_registered) {
  const Made made = make_torrent(original_);
  Program seeds = libtorrent(original_.parent_path(), {"--torrent", made.torrent.string()});
  ASSERT_TRUE(comes_to(made, {1, 0, 0}));
  Program fetches = qbittorrent(folder("state"), here_, {"--torrent", made.torrent.string()});
  complete(fetches);
  EXPECT_TRUE(comes_to(made, {2, 1, 0}));
  end(fetches);
  EXPECT_TRUE(comes_to(made, {1, 1, 0}));
  end(seeds);
  EXPECT_TRUE(comes_to(made, {0, 0, 0}));
}

TEST_F(OpenTracker, serves_registered_files_as_ever) {
  Program seeder = start_seeder({original_.string()});
  Program client = libtorrent(here_, {"--magnet", magnet_of(seeder)});
  complete(client);
  EXPECT_TRUE(same_content(original_, here_ / "any.bin"));
}

class ClosedTracker : public StockClients {};

TEST_F(ClosedTracker, tells_a_stock_client_that_it_does_not_know_the_file) {
  const auto original = file("any.bin", kSize);
  const Made made = make_torrent(original);
  Program client = libtorrent(original.parent_path(), {"--torrent", made.torrent.string()});
  EXPECT_EQ(client.wait_for("tracker", {}, kClientPatience).at("answers"), false);
}

TEST_F(ClosedTracker, counts_the_announces_of_stock_clients_for_a_registered_file) {
  const auto original = file("any.bin", kSize);
  Program seeder = start_seeder({original.string()});
  const Json registered = seeder.wait_for("registered");
  const InfoHash20 hash = info_hash_20(registered.at("info_hash"));
  Program client = libtorrent(folder("here"), {"--magnet", registered.at("magnet")});
  complete(client);
  EXPECT_TRUE(eventually([&] { return scrape(hash) == std::array{2u, 1u, 0u}; }));
  const auto found = std::get<datagram::LookupReply>(
      ask_tracker(address_, datagram::LookupRequest{PeerId{}, "any.bin"}));
  EXPECT_EQ(found.seeders, 2);
  EXPECT_THAT(found.peers, ::testing::Contains(Endpoint::parse(address_of(client)).value()));
  client.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return scrape(hash) == std::array{1u, 1u, 0u}; }));
}

}  // namespace
}  // namespace shoal::test::tracker_test
