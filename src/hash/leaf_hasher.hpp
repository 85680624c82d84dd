#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <shoal/digest.hpp>

#include "base/bytes.hpp"

namespace shoal {

/// Hashes many independent messages; Merkle leaves are what it is for. One instance serves one
/// thread at a time.
class LeafHasher {
 public:
  virtual ~LeafHasher() = default;

  /// out[i] = SHA-256(leaves[i]); both spans have the same size and do not overlap.
  virtual void hash(std::span<const BytesView> leaves, std::span<Digest> out) = 0;
  /// For the log: "openssl", "ipsec-mb avx512", "sha-ni, two lanes".
  [[nodiscard]] virtual std::string_view name() const = 0;
};

enum class LeafHashing : std::uint8_t {
  automatic,     ///< the fastest of the others for leaves of 16 KiB
  openssl,       ///< one after the other; everywhere
  multi_buffer,  ///< libipsec-mb, where it was built in
  lanes,         ///< two at a time by the processor's own SHA-256 instructions
};
inline constexpr std::size_t kLeafHashingKinds = 4;

/// One way of hashing as it was found on this machine. Bytes a second of one core.
struct LeafHashingSpeed {
  LeafHashing kind;
  std::string name;
  double bytes_per_second;       ///< many leaves at a time
  double node_bytes_per_second;  ///< inner nodes of trees; 0 for what is no good at them
};

/// What works here, the fastest first, OpenSSL always among them. The first call in a process
/// compares each with OpenSSL, drops what disagrees, and measures the rest, which takes
/// milliseconds; callers on other threads wait for it.
[[nodiscard]] std::span<const LeafHashingSpeed> leaf_hashing_speeds();

/// Null only where the kind that was asked for does not work here. Measures as
/// leaf_hashing_speeds() does, but for OpenSSL.
[[nodiscard]] std::unique_ptr<LeafHasher> make_leaf_hasher(
    LeafHashing kind = LeafHashing::automatic);

}  // namespace shoal
