#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "storage/folder_hasher.hpp"
#include "storage/folder_walk.hpp"
#include "storage/hashing_place.hpp"
#include "storage/hashing_queue.hpp"
#include "storage/known_files.hpp"
#include "storage/leaf_batch.hpp"

namespace shoal::storage {

/// What there is to hash.
struct Amount {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};
[[nodiscard]] Amount amount_of(std::span<const FoundEntry> entries);

/// One run of hash_folder(): what its threads share.
class FolderRun {
 public:
  /// All of these outlive it. Precondition: each length has a geometry of that piece length.
  FolderRun(const HashingPlace& place, std::vector<FoundEntry>& entries, std::uint32_t piece_length,
            const FolderHashing& how, const KnownFiles& known);

  /// Hashes until there is nothing left or something has failed. Throws nothing: it is a thread's
  /// body.
  void work() noexcept;

  /// For when all threads have ended, and the roots are in the entries: the layers, or the first
  /// error. Once.
  [[nodiscard]] Result<std::vector<FileLayer>> take_layers();
  /// What there is to keep for next time: nothing where no short file was read that may be known
  /// then. `layers` are those above.
  [[nodiscard]] std::optional<FilesToKnow> to_know(std::span<const FileLayer> layers) const;

 private:
  using Work = HashingQueue::Work;

  Result<void> hash_all();
  Result<void> hash_stretch(const Work& work, LeafReader& reader);
  Result<void> hash_batch(const Work& work, LeafBatch& batch);
  [[nodiscard]] bool settle_known(FoundEntry& file);
  void settle(FoundEntry& file, const Geometry& geometry, std::vector<Digest> layer);
  [[nodiscard]] bool may_be_known(const FoundEntry& file) const;
  [[nodiscard]] Result<void> tell(const Amount& done) const;
  [[nodiscard]] Result<void> check_stopped() const;
  void keep(Error error);

  const HashingPlace& place_;
  std::vector<FoundEntry>& entries_;  // each is changed by one thread
  std::uint32_t piece_length_;
  const FolderHashing& how_;
  const KnownFiles& known_;
  const std::chrono::system_clock::time_point began_;
  HashingQueue queue_;

  std::atomic<bool> failed_ = false;
  std::atomic<bool> learned_ = false;  // of a short file what may be known next time
  std::mutex mutex_;                   // of what follows
  std::map<Digest, std::vector<Digest>> layers_;
  std::optional<Error> error_;
};

}  // namespace shoal::storage
