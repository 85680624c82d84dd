// Whom a torrent dials, and when.
#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_dial_test {
namespace {

using namespace std::chrono_literals;

const SampleFile& file() {
  static const SampleFile sample(8 * 32768, 32768);
  return sample;
}

std::vector<Endpoint> many(std::size_t count) {
  std::vector<Endpoint> addresses;
  for (std::size_t i = 0; i < count; ++i) {
    addresses.push_back(*Endpoint::parse("10.1." + std::to_string(i / 250) + "." +
                                         std::to_string(i % 250 + 1) + ":7000"));
  }
  return addresses;
}

TEST(TorrentDials, addresses_at_once_while_there_is_something_to_fetch) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.add_peers(many(2), leecher.now);
  leecher.settle();
  EXPECT_TRUE(leecher.dials("10.1.0.1:7000"));
  EXPECT_TRUE(leecher.dials("10.1.0.2:7000"));
}

TEST(TorrentDials, nobody_when_it_has_everything) {
  auto seeder = DrivenTorrent::of_seeder(file());
  seeder.logic.add_peers(many(2), seeder.now);
  seeder.settle();
  seeder.waits(10s);
  EXPECT_TRUE(seeder.dialled.empty());
}

TEST(TorrentDials, forty_at_most) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.add_peers(many(100), leecher.now);
  leecher.settle();
  EXPECT_EQ(leecher.dialled.size(), 40u);
}

TEST(TorrentDials, leaves_a_fifth_of_all_places_to_those_who_come) {
  auto leecher = DrivenTorrent::of_leecher(file(), {.max_connections = 10});
  leecher.logic.add_peers(many(20), leecher.now);
  leecher.settle();
  EXPECT_EQ(leecher.dialled.size(), 8u);
}

TEST(TorrentDials, another_address_when_one_did_not_answer) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.add_peers(many(41), leecher.now);
  leecher.settle();
  const auto first = leecher.dialled.front();
  leecher.leaves(first.peer);
  ASSERT_EQ(leecher.dialled.size(), 41u);
  EXPECT_NE(leecher.dialled.back().to, first.to);
}

TEST(TorrentDials, an_address_again_after_a_pause_that_grows) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.add_peers(many(1), leecher.now);
  leecher.settle();
  for (const Duration pause : {1s, 2s, 4s}) {
    const std::size_t before = leecher.dialled.size();
    leecher.leaves(leecher.dialled.back().peer);
    leecher.waits(pause - 300ms);
    EXPECT_EQ(leecher.dialled.size(), before) << "not yet";
    leecher.waits(600ms);
    EXPECT_EQ(leecher.dialled.size(), before + 1);
  }
}

TEST(TorrentDials, gives_up_on_a_handshake_that_does_not_come) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.add_peers(many(1), leecher.now);
  leecher.settle();
  const auto key = leecher.dialled.front().peer;
  leecher.waits(9s);
  EXPECT_EQ(leecher.closed(key), "");
  leecher.waits(2s);
  EXPECT_EQ(leecher.closed(key), "no handshake in time");
}

TEST(TorrentDials, others_in_place_of_those_that_are_of_no_use_for_a_minute) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.add_peers(many(41), leecher.now);
  leecher.settle();
  for (std::size_t i = 0; i < 40; ++i) {
    const auto key = leecher.dialled[i].peer;
    ASSERT_TRUE(leecher.greets(key));
    leecher.says(key, wire::HaveNone{});
  }
  leecher.waits(50s);
  EXPECT_TRUE(leecher.closes.empty());
  leecher.waits(15s);
  ASSERT_FALSE(leecher.closes.empty());
  EXPECT_EQ(leecher.closes.front().reason, "of no use, and others wait");
  leecher.leaves(leecher.closes.front().peer);
  EXPECT_EQ(leecher.dialled.size(), 41u);
}

TEST(TorrentDials, what_peers_tell_of_each_other) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const auto peer = leecher.joins("192.0.2.1:5000");
  wire::ExtendedHandshake hello;
  hello.pex_id = 1;
  const Bytes greeting = wire::encode(hello);
  leecher.says(peer, wire::Extended{wire::kExtendedHandshakeId, greeting});
  wire::Pex pex;
  pex.added = {{*Endpoint::parse("192.0.2.9:7000"), std::uint8_t{0}}};
  const Bytes named = wire::encode(pex);
  leecher.says(peer, wire::Extended{wire::kOurPexId, named});
  leecher.waits(1s);
  EXPECT_TRUE(leecher.dials("192.0.2.9:7000"));
}

// ---- one that came to us, and says where it listens ----

constexpr const char* kThere = "192.0.2.1:7000";

/// It says that it listens there.
DrivenTorrent::Key claims(DrivenTorrent& leecher, std::optional<PeerId> id = std::nullopt,
                          std::uint16_t port = 7000) {
  const auto key = leecher.joins("192.0.2.1:5000", id);
  wire::ExtendedHandshake hello;
  hello.listen_port = port;
  const Bytes payload = wire::encode(hello);
  leecher.says(key, wire::Extended{wire::kExtendedHandshakeId, payload});
  return key;
}

/// A tracker names it.
void named(DrivenTorrent& leecher) {
  const Endpoint there = *Endpoint::parse(kThere);
  leecher.logic.add_peers({&there, 1}, leecher.now);
  leecher.settle();
}

TEST(TorrentDials, where_one_says_it_listens_that_has_given_nothing_for_a_while) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const auto named_a_neighbour = claims(leecher);
  named(leecher);
  leecher.waits(29s);
  EXPECT_TRUE(leecher.dialled.empty());
  leecher.waits(3s);
  ASSERT_EQ(leecher.dialled.size(), 1u);
  const auto neighbour = leecher.dialled.front().peer;
  EXPECT_TRUE(leecher.greets(neighbour));
  EXPECT_EQ(leecher.closed(named_a_neighbour), "");
  leecher.leaves(neighbour);
  leecher.waits(10s);
  EXPECT_EQ(leecher.dialled.size(), 2u) << "the one that named it is in nobody's way";
}

TEST(TorrentDials, one_that_is_where_it_said_once_and_no_more) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const auto id = DrivenTorrent::peer_id(1);  // smaller than ours
  const auto honest = claims(leecher, id);
  leecher.waits(32s);
  ASSERT_EQ(leecher.dialled.size(), 1u);
  leecher.says(honest, wire::KeepAlive{});
  const auto twin = leecher.dialled.front().peer;
  EXPECT_FALSE(leecher.greets(twin, id));
  leecher.leaves(twin);
  for (int i = 0; i < 20; ++i) {
    leecher.waits(30s);
    leecher.says(honest, wire::KeepAlive{});
    leecher.writes(honest);
  }
  EXPECT_EQ(leecher.closed(honest), "");
  EXPECT_EQ(leecher.dialled.size(), 1u);
}

TEST(TorrentDials, where_one_has_said_it_listens_though_others_come_and_say_so_time_and_again) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.leaves(claims(leecher));
  claims(leecher);
  leecher.waits(5s);
  EXPECT_EQ(leecher.dialled.size(), 1u);
}

TEST(TorrentDials, no_port_of_a_service_though_one_says_it_listens_there) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.leaves(claims(leecher, std::nullopt, 22));
  leecher.waits(5min);
  EXPECT_TRUE(leecher.dialled.empty());
}

TEST(TorrentDials, nobody_after_it_was_closed) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.close();
  leecher.logic.add_peers(many(1), leecher.now);
  leecher.settle();
  EXPECT_TRUE(leecher.dialled.empty());
  EXPECT_EQ(leecher.logic.next_deadline(leecher.now), std::nullopt);
}

}  // namespace
}  // namespace shoal::test::torrent_dial_test
