#pragma once

#include <shoal/endpoint.hpp>

namespace shoal {

/// Means one host in one network and another elsewhere: RFC 1918, RFC 6598 (behind a provider's
/// NAT), RFC 4193.
[[nodiscard]] inline bool is_private(const IpAddress& address) {
  if (!address.is_v4()) return (address.v6()[0] & std::byte{0xfe}) == std::byte{0xfc};
  const auto bytes = address.v4();
  return bytes[0] == std::byte{10} ||
         (bytes[0] == std::byte{172} && (bytes[1] & std::byte{0xf0}) == std::byte{16}) ||
         (bytes[0] == std::byte{192} && bytes[1] == std::byte{168}) ||
         (bytes[0] == std::byte{100} && (bytes[1] & std::byte{0xc0}) == std::byte{64});
}

}  // namespace shoal
