#include "cli/columns.hpp"

#include <gtest/gtest.h>

namespace shoal::cli::columns_test {
namespace {

TEST(Columns, count_wide_and_combining_characters) {
  EXPECT_EQ(columns("abc"), 3U);
  EXPECT_EQ(columns("größe"), 5U);
  EXPECT_EQ(columns("文件"), 4U);
  EXPECT_EQ(columns("🐟"), 2U);
  EXPECT_EQ(columns("e\xCC\x81"), 1U);
}

TEST(Shortened, keeps_start_and_end) {
  EXPECT_EQ(shortened("debian-12.iso", 13), "debian-12.iso");
  EXPECT_EQ(shortened("debian-12.iso", 9), "debi….iso");
  EXPECT_EQ(shortened("debian-12.iso", 1), "…");
  EXPECT_EQ(shortened("debian-12.iso", 0), "");
}

TEST(Shortened, never_exceeds_the_width_nor_cuts_a_character) {
  for (const std::string text : {"文件文件文件.iso", "🐟🐟🐟🐟🐟",
                                 "e\xCC\x81"
                                 "e\xCC\x81"
                                 "e\xCC\x81"
                                 "e\xCC\x81",
                                 "a文b件c文d件"}) {
    for (std::size_t width = 0; width < 20; ++width) {
      const std::string cut = shortened(text, width);
      EXPECT_LE(columns(cut), width) << cut;
      EXPECT_EQ(printable(cut), cut);
    }
  }
}

TEST(Padded, fills_up_to_the_width) {
  EXPECT_EQ(padded("文", 4), "文  ");
  EXPECT_EQ(padded("abc", 2), "abc");
}

}  // namespace
}  // namespace shoal::cli::columns_test
