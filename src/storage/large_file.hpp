#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/geometry.hpp"
#include "storage/file.hpp"
#include "storage/folder_walk.hpp"
#include "storage/hashing_place.hpp"
#include "storage/layer_cache.hpp"
#include "storage/stretches.hpp"

namespace shoal::storage {

/// A file of a folder that several threads hash together. The first that comes opens it, or finds
/// in the cache what it hashed to; the last one closes it.
class LargeFile {
 public:
  using AfterBatch = std::function<Result<void>(std::uint64_t bytes)>;

  /// All but `geometry` outlive it; `cache` may be null.
  LargeFile(const HashingPlace& place, const LayerCache* cache, const FoundEntry& found,
            const Geometry& geometry)
      : place_(place), cache_(cache), found_(found), geometry_(geometry), stretches_(geometry) {}

  [[nodiscard]] const Geometry& geometry() const { return geometry_; }
  [[nodiscard]] std::uint64_t stretches() const { return stretches_.count(); }
  /// For each thread one of its own.
  [[nodiscard]] LeafReader reader() { return stretches_.reader(); }

  /// The piece layer, if that was the last of the stretches, each of which is taken once, by any
  /// thread.
  [[nodiscard]] Result<std::optional<std::vector<Digest>>> hash(std::uint64_t stretch,
                                                                LeafReader& reader,
                                                                const AfterBatch& after_batch);

 private:
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<std::vector<Digest>> finish();

  const HashingPlace& place_;
  const LayerCache* cache_;
  const FoundEntry& found_;
  Geometry geometry_;
  Stretches stretches_;

  std::once_flag first_;
  Result<void> begun_;
  std::optional<std::vector<Digest>> known_;  // from the cache
  std::optional<File> file_;                  // unless known
  std::chrono::system_clock::time_point began_;
  std::atomic<std::uint64_t> left_{stretches_.count()};
};

}  // namespace shoal::storage
