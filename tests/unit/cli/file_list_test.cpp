#include "cli/file_list.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::cli::file_list_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::filesystem::path> parsed(std::string_view line, std::set<std::string> files = {}) {
  return parse_file_list(line, [&](const auto& path) { return files.contains(path.string()); });
}

TEST(FileList, splits_at_commas_and_drops_spaces_around) {
  EXPECT_THAT(parsed("a.iso"), ElementsAre("a.iso"));
  EXPECT_THAT(parsed("  a.iso ,b c.iso,\td \r"), ElementsAre("a.iso", "b c.iso", "d"));
}

TEST(FileList, leaves_out_empty_names) {
  EXPECT_THAT(parsed(""), IsEmpty());
  EXPECT_THAT(parsed(" , ,, "), IsEmpty());
  EXPECT_THAT(parsed(",a,,b,"), ElementsAre("a", "b"));
  EXPECT_THAT(parsed("\"\""), IsEmpty());
}

TEST(FileList, takes_a_line_that_is_a_file_as_one_name) {
  EXPECT_THAT(parsed(" a,b.txt ", {"a,b.txt"}), ElementsAre("a,b.txt"));
  EXPECT_THAT(parsed("a,b.txt"), ElementsAre("a", "b.txt"));
}

TEST(FileList, takes_quoted_names_as_they_are) {
  EXPECT_THAT(parsed(R"("a,b.txt", c ,"  d ")"), ElementsAre("a,b.txt", "c", "  d "));
}

TEST(FileList, takes_a_quote_that_encloses_nothing_as_a_character) {
  EXPECT_THAT(parsed(R"(12" vinyl.iso,b)"), ElementsAre(R"(12" vinyl.iso)", "b"));
  EXPECT_THAT(parsed(R"("open, b)"), ElementsAre(R"("open)", "b"));
  EXPECT_THAT(parsed(R"("a"b, c)"), ElementsAre(R"("a"b)", "c"));
}

TEST(Trimmed, keeps_what_is_inside) {
  EXPECT_EQ(trimmed(" \t a b \r"), "a b");
  EXPECT_EQ(trimmed(" \t\r"), "");
}

}  // namespace
}  // namespace shoal::cli::file_list_test
