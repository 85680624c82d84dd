#include "base/printable.hpp"

#include <gtest/gtest.h>

namespace shoal::printable_test {
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

TEST(Printable, replaces_what_cannot_be_seen) {
  for (const char* unseen :
       {"\u200b", "\u00ad", "\u2060", "\ufeff", "\u3164", "\U000e0020", "\uffff"})
    EXPECT_EQ(printable("a" + std::string(unseen) + "b"), "a" + kBad + "b");
  EXPECT_EQ(printable("\u2764\ufe0f"), "\u2764\ufe0f");
}

TEST(Printable, is_bounded_where_that_is_asked_for_and_never_cuts_a_character) {
  EXPECT_EQ(printable(std::string(255, 'x'), 255), std::string(255, 'x'));
  EXPECT_EQ(printable(std::string(5000, 'x'), 255), std::string(255, 'x') + "...");
  EXPECT_EQ(printable(std::string(5000, 'x')), std::string(5000, 'x'));
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ä";
  EXPECT_EQ(printable(umlauts, 255), umlauts.substr(0, 254) + "...");
  EXPECT_EQ(printable("ab\x01", 4), "ab...");
}

}  // namespace
}  // namespace shoal::printable_test
