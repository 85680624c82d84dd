#pragma once

#include <memory>

#include "hash/leaf_hasher.hpp"

namespace shoal {

/// Two leaves at a time by the processor's own SHA-256 instructions. Null where it has none.
[[nodiscard]] std::unique_ptr<LeafHasher> make_lane_leaf_hasher();

}  // namespace shoal
