#include <gtest/gtest.h>

#include <shoal/digest.hpp>

namespace shoal::digest_test {
namespace {

const std::string kHex = "00017f80ff" + std::string(48, 'a') + "b0b1b2";

TEST(DigestText, hex_round_trips) {
  const auto digest = parse_digest(kHex);
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->bytes[1], std::byte{0x01});
  EXPECT_EQ(digest->bytes[4], std::byte{0xff});
  EXPECT_EQ(to_hex(*digest), kHex);
  EXPECT_EQ(to_hex(InfoHash{digest->bytes}), kHex);
}

TEST(DigestText, takes_upper_case_and_writes_lower_case) {
  const auto digest = parse_digest(std::string(64, 'F'));
  ASSERT_TRUE(digest);
  EXPECT_EQ(to_hex(*digest), std::string(64, 'f'));
}

TEST(DigestText, refuses_every_other_length) {
  for (std::size_t length = 0; length < 130; ++length) {
    EXPECT_EQ(parse_digest(std::string(length, '1')).has_value(), length == 64) << length;
  }
}

TEST(DigestText, refuses_what_is_no_digit_at_every_place) {
  for (std::size_t at = 0; at < 64; ++at) {
    for (const char wrong : {'g', 'G', ' ', '\0', '/', ':', '@', '`', '\xff'}) {
      std::string text(64, '0');
      text[at] = wrong;
      EXPECT_FALSE(parse_digest(text)) << at;
    }
  }
}

TEST(InfoHash20, is_the_first_twenty_bytes) {
  InfoHash hash;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) hash.bytes[i] = static_cast<std::byte>(i);
  const InfoHash20 head = truncated(hash);
  for (std::size_t i = 0; i < head.bytes.size(); ++i) {
    EXPECT_EQ(head.bytes[i], static_cast<std::byte>(i));
  }
  EXPECT_EQ(to_hex(head), "000102030405060708090a0b0c0d0e0f10111213");
}

}  // namespace
}  // namespace shoal::digest_test
