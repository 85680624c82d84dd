#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace shoal::torrent {

class ChunkPool;

/// A piece of memory that a connection receives into, and that received blocks point into until
/// they are on disk. So payload is never copied between the socket and the file.
struct Chunk {
  Chunk(std::unique_ptr<std::byte[]> memory, std::size_t size, std::weak_ptr<ChunkPool> pool)
      : bytes(std::move(memory)), capacity(size), home(std::move(pool)) {}
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;
  ~Chunk();

  std::unique_ptr<std::byte[]> bytes;
  std::size_t capacity;
  std::weak_ptr<ChunkPool> home;  ///< gets the memory back
};
using ChunkPtr = std::shared_ptr<const Chunk>;

/// Memory that connections take turns with. Fresh memory would cost a page fault for each of its
/// pages, and what was in use a moment ago is in the processor's cache still. One thread.
class ChunkPool : public std::enable_shared_from_this<ChunkPool> {
 public:
  static constexpr std::size_t kSmall = 32uz * 1024;   ///< for a quiet connection
  static constexpr std::size_t kLarge = 544uz * 1024;  ///< for a busy one: 33 blocks with headers

  [[nodiscard]] std::shared_ptr<Chunk> take(std::size_t capacity);
  void give_back(std::unique_ptr<std::byte[]> memory, std::size_t capacity);

 private:
  using Shelf = std::vector<std::unique_ptr<std::byte[]>>;
  static constexpr std::size_t kMostKept = 16;  // of each size
  /// Null for a size that is not kept.
  [[nodiscard]] Shelf* shelf(std::size_t capacity);

  Shelf small_;
  Shelf large_;
};

}  // namespace shoal::torrent
