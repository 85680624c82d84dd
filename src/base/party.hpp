#pragma once

#include <algorithm>
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
  [[nodiscard]] static Party of(const IpAddress& address) {
    Party party;
    const auto& bytes = address.v6();
    const bool v4 = address.is_v4();
    std::copy_n(bytes.begin() + (v4 ? 12 : 0), v4 ? 4 : 8, party.bytes_.begin());
    party.bytes_.back() = std::byte{v4};  // no party of one family is one of the other
    return party;
  }

  /// The network around it, where crowds are judged: an IPv4 /24, an IPv6 /48, which somebody may
  /// have to himself too.
  [[nodiscard]] Party network() const {
    Party wider = *this;
    const bool v4 = bytes_.back() == std::byte{1};
    std::fill(wider.bytes_.begin() + (v4 ? 3 : 6), wider.bytes_.end() - 1, std::byte{});
    return wider;
  }

  /// The same bytes for equal parties only, to be hashed.
  [[nodiscard]] BytesView bytes() const { return bytes_; }

  auto operator<=>(const Party&) const = default;

 private:
  Party() = default;

  std::array<std::byte, 9> bytes_{};
};

}  // namespace shoal

template <>
struct std::hash<shoal::Party> {
  std::size_t operator()(const shoal::Party& party) const noexcept {
    const auto prefix = shoal::load_be<std::uint64_t>(party.bytes().data());
    const auto family = std::to_integer<std::uint64_t>(party.bytes().back());
    return std::hash<std::uint64_t>{}(std::rotl(prefix, 7) ^ family);
  }
};
