#include "storage/hashing_queue.hpp"

#include "storage/leaf_batch.hpp"

namespace shoal::storage {
namespace {

// A batch has no more entries, though some take no room in it: a stop shall not wait for long.
constexpr std::size_t kMostOfBatch = 1000;

bool is_large(const FoundEntry& one) {
  return one.has_content() && !HashingQueue::is_short(one.entry.length);
}

}  // namespace

bool HashingQueue::is_short(std::uint64_t length) {
  return length <= LeafBatch::kMostBytes;
}

std::optional<HashingQueue::Work> HashingQueue::next() {
  const std::lock_guard lock(mutex_);
  if (next_ == entries_.size()) return std::nullopt;
  return is_large(entries_[next_]) ? next_stretch() : next_batch();
}

HashingQueue::Work HashingQueue::next_stretch() {
  if (large_ == nullptr) {
    const FoundEntry& file = entries_[next_];
    large_ = std::make_shared<LargeFile>(place_, cache_, file, geometry_of(file));
    next_stretch_ = 0;
  }
  Work work{next_, next_ + 1, large_, next_stretch_++};
  if (next_stretch_ == large_->stretches()) {
    large_.reset();
    ++next_;
  }
  return work;
}

HashingQueue::Work HashingQueue::next_batch() {
  Work work{.begin = next_, .end = next_, .large = nullptr};
  LeafBatch::Size size;
  for (; work.end < entries_.size() && work.end - work.begin < kMostOfBatch; ++work.end) {
    const FoundEntry& one = entries_[work.end];
    if (is_large(one)) break;
    if (one.has_content()) size = size + LeafBatch::size_of(one.entry.length);
    if (!size.fits()) break;
  }
  next_ = work.end;
  return work;
}

}  // namespace shoal::storage
