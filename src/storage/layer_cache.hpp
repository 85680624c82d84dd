#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include <shoal/digest.hpp>

#include "metainfo/geometry.hpp"
#include "storage/file.hpp"

namespace shoal::storage {

/// Remembers on disk what files hashed to, so that an unchanged one need not be read again: one
/// small file for each, or for what belongs together, in a directory of their own. Whatever is odd
/// about an entry or a file counts as "not known". All calls block and may come from any thread;
/// several processes may share a directory. Nothing here fails: a cache that cannot be written
/// remembers nothing.
class LayerCache {
 public:
  struct Bounds {
    std::size_t entries = 20'000;
    std::uint64_t bytes = 256 << 20;
  };
  /// Shorter files are as quickly hashed as looked up.
  static constexpr std::uint64_t kShortestFile = 64 << 10;
  /// A file that was changed so shortly before it was hashed could have been changed again without
  /// its times telling (their steps may be as long as 2 s).
  static constexpr std::chrono::seconds kQuiet{2};

  /// The directory is made when there is something to keep. It and what is in it are the owner's
  /// alone: hashes tell who has which file. What an earlier version left open is closed.
  explicit LayerCache(std::filesystem::path directory);
  LayerCache(std::filesystem::path directory, const Bounds& bounds);

  /// The piece layer, as hash_file() has it; it folds to the root that was kept with it. Of a file
  /// that is dated ahead of `now` it is known until that date comes.
  [[nodiscard]] std::optional<std::vector<Digest>> find(
      const FileVersion& file, const Geometry& geometry,
      std::chrono::system_clock::time_point now) const;
  /// The file was read from `began` on, and was of that version before and after. Now and then the
  /// entries that were not used for longest are removed, down to three quarters of the bounds.
  void keep(const FileVersion& file, const Geometry& geometry, std::span<const Digest> layer,
            std::chrono::system_clock::time_point began) const;
  /// Is it long enough since the file was changed, and is no date still to come, so that another
  /// change at `now` would show in its times?
  [[nodiscard]] static bool is_quiet(const FileVersion& file,
                                     std::chrono::system_clock::time_point now);

  /// Another kind of entry: what was stored by that key last, if it is at most `most` bytes and as
  /// it was stored.
  [[nodiscard]] std::optional<Bytes> load(BytesView key, std::size_t most) const;
  void store(BytesView key, BytesView content) const;
  void erase(BytesView key) const;

  /// What is kept of that version is not what the file has.
  void forget(const FileVersion& file, const Geometry& geometry,
              std::chrono::system_clock::time_point now) const;

 private:
  [[nodiscard]] std::filesystem::path entry_for(BytesView key) const;
  [[nodiscard]] std::optional<Bytes> read_entry(BytesView key, std::size_t least,
                                                std::size_t most) const;
  void write_entry(BytesView key, BytesView entry) const;
  void prune() const;

  std::filesystem::path directory_;
  Bounds bounds_;
  mutable std::atomic<std::size_t> kept_ = 0;
  mutable std::atomic<std::uint64_t> kept_bytes_ = 0;
  mutable std::atomic<bool> closed_ = false;  ///< to others, as far as we have seen to it
};

}  // namespace shoal::storage
