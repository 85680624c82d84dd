#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <shoal/error.hpp>

namespace shoal::discovery {

/// Where a tracker is, as people write it.
struct TrackerAddress {
  std::string host;  ///< a name or a numeric address, without brackets
  std::uint16_t port = 0;

  bool operator==(const TrackerAddress&) const = default;
};

/// "host:port", "192.0.2.1:6000", "[2001:db8::1]:6000", each also as a URL:
/// "udp://host:port/announce". The error says how to write it.
[[nodiscard]] Result<TrackerAddress> parse_tracker_address(std::string_view text);

}  // namespace shoal::discovery
