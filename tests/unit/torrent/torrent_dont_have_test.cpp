// Pieces that are taken back (BEP 54).
#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_dont_have_test {
namespace {

using namespace std::chrono_literals;
using Key = DrivenTorrent::Key;

const SampleFile& file() {
  static const SampleFile sample(8 * 32768, 32768);
  return sample;
}
constexpr PieceIndex kPiece{3};
constexpr std::uint8_t kTheirId = 7;

/// It understands donthave under kTheirId.
Key understands(DrivenTorrent& driven, const std::string& from) {
  const Key key = *driven.comes(from);
  const wire::Handshake theirs{.info_hash = truncated(driven.logic.content().info_hash()),
                               .peer_id = DrivenTorrent::peer_id(200),
                               .extended = true,
                               .fast = true};
  EXPECT_TRUE(driven.logic.on_opened(key, theirs, driven.now));
  driven.settle();
  wire::ExtendedHandshake hello;
  hello.dont_have_id = kTheirId;
  const Bytes payload = wire::encode(hello);
  driven.says(key, wire::Extended{wire::kExtendedHandshakeId, payload});
  return key;
}

void takes_back(DrivenTorrent& driven, Key key, std::uint32_t piece) {
  const Bytes payload = wire::encode(wire::DontHave{piece});
  driven.says(key, wire::Extended{wire::kOurDontHaveId, payload});
}

std::vector<std::uint32_t> told_lost(const DrivenTorrent::Written& written) {
  std::vector<std::uint32_t> pieces;
  for (const wire::Message& message : written.messages) {
    const auto* extended = std::get_if<wire::Extended>(&message);
    if (extended == nullptr || extended->id != kTheirId) continue;
    pieces.push_back(wire::decode_dont_have(extended->payload)->piece);
  }
  return pieces;
}

/// It has everything, too.
Key gives_all(DrivenTorrent& leecher) {
  const Key key = understands(leecher, "192.0.2.1:5000");
  leecher.says(key, wire::HaveAll{});
  leecher.says(key, wire::Unchoke{});
  return key;
}

TEST(TorrentDontHave, whoever_understands_it_hears_of_a_lost_piece_and_stays) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const Key key = understands(seeder, "192.0.2.1:5000");
  const Key other = seeder.joins("192.0.2.2:5000");
  seeder.writes(key);
  seeder.says(key, wire::Request{{value(kPiece), 0, 16384}});
  seeder.logic.lose(kPiece, seeder.now);
  seeder.settle();
  const auto written = seeder.writes(key);
  EXPECT_EQ(told_lost(written), std::vector{value(kPiece)});
  ASSERT_EQ(written.messages.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<wire::Reject>(written.messages.back()))
      << "after it, so that nobody asks again";
  seeder.waits(6s);
  EXPECT_EQ(seeder.closed(key), "");
  EXPECT_EQ(seeder.closed(other), "a piece is gone");
}

TEST(TorrentDontHave, whoever_does_not_read_is_not_told_but_closed) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const Key key = understands(seeder, "192.0.2.1:5000");
  seeder.writes(key);
  for (int i = 0; i < 4000; ++i) seeder.says(key, wire::Request{{0, 1, 99999}});  // refused, each
  seeder.logic.lose(kPiece, seeder.now);
  seeder.settle();
  seeder.waits(6s);
  EXPECT_EQ(seeder.closed(key), "a piece is gone");
}

TEST(TorrentDontHave, comes_after_the_have_that_it_takes_back) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key key = gives_all(leecher);
  const auto asked = leecher.asks(key);
  const PieceIndex piece = asked.front().piece;
  for (const BlockRef block : asked) {
    if (block.piece == piece) leecher.sends_block(key, block);
  }
  leecher.drains(key);
  leecher.disk_stores();
  leecher.logic.take_back(piece);
  leecher.settle();
  const auto written = leecher.writes(key);
  EXPECT_EQ(told_lost(written), std::vector{value(piece)});
  std::optional<std::size_t> have;
  std::optional<std::size_t> lost;
  for (std::size_t i = 0; i < written.messages.size(); ++i) {
    if (std::holds_alternative<wire::Have>(written.messages[i])) have = i;
    if (std::holds_alternative<wire::Extended>(written.messages[i])) lost = i;
  }
  ASSERT_TRUE(have && lost);
  EXPECT_LT(*have, *lost);
}

TEST(TorrentDontHave, what_a_peer_takes_back_is_asked_of_others) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key key = gives_all(leecher);
  const auto asked = leecher.asks(key);
  const PieceIndex piece = asked.front().piece;
  const Key other = leecher.joins("192.0.2.2:5000");
  Bitfield one(8);
  one.set(value(piece));
  const Bytes bits = one.to_wire();
  leecher.says(other, wire::BitfieldMessage{bits});
  leecher.says(other, wire::Unchoke{});
  takes_back(leecher, key, value(piece));
  EXPECT_EQ(leecher.closed(key), "");
  leecher.waits(2s);
  const auto then = leecher.asks(other);
  ASSERT_EQ(then.size(), 2u) << "both blocks";
  for (const BlockRef block : then) EXPECT_EQ(block.piece, piece);
  // What was on its way is no attack.
  leecher.sends_block(key, asked.front());
  EXPECT_EQ(leecher.closed(key), "");
}

TEST(TorrentDontHave, a_peer_that_has_nothing_left_to_ask_for_is_told_so_once) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key key = gives_all(leecher);
  leecher.writes(key);
  for (std::uint32_t i = 0; i < 8; ++i) takes_back(leecher, key, i);
  leecher.waits(2s);
  EXPECT_EQ(leecher.writes_of<wire::NotInterested>(key).size(), 1u);
  leecher.says(key, wire::Have{5});
  EXPECT_EQ(leecher.writes_of<wire::Interested>(key).size(), 1u);
}

TEST(TorrentDontHave, a_piece_that_is_none_or_more_than_there_were_cost_the_connection) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key wrong = understands(leecher, "192.0.2.1:5000");
  leecher.says(wrong, wire::HaveAll{});
  takes_back(leecher, wrong, 8);
  EXPECT_NE(leecher.closed(wrong), "");

  auto other = DrivenTorrent::of_leecher(file());
  const Key flood = understands(other, "192.0.2.1:5000");
  other.says(flood, wire::HaveNone{});
  for (int i = 0; i < 64; ++i) {
    other.says(flood, wire::Have{1});
    takes_back(other, flood, 1);
    takes_back(other, flood, 1);  // of no effect, and free
  }
  EXPECT_EQ(other.closed(flood), "");
  other.says(flood, wire::Have{1});
  takes_back(other, flood, 1);
  EXPECT_EQ(other.closed(flood), "takes back more than it has");
}

}  // namespace
}  // namespace shoal::test::torrent_dont_have_test
