#include "metainfo/piece_space.hpp"

#include <gtest/gtest.h>

#include "support/folder_vectors.hpp"

namespace shoal::piece_space_test {
namespace {

TEST(PieceSpace, of_a_file_is_its_geometry) {
  for (const std::uint64_t length : {1u, 16383u, 16384u, 16385u, 65536u, 65537u, 1'000'000u}) {
    const Geometry file = *Geometry::make(length, 32768);
    const PieceSpace space(file);
    ASSERT_EQ(space.pieces(), file.pieces());
    for (std::uint32_t i = 0; i < file.pieces(); ++i) {
      const PieceIndex piece{i};
      EXPECT_EQ(space.size(piece), file.size(piece));
      EXPECT_EQ(space.blocks(piece), file.blocks(piece));
      EXPECT_EQ(space.fold_height(piece), file.fold_height());
      for (std::uint32_t b = 0; b < file.blocks(piece); ++b) {
        EXPECT_EQ(space.size(BlockRef{piece, b}), file.size(BlockRef{piece, b}));
      }
    }
  }
}

TEST(PieceSpace, has_the_pieces_of_every_vector_where_libtorrent_has_them) {
  for (const test::FolderVector& vector : test::folder_vectors()) {
    const auto tree = std::make_shared<const FileTree>(
        *FileTree::make(vector.name, vector.piece_length, vector.entries));
    if (tree->pieces() == 0) continue;
    const PieceSpace space(tree);
    EXPECT_EQ(space.pieces(), vector.pieces) << vector.id;
    EXPECT_EQ(space.length(), vector.total_length) << vector.id;
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < space.pieces(); ++i) bytes += space.size(PieceIndex{i});
    EXPECT_EQ(bytes, vector.total_length) << vector.id;
    for (std::uint32_t i = 0; i < space.files(); ++i) {
      const auto file = space.file(FileIndex{i});
      if (!file) continue;
      EXPECT_EQ(file->first_piece, vector.first_pieces[i]) << vector.id;
      EXPECT_EQ(space.file_of(PieceIndex{file->first_piece}).file, FileIndex{i}) << vector.id;
    }
  }
}

/// "a" has three blocks in two pieces, "b" nothing, "c" one short block.
PieceSpace three_files() {
  const Digest root{.bytes = {std::byte{1}}};
  const Digest other{.bytes = {std::byte{2}}};
  return PieceSpace(std::make_shared<const FileTree>(
      *FileTree::make("folder", 32768,
                      {{.path = "a", .length = 40000, .root = root},
                       {.path = "b"},
                       {.path = "c", .length = 5, .root = other}})));
}

TEST(PieceSpace, takes_blocks_as_long_as_they_are_or_padded_at_the_end_of_every_file) {
  const PieceSpace space = three_files();
  EXPECT_EQ(space.block(0, 0, 16384), (BlockRef{PieceIndex{0}, 0}));
  EXPECT_EQ(space.block(1, 0, 40000 - 32768), (BlockRef{PieceIndex{1}, 0}));
  EXPECT_EQ(space.block(1, 0, 16384), (BlockRef{PieceIndex{1}, 0}));
  EXPECT_EQ(space.block(2, 0, 5), (BlockRef{PieceIndex{2}, 0}));
  EXPECT_EQ(space.block(2, 0, 16384), (BlockRef{PieceIndex{2}, 0}));
}

TEST(PieceSpace, takes_no_block_that_is_not_there) {
  const PieceSpace space = three_files();
  EXPECT_FALSE(space.block(0, 0, 5));
  EXPECT_FALSE(space.block(0, 1, 16384));
  EXPECT_FALSE(space.block(1, 16384, 16384)) << "behind the end of its file";
  EXPECT_FALSE(space.block(2, 0, 6));
  EXPECT_FALSE(space.block(3, 0, 5));
  EXPECT_FALSE(space.block(std::uint64_t{1} << 32, 0, 16384));
  EXPECT_FALSE(space.piece(3));
}

TEST(PieceSpace, knows_no_pieces_of_what_is_empty) {
  const PieceSpace space = three_files();
  EXPECT_FALSE(space.file(FileIndex{1}));
  EXPECT_EQ(space.file_of(PieceIndex{2}).file, FileIndex{2});
  EXPECT_EQ(space.file_of(PieceIndex{1}).in_file(PieceIndex{1}), PieceIndex{1});
  EXPECT_EQ(space.file_of(PieceIndex{2}).in_torrent(PieceIndex{0}), PieceIndex{2});
}

}  // namespace
}  // namespace shoal::piece_space_test
