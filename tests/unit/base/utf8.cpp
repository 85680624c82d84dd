#include "base/utf8.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace shoal::utf8_test {
namespace {

/// As RFC 3629 writes it, with no check: also for what must be refused.
std::string encode(char32_t c, std::size_t size) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  switch (size) {
    case 1:
      return {static_cast<char>(c)};
    case 2:
      return {static_cast<char>(0xc0 | c >> 6), tail(0)};
    case 3:
      return {static_cast<char>(0xe0 | c >> 12), tail(6), tail(0)};
    default:
      return {static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0)};
  }
}

std::size_t shortest(char32_t c) {
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

TEST(Utf8, every_code_point_is_read_in_its_shortest_form_and_in_no_other) {
  for (char32_t c = 0; c < 0x200000; ++c) {
    const bool legal = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
    for (std::size_t size = shortest(c); size <= 4; ++size) {
      const auto read = decode_utf8(encode(c, size) + "x");
      ASSERT_EQ(read.has_value(), legal && size == shortest(c))
          << std::hex << std::uint32_t{c} << ' ' << size;
      if (read) {
        ASSERT_EQ(read->value, c);
        ASSERT_EQ(read->size, size);
      }
    }
  }
}

TEST(Utf8, refuses_a_sequence_cut_at_every_byte) {
  for (const char32_t c : {U'\u00e4', U'\u20ac', U'\U0001f41f'}) {
    const std::string whole = encode(c, shortest(c));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      EXPECT_FALSE(decode_utf8(whole.substr(0, length)));
      EXPECT_FALSE(length > 0 && decode_utf8(whole.substr(0, length) + "xxxx"));
    }
  }
}

TEST(Utf8, refuses_bytes_that_begin_nothing) {
  for (int lead = 0x80; lead < 0xc0; ++lead) {
    EXPECT_FALSE(decode_utf8(std::string(1, static_cast<char>(lead)) + "\x80\x80\x80")) << lead;
  }
  for (int lead = 0xf8; lead < 0x100; ++lead) {
    EXPECT_FALSE(decode_utf8(std::string(1, static_cast<char>(lead)) + "\x90\x80\x80\x80")) << lead;
  }
}

TEST(Utf8, knows_the_controls) {
  for (char32_t c = 0; c < 0x200; ++c) {
    EXPECT_EQ(is_control(c), c <= 0x1f || (c >= 0x7f && c <= 0x9f)) << std::uint32_t{c};
  }
}

}  // namespace
}  // namespace shoal::utf8_test
