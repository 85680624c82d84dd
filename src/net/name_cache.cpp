#include "net/name_cache.hpp"

#include <algorithm>
#include <utility>

namespace shoal::net {

void NameCache::keep(const std::string& name, Addresses addresses, Time now) {
  if (known_.size() >= kMost && !known_.contains(name)) {
    known_.erase(
        std::ranges::min_element(known_, {}, [](const auto& entry) { return entry.second.since; }));
  }
  known_[name] = {std::move(addresses), now};
}

Addresses NameCache::find(const std::string& name, Time now) const {
  const auto found = known_.find(name);
  if (found == known_.end() || now - found->second.since >= kLife) return {};
  return found->second.addresses;
}

}  // namespace shoal::net
