#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace shoal::registry {

/// The place of a record in its Slab.
using Id = std::uint32_t;
inline constexpr Id kNone = ~Id{0};

/// Asks the memory for what is about to be read, without waiting for it.
inline void prefetch(const void* what, std::size_t size) {
  constexpr std::size_t kCacheLine = 64;
  const auto* at = static_cast<const std::byte*>(what);
  for (std::size_t i = 0; i < size; i += kCacheLine) __builtin_prefetch(at + i);
}

/// Records that stay where they are, in chunks: growing moves nothing and wastes less than a chunk.
template <class T>
class Slab {
 public:
  /// A fresh, value-initialised record.
  [[nodiscard]] Id add() {
    if (!free_.empty()) {
      const Id id = free_.back();
      free_.pop_back();
      return id;
    }
    if (used_ % kChunk == 0) chunks_.push_back(std::make_unique<T[]>(kChunk));
    return used_++;
  }
  void remove(Id id) {
    (*this)[id] = T{};
    free_.push_back(id);
  }

  [[nodiscard]] T& operator[](Id id) { return chunks_[id / kChunk][id % kChunk]; }
  [[nodiscard]] const T& operator[](Id id) const { return chunks_[id / kChunk][id % kChunk]; }
  [[nodiscard]] std::size_t size() const { return used_ - free_.size(); }
  /// All ids are below it; those that are not in use have a value-initialised record.
  [[nodiscard]] Id end() const { return used_; }

 private:
  static constexpr Id kChunk = 1024;

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<Id> free_;
  Id used_ = 0;
};

/// Neighbours of a record in the one IdList it is in.
struct Links {
  Id previous = kNone;
  Id next = kNone;
};

/// A doubly linked list through the `links` of a Slab's records. Kept in order of deadline by
/// pushing whoever was heard of to the back: that is all it takes when everybody gets the same
/// time.
class IdList {
 public:
  template <class T>
  void push_back(Slab<T>& slab, Id id) {
    slab[id].links = {last_, kNone};
    (last_ == kNone ? first_ : slab[last_].links.next) = id;
    last_ = id;
  }
  template <class T>
  void erase(Slab<T>& slab, Id id) {
    const Links links = slab[id].links;
    (links.previous == kNone ? first_ : slab[links.previous].links.next) = links.next;
    (links.next == kNone ? last_ : slab[links.next].links.previous) = links.previous;
  }
  template <class T>
  void move_to_back(Slab<T>& slab, Id id) {
    if (id == last_) return;
    erase(slab, id);
    push_back(slab, id);
  }

  [[nodiscard]] bool empty() const { return first_ == kNone; }
  [[nodiscard]] Id front() const { return first_; }

 private:
  Id first_ = kNone;
  Id last_ = kNone;
};

}  // namespace shoal::registry
