#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "metainfo/geometry.hpp"
#include "storage/folder_walk.hpp"
#include "storage/hashing_place.hpp"
#include "storage/large_file.hpp"
#include "storage/layer_cache.hpp"

namespace shoal::storage {

/// Hands a folder's files to the threads that hash them, in the order of the tree: short ones many
/// at a time, large ones in stretches. Any thread.
class HashingQueue {
 public:
  /// All of these outlive it; `cache`, which may be null, knows large files. Precondition: each
  /// length has a geometry of that piece length.
  HashingQueue(const HashingPlace& place, const LayerCache* cache,
               std::span<const FoundEntry> entries, std::uint32_t piece_length)
      : place_(place), cache_(cache), entries_(entries), piece_length_(piece_length) {}

  struct Work {
    std::size_t begin = 0;
    std::size_t end = 0;               ///< the entries; of a large file it alone
    std::shared_ptr<LargeFile> large;  ///< null: all that are files with content fit a LeafBatch
    std::uint64_t stretch = 0;         ///< of the large one
  };
  /// Nothing when all is taken.
  [[nodiscard]] std::optional<Work> next();

  /// A file of that length is hashed together with others.
  [[nodiscard]] static bool is_short(std::uint64_t length);
  [[nodiscard]] Geometry geometry_of(const FoundEntry& file) const {
    return *Geometry::make(file.entry.length, piece_length_);
  }

 private:
  [[nodiscard]] Work next_stretch();
  [[nodiscard]] Work next_batch();

  const HashingPlace& place_;
  const LayerCache* cache_;
  std::span<const FoundEntry> entries_;
  std::uint32_t piece_length_;

  std::mutex mutex_;
  std::size_t next_ = 0;
  std::shared_ptr<LargeFile> large_;  // entries_[next_], while some of it is not taken
  std::uint64_t next_stretch_ = 0;
};

}  // namespace shoal::storage
