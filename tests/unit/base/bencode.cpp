#include "base/bencode.hpp"

#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::bencode::bencode_test {
namespace {

using ::testing::HasSubstr;

std::string encoded(const Value& value) {
  return std::string(as_text(encode(value)));
}

Result<Value> parsed(std::string_view text) {
  return parse(as_bytes(text));
}

std::string nested(int depth) {
  const auto n = static_cast<std::size_t>(depth);
  return std::string(n, 'l') + std::string(n, 'e');
}

TEST(Bencode, numbers_have_their_canonical_form) {
  EXPECT_EQ(encoded(0), "i0e");
  EXPECT_EQ(encoded(-42), "i-42e");
  EXPECT_EQ(encoded(std::numeric_limits<std::int64_t>::max()), "i9223372036854775807e");
  EXPECT_EQ(encoded(std::numeric_limits<std::int64_t>::min()), "i-9223372036854775808e");
}

TEST(Bencode, strings_lists_and_dictionaries_have_their_canonical_form) {
  EXPECT_EQ(encoded(""), "0:");
  EXPECT_EQ(encoded(std::string("a\0b", 3)), std::string("3:a\0b", 5));
  EXPECT_EQ(encoded(List{1, "x", List{}}), "li1e1:xlee");
  EXPECT_EQ(encoded(Dict{{"b", 2}, {"a", Dict{}}, {"\xff", 3}}), "d1:ade1:bi2e1:\xffi3ee");
}

TEST(Bencode, encode_appends) {
  Bytes out;
  encode(1, out);
  encode("a", out);
  EXPECT_EQ(as_text(out), "i1e1:a");
}

TEST(Bencode, parses_what_it_encodes) {
  const std::string all_bytes = [] {
    std::string text;
    for (int i = 0; i < 256; ++i) text.push_back(static_cast<char>(i));
    return text;
  }();
  for (const Value& value :
       {Value(0), Value(std::numeric_limits<std::int64_t>::min()),
        Value(std::numeric_limits<std::int64_t>::max()), Value(""), Value(all_bytes), Value(List{}),
        Value(Dict{}), Value(Dict{{"", List{Dict{{all_bytes, -1}}, all_bytes}}, {"z", 26}})}) {
    const auto again = parse(encode(value));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, value);
  }
}

TEST(Bencode, finds_members_by_key_and_type) {
  const Value value = Dict{{"n", 7}, {"t", "text"}};
  EXPECT_EQ(value.number_at("n"), 7);
  EXPECT_EQ(value.number_at("t"), std::nullopt);
  EXPECT_EQ(value.number_at("missing"), std::nullopt);
  ASSERT_NE(value.text_at("t"), nullptr);
  EXPECT_EQ(*value.text_at("t"), "text");
  EXPECT_EQ(value.text_at("n"), nullptr);
  EXPECT_EQ(value.find("missing"), nullptr);
  EXPECT_EQ(Value(List{}).find("n"), nullptr);
}

TEST(Bencode, refuses_numbers_that_are_not_canonical_or_do_not_fit) {
  for (const char* text : {"ie", "i-e", "i-0e", "i00e", "i01e", "i-01e", "i+1e", "i 1e", "i1 e",
                           "i1", "i", "i1.5e", "i0x1e", "i1-e", "i--1e", "i9223372036854775808e",
                           "i-9223372036854775809e", "i99999999999999999999999999e"}) {
    EXPECT_FALSE(parsed(text)) << text;
  }
}

TEST(Bencode, refuses_string_lengths_that_are_not_canonical_or_do_not_fit) {
  for (const char* text : {"00:", "01:a", "-1:a", "+1:a", "1", "1:", "2:a", "1 :a", ":", "1a",
                           "18446744073709551615:", "18446744073709551616:", "4294967296:a"}) {
    EXPECT_FALSE(parsed(text)) << text;
  }
}

TEST(Bencode, says_how_long_a_string_wants_to_be_and_what_is_left) {
  const auto value = parsed("l999999999999:abce");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Errc::bad_input);
  EXPECT_THAT(value.error().message, HasSubstr("999999999999 bytes where 4 are left"));
}

TEST(Bencode, refuses_dictionary_keys_out_of_order_or_twice) {
  EXPECT_FALSE(parsed("d1:bi1e1:ai2ee"));
  EXPECT_FALSE(parsed("d1:ai1e1:ai2ee"));
  EXPECT_FALSE(parsed("d2:aai1e1:ai2ee"));
  EXPECT_FALSE(parsed("d1:\xffi1e1:ai2ee")) << "keys are ordered as unsigned bytes";
  EXPECT_TRUE(parsed("d0:i0e1:ai1e2:aai2e1:bi3e1:\xffi4ee"));
}

TEST(Bencode, refuses_keys_that_are_no_strings_and_keys_without_a_value) {
  EXPECT_FALSE(parsed("di1ei2ee"));
  EXPECT_FALSE(parsed("dlei2ee"));
  EXPECT_FALSE(parsed("d1:ae"));
  EXPECT_FALSE(parsed("d1:ai1e1:be"));
}

TEST(Bencode, refuses_bytes_that_begin_no_value) {
  EXPECT_FALSE(parsed(""));
  for (int first = 0; first < 256; ++first) {
    const char c = static_cast<char>(first);
    if ((c >= '0' && c <= '9') || c == 'i' || c == 'l' || c == 'd') continue;
    EXPECT_FALSE(parsed(std::string(1, c) + "1e")) << first;
  }
}

TEST(Bencode, refuses_every_cut_of_a_value) {
  const std::string whole = "d1:ali1e3:abcd0:i-5eee1:bi123ee";
  ASSERT_TRUE(parsed(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parsed(whole.substr(0, size))) << size;
    EXPECT_FALSE(parse_prefix(as_bytes(whole).first(size))) << size;
  }
}

TEST(Bencode, parse_refuses_trailing_bytes_and_parse_prefix_reports_them) {
  const auto whole = parsed("i1eX");
  ASSERT_FALSE(whole);
  EXPECT_THAT(whole.error().message, HasSubstr("byte 3"));
  const auto prefix = parse_prefix(as_bytes("d1:ai1eeRAW"));
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->used, 8u);
  EXPECT_EQ(prefix->value.number_at("a"), 1);
}

TEST(Bencode, nesting_ends_at_the_limit) {
  EXPECT_TRUE(parsed(nested(kMaxDepth)));
  EXPECT_FALSE(parsed(nested(kMaxDepth + 1)));
  EXPECT_FALSE(parsed(std::string(1'000'000, 'l')));
  std::string dicts;
  for (int i = 0; i < 100'000; ++i) dicts += "d0:";
  EXPECT_FALSE(parsed(dicts));
}

TEST(Bencode, the_number_of_values_ends_at_the_limit) {
  const auto list_of = [](std::size_t items) {
    std::string text = "l";
    for (std::size_t i = 0; i < items; ++i) text += "0:";
    return text + "e";
  };
  EXPECT_TRUE(parsed(list_of(kMaxValues - 1))) << "the list itself is a value too";
  EXPECT_FALSE(parsed(list_of(kMaxValues)));
}

TEST(Bencode, random_bytes_either_fail_or_encode_to_themselves) {
  std::mt19937 random(7);
  const std::string_view alphabet = "0123456789ild:e-a";
  std::size_t accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (auto size = random() % 9; size > 0; --size) text += alphabet[random() % alphabet.size()];
    const auto prefix = parse_prefix(as_bytes(text));
    if (!prefix) continue;
    ++accepted;
    ASSERT_EQ(encoded(prefix->value), text.substr(0, prefix->used));
  }
  EXPECT_GT(accepted, 1000u);
}

}  // namespace
}  // namespace shoal::bencode::bencode_test
