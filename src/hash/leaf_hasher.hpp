#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <shoal/digest.hpp>

#include "base/bytes.hpp"

namespace shoal {

/// Hashes many independent messages; Merkle leaves are what it is for. One instance serves one
/// thread at a time.
class LeafHasher {
 public:
  virtual ~LeafHasher() = default;

  /// out[i] = SHA-256(leaves[i]); both spans have the same size.
  virtual void hash(std::span<const BytesView> leaves, std::span<Digest> out) = 0;
  /// For the log: "openssl", "ipsec-mb avx512".
  [[nodiscard]] virtual std::string_view name() const = 0;
};

enum class LeafHashing { automatic, openssl, multi_buffer };

/// `automatic` takes the multi-buffer library where it was built in, the processor gains by it and
/// a self-test against OpenSSL agrees; OpenSSL otherwise. Null only for `multi_buffer` where there
/// is none.
[[nodiscard]] std::unique_ptr<LeafHasher> make_leaf_hasher(
    LeafHashing choice = LeafHashing::automatic);

/// The calling thread's own hasher, made at first use.
[[nodiscard]] LeafHasher& thread_leaf_hasher();

}  // namespace shoal
