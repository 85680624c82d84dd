#include "metainfo/tree_difference.hpp"

#include <gtest/gtest.h>

namespace shoal::tree_difference_test {
namespace {

TreeEntry file(std::string path, unsigned char content = 1) {
  TreeEntry entry{.path = std::move(path), .length = 100u + content};
  entry.root.bytes.fill(std::byte{content});
  return entry;
}

FileTree tree(std::vector<TreeEntry> entries) {
  return *FileTree::make("photos", 16384, std::move(entries));
}

TEST(TreeDifference, of_equal_trees_is_none) {
  const auto found =
      difference(tree({file("a"), file("b/c", 2)}), tree({file("b/c", 2), file("a")}));
  EXPECT_TRUE(found.none());
  EXPECT_EQ(in_words(found), "the same files, described in other words by another program");
}

TEST(TreeDifference, tells_added_removed_and_changed_files_apart) {
  const auto found = difference(tree({file("a"), file("b"), file("d/x"), file("e")}),
                                tree({file("a"), file("b", 2), file("c"), file("e")}));
  EXPECT_EQ(found,
            (TreeDifference{.added = {1, {"c"}}, .removed = {1, {"d/x"}}, .changed = {1, {"b"}}}));
  EXPECT_EQ(in_words(found), "1 added (\"c\"), 1 removed (\"d/x\") and 1 changed (\"b\")");
}

TEST(TreeDifference, goes_by_the_trees_order_and_not_by_that_of_the_letters) {
  const auto found =
      difference(tree({file("a-b"), file("a/b")}), tree({file("a-b"), file("a/b"), file("a/c")}));
  EXPECT_EQ(found, (TreeDifference{{1, {"a/c"}}, {}, {}}));
}

TEST(TreeDifference, sees_execute_bits_links_and_their_targets) {
  TreeEntry executable = file("run");
  executable.executable = true;
  const TreeEntry to_a{.path = "l", .kind = TreeEntry::Kind::link, .target = "a"};
  const TreeEntry to_run{.path = "l", .kind = TreeEntry::Kind::link, .target = "run"};
  const auto found =
      difference(tree({file("a"), file("run"), to_a}), tree({file("a"), executable, to_run}));
  EXPECT_EQ(found, (TreeDifference{{}, {}, {2, {"l", "run"}}}));
}

TEST(TreeDifference, names_the_first_few_and_counts_all) {
  std::vector<TreeEntry> many;
  for (int i = 0; i < 9; ++i) many.push_back(file("f" + std::to_string(i)));
  many.push_back(file("same"));
  const auto found = difference(tree({file("same")}), tree(std::move(many)));
  EXPECT_EQ(in_words(found), "9 added (\"f0\", \"f1\", \"f2\", ...)");
}

}  // namespace
}  // namespace shoal::tree_difference_test
