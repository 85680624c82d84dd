#include "metainfo/file_tree.hpp"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>

#include "support/folder_vectors.hpp"

namespace shoal::file_tree_test {
namespace {

using test::FolderVector;
using testing::ElementsAre;
using testing::HasSubstr;

Digest some_root(unsigned char fill = 7) {
  Digest root;
  root.bytes.fill(std::byte{fill});
  return root;
}

/// Files of one length are equal.
TreeEntry file(std::string path, std::uint64_t length = 1) {
  TreeEntry entry{.path = std::move(path), .length = length};
  if (length > 0) entry.root = some_root();
  for (std::size_t i = 0; i < 8; ++i) entry.root.bytes[i] ^= std::byte((length >> (8 * i)) & 0xff);
  return entry;
}

TreeEntry link(std::string path, std::string target) {
  return {.path = std::move(path), .kind = TreeEntry::Kind::link, .target = std::move(target)};
}

Result<FileTree> tree_of(std::vector<TreeEntry> entries, std::uint32_t piece_length = 16384) {
  return FileTree::make("photos", piece_length, std::move(entries));
}

std::vector<std::string> paths(const FileTree& tree) {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < tree.size(); ++i) all.emplace_back(tree[FileIndex{i}].path);
  return all;
}

std::string error_of(std::vector<TreeEntry> entries) {
  const auto tree = tree_of(std::move(entries));
  return tree ? "no error" : tree.error().message;
}

TEST(FileTree, has_the_files_pieces_and_order_of_every_vector_whatever_order_they_come_in) {
  std::mt19937 random(1);
  for (const FolderVector& vector : test::folder_vectors()) {
    std::vector<TreeEntry> shuffled = vector.entries;
    std::ranges::shuffle(shuffled, random);
    const auto tree = FileTree::make(vector.name, vector.piece_length, shuffled);
    ASSERT_TRUE(tree) << vector.id << ": " << tree.error().message;
    EXPECT_EQ(tree->pieces(), vector.pieces) << vector.id;
    EXPECT_EQ(tree->total_length(), vector.total_length) << vector.id;
    ASSERT_EQ(tree->size(), vector.entries.size()) << vector.id;
    for (std::uint32_t i = 0; i < tree->size(); ++i) {
      const FileTree::View view = (*tree)[FileIndex{i}];
      const TreeEntry& entry = vector.entries[i];
      EXPECT_EQ(view.path, entry.path) << vector.id;
      EXPECT_EQ(view.length, entry.length);
      EXPECT_EQ(view.executable, entry.executable) << view.path;
      EXPECT_EQ(view.target, entry.target);
      ASSERT_EQ(view.root != nullptr, entry.length > 0);
      if (view.root == nullptr) continue;
      EXPECT_EQ(*view.root, entry.root);
      EXPECT_EQ(view.first_piece, vector.first_pieces[i]) << view.path;
    }
  }
}

TEST(FileTree, knows_whose_each_piece_is) {
  for (const FolderVector& vector : test::folder_vectors()) {
    const auto tree = FileTree::make(vector.name, vector.piece_length, vector.entries);
    for (std::uint32_t piece = 0; piece < tree->pieces(); ++piece) {
      const FileTree::View owner = (*tree)[tree->file_of(piece)];
      EXPECT_TRUE(owner.first_piece <= piece && piece < owner.first_piece + owner.pieces)
          << vector.id << " " << piece;
    }
  }
}

TEST(FileTree, compares_paths_element_by_element) {
  const auto tree = tree_of({file("a.b"), file("ab"), file("a/b"), file("a b"), file("a-b"),
                             file("a/\xC3\xA9"), file("a/z")});
  ASSERT_TRUE(tree);
  EXPECT_THAT(paths(*tree), ElementsAre("a/b", "a/z", "a/\xC3\xA9", "a b", "a-b", "a.b", "ab"));
}

TEST(FileTree, finds_files_by_their_paths_and_what_is_in_a_folder) {
  const auto tree =
      tree_of({file("a"), file("b/1"), file("b/2/x"), file("b/2/y"), file("b.txt"), file("ba/1")});
  ASSERT_TRUE(tree);
  for (std::uint32_t i = 0; i < tree->size(); ++i) {
    EXPECT_EQ(tree->find((*tree)[FileIndex{i}].path), FileIndex{i});
  }
  for (const char* nothing : {"", "b", "b/2", "b/", "/a", "c", "a/"}) {
    EXPECT_EQ(tree->find(nothing), std::nullopt) << nothing;
  }
  EXPECT_EQ(tree->folder("b"), (FileTree::Range{1, 4}));
  EXPECT_EQ(tree->folder("b/2"), (FileTree::Range{2, 4}));
  for (const char* nothing : {"a", "", "c", "b/2/x", "b/"}) {
    const FileTree::Range none = tree->folder(nothing);
    EXPECT_EQ(none.begin, none.end) << nothing;
  }
}

TEST(FileTree, has_no_path_twice_and_no_file_in_a_file) {
  EXPECT_THAT(error_of({file("a/b"), file("c"), file("a/b")}),
              HasSubstr("\"a/b\": it is there twice"));
  EXPECT_THAT(error_of({file("a"), file("a b"), file("a/c")}),
              HasSubstr("\"a\": it is a file and a folder at once"));
  EXPECT_THAT(error_of({link("a", "b"), file("a/c"), file("b")}), HasSubstr("at once"));
}

TEST(FileTree, has_no_name_that_could_lead_out_of_the_folder) {
  for (const char* path : {"", ".", "..", "a/..", "../a", "a/./b", "/a", "a/", "a//b", "a\\b",
                           "a/\xFF", "a/\n", "a/b\\..\\c"}) {
    EXPECT_FALSE(tree_of({file(path)})) << path;
  }
  EXPECT_FALSE(FileTree::make("..", 16384, {file("a")}));
  EXPECT_FALSE(FileTree::make("a/b", 16384, {file("a")}));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(FileTree, takes_paths_40_folders_deep_and_4096_bytes_and_no_more) {
  EXPECT_TRUE(tree_of({file(repeated("a/", 40) + "a")}));
  EXPECT_THAT(error_of({file(repeated("a/", 41) + "a")}), HasSubstr("more than 40 folders deep"));
  const std::string element(255, 'e');
  EXPECT_TRUE(tree_of({file(repeated(element + "/", 15) + element)}));
  EXPECT_THAT(error_of({file(repeated(element + "/", 16) + "f")}), HasSubstr("4097 bytes"));
}

TEST(FileTree, refuses_numbers_that_make_no_sense) {
  EXPECT_FALSE(tree_of({}));
  EXPECT_FALSE(tree_of({file("a")}, 1000));
  EXPECT_FALSE(tree_of({file("a")}, 0));
  EXPECT_FALSE(tree_of({file("a", kMaxFileLength + 1)}));
  EXPECT_FALSE(tree_of({file("a", ~std::uint64_t{0})}));
  TreeEntry without_root = file("a");
  without_root.root = {};
  EXPECT_THAT(error_of({without_root}), HasSubstr("no pieces root"));
  // Each for itself is small enough.
  constexpr std::uint64_t kMillion = 1u << 20;
  EXPECT_TRUE(tree_of({file("a", kMillion * 16384), file("b", kMillion * 16384)}));
  EXPECT_THAT(error_of({file("a", kMillion * 16384), file("b", kMillion * 16384), file("c")}),
              HasSubstr("more than 2097152 pieces"));
}

TEST(FileTree, has_one_length_for_one_root) {
  EXPECT_TRUE(tree_of({file("a", 5), file("b", 5)}));
  TreeEntry liar = file("b", 6);
  liar.root = file("a", 5).root;
  const auto refused = tree_of({file("a", 5), file("aa", 7), liar});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("another length"));
}

TEST(FileTree, may_have_nothing_but_empty_files) {
  const auto tree = tree_of({file("a", 0), file("b/c", 0)});
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->pieces(), 0U);
  EXPECT_EQ((*tree)[FileIndex{1}].root, nullptr);
}

TEST(FileTree, has_links_made_only_to_what_is_in_it_and_not_through_links) {
  const auto tree =
      tree_of({file("a.txt"), file("sub/x"), link("good", "a.txt"), link("to_folder", "sub"),
               link("to_link", "good"), link("through", "to_folder/x"), link("dangling", "b.txt"),
               link("to_itself", "to_itself"), link("sub/up", "../a.txt"),
               link("absolute", "/etc/passwd"), link("nowhere", "")});
  ASSERT_TRUE(tree);
  std::vector<std::string> sound;
  for (std::uint32_t i = 0; i < tree->size(); ++i) {
    if (tree->is_sound_link(FileIndex{i})) sound.emplace_back((*tree)[FileIndex{i}].path);
  }
  EXPECT_THAT(sound, ElementsAre("good", "to_folder"));
  EXPECT_EQ((*tree)[*tree->find("sub/up")].target, "");
}

TEST(FileTree, tells_what_stock_clients_take_for_a_file) {
  EXPECT_TRUE(tree_of({file("one.jpg")})->is_one_file_at_the_top());
  EXPECT_FALSE(tree_of({file("one.jpg"), file("two.jpg")})->is_one_file_at_the_top());
  EXPECT_FALSE(tree_of({file("2024/one.jpg")})->is_one_file_at_the_top());
}

TEST(FolderPieceLength, is_that_of_the_longest_file) {
  const std::vector<std::uint64_t> lengths{5000, 300, 700ULL << 20, 0};
  EXPECT_EQ(piece_length_for(lengths), piece_length_for(700ULL << 20));
  EXPECT_EQ(piece_length_for(std::vector<std::uint64_t>{}), kMinPieceLength);
  EXPECT_EQ(piece_length_for(std::vector<std::uint64_t>(1000, 0)), kMinPieceLength);
}

TEST(FolderPieceLength, leaves_no_file_with_a_lone_last_hash) {
  // 513 pieces of 16 KiB, beside a file that would have it so.
  const std::vector<std::uint64_t> lengths{513 * 16384, 1000 * 16384};
  EXPECT_EQ(piece_length_for(lengths.back()), 16384U);
  EXPECT_EQ(piece_length_for(lengths), 32768U);
}

TEST(FolderPieceLength, keeps_many_middling_files_to_a_million_pieces) {
  // 4,000 files of 1,000 pieces of 16 KiB.
  const std::vector<std::uint64_t> lengths(4000, 1000 * 16384);
  EXPECT_EQ(piece_length_for(lengths), 65536U);
}

TEST(FolderPieceLength, is_the_one_for_files_whatever_lengths_are_claimed) {
  EXPECT_EQ(piece_length_for(std::vector<std::uint64_t>(100, ~std::uint64_t{0})) % kMinPieceLength,
            0U);
}

}  // namespace
}  // namespace shoal::file_tree_test
