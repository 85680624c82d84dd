#pragma once

#include <memory>
#include <vector>

#include "base/bytes.hpp"

namespace shoal::swarm {

/// A piece of memory that a connection receives into, and that received blocks point into until
/// they are on disk. So payload is never copied between the socket and the file.
struct Chunk {
  std::unique_ptr<std::byte[]> bytes;
  std::size_t capacity = 0;
};
using ChunkPtr = std::shared_ptr<const Chunk>;

/// Where one connection's incoming bytes lie: [begin, end) of the current chunk is received and not
/// yet decoded.
class ReceiveBuffer {
 public:
  static constexpr std::size_t kSmall = 32uz * 1024;   ///< a quiet connection
  static constexpr std::size_t kLarge = 544uz * 1024;  ///< a busy one: 33 blocks with headers

  /// Room for at least one more byte and, together with what is there, for a frame of `frame`
  /// bytes.
  [[nodiscard]] MutableBytes room(std::size_t frame);
  void received(std::size_t bytes);
  [[nodiscard]] BytesView pending() const { return {chunk_->bytes.get() + begin_, end_ - begin_}; }
  void decoded(std::size_t bytes) { begin_ += bytes; }

  /// What views into pending() need to stay valid; room() will not reuse this memory while somebody
  /// holds it.
  [[nodiscard]] ChunkPtr share() const { return chunk_; }

 private:
  void start_chunk(std::size_t capacity);

  std::shared_ptr<Chunk> chunk_;
  std::shared_ptr<Chunk> spare_;  // the chunk before, reused when its blocks are on disk
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool busy_ = false;  // the last read brought a block's worth
};

}  // namespace shoal::swarm
