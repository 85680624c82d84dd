#include "torrent/peer/receive_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace shoal::torrent {

MutableBytes ReceiveBuffer::room(std::size_t frame) {
  const std::size_t pending = end_ - begin_;
  const std::size_t needed = std::max(frame, pending + 1);
  const std::size_t wanted = std::max(busy_ ? kLarge : kSmall, needed);
  if (!chunk_) {
    start_chunk(wanted);
  } else if (chunk_.use_count() == 1 && pending == 0) {
    // Nobody needs what was here. A chunk of the wrong size goes, so that a quiet connection holds
    // little.
    begin_ = end_ = 0;
    if (chunk_->capacity < wanted || (!busy_ && chunk_->capacity > kSmall)) start_chunk(wanted);
  }
  // The rest of the chunk has to hold the frame that has begun. It is left when it gets so short
  // that reads would be small, unless the frame takes all of a chunk anyhow.
  const bool too_short = chunk_->capacity - begin_ < needed;
  const bool cramped = begin_ > 0 && chunk_->capacity - end_ < kSmall / 4;
  if (too_short || cramped) {
    const std::shared_ptr<Chunk> before = chunk_;
    const std::size_t begin = begin_;
    start_chunk(wanted);
    std::memcpy(chunk_->bytes.get(), before->bytes.get() + begin, pending);
    end_ = pending;
  }
  return {chunk_->bytes.get() + end_, chunk_->capacity - end_};
}

void ReceiveBuffer::start_chunk(std::size_t capacity) {
  begin_ = end_ = 0;
  chunk_.reset();  // first of all, it may be what is taken next
  chunk_ = pool_->take(capacity);
}

void ReceiveBuffer::rest() {
  if (begin_ != end_) return;
  chunk_.reset();
  begin_ = end_ = 0;
}

void ReceiveBuffer::received(std::size_t bytes) {
  constexpr std::size_t kBusy = 16uz * 1024;
  busy_ = bytes >= kBusy;
  end_ += bytes;
}

}  // namespace shoal::torrent
