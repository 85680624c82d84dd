#include "cli/scripts.hpp"

#include <gtest/gtest.h>

namespace shoal::cli::scripts_test {
namespace {

TEST(MixedScripts, are_letters_of_two_alike_scripts_in_one_word) {
  EXPECT_EQ(mixed_scripts("r\u0435port.pdf"), "Latin and Cyrillic letters in one word");
  EXPECT_EQ(mixed_scripts("\u0430dmin"), "Cyrillic and Latin letters in one word");
  EXPECT_EQ(mixed_scripts("\u03b1bc"), "Greek and Latin letters in one word");
  EXPECT_EQ(mixed_scripts("e\u0301\u0435"), "Latin and Cyrillic letters in one word")
      << "an accent is no end of a word";
}

TEST(MixedScripts, are_not_words_of_different_scripts_beside_each_other) {
  for (const char* name : {"report.pdf", "", "\u043e\u0442\u0447\u0451\u0442.pdf",
                           "2024_\u043e\u0442\u0447\u0451\u0442-final", "\u03b1 and b", "caf\u00e9",
                           "\u6771\u4eactokyo", "\xff\xfe"})
    EXPECT_EQ(mixed_scripts(name), "") << name;
}

TEST(MixedScripts, are_marked_where_a_name_is_shown) {
  EXPECT_EQ(marked("a.pdf"), "\"a.pdf\"");
  EXPECT_EQ(marked("\u0430b"), "\"\u0430b\" (Cyrillic and Latin letters in one word)");
}

}  // namespace
}  // namespace shoal::cli::scripts_test
