#include "registry/address_counts.hpp"

namespace shoal::registry {

std::uint64_t AddressCounts::hash(const IpAddress& address) const {
  if (address.is_v4()) return siphash(key_, address.v4());
  return siphash(key_, std::span(address.v6()).first<8>());
}

Id AddressCounts::find(std::uint64_t hash) const {
  return table_.find(hash, [&](Id id) { return entries_[id].hash == hash; });
}

std::uint32_t AddressCounts::of(const IpAddress& address) const {
  const Id id = find(hash(address));
  return id == kNone ? 0 : entries_[id].count;
}

void AddressCounts::add(const IpAddress& address) {
  const std::uint64_t key = hash(address);
  Id id = find(key);
  if (id == kNone) {
    id = entries_.add();
    entries_[id].hash = key;
    table_.insert(key, id);
  }
  ++entries_[id].count;
}

void AddressCounts::remove(const IpAddress& address) {
  const std::uint64_t key = hash(address);
  const Id id = find(key);
  if (--entries_[id].count > 0) return;
  table_.erase(key, id);
  entries_.remove(id);
}

}  // namespace shoal::registry
