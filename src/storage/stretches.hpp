#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/geometry.hpp"
#include "storage/file.hpp"
#include "storage/leaf_reader.hpp"
#include "storage/way_of_reading.hpp"

namespace shoal::storage {

/// Folds every 2^height neighbours that stand at `level` to one node; the last ones may be fewer.
/// `out` may be the beginning of `nodes`: what is written has been read.
void fold_each(std::span<const Digest> nodes, int level, int height, std::span<Digest> out);

/// A file that several threads hash, in stretches of 2^8 blocks, 4 MiB, so that they share even a
/// single large piece, and small pieces still fill whole batches. Any thread takes any stretch, and
/// each of them is taken once.
class Stretches {
 public:
  explicit Stretches(const Geometry& geometry);

  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::uint64_t bytes(std::uint64_t stretch) const;

  /// For each thread one of its own.
  [[nodiscard]] LeafReader reader();
  /// Errors are those of the reader and of `after_batch(bytes)`.
  template <class AfterBatch>
  [[nodiscard]] Result<void> hash(std::uint64_t stretch, const File& file, LeafReader& reader,
                                  AfterBatch after_batch) {
    std::vector<Digest> leaves;
    leaves.reserve(std::size_t{1} << kHeight);
    auto read = reader.append(file, stretch * kBytes, bytes(stretch), leaves, after_batch);
    if (read) fold(stretch, leaves);
    return read;
  }
  /// The piece layer, when all stretches are hashed.
  [[nodiscard]] std::vector<Digest> layer() &&;

 private:
  static constexpr int kHeight = 8;
  static constexpr std::uint64_t kBytes = std::uint64_t{kBlockLength} << kHeight;

  /// Of the nodes that stretches are folded to at first: whole pieces where these are small.
  [[nodiscard]] int node_height() const { return std::min(geometry_.fold_height(), kHeight); }
  void fold(std::uint64_t stretch, std::span<const Digest> leaves);

  Geometry geometry_;
  WayOfReading way_;
  std::vector<Digest> nodes_;  // each element is written by one thread
};

}  // namespace shoal::storage
