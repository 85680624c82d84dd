// Two leechers of ours, two of libtorrent's, one seeder.
#include <array>
#include <csignal>

#include "interop/stock_clients.hpp"
#include "support/hostile_peer.hpp"

namespace shoal::test::mixed_swarm_test {
namespace {

constexpr std::uint64_t kSize = (24 << 20) + 100;

class MixedSwarm : public StockClients {
 protected:
  const std::filesystem::path original_ = file("mixed.bin", kSize);
};

TEST_F(MixedSwarm, of_a_slow_seeder_ends_well_because_everybody_uploads) {
  const auto torrents = folder("torrents");
  Program::Arguments what;
  Program seeder = [&] {
    Program registers = start_seeder({original_.string(), "--torrent-dir", torrents.string()});
    what = {"--magnet", magnet_of(registers)};
    Program seeds =
        libtorrent(original_.parent_path(), {"--torrent", (torrents / "mixed.bin.torrent").string(),
                                             "--upload-limit", std::to_string(kSize / 8)});
    complete(seeds);
    seeds.wait_for("tracker", {}, kClientPatience);
    return seeds;
  }();

  std::array shoal{leecher_of("mixed.bin", folder("a")), leecher_of("mixed.bin", folder("b"))};
  for (Program& leecher : shoal) leecher.wait_for("found");
  std::array stock{libtorrent(folder("c"), what), libtorrent(folder("d"), what)};
  for (Program& client : stock) complete(client, 2 * kClientPatience);
  for (Program& leecher : shoal) leecher.wait_for("complete", {}, 2 * kClientPatience);
  for (const char* name : {"a", "b", "c", "d"}) {
    EXPECT_TRUE(same_content(original_, home_ / name / "mixed.bin")) << name;
  }
  for (Program& client : stock) {
    client.signal(SIGTERM);
    EXPECT_GT(client.wait_for("ended", {}, kClientPatience).at("uploaded"), 0);
  }
  // What a leecher of ours sends it reads from its file first. It reads nothing else.
  for (Program& leecher : shoal) EXPECT_GT(leecher.bytes_read(), kSize / 100);
  seeder.signal(SIGTERM);
  EXPECT_LT(seeder.wait_for("ended", {}, kClientPatience).at("uploaded"), 4 * kSize);
}

TEST_F(MixedSwarm, of_a_shoal_seeder_ends_well) {
  Program seeder = start_seeder({original_.string()});
  const Program::Arguments what{"--magnet", magnet_of(seeder), "--download-limit", "8000000"};
  std::array stock{libtorrent(folder("c"), what), libtorrent(folder("d"), what)};
  std::array shoal{leecher_of("mixed.bin", folder("a")), leecher_of("mixed.bin", folder("b"))};
  for (Program& leecher : shoal) leecher.wait_for("complete", {}, kClientPatience);
  for (Program& client : stock) complete(client);
  for (const char* name : {"a", "b", "c", "d"}) {
    EXPECT_TRUE(same_content(original_, home_ / name / "mixed.bin")) << name;
  }
}

// Whose block is wrong, of a piece that came from several, libtorrent finds out by leaf hashes. It
// asks us for them.
TEST_F(MixedSwarm, with_a_liar_in_it_ends_well) {
  const auto original = file("doubtful.bin", 64 << 20);
  Program seeder = start_seeder({original.string(), "--upload-limit", "16M"});
  const std::string magnet = magnet_of(seeder);
  // At an address of its own: libtorrent takes a wrong block to be of the first peer that it knows
  // at the address that it came from, and would ban an honest one of ours.
  HostilePeer liar(original, HostilePeer::Habit::corrupts, 0, "127.0.0.2");
  liar.register_at(address_);
  Program client = libtorrent(folder("a"), {"--magnet", magnet, "--mix-peers"});
  liar.wait_until([](const HostilePeer::Seen& seen) { return seen.bad_blocks >= 2; });
  Program leecher = leecher_of("doubtful.bin", folder("b"));
  complete(client, 2 * kClientPatience);
  leecher.wait_for("complete", {}, kClientPatience);
  for (const char* name : {"a", "b"}) {
    EXPECT_TRUE(same_content(original, home_ / name / "doubtful.bin")) << name;
  }
  client.signal(SIGTERM);
  EXPECT_EQ(client.wait_for_exit(), 0);
}

}  // namespace
}  // namespace shoal::test::mixed_swarm_test
