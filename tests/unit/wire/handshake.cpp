#include "wire/handshake.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "unit/wire/samples.hpp"

namespace shoal::wire::handshake_test {
namespace {

const std::string kHeadHex = "13 426974546f7272656e742070726f746f636f6c";
const std::string kTailHex =
    "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"    // info hash
    "2d5348303130302d 6162636465666768696a6b6c";  // -SH0100-abcdefghijkl

Handshake sample() {
  Handshake handshake;
  for (std::size_t i = 0; i < 20; ++i) {
    handshake.info_hash.bytes[i] = static_cast<std::byte>(0xa0 + i);
  }
  std::ranges::copy(as_bytes("-SH0100-abcdefghijkl"), handshake.peer_id.bytes.begin());
  return handshake;
}

Bytes bytes_of(const Handshake& handshake) {
  const auto bytes = encode(handshake);
  return {bytes.begin(), bytes.end()};
}

TEST(Handshake, announces_bep_10_and_the_fast_extension) {
  EXPECT_EQ(bytes_of(sample()), from_hex_digits(kHeadHex + "0000000000100004" + kTailHex));
}

TEST(Handshake, clears_the_bits_that_are_not_wanted) {
  Handshake plain = sample();
  plain.extended = false;
  plain.fast = false;
  EXPECT_EQ(bytes_of(plain), from_hex_digits(kHeadHex + "0000000000000000" + kTailHex));
}

TEST(Handshake, decodes_what_it_encodes) {
  for (const bool extended : {false, true}) {
    for (const bool fast : {false, true}) {
      Handshake handshake = sample();
      handshake.extended = extended;
      handshake.fast = fast;
      EXPECT_EQ(decode_handshake(encode(handshake)), handshake);
    }
  }
}

TEST(Handshake, takes_libtorrents_reserved_bytes_and_any_other) {
  const auto libtorrent =
      decode_handshake(from_hex_digits(kHeadHex + "0000000000100005" + kTailHex));
  EXPECT_EQ(libtorrent, sample());
  const auto everything =
      decode_handshake(from_hex_digits(kHeadHex + "ffffffffffffffff" + kTailHex));
  EXPECT_EQ(everything, sample());
  const auto all_but_ours =
      decode_handshake(from_hex_digits(kHeadHex + "ffffffffffeffffb" + kTailHex));
  ASSERT_TRUE(all_but_ours);
  EXPECT_FALSE(all_but_ours->extended);
  EXPECT_FALSE(all_but_ours->fast);
}

TEST(Handshake, the_info_hash_is_complete_after_48_bytes) {
  const auto bytes = encode(sample());
  const auto hash = std::span(bytes).first(kHandshakeUpToInfoHash).last(20);
  EXPECT_TRUE(std::ranges::equal(hash, sample().info_hash.bytes));
}

TEST(Handshake, refuses_every_other_size) {
  Bytes bytes = bytes_of(sample());
  bytes.resize(80);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(decode_handshake(BytesView(bytes).first(size)).has_value(), size == 68) << size;
  }
}

TEST(Handshake, refuses_another_protocol_name) {
  for (std::size_t i = 0; i < 20; ++i) {
    auto bytes = encode(sample());
    bytes[i] ^= std::byte{1};
    EXPECT_FALSE(decode_handshake(bytes)) << i;
  }
}

}  // namespace
}  // namespace shoal::wire::handshake_test
