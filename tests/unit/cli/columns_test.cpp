#include "cli/columns.hpp"

#include <gtest/gtest.h>

namespace shoal::cli::columns_test {
namespace {

const std::string kBad = "\xEF\xBF\xBD";

TEST(Printable, keeps_text_of_any_script) {
  for (const char* text : {"", "big.iso", "größe.txt", "文件.iso", "🐟.bin", "e\xCC\x81"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, replaces_what_steers_a_terminal) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a" + kBad + "[2Jb");
  EXPECT_EQ(printable("a\nb\rc\td"), "a" + kBad + "b" + kBad + "c" + kBad + "d");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a" + kBad + "b");
  EXPECT_EQ(printable("\x7f"), kBad);
  EXPECT_EQ(printable("\xC2\x9B"), kBad);                        // C1: CSI
  EXPECT_EQ(printable("x\xE2\x80\xAEosi"), "x" + kBad + "osi");  // right-to-left override
}

TEST(Printable, replaces_each_byte_of_invalid_utf8) {
  EXPECT_EQ(printable("\xff"), kBad);
  EXPECT_EQ(printable("\xC3"), kBad);                                   // cut
  EXPECT_EQ(printable("\xC0\xAF"), kBad + kBad);                        // overlong "/"
  EXPECT_EQ(printable("\xE0\x80\xAF"), kBad + kBad + kBad);             // overlong
  EXPECT_EQ(printable("\xED\xA0\x80"), kBad + kBad + kBad);             // surrogate
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), kBad + kBad + kBad + kBad);  // beyond U+10FFFF
  EXPECT_EQ(printable("\xC3"
                      "a"),
            kBad + "a");
}

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
