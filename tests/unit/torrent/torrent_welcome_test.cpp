// Whom a torrent lets in, and who makes room.
#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_welcome_test {
namespace {

using namespace std::chrono_literals;

const SampleFile& file() {
  static const SampleFile sample(8 * 32768, 32768);
  return sample;
}

TEST(TorrentWelcomes, says_hello_to_who_comes) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const auto peer = seeder.joins("192.0.2.1:5000");
  EXPECT_EQ(seeder.logic.peers(), 1u);
  EXPECT_FALSE(seeder.writes(peer).messages.empty());
}

TEST(TorrentWelcomes, not_itself_and_leaves_that_address_alone) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Endpoint own = *Endpoint::parse("192.0.2.1:7000");
  leecher.logic.add_peers({&own, 1}, leecher.now);
  leecher.settle();
  const auto key = leecher.dialled_at("192.0.2.1:7000");
  EXPECT_FALSE(leecher.greets(key, DrivenTorrent::peer_id(255)));
  EXPECT_EQ(leecher.closed(key), "that is ourselves");
  leecher.leaves(key);
  leecher.waits(9min);
  EXPECT_EQ(leecher.dialled.size(), 1u);
}

TEST(TorrentWelcomes, a_peer_once) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const auto first = seeder.joins("192.0.2.1:5000", DrivenTorrent::peer_id(7));
  const auto second = *seeder.comes("192.0.2.1:5001");
  EXPECT_FALSE(seeder.greets(second, DrivenTorrent::peer_id(7)));
  EXPECT_EQ(seeder.closed(second), "connected already");
  EXPECT_EQ(seeder.closed(first), "");
}

TEST(TorrentWelcomes, a_peer_that_has_lost_its_connection_and_is_back) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const auto first = seeder.joins("192.0.2.1:5000", DrivenTorrent::peer_id(7));
  seeder.waits(6s);
  const auto second = *seeder.comes("192.0.2.1:5001");
  EXPECT_TRUE(seeder.greets(second, DrivenTorrent::peer_id(7)));
  EXPECT_EQ(seeder.closed(first), "connected twice");
}

TEST(TorrentWelcomes, a_stranger_with_the_id_of_another) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const auto first = seeder.joins("192.0.2.1:5000", DrivenTorrent::peer_id(7));
  const auto second = *seeder.comes("192.0.2.2:5000");
  EXPECT_TRUE(seeder.greets(second, DrivenTorrent::peer_id(7)));
  EXPECT_EQ(seeder.closed(first), "");
}

TEST(TorrentWelcomes, nobody_while_all_places_are_in_use) {
  auto seeder = DrivenTorrent::of_seeder(file(), {.max_connections = 2});
  seeder.joins("192.0.2.1:5000");
  seeder.joins("192.0.2.2:5000");
  EXPECT_EQ(seeder.comes("192.0.2.3:5000"), std::nullopt);
}

TEST(TorrentWelcomes, a_newcomer_in_place_of_who_was_of_no_use_for_ten_seconds) {
  auto seeder = DrivenTorrent::of_seeder(file(), {.max_connections = 2});
  const auto first = seeder.joins("192.0.2.1:5000");
  seeder.waits(1s);
  seeder.joins("192.0.2.2:5000");
  seeder.waits(10s);
  EXPECT_TRUE(seeder.comes("192.0.2.3:5000").has_value());
  EXPECT_EQ(seeder.closed(first), "of no use, and others wait") << "the longest";
}

TEST(TorrentWelcomes, nobody_in_place_of_those_who_wait_for_our_own_limit) {
  DrivenTorrent seeder(file(), file().with({}), DrivenTorrent::Role::fetch, {.max_connections = 2});
  seeder.logic.start();
  seeder.disk_holds({0});
  seeder.budget().up.set_rate(1, seeder.now);
  for (const char* address : {"192.0.2.1:5000", "192.0.2.2:5000"}) {
    const auto key = seeder.joins(address);
    seeder.says(key, wire::Request{{0, 0, kBlockLength}});
    EXPECT_TRUE(seeder.writes(key).blocks.empty());
  }
  seeder.waits(30s);
  EXPECT_FALSE(seeder.comes("192.0.2.3:5000"));
}

TEST(TorrentWelcomes, one_party_to_nine_tenths_of_all_places) {
  auto seeder = DrivenTorrent::of_seeder(file(), {.max_connections = 10});
  for (int i = 0; i < 9; ++i) seeder.joins("192.0.2.1:" + std::to_string(5000 + i));
  EXPECT_EQ(seeder.comes("192.0.2.1:6000"), std::nullopt);
  EXPECT_TRUE(seeder.comes("192.0.2.2:6000").has_value());
}

/// Each asks for one byte, and gets it.
void nibbles(DrivenTorrent& seeder, const std::vector<DrivenTorrent::Key>& peers) {
  for (const auto key : peers) {
    if (!seeder.closed(key).empty()) continue;
    seeder.says(key, wire::Request{{0, 0, 1}});
    seeder.writes(key);
  }
}

/// Peers from there, one connection for each address, that ask for a byte each five seconds; half a
/// minute later.
std::vector<DrivenTorrent::Key> crowd(DrivenTorrent& seeder,
                                      const std::vector<std::string>& addresses) {
  std::vector<DrivenTorrent::Key> peers;
  int port = 5000;
  for (const std::string& address : addresses) {
    const auto key = seeder.comes(address + ":" + std::to_string(port++));
    if (!key) continue;
    seeder.greets(*key, DrivenTorrent::peer_id(static_cast<std::uint8_t>(peers.size())));
    peers.push_back(*key);
  }
  for (int i = 0; i < 6; ++i) {
    nibbles(seeder, peers);
    seeder.waits(5s);
  }
  nibbles(seeder, peers);
  return peers;
}

DrivenTorrent crowded_seeder() {
  DrivenTorrent seeder(file(), file().with({}), DrivenTorrent::Role::fetch,
                       {.max_connections = 40});
  seeder.logic.start();
  seeder.disk_holds({0});
  return seeder;
}

void expect_a_newcomer_is_served(DrivenTorrent& seeder, const std::string& from) {
  const auto newcomer = seeder.comes(from);
  ASSERT_TRUE(newcomer.has_value()) << "at once";
  ASSERT_TRUE(seeder.greets(*newcomer, DrivenTorrent::peer_id(254)));
  seeder.says(*newcomer, wire::Request{{0, 0, kBlockLength}});
  EXPECT_EQ(seeder.writes(*newcomer).blocks.size(), 1u);
  for (int i = 0; i < 40; ++i) {  // they come back
    seeder.comes("203.0.113." + std::to_string(i + 1) + ":1");
    seeder.comes("198.51.100.1:" + std::to_string(i + 1));
  }
  EXPECT_EQ(seeder.closed(*newcomer), "");
}

TEST(TorrentWelcomes, a_newcomer_where_two_addresses_hold_all_places_by_a_byte_now_and_then) {
  auto seeder = crowded_seeder();
  std::vector<std::string> two;
  for (int i = 0; i < 20; ++i) two.insert(two.end(), {"203.0.113.1", "198.51.100.1"});
  EXPECT_EQ(crowd(seeder, two).size(), 40u);
  expect_a_newcomer_is_served(seeder, "192.0.2.9:7000");
}

TEST(TorrentWelcomes, a_newcomer_where_as_many_addresses_hold_a_place_each) {
  auto seeder = crowded_seeder();
  std::vector<std::string> many;
  for (int i = 1; i <= 42; ++i) many.push_back("10." + std::to_string(i) + ".0.1");
  EXPECT_EQ(crowd(seeder, many).size(), 40u);
  expect_a_newcomer_is_served(seeder, "192.0.2.9:7000");
}

TEST(TorrentWelcomes, one_64_to_nine_tenths_of_all_places) {
  auto seeder = crowded_seeder();
  std::vector<std::string> low_bits;
  for (int i = 1; i <= 40; ++i) low_bits.push_back("[2001:db8::" + std::to_string(i) + "]");
  EXPECT_EQ(crowd(seeder, low_bits).size(), 36u);
  EXPECT_TRUE(seeder.comes("[2001:db8:0:1::1]:7000").has_value());
}

/// Takes a block.
void takes_one(DrivenTorrent& seeder, DrivenTorrent::Key key) {
  seeder.says(key, wire::Request{{0, 0, kBlockLength}});
  EXPECT_EQ(seeder.writes(key).blocks.size(), 1u);
}

TEST(TorrentWelcomes, thirty_behind_one_address_as_well_as_thirty_with_addresses_of_their_own) {
  for (const bool behind_one : {true, false}) {
    auto seeder = crowded_seeder();
    std::vector<DrivenTorrent::Key> thirty;
    for (int i = 0; i < 30; ++i) {
      const std::string address = "192.0.2." + std::to_string(behind_one ? 1 : i + 1);
      thirty.push_back(seeder.joins(address + ":" + std::to_string(5000 + i)));
    }
    for (int i = 0; i < 10; ++i) seeder.joins("10.1." + std::to_string(i) + ".1:5000");
    for (int round = 0; round < 10; ++round) {
      for (const auto key : thirty) takes_one(seeder, key);
      seeder.waits(5s);
      if (round == 5) {  // others of no use make room, not they
        EXPECT_TRUE(seeder.comes("10.2.0.1:5000").has_value());
      }
    }
    for (const auto key : thirty) EXPECT_EQ(seeder.closed(key), "");
  }
}

TEST(TorrentWelcomes, a_newcomer_in_place_of_the_least_useful_of_the_largest_crowd_at_once) {
  auto seeder = crowded_seeder();
  const auto alone = seeder.joins("192.0.2.1:5000");
  std::vector<DrivenTorrent::Key> many;
  for (int i = 0; i < 36; ++i) many.push_back(seeder.joins("192.0.2.2:" + std::to_string(i + 1)));
  for (int i = 0; i < 3; ++i) many.push_back(seeder.joins("192.0.2.3:" + std::to_string(i + 1)));
  for (std::size_t i = 0; i < many.size(); ++i) {
    takes_one(seeder, many[i]);
    if (i != 7) takes_one(seeder, many[i]);
  }
  EXPECT_TRUE(seeder.comes("192.0.2.4:5000").has_value());
  EXPECT_EQ(seeder.closed(many[7]), "of no use, and others wait") << "of all that are";
  EXPECT_EQ(seeder.closed(alone), "");
  EXPECT_FALSE(seeder.comes("192.0.2.2:6000").has_value()) << "a crowd gets no more";
}

TEST(TorrentWelcomes, a_newcomer_in_place_of_an_idle_one_of_another_torrent) {
  const auto budget = std::make_shared<torrent::Budget>(2);
  auto crowded = DrivenTorrent::of_seeder(file(), {.budget = budget});
  const auto idle = crowded.joins("192.0.2.1:5000");
  crowded.joins("192.0.2.2:5000");
  auto empty = DrivenTorrent::of_seeder(file(), {.budget = budget});
  empty.now += 20s;
  const auto newcomer = empty.logic.on_incoming(*Endpoint::parse("192.0.2.3:5000"), empty.now);
  EXPECT_TRUE(newcomer.has_value());
  crowded.settle();
  EXPECT_EQ(crowded.closed(idle), "of no use, and others wait");
}

TEST(TorrentWelcomes, somebody_again_when_another_has_gone) {
  auto seeder = DrivenTorrent::of_seeder(file(), {.max_connections = 1});
  const auto first = seeder.joins("192.0.2.1:5000");
  EXPECT_EQ(seeder.comes("192.0.2.2:5000"), std::nullopt);
  seeder.leaves(first);
  EXPECT_TRUE(seeder.comes("192.0.2.2:5000").has_value());
  EXPECT_EQ(seeder.logic.peers(), 0u) << "its handshake is not done";
}

TEST(TorrentWelcomes, keeps_the_place_of_a_closing_peer_until_its_socket_is_gone) {
  auto seeder = DrivenTorrent::of_seeder(file(), {.max_connections = 1});
  const auto first = seeder.joins("192.0.2.1:5000");
  seeder.says(first, wire::Have{1000});
  EXPECT_NE(seeder.closed(first), "");
  EXPECT_EQ(seeder.comes("192.0.2.2:5000"), std::nullopt);
  seeder.leaves(first);
  EXPECT_TRUE(seeder.comes("192.0.2.2:5000").has_value());
}

TEST(TorrentWelcomes, nobody_after_it_was_closed) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const auto early = *seeder.comes("192.0.2.1:5000");
  seeder.logic.close();
  seeder.settle();
  EXPECT_EQ(seeder.closed(early), "we are leaving");
  EXPECT_FALSE(seeder.greets(early));
  EXPECT_EQ(seeder.comes("192.0.2.2:5000"), std::nullopt);
}

}  // namespace
}  // namespace shoal::test::torrent_welcome_test
