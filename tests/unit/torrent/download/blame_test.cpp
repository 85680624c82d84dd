#include "torrent/download/blame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::torrent::blame_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr PieceIndex kPiece{7};

Sender sender(std::uint8_t n) {
  return {ConnectionKey{n}, {IpAddress(IpAddress::V4{std::byte{10}, {}, {}, std::byte{n}}), n}};
}

Digest leaf(unsigned n) {
  Digest digest;
  digest.bytes[0] = static_cast<std::byte>(n);
  digest.bytes[1] = static_cast<std::byte>(n >> 8);
  return digest;
}

const std::vector<Digest> kRight = {leaf(1), leaf(2), leaf(3), leaf(4)};

/// Block i from sender who[i], right but for the blocks in `wrong`.
PieceAttempt attempt(const std::vector<std::uint16_t>& who, const std::vector<std::size_t>& wrong,
                     unsigned lie = 99) {
  PieceAttempt made{kRight, who, {sender(0), sender(1), sender(2)}};
  for (const std::size_t block : wrong) made.leaves[block] = leaf(lie);
  return made;
}

TEST(Blame, convicts_a_single_sender_at_once) {
  Blame blame;
  EXPECT_THAT(blame.failed(kPiece, {kRight, {0, 0, 0, 0}, {sender(5)}}), ElementsAre(sender(5)));
  EXPECT_EQ(blame.attempts(), 0u);
}

TEST(Blame, convicts_nobody_of_several_before_the_piece_is_proven) {
  Blame blame;
  EXPECT_THAT(blame.failed(kPiece, attempt({0, 1, 2, 0}, {1})), IsEmpty());
  EXPECT_EQ(blame.attempts(), 1u);
}

TEST(Blame, convicts_who_sent_a_leaf_that_differs_and_clears_the_others) {
  Blame blame;
  ASSERT_THAT(blame.failed(kPiece, attempt({0, 1, 2, 0}, {1})), IsEmpty());
  EXPECT_THAT(blame.proven(kPiece, kRight), ElementsAre(sender(1)));
  EXPECT_EQ(blame.attempts(), 0u);
  EXPECT_THAT(blame.proven(kPiece, kRight), IsEmpty());
}

TEST(Blame, convicts_each_liar_once_over_all_attempts) {
  Blame blame;
  ASSERT_THAT(blame.failed(kPiece, attempt({0, 1, 1, 0}, {1, 2})), IsEmpty());
  ASSERT_THAT(blame.failed(kPiece, attempt({1, 0, 2, 2}, {0, 3})), IsEmpty());
  EXPECT_THAT(blame.proven(kPiece, kRight), UnorderedElementsAre(sender(1), sender(2)));
}

TEST(Blame, keeps_pieces_apart) {
  Blame blame;
  ASSERT_THAT(blame.failed(kPiece, attempt({0, 1, 2, 0}, {1})), IsEmpty());
  EXPECT_THAT(blame.proven(PieceIndex{8}, kRight), IsEmpty());
  EXPECT_EQ(blame.attempts(), 1u);
}

TEST(Blame, names_the_address_of_a_connection_that_is_gone) {
  Blame blame;
  ASSERT_THAT(blame.failed(kPiece, attempt({0, 1, 2, 0}, {2})), IsEmpty());
  const std::vector<Sender> guilty = blame.proven(kPiece, kRight);
  ASSERT_EQ(guilty.size(), 1u);
  EXPECT_EQ(guilty[0].endpoint, sender(2).endpoint);
}

TEST(Blame, forgets_the_oldest_attempts_beyond_its_bound) {
  Blame blame;
  for (std::uint32_t i = 0; i <= Blame::kMaxAttempts; ++i) {
    ASSERT_THAT(blame.failed(PieceIndex{i}, attempt({0, 1, 2, 0}, {1})), IsEmpty());
  }
  EXPECT_EQ(blame.attempts(), Blame::kMaxAttempts);
  EXPECT_THAT(blame.proven(PieceIndex{0}, kRight), IsEmpty());
  EXPECT_THAT(blame.proven(PieceIndex{1}, kRight), ElementsAre(sender(1)));
}

TEST(Blame, bounds_the_leaves_that_it_keeps) {
  constexpr std::size_t kLeaves = 8192;  // the largest piece
  Blame blame;
  for (std::uint32_t i = 0; i < 20; ++i) {
    PieceAttempt large{
        std::vector<Digest>(kLeaves), std::vector<std::uint16_t>(kLeaves), {sender(0), sender(1)}};
    ASSERT_THAT(blame.failed(PieceIndex{i}, std::move(large)), IsEmpty());
  }
  EXPECT_EQ(blame.attempts(), Blame::kMaxLeaves / kLeaves);
}

}  // namespace
}  // namespace shoal::torrent::blame_test
