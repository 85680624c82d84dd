#include "base/hex.hpp"

#include <gtest/gtest.h>

namespace shoal::hex_test {
namespace {

TEST(Hex, every_byte_round_trips) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::byte>(i));
  const std::string text = to_hex(all);
  EXPECT_EQ(text.substr(0, 6), "000102");
  EXPECT_EQ(text.substr(508), "feff");
  EXPECT_EQ(from_hex(text), all);
}

TEST(Hex, nothing_is_no_bytes) {
  EXPECT_EQ(to_hex(BytesView{}), "");
  EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, either_case_is_read) {
  EXPECT_EQ(from_hex("aBCd"), (Bytes{std::byte{0xab}, std::byte{0xcd}}));
}

TEST(Hex, refuses_odd_lengths) {
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("000"));
}

TEST(Hex, only_digits_are_digits) {
  int accepted = 0;
  for (int c = 0; c < 256; ++c) {
    const std::string high{static_cast<char>(c), '0'};
    const std::string low{'0', static_cast<char>(c)};
    EXPECT_EQ(from_hex(high).has_value(), from_hex(low).has_value()) << c;
    accepted += from_hex(high).has_value() ? 1 : 0;
  }
  EXPECT_EQ(accepted, 22);
}

}  // namespace
}  // namespace shoal::hex_test
