#include "registry/hosts.hpp"

#include <algorithm>

namespace shoal::registry {

std::uint64_t Hosts::hash(const Endpoint& endpoint) const {
  std::array<std::byte, 16 + 2> input;
  std::ranges::copy(endpoint.address.v6(), input.begin());
  store_be(endpoint.port, input.data() + 16);
  return siphash(key_, input);
}

Id Hosts::find(const Endpoint& endpoint) const {
  return index_.find(hash(endpoint), [&](Id id) { return hosts_[id].endpoint == endpoint; });
}

Id Hosts::add(const Endpoint& endpoint, const PeerId& peer_id, Time deadline) {
  const Id id = hosts_.add();
  Host& host = hosts_[id];
  host.endpoint = endpoint;
  host.peer_id = peer_id;
  host.deadline = deadline;
  index_.insert(hash(endpoint), id);
  by_age_.push_back(hosts_, id);
  return id;
}

void Hosts::remove(Id host) {
  index_.erase(hash(hosts_[host].endpoint), host);
  by_age_.erase(hosts_, host);
  hosts_.remove(host);
}

void Hosts::extend(Id host, Time deadline) {
  hosts_[host].deadline = deadline;
  by_age_.move_to_back(hosts_, host);
}

}  // namespace shoal::registry
