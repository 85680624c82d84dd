#include "metainfo/name.hpp"

#include <gmock/gmock.h>

namespace shoal::name_test {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

std::string refusal(std::string_view name) {
  const auto checked = check_name(name);
  if (checked) return "accepted";
  EXPECT_EQ(checked.error().code, Errc::bad_name);
  return checked.error().message;
}

TEST(CheckName, accepts_what_people_call_files) {
  for (const char* name : {"big.iso", "a", "...", ".profile", "..a", "with space", "Größe.txt",
                           "日本", "\U0001f41f shoal", "back\\slash", "a:b*?\"<>|", "\xc2\xa0"}) {
    EXPECT_TRUE(check_name(name)) << name;
  }
}

TEST(CheckName, accepts_255_bytes_and_no_more) {
  EXPECT_TRUE(check_name(std::string(255, 'x')));
  EXPECT_THAT(refusal(std::string(256, 'x')), HasSubstr("256 bytes, and the most is 255"));
  EXPECT_THAT(refusal(std::string(100'000, 'x')), HasSubstr("100000 bytes"));
}

TEST(CheckName, refuses_the_empty_name) {
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
}

TEST(CheckName, refuses_directories) {
  EXPECT_THAT(refusal("."), HasSubstr("directory"));
  EXPECT_THAT(refusal(".."), HasSubstr("directory"));
}

TEST(CheckName, refuses_a_slash_anywhere) {
  for (const char* name : {"/", "/etc/passwd", "../x", "a/", "a/b"}) {
    EXPECT_THAT(refusal(name), HasSubstr("\"/\"")) << name;
  }
  EXPECT_THAT(refusal("ab/c"), HasSubstr("at byte 3"));
}

TEST(CheckName, refuses_every_control_character) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string name = "a"s + static_cast<char>(c) + "b";
    EXPECT_EQ(check_name(name).has_value(), c >= 0x20 && c != 0x7f && c != '/') << c;
  }
  for (int c = 0x80; c < 0xc0; ++c) {  // U+0080 to U+00BF
    EXPECT_EQ(check_name("\xc2"s + static_cast<char>(c)).has_value(), c >= 0xa0) << c;
  }
  EXPECT_THAT(refusal("tab\there"), HasSubstr("control character at byte 4"));
}

TEST(CheckName, refuses_invalid_utf8) {
  for (const std::string& name :
       {"\xff"s, "a\x80"s, "\xc3"s, "\xe2\x82"s, "\xf0\x9f\x90"s,        // stray and cut
        "\xc0\xaf"s, "\xc1\xbf"s, "\xe0\x80\xaf"s, "\xf0\x80\x80\xaf"s,  // overlong, "/" among them
        "\xed\xa0\x80"s, "\xed\xbf\xbf"s,                                // surrogates
        "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xf8\x88\x80\x80\x80"s}) {  // above U+10FFFF
    EXPECT_THAT(refusal(name), HasSubstr("not valid UTF-8"));
  }
}

TEST(CheckName, names_the_first_thing_wrong) {
  EXPECT_THAT(refusal("a\x01/\xff"), HasSubstr("control character at byte 2"));
  EXPECT_THAT(refusal("a\xff/\x01"), HasSubstr("UTF-8 at byte 2"));
}

TEST(Printable, leaves_good_names_as_they_are) {
  EXPECT_EQ(printable("Größe 日本.txt"), "Größe 日本.txt");
}

TEST(Printable, replaces_what_a_terminal_would_obey) {
  EXPECT_EQ(printable("\x1b[2Ja\0b\x7f"s), "?[2Ja?b?");
  EXPECT_EQ(printable("a\xff\xfe\xc3"), "a???");
  EXPECT_EQ(printable("\xc2\x9b"), "?");
  EXPECT_EQ(printable("evil\u202etxt.exe"), "evil?txt.exe");
}

TEST(Printable, is_bounded_and_never_cuts_a_character) {
  EXPECT_EQ(printable(std::string(255, 'x')), std::string(255, 'x'));
  EXPECT_EQ(printable(std::string(5000, 'x')), std::string(255, 'x') + "...");
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ä";
  EXPECT_EQ(printable(umlauts), umlauts.substr(0, 254) + "...");
}

}  // namespace
}  // namespace shoal::name_test
