#pragma once

#include <cstdint>
#include <vector>

#include "registry/slab.hpp"

namespace shoal::registry {

/// Finds records by a key that only the records hold: a hash table of 8-byte slots (open
/// addressing, linear probing). The hash has to be keyed, or hostile keys make long runs.
class IdTable {
 public:
  /// The id with that hash for which `is(id)` holds; kNone without one.
  template <class Is>
  [[nodiscard]] Id find(std::uint64_t hash, Is&& is) const {
    if (slots_.empty()) return kNone;
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::size_t i = tag & mask(); slots_[i].id != kNone; i = (i + 1) & mask())
      if (slots_[i].tag == tag && is(slots_[i].id)) return slots_[i].id;
    return kNone;
  }
  /// Before likely() or find() with that hash.
  void expect(std::uint64_t hash) const {
    if (!slots_.empty()) prefetch(&slots_[hash & mask()], sizeof(Slot));
  }
  /// What find() will most likely say, found without a look at the records.
  [[nodiscard]] Id likely(std::uint64_t hash) const {
    return find(hash, [](Id) { return true; });
  }
  /// Precondition: the key is not in the table.
  void insert(std::uint64_t hash, Id id);
  /// Precondition: `id` is in the table under `hash`.
  void erase(std::uint64_t hash, Id id);

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    Id id = kNone;
  };

  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
  void place(Slot slot);
  void grow();

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace shoal::registry
