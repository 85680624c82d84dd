#include <gtest/gtest.h>

#include "support/sample_folder.hpp"

namespace shoal::test::folder_content_test {
namespace {

using torrent::Content;

/// Pieces: a 0 to 2, b 3, c 4 to 6 (equal to a), d 7 and 8.
class FolderContentTest : public ::testing::Test {
 protected:
  SampleFolder folder_{32768, {{"a", 70'000}, {"b", 10}, {"c", 70'000}, {"d", 65'536}, {"e", 0}}};
};

TEST_F(FolderContentTest, has_the_layers_of_short_files_from_the_start) {
  Content content = folder_.missing();
  EXPECT_FALSE(content.has_layers());
  EXPECT_EQ(content.layers().node(PieceIndex{3}), folder_.sample(10).info().root);
  const std::vector<FileIndex> b{folder_.index_of("b")};
  content.want_only(b);
  EXPECT_TRUE(content.has_layers()) << "of what is wanted";
}

TEST_F(FolderContentTest, equal_files_share_their_layer) {
  Content content = folder_.missing();
  content.set_layer(folder_.sample(70'000).layers());
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(content.layers().node(PieceIndex{i}), content.layers().node(PieceIndex{4 + i}));
  }
  EXPECT_FALSE(content.has_layers());
  content.set_layer(folder_.sample(65'536).layers());
  EXPECT_TRUE(content.has_layers());
}

TEST_F(FolderContentTest, finds_the_file_of_a_root_and_no_other) {
  const Content content = folder_.missing();
  const auto found = content.layers().file_of(folder_.sample(65'536).info().root);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->file, folder_.index_of("d"));
  EXPECT_EQ(content.layers().file_of(folder_.sample(70'000).info().root)->file,
            folder_.index_of("a"));
  EXPECT_FALSE(content.layers().file_of(Digest{}));
  EXPECT_FALSE(content.layers().file_of(SampleFile(11, 32768).info().root));
}

TEST_F(FolderContentTest, is_complete_with_all_that_is_wanted_and_whole_with_all_there_is) {
  Content content = folder_.missing();
  const std::vector<FileIndex> some{folder_.index_of("b"), folder_.index_of("d"),
                                    folder_.index_of("e")};
  content.want_only(some);
  EXPECT_EQ(content.wanted_bytes(), 10u + 65'536);
  EXPECT_EQ(content.wanted_pieces(), 3u);
  EXPECT_EQ(content.files().wanted(), 2u);
  EXPECT_FALSE(content.wants(PieceIndex{0}));
  content.add(PieceIndex{3});
  EXPECT_EQ(content.files().whole(), 1u);
  content.add(PieceIndex{7});
  EXPECT_EQ(content.files().whole(), 1u);
  EXPECT_FALSE(content.complete());
  content.add(PieceIndex{8});
  EXPECT_TRUE(content.complete());
  EXPECT_FALSE(content.whole());
  EXPECT_EQ(content.files().whole(), 2u);
  content.remove(PieceIndex{7});
  EXPECT_FALSE(content.complete());
  EXPECT_TRUE(content.misses(PieceIndex{7}));
  EXPECT_FALSE(content.misses(PieceIndex{0}));
  EXPECT_EQ(content.files().whole(), 1u);
}

TEST_F(FolderContentTest, counts_nothing_twice_that_is_wanted_twice) {
  Content content = folder_.missing();
  const std::vector<FileIndex> twice{folder_.index_of("d"), folder_.index_of("d")};
  content.want_only(twice);
  EXPECT_EQ(content.wanted_pieces(), 2u);
  EXPECT_EQ(content.files().wanted(), 1u);
}

TEST_F(FolderContentTest, answers_for_leaves_from_whichever_of_equal_files_is_here) {
  Content content = folder_.with_layers();
  const merkle::HashRequest leaves{folder_.sample(70'000).info().root, 0, 2, 2, 2};
  EXPECT_EQ(content.layers().pieces_of(leaves), (std::vector{PieceIndex{1}, PieceIndex{5}}));
  EXPECT_FALSE(content.piece_to_answer(leaves));
  content.add(PieceIndex{5});
  EXPECT_EQ(content.piece_to_answer(leaves), PieceIndex{5});
  content.add(PieceIndex{1});
  EXPECT_EQ(content.piece_to_answer(leaves), PieceIndex{1});
}

TEST_F(FolderContentTest, has_no_piece_for_requests_that_make_no_sense) {
  const Content content = folder_.with_layers();
  const Digest& root = folder_.sample(70'000).info().root;
  for (const std::uint32_t base : {2u, 31u, 32u, 64u, 0x8000'0000u, 0xffff'ff00u}) {
    EXPECT_TRUE(content.layers().pieces_of({root, base, 0, 2, 0}).empty()) << base;
  }
  EXPECT_TRUE(content.layers().pieces_of({root, 0, 0xffff'fffe, 2, 0}).empty());
  EXPECT_TRUE(content.layers().pieces_of({root, 0, 0, 4, 0}).empty()) << "of two pieces";
  EXPECT_TRUE(content.layers().pieces_of({Digest{}, 0, 0, 2, 0}).empty());
}

}  // namespace
}  // namespace shoal::test::folder_content_test
