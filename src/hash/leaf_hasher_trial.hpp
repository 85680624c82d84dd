#pragma once

#include <vector>

#include "hash/leaf_hasher.hpp"

namespace shoal {

/// What a hasher has to pass before it is used: the same digests as OpenSSL, and its speed.
class LeafHasherTrial {
 public:
  LeafHasherTrial();

  /// For lengths around every padding case of SHA-256, in counts around every number of lanes.
  [[nodiscard]] bool agrees_with_openssl(LeafHasher& hasher) const;
  /// Bytes a second of processor time, with leaves that are in the cache. Some tenths of a
  /// millisecond.
  [[nodiscard]] double speed_with_leaves(LeafHasher& hasher) const;
  /// The same with 64 bytes at a time, few in a batch, as trees have them. Some microseconds.
  [[nodiscard]] double speed_with_nodes(LeafHasher& hasher) const;

 private:
  Bytes data_;
  std::vector<BytesView> leaves_;
  std::vector<BytesView> nodes_;
};

}  // namespace shoal
