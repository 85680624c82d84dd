#include "metainfo/path_pattern.hpp"

#include <string>

#include <gmock/gmock.h>

namespace shoal::path_pattern_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

bool matches(std::string_view pattern, std::string_view path) {
  return PathPattern(pattern).matches(path);
}

TEST(PathPattern, stands_for_itself_where_nothing_is_special) {
  EXPECT_TRUE(matches("2024/a.jpg", "2024/a.jpg"));
  EXPECT_FALSE(matches("2024/a.jpg", "2024/a.jpgx"));
  EXPECT_FALSE(matches("2024/a.jpg", "2024/A.jpg"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("", ""));
}

TEST(PathPattern, has_stars_and_question_marks_that_stop_at_a_slash) {
  EXPECT_TRUE(matches("2024/*.jpg", "2024/a.jpg"));
  EXPECT_TRUE(matches("2024/*.jpg", "2024/.jpg"));
  EXPECT_FALSE(matches("2024/*.jpg", "2024/x/a.jpg"));
  EXPECT_TRUE(matches("*", "abc"));
  EXPECT_FALSE(matches("*", "a/c"));
  EXPECT_TRUE(matches("a?c", "abc"));
  EXPECT_FALSE(matches("a?c", "a/c"));
  EXPECT_FALSE(matches("a?c", "ac"));
}

TEST(PathPattern, has_two_stars_for_any_number_of_folders) {
  for (const char* path : {"a.jpg", "x/a.jpg", "x/y/z/a.jpg"}) {
    EXPECT_TRUE(matches("**/a.jpg", path)) << path;
    EXPECT_TRUE(matches("**/*.jpg", path)) << path;
    EXPECT_TRUE(matches("**.jpg", path)) << path;
    EXPECT_TRUE(matches("**", path)) << path;
  }
  EXPECT_TRUE(matches("x/**/b", "x/b"));
  EXPECT_TRUE(matches("x/**/b", "x/y/b"));
  EXPECT_TRUE(matches("x/**/b", "x/y/z/b"));
  EXPECT_FALSE(matches("x/**/b", "x/yb"));
  EXPECT_FALSE(matches("x/**/b", "xb"));
  EXPECT_FALSE(matches("**/a.jpg", "ba.jpg"));
  EXPECT_TRUE(matches("x/**", "x/y/z"));
  EXPECT_FALSE(matches("x/**", "x"));
}

TEST(PathPattern, has_sets_and_ranges_and_their_opposites) {
  EXPECT_TRUE(matches("[abc]", "b"));
  EXPECT_FALSE(matches("[abc]", "d"));
  EXPECT_TRUE(matches("img[0-9][0-9].raw", "img07.raw"));
  EXPECT_FALSE(matches("img[0-9].raw", "img07.raw"));
  EXPECT_TRUE(matches("[!0-9]", "x"));
  EXPECT_FALSE(matches("[!0-9]", "5"));
  EXPECT_FALSE(matches("a[!0-9]b", "a/b"));
  EXPECT_TRUE(matches("[]]", "]"));
  EXPECT_TRUE(matches("[a-]", "-"));
  EXPECT_TRUE(matches("[open", "[open"));  // no set without an end
}

TEST(PathPattern, takes_what_follows_a_backslash_as_it_is) {
  EXPECT_TRUE(matches("a\\*b", "a*b"));
  EXPECT_FALSE(matches("a\\*b", "axb"));
  EXPECT_TRUE(matches("\\[x]", "[x]"));
}

TEST(PathPattern, takes_no_longer_for_patterns_that_were_made_for_that) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(4000, 'a')));
}

class Select : public testing::Test {
 protected:
  static FileTree tree() {
    std::vector<TreeEntry> entries;
    for (const char* path :
         {"a.txt", "2024/a.jpg", "2024/b.png", "2024/raw/a.jpg", "2025/a.jpg", "[x]/y", "x/y"}) {
      TreeEntry& entry = entries.emplace_back();
      entry.path = path;
    }
    return *FileTree::make("photos", 16384, std::move(entries));
  }
  static std::vector<std::string> selected(std::string_view part) {
    const FileTree all = tree();
    std::vector<std::string> paths;
    for (const FileIndex file : select(all, part)) paths.emplace_back(all[file].path);
    return paths;
  }
};

TEST_F(Select, takes_a_file_a_folder_or_all) {
  EXPECT_THAT(selected("a.txt"), ElementsAre("a.txt"));
  for (const char* folder : {"2024", "2024/"}) {
    EXPECT_THAT(selected(folder), ElementsAre("2024/a.jpg", "2024/b.png", "2024/raw/a.jpg"));
  }
  EXPECT_EQ(selected("").size(), 7U);
  EXPECT_EQ(selected("/").size(), 7U);
}

TEST_F(Select, takes_what_matches_and_all_that_is_in_a_folder_that_matches) {
  EXPECT_THAT(selected("2024/*.jpg"), ElementsAre("2024/a.jpg"));
  EXPECT_THAT(selected("202?/*.jpg"), ElementsAre("2024/a.jpg", "2025/a.jpg"));
  EXPECT_THAT(selected("**/*.jpg"), ElementsAre("2024/a.jpg", "2024/raw/a.jpg", "2025/a.jpg"));
  EXPECT_THAT(selected("202[45]"),
              ElementsAre("2024/a.jpg", "2024/b.png", "2024/raw/a.jpg", "2025/a.jpg"));
  EXPECT_THAT(selected("*/raw"), ElementsAre("2024/raw/a.jpg"));
}

TEST_F(Select, prefers_the_very_path_to_what_the_pattern_matches) {
  EXPECT_THAT(selected("[x]"), ElementsAre("[x]/y"));
  EXPECT_THAT(selected("[x]/y"), ElementsAre("[x]/y"));
  EXPECT_THAT(selected("\\x/y"), ElementsAre("x/y"));
}

TEST_F(Select, takes_nothing_where_nothing_is_meant) {
  EXPECT_THAT(selected("2023"), IsEmpty());
  EXPECT_THAT(selected("*.gif"), IsEmpty());
  EXPECT_THAT(selected("../a.txt"), IsEmpty());
}

}  // namespace
}  // namespace shoal::path_pattern_test
