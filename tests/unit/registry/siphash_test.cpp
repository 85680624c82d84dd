#include "registry/siphash.hpp"

#include <gtest/gtest.h>

namespace shoal::registry::siphash_test {
namespace {

/// The vectors of the reference implementation: key 00 01 .. 0f, message 00 01 .. (n-1), output as
/// a little-endian number.
TEST(SipHash, gives_the_reference_vectors) {
  SipKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  constexpr std::array<std::uint64_t, 16> expected = {
      0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
      0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
      0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
      0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5};
  Bytes message;
  for (const std::uint64_t hash : expected) {
    EXPECT_EQ(siphash(key, message), hash) << message.size() << " bytes";
    message.push_back(static_cast<std::byte>(message.size()));
  }
}

TEST(SipHash, depends_on_the_key) {
  SipKey other{};
  other[15] = std::byte{1};
  EXPECT_NE(siphash(SipKey{}, as_bytes("text")), siphash(other, as_bytes("text")));
}

}  // namespace
}  // namespace shoal::registry::siphash_test
