#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <shoal/digest.hpp>

#include "base/bytes.hpp"
#include "metainfo/geometry.hpp"
#include "storage/file.hpp"
#include "storage/layer_cache.hpp"

namespace shoal::storage {

/// What the short files of a folder hashed to when it was hashed last: one entry of a LayerCache,
/// so that in a folder of many such files those that are unchanged need not be read again. Any
/// thread may ask.
class KnownFiles {
 public:
  /// Knows nothing.
  KnownFiles() = default;
  /// What was kept for that folder, wherever it is by now; nothing where the entry is odd.
  [[nodiscard]] static KnownFiles load(const LayerCache& cache, const FileIdentity& folder);
  static void forget(const LayerCache& cache, const FileIdentity& folder);

  /// The file's piece layer, as hash_file() has it.
  [[nodiscard]] std::optional<std::vector<Digest>> find(const FileVersion& file,
                                                        const Geometry& geometry) const;

 private:
  std::uint32_t piece_length_ = 0;
  Bytes content_;
  std::size_t files_ = 0;
};

/// The same while it is collected. One thread.
class FilesToKnow {
 public:
  explicit FilesToKnow(std::uint32_t piece_length) : piece_length_(piece_length) {}

  /// The layer is needed for a file of several pieces only.
  void add(const FileVersion& file, const Digest& root, std::span<const Digest> layer);
  /// Takes the place of what was kept for that folder before. Blocking.
  void keep(const LayerCache& cache, const FileIdentity& folder) &&;

 private:
  static constexpr std::size_t kRecordBytes = 80;

  std::uint32_t piece_length_;
  std::vector<std::array<std::byte, kRecordBytes>> records_;
  Bytes nodes_;
};

}  // namespace shoal::storage
