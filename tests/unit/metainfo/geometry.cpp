#include "metainfo/geometry.hpp"

#include <limits>

#include <gmock/gmock.h>

#include "support/vectors.hpp"

namespace shoal::geometry_test {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

Geometry geometry(std::uint64_t length, std::uint32_t piece_length) {
  const auto made = Geometry::make(length, piece_length);
  EXPECT_TRUE(made);
  return *made;
}

TEST(Geometry, agrees_with_the_vectors) {
  for (const test::Vector& vector : test::vectors()) {
    if (vector.file.length == 0) continue;
    const Geometry made = geometry(vector.file.length, vector.file.piece_length);
    EXPECT_EQ(made.pieces(), vector.pieces) << vector.file.name;
    EXPECT_EQ(made.tree_height(), vector.tree_height) << vector.file.name;
  }
}

TEST(Geometry, counts_what_a_short_last_piece_holds) {
  const Geometry made = geometry(5 * 16384 + 100, 32768);
  EXPECT_EQ(made.length(), 5u * 16384 + 100);
  EXPECT_EQ(made.piece_length(), 32768u);
  EXPECT_EQ(made.pieces(), 3u);
  EXPECT_EQ(made.blocks(), 6u);
  EXPECT_EQ(made.blocks_per_piece(), 2u);
  EXPECT_EQ(made.piece_level(), 1);
  EXPECT_EQ(made.tree_height(), 3);
  EXPECT_EQ(made.fold_height(), 1);
  EXPECT_EQ(made.offset(PieceIndex{2}), 65536u);
  EXPECT_EQ(made.size(PieceIndex{1}), 32768u);
  EXPECT_EQ(made.size(PieceIndex{2}), 16484u);
  EXPECT_EQ(made.blocks(PieceIndex{2}), 2u);
  EXPECT_EQ(made.offset(BlockRef{PieceIndex{2}, 1}), 81920u);
  EXPECT_EQ(made.size(BlockRef{PieceIndex{2}, 0}), 16384u);
  EXPECT_EQ(made.size(BlockRef{PieceIndex{2}, 1}), 100u);
}

TEST(Geometry, a_file_of_one_piece_folds_to_its_own_height) {
  const Geometry made = geometry(40'000, 1 << 20);
  EXPECT_EQ(made.pieces(), 1u);
  EXPECT_EQ(made.piece_level(), 6);
  EXPECT_EQ(made.tree_height(), 2);
  EXPECT_EQ(made.fold_height(), 2);
  EXPECT_EQ(made.blocks(PieceIndex{0}), 3u);
}

TEST(Geometry, a_file_of_one_byte) {
  const Geometry made = geometry(1, 16384);
  EXPECT_EQ(made.pieces(), 1u);
  EXPECT_EQ(made.blocks(), 1u);
  EXPECT_EQ(made.tree_height(), 0);
  EXPECT_EQ(made.size(PieceIndex{0}), 1u);
}

TEST(Geometry, offsets_beyond_4_gib_do_not_wrap) {
  const Geometry made = geometry((std::uint64_t{1} << 40) + 5, 16 << 20);
  EXPECT_EQ(made.pieces(), 65537u);
  EXPECT_EQ(made.offset(PieceIndex{65536}), std::uint64_t{1} << 40);
  EXPECT_EQ(made.size(PieceIndex{65536}), 5u);
  EXPECT_EQ(made.offset(BlockRef{PieceIndex{65535}, 1023}), (std::uint64_t{1} << 40) - 16384);
}

TEST(Geometry, pieces_and_blocks_tile_the_file) {
  for (const std::uint64_t length : {1u, 16383u, 16384u, 16385u, 65536u, 65537u, 300'000u}) {
    for (const std::uint32_t piece_length : {16384u, 32768u, 65536u}) {
      const Geometry made = geometry(length, piece_length);
      std::uint64_t at = 0;
      for (std::uint32_t i = 0; i < made.pieces(); ++i) {
        const PieceIndex piece = *made.piece(i);
        ASSERT_EQ(made.offset(piece), at);
        for (std::uint32_t block = 0; block < made.blocks(piece); ++block) {
          ASSERT_EQ(made.offset(BlockRef{piece, block}), at);
          at += made.size(BlockRef{piece, block});
        }
        ASSERT_EQ(at, made.offset(piece) + made.size(piece));
      }
      EXPECT_EQ(at, length);
    }
  }
}

TEST(GeometryPiece, only_indices_inside_become_a_piece) {
  const Geometry made = geometry(100'000, 32768);
  EXPECT_EQ(made.piece(3), PieceIndex{3});
  for (const std::uint64_t index : {std::uint64_t{4}, std::uint64_t{1} << 32, kMost}) {
    EXPECT_FALSE(made.piece(index)) << index;
  }
}

TEST(GeometryBlock, takes_each_block_with_its_length) {
  const Geometry made = geometry(5 * 16384 + 100, 32768);
  EXPECT_EQ(made.block(0, 0, 16384), (BlockRef{PieceIndex{0}, 0}));
  EXPECT_EQ(made.block(1, 16384, 16384), (BlockRef{PieceIndex{1}, 1}));
  EXPECT_EQ(made.block(2, 16384, 100), (BlockRef{PieceIndex{2}, 1}));
}

TEST(GeometryBlock, takes_the_last_block_padded_too) {
  const Geometry made = geometry(5 * 16384 + 100, 32768);
  EXPECT_EQ(made.block(2, 16384, 16384), (BlockRef{PieceIndex{2}, 1}));
  EXPECT_EQ(geometry(1, 16384).block(0, 0, 16384), (BlockRef{PieceIndex{0}, 0}));
}

TEST(GeometryBlock, refuses_everything_else) {
  const Geometry made = geometry(5 * 16384 + 100, 32768);
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{99}, std::uint64_t{101}, std::uint64_t{16383},
        std::uint64_t{16385}, std::uint64_t{32768}, kMost}) {
    EXPECT_FALSE(made.block(2, 16384, length)) << length;
  }
  EXPECT_FALSE(made.block(0, 0, 100));
  EXPECT_FALSE(made.block(3, 0, 16384));
  EXPECT_FALSE(made.block(kMost, 0, 16384));
  EXPECT_FALSE(made.block(0, 1, 16384));
  EXPECT_FALSE(made.block(0, 32768, 16384));
  EXPECT_FALSE(made.block(0, kMost - 16383, 16384));
  EXPECT_FALSE(made.block(0, (std::uint64_t{1} << 32) + 16384, 16384));
  EXPECT_FALSE(geometry(16384, 32768).block(0, 16384, 16384));
}

TEST(GeometryMake, refuses_lengths_outside_and_names_them) {
  EXPECT_THAT(Geometry::make(0, 16384).error().message, HasSubstr("length of 0 bytes"));
  EXPECT_TRUE(Geometry::make(kMaxFileLength, kMaxPieceLength));
  EXPECT_FALSE(Geometry::make(kMaxFileLength + 1, kMaxPieceLength));
  EXPECT_FALSE(Geometry::make(kMost, 16 << 20));
}

TEST(GeometryMake, refuses_piece_lengths_that_are_no_power_of_two_in_range) {
  for (const std::uint32_t bad : {0u, 1u, 8192u, 16383u, 16385u, 49152u, 1u << 28, ~0u}) {
    const auto refused = Geometry::make(1'000'000, bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(bad)));
  }
  EXPECT_TRUE(Geometry::make(1'000'000, kMinPieceLength));
  EXPECT_TRUE(Geometry::make(1'000'000, kMaxPieceLength));
}

TEST(GeometryMake, refuses_too_many_pieces) {
  EXPECT_TRUE(Geometry::make(std::uint64_t{kMaxPieces} * 16384, 16384));
  const auto refused = Geometry::make(std::uint64_t{kMaxPieces} * 16384 + 1, 16384);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("2097153 pieces"));
  EXPECT_THAT(refused.error().message, HasSubstr("the most is 2097152"));
}

}  // namespace
}  // namespace shoal::geometry_test
