#include "swarm/receive_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace shoal::swarm {

MutableBytes ReceiveBuffer::room(std::size_t frame) {
  const std::size_t wanted = std::max(busy_ ? kLarge : kSmall, frame);
  const std::size_t pending = end_ - begin_;
  if (!chunk_) {
    start_chunk(wanted);
  } else if (chunk_.use_count() == 1 && begin_ == end_) {
    // Nobody needs what was here. A chunk of the wrong size goes, so that a quiet connection holds
    // little.
    begin_ = end_ = 0;
    if (chunk_->capacity < wanted || (!busy_ && chunk_->capacity > kSmall)) start_chunk(wanted);
  }
  // The rest of the chunk has to hold the frame that has begun, and a whole block so that reads
  // stay large.
  const std::size_t rest = chunk_->capacity - begin_;
  if (rest < frame || chunk_->capacity - end_ < std::min(kSmall, wanted) / 4) {
    const std::shared_ptr<Chunk> before = chunk_;
    const std::size_t begin = begin_;
    start_chunk(std::max(wanted, frame));
    std::memcpy(chunk_->bytes.get(), before->bytes.get() + begin, pending);
    end_ = pending;
    spare_ = before;
  }
  return {chunk_->bytes.get() + end_, chunk_->capacity - end_};
}

void ReceiveBuffer::start_chunk(std::size_t capacity) {
  begin_ = end_ = 0;
  if (spare_ && spare_.use_count() == 1 && spare_->capacity == capacity) {
    chunk_ = std::move(spare_);
    return;
  }
  spare_.reset();
  chunk_ = std::make_shared<Chunk>(std::make_unique_for_overwrite<std::byte[]>(capacity), capacity);
}

void ReceiveBuffer::received(std::size_t bytes) {
  constexpr std::size_t kBusy = 16 * 1024;
  busy_ = bytes >= kBusy;
  end_ += bytes;
}

}  // namespace shoal::swarm
