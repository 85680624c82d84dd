#include "torrent/download/piece_assembly.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hash/merkle.hpp"
#include "hash/sha256.hpp"

namespace shoal::torrent::piece_assembly_test {
namespace {

using ::testing::ElementsAre;

constexpr PieceIndex kFirst{0};
constexpr PieceIndex kLast{2};

Digest leaf(unsigned n) {
  Digest digest;
  digest.bytes[0] = static_cast<std::byte>(n);
  return digest;
}
Sender sender(std::uint8_t n) {
  return {ConnectionKey{n}, {}};
}

/// Three pieces of four blocks; the last has three, the last of them short.
Geometry geometry() {
  return *Geometry::make(10 * kBlockLength + 100, 4 * kBlockLength);
}

TEST(PieceAssembly, is_full_with_the_last_leaf_in_whatever_order) {
  PieceAssembly assembly(geometry());
  EXPECT_FALSE(assembly.add({kFirst, 2}, leaf(2), sender(1)));
  EXPECT_FALSE(assembly.add({kFirst, 0}, leaf(0), sender(1)));
  EXPECT_FALSE(assembly.add({kFirst, 3}, leaf(3), sender(1)));
  EXPECT_TRUE(assembly.add({kFirst, 1}, leaf(1), sender(1)));
}

TEST(PieceAssembly, folds_the_leaves_to_the_node_of_the_piece) {
  PieceAssembly assembly(geometry());
  for (std::uint32_t i = 0; i < 4; ++i) assembly.add({kFirst, i}, leaf(i), sender(1));
  EXPECT_EQ(assembly.fold(kFirst),
            sha256_pair(sha256_pair(leaf(0), leaf(1)), sha256_pair(leaf(2), leaf(3))));
}

TEST(PieceAssembly, pads_the_last_piece_with_zero_leaves) {
  PieceAssembly assembly(geometry());
  EXPECT_FALSE(assembly.add({kLast, 0}, leaf(1), sender(1)));
  EXPECT_FALSE(assembly.add({kLast, 1}, leaf(2), sender(1)));
  EXPECT_TRUE(assembly.add({kLast, 2}, leaf(3), sender(1)));
  EXPECT_EQ(assembly.fold(kLast),
            sha256_pair(sha256_pair(leaf(1), leaf(2)), sha256_pair(leaf(3), Digest{})));
}

TEST(PieceAssembly, folds_a_file_of_one_piece_to_its_root) {
  // Three blocks in a piece of four times that: the root stands above four leaves.
  PieceAssembly assembly(*Geometry::make(3 * kBlockLength, 16 * kBlockLength));
  for (std::uint32_t i = 0; i < 3; ++i) assembly.add({kFirst, i}, leaf(i + 1), sender(1));
  EXPECT_EQ(assembly.fold(kFirst),
            sha256_pair(sha256_pair(leaf(1), leaf(2)), sha256_pair(leaf(3), Digest{})));
}

TEST(PieceAssembly, lets_the_first_leaf_of_a_block_stand) {
  PieceAssembly assembly(geometry());
  for (std::uint32_t i = 0; i < 3; ++i) assembly.add({kFirst, i}, leaf(i), sender(1));
  EXPECT_FALSE(assembly.add({kFirst, 0}, leaf(77), sender(2)));
  EXPECT_TRUE(assembly.add({kFirst, 3}, leaf(3), sender(1)));
  const PieceAttempt attempt = assembly.take(kFirst);
  EXPECT_THAT(attempt.leaves, ElementsAre(leaf(0), leaf(1), leaf(2), leaf(3)));
  EXPECT_THAT(attempt.senders, ElementsAre(sender(1)));
}

TEST(PieceAssembly, knows_who_sent_which_block) {
  PieceAssembly assembly(geometry());
  assembly.add({kFirst, 1}, leaf(1), sender(5));
  assembly.add({kFirst, 0}, leaf(0), sender(9));
  assembly.add({kFirst, 2}, leaf(2), sender(5));
  assembly.add({kFirst, 3}, leaf(3), sender(9));
  const PieceAttempt attempt = assembly.take(kFirst);
  EXPECT_THAT(attempt.senders, ElementsAre(sender(5), sender(9)));
  EXPECT_EQ(attempt.sender_of(0), sender(9));
  EXPECT_EQ(attempt.sender_of(1), sender(5));
  EXPECT_EQ(attempt.sender_of(2), sender(5));
  EXPECT_EQ(attempt.sender_of(3), sender(9));
}

TEST(PieceAssembly, begins_anew_after_a_piece_was_taken_or_erased) {
  PieceAssembly assembly(geometry());
  assembly.add({kFirst, 0}, leaf(0), sender(1));
  assembly.add({kLast, 0}, leaf(0), sender(1));
  EXPECT_EQ(assembly.pieces(), 2u);
  assembly.erase(kFirst);
  (void)assembly.take(kLast);
  EXPECT_EQ(assembly.pieces(), 0u);
  for (std::uint32_t i = 1; i < 4; ++i) {
    EXPECT_FALSE(assembly.add({kFirst, i}, leaf(i), sender(1)));
  }
  EXPECT_TRUE(assembly.add({kFirst, 0}, leaf(0), sender(1)));
}

}  // namespace
}  // namespace shoal::torrent::piece_assembly_test
