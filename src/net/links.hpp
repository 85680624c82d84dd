#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace shoal::net {

/// The interfaces of this machine that have a link-local IPv6 address, by the numbers that
/// Endpoint::scope has. At most kMostLinks; a machine with more is a host of containers.
[[nodiscard]] std::vector<std::uint32_t> link_scopes();

inline constexpr std::size_t kMostLinks = 8;

}  // namespace shoal::net
