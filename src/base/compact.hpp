#pragma once

#include <optional>
#include <vector>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"

/// Compact peer lists (BEP 15, BEP 7, BEP 11): 6 bytes for IPv4, 18 for IPv6, address then port.
namespace shoal {

inline constexpr std::size_t kCompactV4 = 6;
inline constexpr std::size_t kCompactV6 = 18;

/// Appends 6 bytes for an IPv4 endpoint, 18 for an IPv6 one.
void write_compact(const Endpoint& endpoint, Bytes& out);
/// Every whole entry of `bytes`; trailing bytes that make no entry are an error, thus nothing.
[[nodiscard]] std::optional<std::vector<Endpoint>> read_compact_v4(BytesView bytes);
[[nodiscard]] std::optional<std::vector<Endpoint>> read_compact_v6(BytesView bytes);

}  // namespace shoal
