#include "hash/openssl_leaf_hasher.hpp"

namespace shoal {

void OpensslLeafHasher::hash(std::span<const BytesView> leaves, std::span<Digest> out) {
  for (std::size_t i = 0; i < leaves.size(); ++i) out[i] = sha256_(leaves[i]);
}

}  // namespace shoal
