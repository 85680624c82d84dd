#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace shoal::registry {

/// 16 secret bytes. Whoever does not know them can neither forge a connection id nor choose names
/// and addresses that collide in the tracker's tables.
using SipKey = std::array<std::byte, 16>;

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a fast keyed hash, a MAC for short input.
[[nodiscard]] std::uint64_t siphash(const SipKey& key, BytesView bytes);

}  // namespace shoal::registry
