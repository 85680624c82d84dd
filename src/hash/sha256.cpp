#include "hash/sha256.hpp"

#include <algorithm>

#include "hash/openssl_sha256.hpp"

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

}  // namespace shoal
