#pragma once

#include <cstdint>

namespace shoal {

/// The least port that is dialled on anybody's word but the user's: below are those of services
/// that have nothing to do with us, at whatever host somebody names.
inline constexpr std::uint16_t kLeastPort = 1024;

}  // namespace shoal
