// What a torrent does when its own disk is not what it was.
#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_disk_test {
namespace {

using namespace std::chrono_literals;
using Key = DrivenTorrent::Key;

const SampleFile& file() {
  static const SampleFile sample(8 * kBlockLength, kBlockLength);
  return sample;
}

constexpr PieceIndex kPiece{3};
const wire::BlockRange kBlock{3, 0, kBlockLength};

/// A peer that is sent the piece, and may ask again.
Key takes_a_piece(DrivenTorrent& seeder, const std::string& from) {
  const Key key = seeder.joins(from);
  seeder.says(key, wire::HaveNone{});
  seeder.says(key, wire::Interested{});
  seeder.writes(key);
  seeder.says(key, wire::Request{kBlock});
  EXPECT_EQ(seeder.writes(key).blocks, std::vector{kBlock});
  return key;
}

// ---- a file that is served ----

TEST(TorrentDisk, is_read_again_where_a_peer_asks_twice) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const Key key = takes_a_piece(seeder, "192.0.2.1:5000");
  seeder.waits(1s);
  EXPECT_TRUE(seeder.proofs.empty());
  seeder.says(key, wire::Request{kBlock});
  seeder.waits(1s);
  EXPECT_EQ(seeder.proofs, std::vector{kPiece});
}

TEST(TorrentDisk, is_read_again_where_a_peer_leaves_over_a_piece_even_if_it_was_the_last_peer) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const Key key = takes_a_piece(seeder, "192.0.2.1:5000");
  seeder.leaves(key);
  seeder.waits(1s);
  EXPECT_EQ(seeder.proofs, std::vector{kPiece});
}

TEST(TorrentDisk, is_not_read_again_for_a_peer_that_says_it_has_the_piece) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const Key key = takes_a_piece(seeder, "192.0.2.1:5000");
  seeder.says(key, wire::Have{value(kPiece)});
  seeder.leaves(key);
  seeder.waits(1min);
  EXPECT_TRUE(seeder.proofs.empty());
}

TEST(TorrentDisk, is_read_for_one_piece_at_a_time) {
  auto seeder = DrivenTorrent::of_seeder(file());
  seeder.logic.doubt_piece(PieceIndex{1}, seeder.now);
  seeder.logic.doubt_piece(PieceIndex{2}, seeder.now);
  seeder.waits(1s);
  EXPECT_EQ(seeder.proofs, std::vector{PieceIndex{1}});
  seeder.logic.on_proof_done();
  seeder.waits(1s);
  EXPECT_EQ(seeder.proofs, (std::vector{PieceIndex{1}, PieceIndex{2}}));
}

TEST(TorrentDisk, a_piece_that_it_has_lost_is_refused_and_peers_come_back_to_hear_what_is_left) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const Key key = takes_a_piece(seeder, "192.0.2.1:5000");
  seeder.says(key, wire::Request{kBlock});
  seeder.logic.lose(kPiece, seeder.now);
  seeder.settle();
  EXPECT_FALSE(seeder.logic.content().has(kPiece));
  const auto written = seeder.writes(key);
  EXPECT_TRUE(written.blocks.empty());
  EXPECT_FALSE(written.messages.empty()) << "it is refused";
  seeder.logic.on_proof_done();
  seeder.waits(6s);
  EXPECT_EQ(seeder.closed(key), "a piece is gone");
}

TEST(TorrentDisk, of_a_lost_piece_those_hear_who_come_later_and_so_they_stay) {
  auto seeder = DrivenTorrent::of_seeder(file());
  const Key key = takes_a_piece(seeder, "192.0.2.1:5000");
  seeder.leaves(key);
  seeder.waits(1s);
  seeder.logic.lose(kPiece, seeder.now);
  seeder.logic.on_proof_done();
  seeder.waits(10s);
  const Key later = seeder.joins("192.0.2.2:5000");
  seeder.waits(1s);
  EXPECT_EQ(seeder.closed(later), "");
}

// ---- a file that is fetched ----

Key holds_all(DrivenTorrent& leecher) {
  const Key key = leecher.joins("192.0.2.1:5000");
  leecher.says(key, wire::HaveAll{});
  leecher.says(key, wire::Unchoke{});
  return key;
}

TEST(TorrentDisk, what_others_may_have_changed_is_proven_again_and_fetched_again_if_it_is_wrong) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key key = holds_all(leecher);
  const auto asked = leecher.asks(key);
  const BlockRef first = asked.front();
  leecher.sends_block(key, first);
  leecher.drains(key);
  leecher.disk_stores();
  EXPECT_FALSE(leecher.logic.doubts_disk());
  leecher.logic.doubt_disk();
  ASSERT_TRUE(leecher.logic.doubts_disk());
  EXPECT_EQ(leecher.logic.take_doubt(), first.piece);
  EXPECT_FALSE(leecher.logic.doubts_disk());
  leecher.logic.take_back(first.piece);
  leecher.logic.ask_for_more(leecher.now);
  leecher.settle();
  EXPECT_FALSE(leecher.logic.content().has(first.piece));
  for (const BlockRef block : std::span(asked).subspan(1)) leecher.sends_block(key, block);
  leecher.drains(key);
  leecher.disk_stores();
  leecher.waits(1s);
  EXPECT_EQ(leecher.finishes, 0);
  EXPECT_EQ(leecher.asks(key), std::vector{first});
  leecher.sends_block(key, first);
  leecher.drains(key);
  leecher.disk_stores();
  EXPECT_EQ(leecher.finishes, 1);
}

}  // namespace
}  // namespace shoal::test::torrent_disk_test
