#pragma once

#include <cstdint>

#include "base/party.hpp"
#include "registry/id_table.hpp"
#include "registry/siphash.hpp"

namespace shoal::registry {

/// How many registrations each party holds.
class PartyCounts {
 public:
  explicit PartyCounts(const SipKey& key) : key_(key) {}

  [[nodiscard]] std::uint32_t of(const Party& party) const;
  void add(const Party& party);
  /// Precondition: as many add() came before.
  void remove(const Party& party);

 private:
  /// One entry stands for all parties of equal 64-bit keyed hash: two that collide, which nobody
  /// can arrange, share one bound.
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t count = 0;
  };

  [[nodiscard]] Id find(std::uint64_t hash) const;

  SipKey key_;
  IdTable table_;
  Slab<Entry> entries_;
};

}  // namespace shoal::registry
