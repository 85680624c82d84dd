#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/bytes.hpp"

namespace shoal::registry {

/// 16 secret bytes. Whoever does not know them can neither forge a connection id nor choose names
/// and addresses that collide in the tracker's tables.
using SipKey = std::array<std::byte, 16>;

namespace detail {

/// SipHash is little-endian throughout.
template <class T>
[[nodiscard]] T load_le(const std::byte* from) {
  return std::byteswap(load_be<T>(from));
}

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32) + v3;
    v2 += v1;
    v3 = std::rotl(v3, 21) ^ v0;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void word(std::uint64_t m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }
};

}  // namespace detail

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a fast keyed hash, a MAC for short input. Inline,
/// since most input has a length that the compiler knows: three of them are in every announce.
[[nodiscard]] inline std::uint64_t siphash(const SipKey& key, BytesView bytes) {
  const auto k0 = detail::load_le<std::uint64_t>(key.data());
  const auto k1 = detail::load_le<std::uint64_t>(key.data() + 8);
  detail::SipState state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                         k1 ^ 0x7465646279746573};
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) state.word(detail::load_le<std::uint64_t>(at));
  // The last word: what is left over, and the length in the top byte.
  std::uint64_t last = 0;
  unsigned filled = 0;  // bits
  if (left & 4) {
    last = detail::load_le<std::uint32_t>(at);
    at += 4;
    filled = 32;
  }
  for (left &= 3; left > 0; --left, filled += 8)
    last |= std::to_integer<std::uint64_t>(*at++) << filled;
  state.word(last | std::uint64_t{bytes.size() & 0xff} << 56);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace shoal::registry
