#pragma once

#include <memory>
#include <utility>

#include "base/bytes.hpp"
#include "torrent/peer/chunk_pool.hpp"

namespace shoal::torrent {

/// Where one connection's incoming bytes lie: [begin, end) of the current chunk is received and not
/// yet decoded.
class ReceiveBuffer {
 public:
  static constexpr std::size_t kSmall = ChunkPool::kSmall;
  static constexpr std::size_t kLarge = ChunkPool::kLarge;

  /// With memory of its own, or such as many share.
  ReceiveBuffer() : ReceiveBuffer(std::make_shared<ChunkPool>()) {}
  explicit ReceiveBuffer(std::shared_ptr<ChunkPool> pool) : pool_(std::move(pool)) {}

  /// Room for at least one more byte and, together with what is there, for a frame of `frame`
  /// bytes.
  [[nodiscard]] MutableBytes room(std::size_t frame);
  void received(std::size_t bytes);
  /// That was no block: what else a peer has to say needs little memory, however much it says.
  void quiet() { busy_ = false; }
  [[nodiscard]] BytesView pending() const { return {chunk_->bytes.get() + begin_, end_ - begin_}; }
  void decoded(std::size_t bytes) { begin_ += bytes; }
  /// Nothing comes for a while: holds no memory, unless a frame has begun.
  void rest();

  /// What views into pending() need to stay valid; room() will not reuse this memory while somebody
  /// holds it.
  [[nodiscard]] ChunkPtr share() const { return chunk_; }

 private:
  void start_chunk(std::size_t capacity);

  std::shared_ptr<ChunkPool> pool_;
  std::shared_ptr<Chunk> chunk_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool busy_ = false;  // the last read brought a block's worth
};

}  // namespace shoal::torrent
