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

std::string look_alike(std::string_view name) {
  EXPECT_TRUE(check_name(name)) << name;
  const auto checked = check_visible(name);
  return checked ? "accepted" : checked.error().message;
}

TEST(CheckVisible, accepts_names_of_any_script_and_what_they_are_written_with) {
  for (const char* name :
       {"big.iso", "a b  c", "Größe.txt", "cafe\u0301", "日本", "r\u0435port",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",                // Persian, a non-joiner
        "\u0915\u094d\u200d\u0937",                                        // Hindi, a joiner
        "\u2764\ufe0f.png", "\U0001f468\u200d\U0001f469\u200d\U0001f467",  // emoji
        "\u2764\ufe0f\u200d\U0001f525", "1\ufe0f\u20e3 Intro.mp4", "\u00a9\ufe0f", "\u3297\ufe0f",
        "\u2713\ufe0e", "\u182a\u180b", ".profile", "a\u3000b"}) {
    EXPECT_EQ(look_alike(name), "accepted") << name;
  }
}

TEST(CheckVisible, refuses_what_looks_like_another_name_and_says_which_character_it_is) {
  const std::pair<const char*, const char*> names[] = {{"report\u200b.pdf", "U+200B"},
                                                       {"re\u00adport.pdf", "U+00AD"},
                                                       {"report\u2060.pdf", "U+2060"},
                                                       {"\ufeffreport.pdf", "U+FEFF"},
                                                       {"report\u202efdp.exe", "U+202E"},
                                                       {"a\u2067b", "U+2067"},
                                                       {"report\u061c.pdf", "U+061C"},
                                                       {"report\u2028.pdf", "U+2028"},
                                                       {"report\u3164.pdf", "U+3164"},
                                                       {"report\U000e0020.pdf", "U+E0020"},
                                                       {"report\ufe0f.pdf", "U+FE0F"},
                                                       {"a\uffff", "U+FFFF"},
                                                       {"a\ufdd0", "U+FDD0"},
                                                       {"a\u200db", "U+200D"},
                                                       {"a\u200cb", "U+200C"},
                                                       {"\u2764\ufe0f\ufe0f", "U+FE0F"},
                                                       {"a\u200e", "U+200E"},
                                                       {"\u200d", "U+200D"}};
  for (const auto& [name, character] : names) {
    EXPECT_THAT(look_alike(name), HasSubstr(character));
    EXPECT_THAT(look_alike(name), HasSubstr("at byte"));
  }
}

TEST(CheckVisible, refuses_blanks_at_either_end) {
  for (const char* name : {" a", "a ", "\u00a0a", "a\u3000", " ", "a\u2800", "a\u2003"})
    EXPECT_THAT(look_alike(name), HasSubstr("blank at byte")) << name;
}

TEST(FileName, is_a_name_that_was_checked) {
  const auto name = FileName::parse("big.iso");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->text(), "big.iso");
}

TEST(FileName, leads_nowhere_else) {
  for (const std::string& text :
       {"../escape"s, "a/b"s, ".."s, "."s, ""s, "a\0b"s, "a\nb"s, std::string(256, 'n')}) {
    const auto name = FileName::parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, Errc::bad_name);
  }
}

}  // namespace
}  // namespace shoal::name_test
