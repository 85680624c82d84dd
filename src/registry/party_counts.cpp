#include "registry/party_counts.hpp"

namespace shoal::registry {

Id PartyCounts::find(std::uint64_t hash) const {
  return table_.find(hash, [&](Id id) { return entries_[id].hash == hash; });
}

std::uint32_t PartyCounts::of(const Party& party) const {
  const Id id = find(siphash(key_, party.bytes()));
  return id == kNone ? 0 : entries_[id].count;
}

void PartyCounts::add(const Party& party) {
  const std::uint64_t hash = siphash(key_, party.bytes());
  Id id = find(hash);
  if (id == kNone) {
    id = entries_.add();
    entries_[id].hash = hash;
    table_.insert(hash, id);
  }
  ++entries_[id].count;
}

void PartyCounts::remove(const Party& party) {
  const std::uint64_t hash = siphash(key_, party.bytes());
  const Id id = find(hash);
  if (--entries_[id].count > 0) return;
  table_.erase(hash, id);
  entries_.remove(id);
}

}  // namespace shoal::registry
