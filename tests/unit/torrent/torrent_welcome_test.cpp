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

TEST(TorrentWelcomes, one_address_to_nine_tenths_of_all_places) {
  auto seeder = DrivenTorrent::of_seeder(file(), {.max_connections = 10});
  for (int i = 0; i < 9; ++i) seeder.joins("192.0.2.1:" + std::to_string(5000 + i));
  EXPECT_EQ(seeder.comes("192.0.2.1:6000"), std::nullopt);
  EXPECT_TRUE(seeder.comes("192.0.2.2:6000").has_value());
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
