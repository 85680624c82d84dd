#include "metainfo/stock_names.hpp"

#include <gmock/gmock.h>

namespace shoal::stock_names_test {
namespace {

using testing::ElementsAre;

StockNames names_of(const std::vector<std::string>& paths) {
  std::vector<TreeEntry> entries;
  for (const std::string& path : paths) entries.push_back({.path = path});
  return stock_names(FileTree::make("photos", 16384, std::move(entries)).value());
}

TEST(StockNames, are_mostly_those_of_the_tree) {
  EXPECT_EQ(names_of({"a", "b/a", "B.txt", "é", "É", std::string(240, 'n')}).changed, 0u);
}

TEST(StockNames, are_others_where_two_differ_in_case_only) {
  EXPECT_THAT(names_of({"A.txt", "a.txt", "b"}).first, ElementsAre("a.txt"));
  EXPECT_THAT(names_of({"D/x", "D/y", "d/z"}).first, ElementsAre("d/z")) << "of a folder, too";
}

TEST(StockNames, are_others_where_they_are_long_or_turn_the_text_round) {
  const std::string cut(241, 'n');
  EXPECT_THAT(names_of({"a", cut}).first, ElementsAre(cut));
  EXPECT_EQ(names_of({cut + "/1", cut + "/2", cut + "/3", cut + "/4"}).changed, 4u);
  EXPECT_EQ(names_of({cut + "/1", cut + "/2", cut + "/3", cut + "/4"}).first.size(), 3u);
  EXPECT_THAT(names_of({"a\u202eb", "c"}).first, ElementsAre("a\u202eb"));
}

}  // namespace
}  // namespace shoal::stock_names_test
