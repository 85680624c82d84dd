#include "storage/file_hasher.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "hash/merkle.hpp"
#include "hash/thread_hashers.hpp"
#include "storage/io_error.hpp"
#include "storage/leaf_reader.hpp"

namespace shoal::storage {
namespace {

// Threads take the file in stretches of 2^8 blocks, 4 MiB, so that they share even a single large
// piece, and small pieces still fill whole batches.
constexpr int kStretchHeight = 8;
constexpr std::uint64_t kStretchBytes = std::uint64_t{kBlockLength} << kStretchHeight;
// To try the ways of reading costs up to a millisecond, of some ten that this much takes.
constexpr std::uint64_t kWorthTryingBoth = std::uint64_t{32} << 20;

/// Height of the nodes that stretches are folded to at first: whole pieces where these are small.
int node_height(const Geometry& geometry) {
  return std::min(geometry.fold_height(), kStretchHeight);
}

/// Folds every 2^height neighbours that stand at `level` to one node; the last ones may be fewer.
/// `out` may be the beginning of `nodes`: what is written has been read.
void fold_each(std::span<const Digest> nodes, int level, int height, std::span<Digest> out) {
  const std::size_t width = std::size_t{1} << height;
  for (Digest& node : out) {
    const auto group = nodes.first(std::min(width, nodes.size()));
    node = merkle::fold(group, level, height);
    nodes = nodes.subspan(group.size());
  }
}

std::uint64_t divide_up(std::uint64_t total, std::uint64_t part) {
  return total / part + (total % part != 0 ? 1 : 0);
}

/// One run of hash_file(): what its threads share.
class Run {
 public:
  Run(const File& file, const Geometry& geometry, const HashProgress& progress,
      const std::stop_token& stop)
      : file_(file),
        length_(geometry.length()),
        height_(node_height(geometry)),
        progress_(progress),
        stop_(stop),
        nodes_(divide_up(length_, node_bytes())) {}

  /// Hashes stretches until there are none left or one has failed. Throws nothing: it is a thread's
  /// body.
  void work() noexcept {
    try {
      if (auto done = hash_stretches(); !done) keep(std::move(done).error());
    } catch (const std::exception& exception) {
      keep({Errc::io, "cannot hash " + shown(file_.path()) + ": " + exception.what()});
    }
  }

  /// For when all threads have ended: the nodes of all stretches, or the first error.
  [[nodiscard]] Result<std::vector<Digest>> result() && {
    if (error_) return std::unexpected(*std::move(error_));
    return std::move(nodes_);
  }
  [[nodiscard]] std::uint64_t stretches() const { return divide_up(length_, kStretchBytes); }

 private:
  Result<void> hash_stretches() {
    LeafReader reader(length_, length_ >= kWorthTryingBoth ? &way_ : nullptr);
    std::vector<Digest> leaves;
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
      const std::uint64_t offset = stretch * kStretchBytes;
      const std::uint64_t bytes = std::min(kStretchBytes, length_ - offset);
      leaves.clear();
      if (auto read = reader.append(file_, offset, bytes, leaves, after_batch); !read) return read;
      const auto nodes =
          std::span(nodes_).subspan(offset / node_bytes(), divide_up(bytes, node_bytes()));
      fold_each(leaves, 0, height_, nodes);
    }
    return {};
  }

  [[nodiscard]] std::uint64_t node_bytes() const { return std::uint64_t{kBlockLength} << height_; }

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
  int height_;
  const HashProgress& progress_;
  const std::stop_token& stop_;
  WayOfReading way_;
  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::vector<Digest> nodes_;  // each element is written by one thread
  std::mutex mutex_;
  std::optional<Error> error_;
};

/// The caller and `threads - 1` helpers, or as many as the system lets us have.
void work_on_threads(Run& run, unsigned threads) {
  std::vector<std::jthread> helpers;
  const std::uint64_t useful = std::min<std::uint64_t>(threads, run.stretches());
  try {
    while (helpers.size() + 1 < useful) helpers.emplace_back([&run] { run.work(); });
  } catch (const std::system_error&) {
    // The work gets done by those there are.
  }
  run.work();
}

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
  const int height = node_height(geometry);
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
  work_on_threads(run, threads);
  advise(file, POSIX_FADV_NORMAL);

  auto nodes = std::move(run).result();
  if (!nodes) return nodes;
  if (const auto after = file.identity(); !after || *after != *before) return changed(file);

  const int height = node_height(geometry);
  fold_each(*nodes, height, geometry.fold_height() - height,
            std::span(*nodes).first(geometry.pieces()));
  nodes->resize(geometry.pieces());
  nodes->shrink_to_fit();
  return nodes;
}

Digest root_of(const Geometry& geometry, std::span<const Digest> piece_layer) {
  const int level = geometry.fold_height();
  return merkle::fold(piece_layer, level, geometry.tree_height() - level);
}

}  // namespace shoal::storage
