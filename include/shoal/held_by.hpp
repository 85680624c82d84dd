#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace shoal {

/// What keeps a download from being further than it is.
enum class HeldCause : std::uint8_t {
  no_peers,   ///< nobody is connected
  sources,    ///< those who are have nothing more that can be asked for, or serve others
  peers,      ///< what was asked for is on its way: what the lines to the peers carry
  own_line,   ///< the same, and together these peers have shown that they can send more
  own_limit,  ///< RateLimits::download
  disk,       ///< blocks wait to be written, or the file for its name
  hashing,    ///< blocks wait to be hashed, or what was here before is proven
};
inline constexpr std::size_t kHeldCauses = 7;

/// The time of a download by what held it, as parts of all of it. They add up to 1, or to 0 where
/// no time has passed.
struct HeldBy {
  std::array<double, kHeldCauses> parts{};

  [[nodiscard]] double of(HeldCause cause) const { return parts[static_cast<std::size_t>(cause)]; }
  [[nodiscard]] bool known() const { return std::accumulate(parts.begin(), parts.end(), 0.0) > 0; }

  bool operator==(const HeldBy&) const = default;
};

}  // namespace shoal
