#include "base/shell_word.hpp"

#include <gtest/gtest.h>

namespace shoal::shell_word_test {
namespace {

TEST(ShellWord, is_the_text_itself_where_a_shell_takes_it_as_it_is) {
  EXPECT_EQ(shell_word("photos.1a2b.part/2024"), "photos.1a2b.part/2024");
}

TEST(ShellWord, is_quoted_where_a_shell_would_make_something_else_of_it) {
  EXPECT_EQ(shell_word("my photos"), "'my photos'");
  EXPECT_EQ(shell_word("a$b*"), "'a$b*'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("\xc3\xa9"), "'\xc3\xa9'");
  EXPECT_EQ(shell_word("~"), "'~'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(ShellWord, has_escapes_for_what_cannot_be_shown) {
  EXPECT_EQ(shell_word("a\nb 1"), "$'a\\012b 1'");
  EXPECT_EQ(shell_word("\xff'"), "$'\\377\\047'");
}

}  // namespace
}  // namespace shoal::shell_word_test
