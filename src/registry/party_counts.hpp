#pragma once

#include <cstdint>
#include <vector>

#include <shoal/endpoint.hpp>

#include "registry/id_table.hpp"
#include "registry/siphash.hpp"

namespace shoal::registry {

/// How many registrations each address holds. An IPv6 customer has at least a /64 of addresses, so
/// that counts as one.
class AddressCounts {
 public:
  explicit AddressCounts(const SipKey& key) : key_(key) {}

  [[nodiscard]] std::uint32_t of(const IpAddress& address) const;
  void add(const IpAddress& address);
  /// Precondition: as many add() came before.
  void remove(const IpAddress& address);

 private:
  /// One entry stands for all addresses of equal 64-bit keyed hash: two that collide, which nobody
  /// can arrange, share one bound.
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t count = 0;
  };

  [[nodiscard]] std::uint64_t hash(const IpAddress& address) const;
  [[nodiscard]] Id find(std::uint64_t hash) const;

  SipKey key_;
  IdTable table_;
  Slab<Entry> entries_;
};

}  // namespace shoal::registry
