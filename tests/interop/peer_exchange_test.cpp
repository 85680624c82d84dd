// Peers that tell of others (ut_pex, BEP 11). libtorrent does so once a minute.
#include "interop/stock_clients.hpp"
#include "metainfo/magnet.hpp"
#include "support/hostile_peer.hpp"
#include "support/loopback_socket.hpp"

namespace shoal::test::peer_exchange_test {
namespace {

constexpr std::uint64_t kSize = 9 << 20;

/// Nobody has the file, so everybody stays. Each knows the hub's address only.
class PeerExchange : public StockClients {
 protected:
  /// The swarm with nobody in it but that peer.
  [[nodiscard]] std::string link_to(const std::string& hub) const {
    return format({info_hash(identify(original_)), "", {}, {hub}});
  }
  [[nodiscard]] Program shoal(const std::string& link, const std::filesystem::path& into) const {
    return start("leecher", {link, "--json", "--tracker", silent_.local().to_string(), "--listen",
                             "127.0.0.1:0", "--output", into.string()});
  }
  static void meets(Program& program, std::size_t peers) {
    program.wait_for(
        "progress", [&](const Json& event) { return event.at("peers") >= peers; },
        4 * kClientPatience);
  }

  LoopbackSocket silent_{SOCK_DGRAM};  // a tracker that never answers
  const std::filesystem::path original_ = file("talk.bin", kSize);
};

TEST_F(PeerExchange, shoal_peers_meet_by_what_libtorrent_tells) {
  const auto torrents = folder("torrents");
  {
    Program writer = start_seeder({original_.string(), "--torrent-dir", torrents.string()});
    writer.wait_for("registered");
  }
  Program hub = libtorrent(folder("hub"), {"--torrent", (torrents / "talk.bin.torrent").string()});
  const Json listening = hub.wait_for(
      "listening",
      [](const Json& event) { return std::string(event.at("address")).starts_with("127"); },
      kClientPatience);
  const std::string link = link_to(listening.at("address"));
  Program first = shoal(link, folder("a"));
  Program second = shoal(link, folder("b"));
  meets(first, 2);
  meets(second, 2);
}

TEST_F(PeerExchange, libtorrent_peers_meet_by_what_shoal_tells) {
  const HostilePeer stingy(original_, HostilePeer::Habit::stops);
  stingy.register_at(address_);
  Program hub = leecher_of("talk.bin", folder("hub"));
  meets(hub, 1);
  const Program::Arguments what{"--magnet", link_to(address_of(hub))};
  Program first = libtorrent(folder("a"), what);
  Program second = libtorrent(folder("b"), what);
  meets(first, 3);
  meets(second, 3);
}

}  // namespace
}  // namespace shoal::test::peer_exchange_test
