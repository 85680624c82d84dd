#pragma once

#include <memory>
#include <vector>

#include <shoal/digest.hpp>

#include "base/clock.hpp"
#include "torrent/download/piece_assembly.hpp"
#include "torrent/peer/chunk_pool.hpp"

namespace shoal::torrent {

/// A block that came, as a view into the memory that it was received into.
struct Received {
  BlockRef block;
  BytesView data;
};

/// Blocks of one sender on their way to the disk. A worker fills in the leaves.
struct Batch {
  Sender from;
  std::vector<Received> blocks;
  std::vector<ChunkPtr> memory;  ///< what the blocks point into
  std::vector<Digest> leaves;    ///< one for each block
  Duration hashing{};            ///< that took a worker so long,
  Duration writing{};            ///< and that
};
using BatchPtr = std::unique_ptr<Batch>;

/// Batches that are used again, so that a warm torrent allocates none. One thread.
class BatchPool {
 public:
  [[nodiscard]] BatchPtr take() {
    if (kept_.empty()) return std::make_unique<Batch>();
    BatchPtr batch = std::move(kept_.back());
    kept_.pop_back();
    return batch;
  }
  void give_back(BatchPtr batch) {
    if (kept_.size() >= kMostKept) return;
    batch->blocks.clear();
    batch->memory.clear();
    batch->leaves.clear();
    batch->hashing = batch->writing = {};
    kept_.push_back(std::move(batch));
  }

 private:
  static constexpr std::size_t kMostKept = 16;
  std::vector<BatchPtr> kept_;
};

}  // namespace shoal::torrent
