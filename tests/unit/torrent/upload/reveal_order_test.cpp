#include "torrent/upload/reveal_order.hpp"

#include <set>

#include <gtest/gtest.h>

namespace shoal::torrent::reveal_order_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kPiece = 16 * 1024;
constexpr std::uint32_t kCount = 100;
const Time kStart{1000s};

RevealPieces hundred() {
  return RevealPieces(*Geometry::make(std::uint64_t{kCount} * kPiece, kPiece));
}

TEST(RevealOrder, a_piece_that_came_back_and_finds_nobody_stays_in_front) {
  RevealPieces pieces = hundred();
  RevealOrder order(kCount, 1);
  order.again(5);
  order.again(7);
  for (int round = 0; round < 3; ++round) {
    order.from_the_front();
    EXPECT_EQ(order.next(pieces, {.now = kStart}), 7u);  // the last one first
    EXPECT_EQ(order.next(pieces, {.now = kStart}), 5u);
    const auto other = order.next(pieces, {.now = kStart});
    ASSERT_TRUE(other);
    EXPECT_NE(*other, 5u);
    EXPECT_NE(*other, 7u);
  }
  pieces.own(7, ConnectionKey{1}, 0, kStart);
  order.from_the_front();
  EXPECT_EQ(order.next(pieces, {.now = kStart}), 5u);
}

// As many as may be passed over at one go, and more, are not in the way of all others.
TEST(RevealOrder, pieces_that_came_back_and_find_nobody_do_not_keep_the_others_back) {
  RevealPieces pieces = hundred();
  RevealOrder order(kCount, 1);
  for (std::uint32_t index = 0; index < 30; ++index) order.again(index);
  std::set<std::uint32_t> others;
  for (int i = 0; i < 16; ++i) {
    const auto piece = order.next(pieces, {.now = kStart});
    ASSERT_TRUE(piece);
    if (*piece < 20 || *piece >= 30) others.insert(*piece);
  }
  EXPECT_GE(others.size(), 6u);
  order.from_the_front();
  EXPECT_EQ(order.next(pieces, {.now = kStart}), 29u);
}

}  // namespace
}  // namespace shoal::torrent::reveal_order_test
