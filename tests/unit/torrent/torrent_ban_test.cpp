// Whom a torrent bans, and for what.
#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_ban_test {
namespace {

using namespace std::chrono_literals;
using Key = DrivenTorrent::Key;

// Pieces of one block: who sent a wrong piece is known at once.
const SampleFile& file() {
  static const SampleFile sample(64 * kBlockLength, kBlockLength);
  return sample;
}

/// A peer that has everything and serves us.
void offers(DrivenTorrent& leecher, Key key) {
  leecher.says(key, wire::HaveAll{});
  leecher.says(key, wire::Unchoke{});
}

/// A leecher that is not the only one to ask: somebody else has everything too.
DrivenTorrent leecher_with_choice() {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.says(leecher.joins("192.0.2.99:5000"), wire::HaveAll{});
  return leecher;
}

void tells_its_port(DrivenTorrent& leecher, Key key, std::uint16_t port) {
  wire::ExtendedHandshake hello;
  hello.listen_port = port;
  const Bytes payload = wire::encode(hello);
  leecher.says(key, wire::Extended{wire::kExtendedHandshakeId, payload});
}

/// Sends a wrong block, which is stored.
void lies(DrivenTorrent& leecher, Key key) {
  const auto asked = leecher.asks(key);
  ASSERT_FALSE(asked.empty());
  leecher.sends_block(key, asked.front(), false);
  leecher.drains(key);
  leecher.disk_stores();
}

Key dials(DrivenTorrent& leecher, const std::string& address) {
  const Endpoint endpoint = *Endpoint::parse(address);
  leecher.logic.add_peers({&endpoint, 1}, leecher.now);
  leecher.settle();
  const Key key = leecher.dialled_at(address);
  EXPECT_TRUE(leecher.greets(key));
  return key;
}

TEST(TorrentBans, who_sends_a_wrong_block_for_ten_minutes) {
  auto leecher = leecher_with_choice();
  const Key liar = dials(leecher, "192.0.2.1:7000");
  offers(leecher, liar);
  lies(leecher, liar);
  EXPECT_EQ(leecher.closed(liar), "sent wrong data");
  EXPECT_EQ(leecher.logic.liars(), 1u);
  leecher.leaves(liar);
  leecher.waits(9min);
  EXPECT_EQ(leecher.dialled.size(), 1u);
  leecher.waits(2min);
  EXPECT_EQ(leecher.dialled.size(), 2u) << "then it may try again";
}

TEST(TorrentBans, one_that_leaves_before_the_disk_has_taken_what_it_sent_and_dials_it_no_sooner) {
  auto leecher = leecher_with_choice();
  const Key liar = dials(leecher, "192.0.2.1:7000");
  offers(leecher, liar);
  leecher.sends_block(liar, leecher.asks(liar).front(), false);
  leecher.leaves(liar);
  leecher.waits(1min);
  EXPECT_EQ(leecher.dialled.size(), 1u) << "the disk is slow";
  leecher.disk_stores();
  EXPECT_EQ(leecher.logic.liars(), 1u);
  leecher.waits(9min);
  EXPECT_EQ(leecher.dialled.size(), 1u);
}

TEST(TorrentBans, the_only_source_that_leaves_once_it_has_sent_nothing_but_wrong_pieces) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key liar = dials(leecher, "192.0.2.1:7000");
  offers(leecher, liar);
  const auto asked = leecher.asks(liar);
  for (std::size_t i = 0; i < torrent::Reputation::kBenefitOfDoubt; ++i) {
    leecher.sends_block(liar, asked.at(i), false);
  }
  leecher.drains(liar);
  leecher.disk_stores();
  EXPECT_EQ(leecher.closed(liar), "") << "the first ones may be the bad ones";
  leecher.leaves(liar);
  leecher.waits(9min);
  EXPECT_EQ(leecher.dialled.size(), 1u);
}

TEST(TorrentBans, nobody_for_a_slow_disk_and_dials_who_sent_what_was_right_when_it_is_known) {
  auto leecher = leecher_with_choice();
  const Key honest = dials(leecher, "192.0.2.1:7000");
  offers(leecher, honest);
  const auto asked = leecher.asks(honest);
  leecher.sends_block(honest, asked.at(0));
  leecher.drains(honest);
  leecher.sends_block(honest, asked.at(1));
  leecher.leaves(honest);
  leecher.waits(1min);
  EXPECT_EQ(leecher.dialled.size(), 1u);
  leecher.disk_stores();
  leecher.waits(1s);
  EXPECT_EQ(leecher.dialled.size(), 2u);
}

TEST(TorrentBans, nothing_of_a_wrong_piece_counts_and_it_is_asked_of_others) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key liar = leecher.joins("192.0.2.1:5000");
  offers(leecher, liar);
  const auto asked = leecher.asks(liar);
  leecher.sends_block(liar, asked.front(), false);
  leecher.drains(liar);
  leecher.disk_stores();
  EXPECT_EQ(leecher.logic.content().bytes(), 0u);
  leecher.leaves(liar);
  const Key honest = leecher.joins("192.0.2.2:5000");
  offers(leecher, honest);
  std::vector<BlockRef> again;
  for (int i = 0; i < 64; ++i) {
    for (const BlockRef block : leecher.asks(honest)) {
      again.push_back(block);
      leecher.sends_block(honest, block);
    }
    leecher.drains(honest);
    leecher.disk_stores();
  }
  EXPECT_NE(std::ranges::find(again, asked.front()), again.end());
  EXPECT_EQ(leecher.finishes, 1);
}

// ---- who came to us ----

/// It comes from there, and says that it listens at that port (0: says nothing).
Key comes(DrivenTorrent& leecher, const std::string& from, std::uint16_t port) {
  const Key key = leecher.joins(from);
  if (port != 0) tells_its_port(leecher, key, port);
  offers(leecher, key);
  return key;
}

TEST(TorrentBans, nobody_but_the_connection_of_one_that_came_until_another_of_its_party_lies) {
  for (const std::uint16_t port : {std::uint16_t{0}, std::uint16_t{7000}}) {
    auto leecher = leecher_with_choice();
    const Key first = comes(leecher, "192.0.2.1:5000", port);
    lies(leecher, first);
    EXPECT_EQ(leecher.closed(first), "sent wrong data");
    leecher.leaves(first);
    const Key neighbour = comes(leecher, "192.0.2.1:5001", port);  // of the same NAT
    EXPECT_EQ(leecher.closed(neighbour), "");
    lies(leecher, neighbour);
    leecher.leaves(neighbour);
    EXPECT_EQ(leecher.comes("192.0.2.1:5002"), std::nullopt);
    EXPECT_TRUE(leecher.comes("192.0.2.2:5002").has_value());
    leecher.waits(11min);
    EXPECT_TRUE(leecher.comes("192.0.2.1:5003").has_value());
  }
}

TEST(TorrentBans, a_64_whose_second_address_lies_too) {
  auto leecher = leecher_with_choice();
  for (const char* address : {"[2001:db8::1]:5000", "[2001:db8::2]:5000"}) {
    const Key liar = comes(leecher, address, 0);
    lies(leecher, liar);
    leecher.leaves(liar);
  }
  EXPECT_EQ(leecher.comes("[2001:db8::3]:5000"), std::nullopt);
  EXPECT_TRUE(leecher.comes("[2001:db8:0:1::3]:5000").has_value());
}

TEST(TorrentBans, no_party_for_many_wrong_pieces_over_one_connection) {
  auto leecher = leecher_with_choice();
  const Key liar = comes(leecher, "192.0.2.1:5000", 0);
  const auto asked = leecher.asks(liar);
  ASSERT_GE(asked.size(), 3u);
  for (const BlockRef block : asked) leecher.sends_block(liar, block, false);
  leecher.drains(liar);
  leecher.disk_stores();
  leecher.leaves(liar);
  EXPECT_EQ(leecher.logic.liars(), 1u);
  EXPECT_TRUE(leecher.comes("192.0.2.1:5001").has_value());
}

TEST(TorrentBans, no_neighbour_whose_port_a_liar_claims) {
  auto leecher = leecher_with_choice();
  const Key neighbour = dials(leecher, "192.0.2.1:7000");
  offers(leecher, neighbour);
  const Key liar = comes(leecher, "192.0.2.1:5000", 7000);
  lies(leecher, liar);
  leecher.leaves(liar);
  EXPECT_EQ(leecher.liars, std::vector{*Endpoint::parse("192.0.2.1:0")}) << "its address is told";
  EXPECT_EQ(leecher.closed(neighbour), "");
  const Key again = comes(leecher, "192.0.2.1:5001", 7000);
  EXPECT_EQ(leecher.closed(again), "") << "it may come";
  leecher.leaves(again);
  leecher.leaves(neighbour);
  leecher.waits(5s);
  EXPECT_EQ(leecher.dialled.size(), 2u) << "and is dialled again";
}

TEST(TorrentBans, no_neighbour_whose_port_one_claims_that_breaks_the_protocol) {
  auto leecher = leecher_with_choice();
  const Key rude = comes(leecher, "192.0.2.1:5000", 7000);
  leecher.says(rude, wire::Have{1000});
  EXPECT_NE(leecher.closed(rude), "");
  leecher.leaves(rude);
  leecher.waits(5s);
  EXPECT_TRUE(leecher.dials("192.0.2.1:7000"));
}

TEST(TorrentBans, no_neighbour_whose_port_a_liar_has_claimed_that_has_left) {
  auto leecher = leecher_with_choice();
  const Key liar = comes(leecher, "192.0.2.1:5000", 7000);
  const auto asked = leecher.asks(liar);
  leecher.sends_block(liar, asked.front(), false);
  leecher.leaves(liar);
  const Key neighbour = comes(leecher, "192.0.2.1:5001", 7000);
  leecher.disk_stores();
  EXPECT_EQ(leecher.logic.liars(), 1u);
  EXPECT_EQ(leecher.closed(neighbour), "");
}

TEST(TorrentBans, one_that_is_found_out_after_it_has_left_and_whoever_says_it_is_that_one) {
  auto leecher = leecher_with_choice();
  const Key liar = dials(leecher, "192.0.2.1:7000");
  offers(leecher, liar);
  const auto asked = leecher.asks(liar);
  leecher.sends_block(liar, asked.front(), false);
  leecher.leaves(liar);
  const Key back = comes(leecher, "192.0.2.1:5001", 7000);
  leecher.disk_stores();
  EXPECT_EQ(leecher.logic.liars(), 1u);
  EXPECT_EQ(leecher.closed(back), "banned");
}

TEST(TorrentBans, one_that_says_it_is_a_banned_one) {
  auto leecher = leecher_with_choice();
  const Key liar = dials(leecher, "192.0.2.1:7000");
  offers(leecher, liar);
  lies(leecher, liar);
  leecher.leaves(liar);
  EXPECT_EQ(leecher.closed(comes(leecher, "192.0.2.1:5001", 7000)), "banned");
}

// ---- the only source ----

TEST(TorrentBans, not_the_only_source_of_a_piece_which_is_asked_for_others) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key only = dials(leecher, "192.0.2.1:7000");
  offers(leecher, only);
  const auto asked = leecher.asks(only);
  leecher.sends_block(only, asked.at(0), false);
  leecher.sends_block(only, asked.at(1));
  leecher.drains(only);
  leecher.disk_stores();
  EXPECT_EQ(leecher.closed(only), "");
  EXPECT_EQ(leecher.logic.liars(), 0u);
  EXPECT_EQ(leecher.liars, std::vector{*Endpoint::parse("192.0.2.1:7000")}) << "it is told";
  leecher.sends_block(only, asked.at(2));
  leecher.drains(only);
  leecher.disk_stores();
  EXPECT_EQ(leecher.logic.content().have().count(), 2u);
}

/// Serves all that is asked for, with `bad` always wrong, until nothing is asked for a while.
std::size_t serves_all_but(DrivenTorrent& leecher, Key key, PieceIndex bad) {
  std::size_t wrong = 0;
  for (int quiet = 0; quiet < 5 && leecher.closed(key).empty();) {
    const auto asked = leecher.asks(key);
    quiet = asked.empty() ? quiet + 1 : 0;
    for (const BlockRef block : asked) {
      leecher.sends_block(key, block, block.piece != bad);
      wrong += block.piece == bad;
    }
    leecher.drains(key);
    leecher.disk_stores();
    leecher.waits(1s);
  }
  return wrong;
}

TEST(TorrentBans, not_the_only_source_whose_bad_piece_is_asked_for_a_few_times_and_then_given_up) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key only = leecher.joins("192.0.2.1:5000");
  offers(leecher, only);
  EXPECT_EQ(leecher.logic.unprovable(), 0u);
  EXPECT_EQ(serves_all_but(leecher, only, PieceIndex{3}), torrent::Reputation::kMostAttempts);
  EXPECT_EQ(leecher.closed(only), "");
  EXPECT_EQ(leecher.logic.content().have().count(), 63u);
  EXPECT_EQ(leecher.logic.unprovable(), 1u);
  const Key other = leecher.joins("192.0.2.2:5000");
  leecher.says(other, wire::HaveAll{});
  EXPECT_EQ(leecher.logic.unprovable(), 0u) << "there is hope again";
}

TEST(TorrentBans, the_only_source_when_more_of_it_is_wrong_than_right) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key liar = leecher.joins("192.0.2.1:5000");
  offers(leecher, liar);
  const auto asked = leecher.asks(liar);
  for (std::size_t i = 0; i <= torrent::Reputation::kBenefitOfDoubt; ++i) {
    leecher.sends_block(liar, asked.at(i), false);
  }
  leecher.drains(liar);
  leecher.disk_stores();
  EXPECT_EQ(leecher.closed(liar), "sent wrong data");
}

TEST(TorrentBans, who_rejects_everything_for_a_minute) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key stingy = dials(leecher, "192.0.2.1:7000");
  offers(leecher, stingy);
  for (int round = 0; round < 400 && leecher.closed(stingy).empty(); ++round) {
    for (const BlockRef block : leecher.asks(stingy)) {
      leecher.says(stingy, wire::Reject{{value(block.piece), 0, kBlockLength}});
    }
    leecher.waits(2s);
  }
  EXPECT_EQ(leecher.closed(stingy), "rejects every request");
  leecher.leaves(stingy);
  leecher.waits(55s);
  EXPECT_EQ(leecher.dialled.size(), 1u);
}

TEST(TorrentBans, who_breaks_the_protocol_for_a_minute) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key rude = dials(leecher, "192.0.2.1:7000");
  leecher.says(rude, wire::Have{1000});
  EXPECT_NE(leecher.closed(rude), "");
  EXPECT_EQ(leecher.logic.liars(), 0u);
  leecher.leaves(rude);
  leecher.waits(55s);
  EXPECT_EQ(leecher.dialled.size(), 1u);
  leecher.waits(10s);
  EXPECT_EQ(leecher.dialled.size(), 2u);
}

}  // namespace
}  // namespace shoal::test::torrent_ban_test
