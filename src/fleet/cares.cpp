#include "fleet/cares.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"

namespace shoal::fleet {

std::uint64_t Cares::hash(const Endpoint& host) const {
  std::array<std::byte, 16 + 2> input;
  std::ranges::copy(host.address.v6(), input.begin());
  store_be(host.port, input.data() + 16);
  return registry::siphash(key_, input);
}

Id Cares::find(const Endpoint& host) const {
  return index_.find(hash(host), [&](Id id) { return cares_[id].host == host; });
}

Id Cares::find_or_add(const Endpoint& host, Time now) {
  if (const Id known = find(host); known != kNone) return known;
  const Id id = cares_.add();
  cares_[id].host = host;
  index_.insert(hash(host), id);
  others_.push_back(cares_, id);
  cares_[id].deadline = now + others_lifetime_;
  return id;
}

void Cares::heard(Id id, Origin home, Time now) {
  if (home == kNobody) home = cares_[id].home;
  list(id).erase(cares_, id);
  cares_[id].home = home;
  list(id).push_back(cares_, id);
  cares_[id].deadline = now + (is_own(id) ? own_lifetime_ : others_lifetime_);
}

void Cares::remove(Id id) {
  list(id).erase(cares_, id);
  index_.erase(hash(cares_[id].host), id);
  cares_.remove(id);
}

std::vector<Endpoint> Cares::all(Id first) const {
  std::vector<Endpoint> hosts;
  for (Id id = first; id != kNone; id = cares_[id].links.next) hosts.push_back(cares_[id].host);
  return hosts;
}

}  // namespace shoal::fleet
