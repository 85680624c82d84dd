#include "hash/sha256.hpp"

#include <algorithm>
#include <array>

#include "hash/openssl_sha256.hpp"
#include "hash/thread_hashers.hpp"

namespace shoal {

Digest sha256(BytesView bytes) {
  thread_local OpensslSha256 hasher;
  return hasher(bytes);
}

Digest sha256_pair(const Digest& left, const Digest& right) {
  std::array<std::byte, 64> both;
  std::ranges::copy(left.bytes, both.begin());
  std::ranges::copy(right.bytes, both.begin() + 32);
  return sha256(both);
}

void sha256_pairs(std::span<const Digest> nodes, std::span<Digest> above) {
  static_assert(sizeof(Digest) == 32, "two neighbours are one message where they lie");
  constexpr std::size_t kBatch = 64;
  std::array<BytesView, kBatch> pairs;
  LeafHasher& hasher = thread_node_hasher();
  while (!above.empty()) {
    const std::size_t count = std::min(kBatch, above.size());
    for (std::size_t i = 0; i < count; ++i) pairs[i] = std::as_bytes(nodes.subspan(2 * i, 2));
    hasher.hash(std::span(pairs).first(count), above.first(count));
    nodes = nodes.subspan(2 * count);
    above = above.subspan(count);
  }
}

}  // namespace shoal
