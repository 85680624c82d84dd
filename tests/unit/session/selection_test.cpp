#include "session/selection.hpp"

#include <gmock/gmock.h>

namespace shoal::session::selection_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FileTree photos() {
  return *FileTree::make("photos", 16384,
                         {{.path = "2023/a.jpg"},
                          {.path = "2023/b.jpg"},
                          {.path = "2024/a.jpg"},
                          {.path = "2024/deep/c.png"},
                          {.path = "readme.md"}});
}

std::vector<std::string> selected(const std::vector<std::string>& parts) {
  const FileTree tree = photos();
  const auto selection = select_parts(tree, parts);
  if (!selection) return {"error: " + selection.error().message};
  std::vector<std::string> paths;
  for (const FileIndex file : *selection) paths.emplace_back(tree[file].path);
  return paths;
}

TEST(SelectParts, means_all_where_no_part_is_named) {
  EXPECT_EQ(selected({}).size(), 5u);
}

TEST(SelectParts, joins_parts_in_the_trees_order_each_entry_once) {
  EXPECT_THAT(selected({"readme.md", "2024", "**/a.jpg"}),
              ElementsAre("2023/a.jpg", "2024/a.jpg", "2024/deep/c.png", "readme.md"));
}

TEST(SelectParts, names_what_may_have_been_meant) {
  EXPECT_THAT(selected({"2023", "README.md"}).front(), HasSubstr("there is \"readme.md\""));
  EXPECT_THAT(selected({"C.PNG"}).front(), HasSubstr("\"2024/deep/c.png\""));
}

TEST(SelectParts, names_the_first_files_where_nothing_is_near) {
  EXPECT_THAT(selected({"zzz"}).front(), HasSubstr("its first files are \"2023/a.jpg\""));
}

TEST(SplitName, ends_at_the_first_slash) {
  const auto split = [](std::string_view typed) {
    const NameAndPart both = split_name(typed);
    return both.name + "|" + both.part;
  };
  EXPECT_EQ(split("photos"), "photos|");
  EXPECT_EQ(split("photos/"), "photos|");
  EXPECT_EQ(split("photos//2024"), "photos|2024");
  EXPECT_EQ(split("photos/2024/*.jpg"), "photos|2024/*.jpg");
  EXPECT_EQ(split("/photos"), "|photos");
  EXPECT_EQ(split(""), "|");
}

}  // namespace
}  // namespace shoal::session::selection_test
