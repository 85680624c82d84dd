#pragma once

#include <span>

#include <shoal/digest.hpp>

#include "base/bytes.hpp"

namespace shoal {

[[nodiscard]] Digest sha256(BytesView bytes);
/// SHA-256(left || right): a Merkle parent.
[[nodiscard]] Digest sha256_pair(const Digest& left, const Digest& right);
/// The parents of neighbours: above[i] = SHA-256(nodes[2 * i] || nodes[2 * i + 1]), many at a time.
/// `above` has half as many as `nodes`, and is elsewhere.
void sha256_pairs(std::span<const Digest> nodes, std::span<Digest> above);

}  // namespace shoal
