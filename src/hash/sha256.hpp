#pragma once

#include <shoal/digest.hpp>

#include "base/bytes.hpp"

namespace shoal {

[[nodiscard]] Digest sha256(BytesView bytes);
/// SHA-256(left || right): a Merkle parent.
[[nodiscard]] Digest sha256_pair(const Digest& left, const Digest& right);

}  // namespace shoal
