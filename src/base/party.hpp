#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"

namespace shoal {

/// Who counts as one wherever something is shared out: ports, peer ids and the low bits of an IPv6
/// address are free to make up, so nobody's share grows with them.
class Party {
 public:
  /// An IPv4 address; an IPv6 /64, the least that a customer gets (RFC 6177).
  [[nodiscard]] static Party of(const IpAddress& address) { return {address, 32, 64}; }
  /// Many parties that may well be in one hand: an IPv4 /24, an IPv6 /48.
  [[nodiscard]] static Party crowd_of(const IpAddress& address) { return {address, 24, 48}; }

  /// The same bytes for equal parties only, to be hashed.
  [[nodiscard]] BytesView bytes() const { return bytes_; }

  auto operator<=>(const Party&) const = default;

 private:
  Party(const IpAddress& address, std::uint8_t v4_bits, std::uint8_t v6_bits) {
    const bool v4 = address.is_v4();
    const std::uint8_t bits = v4 ? v4_bits : v6_bits;
    for (std::size_t i = 0; i < bits / 8u; ++i)
      bytes_[i] = v4 ? address.v6()[12 + i] : address.v6()[i];
    bytes_.back() = std::byte{bits};  // 24 and 32 are IPv4, 48 and 64 are IPv6
  }

  std::array<std::byte, 9> bytes_{};
};

}  // namespace shoal

template <>
struct std::hash<shoal::Party> {
  std::size_t operator()(const shoal::Party& party) const noexcept {
    const auto prefix = shoal::load_be<std::uint64_t>(party.bytes().data());
    const auto bits = std::to_integer<std::uint64_t>(party.bytes().back());
    return std::hash<std::uint64_t>{}(std::rotl(prefix, 7) ^ bits);
  }
};
