#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "base/bytes.hpp"
#include "hash/leaf_hasher.hpp"
#include "metainfo/geometry.hpp"
#include "storage/file.hpp"
#include "storage/file_window.hpp"
#include "storage/way_of_reading.hpp"

namespace shoal::storage {

/// Reads a file, or looks at it where it is mapped, and hashes its leaves, a batch at a time;
/// belongs to one thread.
class LeafReader {
 public:
  static constexpr std::size_t kBatchBlocks = 32;
  static constexpr std::size_t kBatchBytes = kBatchBlocks * kBlockLength;

  /// For so many bytes at most. `way` is shared by all that hash the same file, and outlives them;
  /// null where there is too little to read to try both. `hasher` in place of the thread's own.
  explicit LeafReader(std::uint64_t bytes, WayOfReading* way = nullptr,
                      LeafHasher* hasher = nullptr);

  /// Appends the leaf hashes of a range that starts at a block. `after_batch(bytes)` may stop it
  /// with an error.
  template <class AfterBatch>
  [[nodiscard]] Result<void> append(const File& file, std::uint64_t offset, std::uint64_t bytes,
                                    std::vector<Digest>& out, AfterBatch after_batch) {
    while (bytes > 0) {
      const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kBatchBytes));
      if (auto done = append_batch(file, offset, some, out); !done) return done;
      offset += some;
      bytes -= some;
      if (Result<void> go_on = after_batch(some); !go_on) return go_on;
    }
    return {};
  }

 private:
  [[nodiscard]] Result<void> append_batch(const File& file, std::uint64_t offset, std::size_t bytes,
                                          std::vector<Digest>& out);
  [[nodiscard]] Result<void> append_read(const File& file, std::uint64_t offset, std::size_t bytes,
                                         std::vector<Digest>& out);
  [[nodiscard]] bool append_mapped(const File& file, std::uint64_t offset, std::size_t bytes,
                                   std::vector<Digest>& out);
  void hash(BytesView batch, std::vector<Digest>& out);

  WayOfReading* way_;
  LeafHasher* hasher_;
  bool first_ = true;
  std::unique_ptr<std::byte[]> buffer_;
  FileWindow window_;
};

}  // namespace shoal::storage
