#include "registry/hosts.hpp"

#include <algorithm>

namespace shoal::registry {

std::uint64_t Hosts::hash(const Endpoint& endpoint) const {
  std::array<std::byte, 16 + 2> input;
  std::ranges::copy(endpoint.address.v6(), input.begin());
  store_be(endpoint.port, input.data() + 16);
  return siphash(key_, input);
}

std::uint64_t Hosts::hash(const PeerId& peer_id, bool v4) const {
  std::array<std::byte, sizeof(PeerId) + 1> input;
  std::ranges::copy(peer_id.bytes, input.begin());
  input.back() = std::byte{v4};
  return siphash(key_, input);
}

Id Hosts::find(const Endpoint& endpoint) const {
  return index_.find(hash(endpoint), [&](Id id) { return hosts_[id].endpoint == endpoint; });
}

Id Hosts::find(const PeerId& peer_id, bool v4) const {
  return by_peer_id_.find(hash(peer_id, v4), [&](Id id) {
    return hosts_[id].peer_id == peer_id && hosts_[id].endpoint.address.is_v4() == v4;
  });
}

Id Hosts::add(const Endpoint& endpoint, const IpAddress& from, const PeerId& peer_id,
              datagram::Proof proof, Time deadline) {
  const bool v4 = endpoint.address.is_v4();
  // One of each, or a thousand hosts that say they are one would make a long run in the table.
  if (const Id earlier = find(peer_id, v4); earlier != kNone)
    by_peer_id_.erase(hash(peer_id, v4), earlier);
  const Id id = hosts_.add();
  Host& host = hosts_[id];
  host.endpoint = endpoint;
  host.from = from;
  host.peer_id = peer_id;
  host.proof = proof;
  host.deadline = deadline;
  index_.insert(hash(endpoint), id);
  by_peer_id_.insert(hash(peer_id, v4), id);
  by_age_.push_back(hosts_, id);
  return id;
}

void Hosts::remove(Id host) {
  const PeerId& peer_id = hosts_[host].peer_id;
  const bool v4 = hosts_[host].endpoint.address.is_v4();
  if (find(peer_id, v4) == host) by_peer_id_.erase(hash(peer_id, v4), host);
  index_.erase(hash(hosts_[host].endpoint), host);
  by_age_.erase(hosts_, host);
  hosts_.remove(host);
}

void Hosts::extend(Id host, Time deadline) {
  hosts_[host].deadline = deadline;
  by_age_.move_to_back(hosts_, host);
}

}  // namespace shoal::registry
