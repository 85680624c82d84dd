#include "torrent/upload/disk_doubts.hpp"

#include <gtest/gtest.h>

namespace shoal::torrent::disk_doubts_test {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow{1h};
constexpr PieceIndex kPiece{7};

TEST(DiskDoubts, hand_out_each_piece_once_in_the_order_of_doubt) {
  DiskDoubts doubts;
  doubts.add(kPiece, kNow);
  doubts.add(PieceIndex{3}, kNow);
  doubts.add(kPiece, kNow);
  EXPECT_EQ(doubts.next(kNow), kPiece);
  EXPECT_EQ(doubts.next(kNow), PieceIndex{3});
  EXPECT_EQ(doubts.next(kNow), std::nullopt);
}

TEST(DiskDoubts, have_a_piece_read_once_a_minute_however_often_it_is_doubted) {
  DiskDoubts doubts;
  doubts.add(kPiece, kNow);
  ASSERT_EQ(doubts.next(kNow), kPiece);
  doubts.add(kPiece, kNow + DiskDoubts::kPause - 1ms);
  EXPECT_TRUE(doubts.empty());
  doubts.add(kPiece, kNow + DiskDoubts::kPause);
  EXPECT_EQ(doubts.next(kNow + DiskDoubts::kPause), kPiece);
}

TEST(DiskDoubts, have_peers_told_together_of_all_that_is_gone) {
  DiskDoubts doubts;
  EXPECT_FALSE(doubts.peers_must_know(kNow));
  doubts.add(kPiece, kNow);
  doubts.found_gone(kNow);
  EXPECT_FALSE(doubts.peers_must_know(kNow)) << "more may be gone";
  ASSERT_EQ(doubts.next(kNow), kPiece);
  EXPECT_TRUE(doubts.peers_must_know(kNow));
  EXPECT_FALSE(doubts.peers_must_know(kNow)) << "once";
}

TEST(DiskDoubts, have_peers_told_soon_whatever_else_is_doubted) {
  DiskDoubts doubts;
  doubts.found_gone(kNow);
  doubts.add(kPiece, kNow);
  doubts.found_gone(kNow + DiskDoubts::kTogether - 1ms);
  EXPECT_FALSE(doubts.peers_must_know(kNow + DiskDoubts::kTogether - 1ms));
  EXPECT_TRUE(doubts.peers_must_know(kNow + DiskDoubts::kTogether));
}

TEST(DiskDoubts, are_bounded) {
  DiskDoubts doubts;
  for (std::uint32_t i = 0; i < 10 * DiskDoubts::kMostWaiting; ++i) {
    doubts.add(PieceIndex{i}, kNow);
  }
  std::size_t handed_out = 0;
  while (doubts.next(kNow)) ++handed_out;
  EXPECT_EQ(handed_out, DiskDoubts::kMostWaiting);
}

}  // namespace
}  // namespace shoal::torrent::disk_doubts_test
