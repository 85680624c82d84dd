#include "registry/id_table.hpp"

#include <utility>

namespace shoal::registry {

void IdTable::place(Slot slot) {
  std::size_t i = slot.tag & mask();
  while (slots_[i].id != kNone) i = (i + 1) & mask();
  slots_[i] = slot;
}

void IdTable::grow() {
  const std::vector<Slot> old = std::exchange(
      slots_, std::vector<Slot>(slots_.empty() ? std::size_t{16} : slots_.size() * 2));
  for (const Slot& slot : old)
    if (slot.id != kNone) place(slot);
}

void IdTable::insert(std::uint64_t hash, Id id) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  place({static_cast<std::uint32_t>(hash), id});
  ++size_;
}

void IdTable::erase(std::uint64_t hash, Id id) {
  std::size_t hole = static_cast<std::uint32_t>(hash) & mask();
  while (slots_[hole].id != id) hole = (hole + 1) & mask();
  // Close the gap: whoever probed across it moves into it.
  for (std::size_t i = (hole + 1) & mask(); slots_[i].id != kNone; i = (i + 1) & mask()) {
    const std::size_t from_home = (i - slots_[i].tag) & mask();
    const std::size_t from_hole = (i - hole) & mask();
    if (from_home < from_hole) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = Slot{};
  --size_;
}

}  // namespace shoal::registry
