#include "storage/file_hasher.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <utility>

#include "hash/merkle.hpp"
#include "hash/thread_hashers.hpp"
#include "storage/io_error.hpp"
#include "storage/leaf_reader.hpp"
#include "storage/on_threads.hpp"
#include "storage/stretches.hpp"

namespace shoal::storage {
namespace {

/// One run of hash_file(): what its threads share.
class Run {
 public:
  Run(const File& file, const Geometry& geometry, const HashProgress& progress,
      const std::stop_token& stop)
      : file_(file),
        length_(geometry.length()),
        progress_(progress),
        stop_(stop),
        stretches_(geometry) {}

  /// Hashes stretches until there are none left or one has failed. Throws nothing: it is a thread's
  /// body.
  void work() noexcept {
    try {
      if (auto done = hash_stretches(); !done) keep(std::move(done).error());
    } catch (const std::exception& exception) {
      keep({Errc::io, "cannot hash " + shown(file_.path()) + ": " + exception.what()});
    }
  }

  /// For when all threads have ended: the piece layer, or the first error.
  [[nodiscard]] Result<std::vector<Digest>> result() && {
    if (error_) return std::unexpected(*std::move(error_));
    return std::move(stretches_).layer();
  }
  [[nodiscard]] std::uint64_t stretches() const { return stretches_.count(); }

 private:
  Result<void> hash_stretches() {
    LeafReader reader = stretches_.reader();
    const auto after_batch = [this](std::uint64_t bytes) {
      if (progress_) progress_(bytes);
      return check_stopped();
    };
    while (!failed_) {
      const std::uint64_t stretch = next_++;
      if (stretch >= stretches()) break;
      if (auto go_on = check_stopped(); !go_on) return go_on;
      // One thread says so, and measures if need be, while the others begin.
      if (stretch == 0) expect_leaf_hashing(length_);
      if (auto done = stretches_.hash(stretch, file_, reader, after_batch); !done) return done;
    }
    return {};
  }

  [[nodiscard]] Result<void> check_stopped() const {
    if (!stop_.stop_requested()) return {};
    return fail(Errc::cancelled, "stopped while hashing " + shown(file_.path()));
  }

  void keep(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    failed_ = true;
  }

  const File& file_;
  std::uint64_t length_;
  const HashProgress& progress_;
  const std::stop_token& stop_;
  Stretches stretches_;
  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::optional<Error> error_;
};

std::unexpected<Error> changed(const File& file) {
  return fail(Errc::io, shown(file.path()) + " was changed while it was being hashed");
}

void advise(const File& file, int advice) {
  // A hint: whether it is taken makes no difference to the result.
  static_cast<void>(::posix_fadvise(file.descriptor(), 0, 0, advice));
}

constexpr auto kGoOn = [](std::uint64_t) { return Result<void>{}; };

}  // namespace

Result<Digest> hash_piece(const File& file, const Geometry& geometry, PieceIndex piece) {
  // Never more leaves in memory than those of 4 MiB.
  const int height = std::min(geometry.fold_height(), 8);
  const std::uint64_t node_bytes = std::uint64_t{kBlockLength} << height;
  const std::uint64_t end = geometry.offset(piece) + geometry.size(piece);
  expect_leaf_hashing(geometry.size(piece));
  LeafReader reader(geometry.size(piece));
  std::vector<Digest> leaves;
  std::vector<Digest> nodes;
  for (std::uint64_t at = geometry.offset(piece); at < end; at += node_bytes) {
    leaves.clear();
    auto read = reader.append(file, at, std::min(node_bytes, end - at), leaves, kGoOn);
    if (!read) return std::unexpected(std::move(read).error());
    nodes.push_back(merkle::fold(leaves, 0, height));
  }
  return merkle::fold(nodes, height, geometry.fold_height() - height);
}

Result<std::vector<Digest>> hash_leaves(const File& file, const Geometry& geometry,
                                        PieceIndex piece) {
  expect_leaf_hashing(geometry.size(piece));
  std::vector<Digest> leaves;
  leaves.reserve(geometry.blocks(piece));
  auto read = LeafReader(geometry.size(piece))
                  .append(file, geometry.offset(piece), geometry.size(piece), leaves, kGoOn);
  if (!read) return std::unexpected(std::move(read).error());
  return leaves;
}

Result<std::vector<Digest>> hash_file(const File& file, const Geometry& geometry, unsigned threads,
                                      const HashProgress& progress, std::stop_token stop) {
  const auto before = file.identity();
  if (!before) return std::unexpected(before.error());
  if (before->length != geometry.length()) {
    return fail(Errc::io, shown(file.path()) + " was changed: it has " +
                              std::to_string(before->length) + " bytes, " +
                              std::to_string(geometry.length()) + " were expected");
  }
  advise(file, POSIX_FADV_SEQUENTIAL);
  Run run(file, geometry, progress, stop);
  on_threads(std::min<std::uint64_t>(threads, run.stretches()), [&run] { run.work(); });
  advise(file, POSIX_FADV_NORMAL);

  auto layer = std::move(run).result();
  if (!layer) return layer;
  if (const auto after = file.identity(); !after || *after != *before) return changed(file);
  return layer;
}

Digest root_of(const Geometry& geometry, std::span<const Digest> piece_layer) {
  const int level = geometry.fold_height();
  return merkle::fold(piece_layer, level, geometry.tree_height() - level);
}

}  // namespace shoal::storage
