#include "torrent/peer/chunk_pool.hpp"

#include <utility>

namespace shoal::torrent {

Chunk::~Chunk() {
  if (const auto pool = home.lock()) pool->give_back(std::move(bytes), capacity);
}

ChunkPool::Shelf* ChunkPool::shelf(std::size_t capacity) {
  if (capacity == kSmall) return &small_;
  return capacity == kLarge ? &large_ : nullptr;
}

std::shared_ptr<Chunk> ChunkPool::take(std::size_t capacity) {
  std::unique_ptr<std::byte[]> memory;
  if (Shelf* const kept = shelf(capacity); kept != nullptr && !kept->empty()) {
    memory = std::move(kept->back());  // what came back last
    kept->pop_back();
  } else {
    memory = std::make_unique_for_overwrite<std::byte[]>(capacity);
  }
  return std::make_shared<Chunk>(std::move(memory), capacity, weak_from_this());
}

void ChunkPool::give_back(std::unique_ptr<std::byte[]> memory, std::size_t capacity) {
  Shelf* const kept = shelf(capacity);
  if (kept != nullptr && kept->size() < kMostKept) kept->push_back(std::move(memory));
}

}  // namespace shoal::torrent
