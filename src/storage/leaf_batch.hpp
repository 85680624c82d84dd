#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include <shoal/digest.hpp>

#include "base/bytes.hpp"
#include "metainfo/geometry.hpp"

namespace shoal::storage {

/// Short files in memory, whose leaves are hashed together: that is what makes hashing fast, and
/// many files have one leaf each. One thread.
class LeafBatch {
 public:
  static constexpr std::size_t kMostBytes = 512 << 10;
  static constexpr std::size_t kMostBlocks = 256;

  /// How much of a batch a file takes.
  struct Size {
    std::size_t bytes = 0;
    std::size_t blocks = 0;

    [[nodiscard]] bool fits() const { return bytes <= kMostBytes && blocks <= kMostBlocks; }
    Size operator+(const Size& other) const { return {bytes + other.bytes, blocks + other.blocks}; }
  };
  /// Precondition: no longer than kMostBytes.
  [[nodiscard]] static Size size_of(std::uint64_t length) {
    return {static_cast<std::size_t>(length),
            static_cast<std::size_t>((length + kBlockLength - 1) / kBlockLength)};
  }

  LeafBatch();

  void clear() { used_ = {}; }
  /// The place for another file. Precondition: all together fit.
  [[nodiscard]] MutableBytes add(std::size_t length);
  /// The leaves of all files, in the order in which they were added. Stay until clear().
  [[nodiscard]] std::span<const Digest> hash();

 private:
  Size used_;
  std::unique_ptr<std::byte[]> buffer_;
  std::array<BytesView, kMostBlocks> blocks_;
  std::array<Digest, kMostBlocks> leaves_;
};

}  // namespace shoal::storage
