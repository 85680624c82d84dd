#include "registry/swarm.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"

namespace shoal::registry {

std::uint32_t tag_of(const PeerId& peer_id) {
  return load_be<std::uint32_t>(peer_id.bytes.data() + peer_id.bytes.size() - 4);
}

Swarm::Place Swarm::add(const Endpoint& endpoint, bool seeder, std::uint32_t tag, Id member,
                        bool head, Move& moved) {
  if (seeder) ++seeders_;
  const auto& [address, port, scope] = endpoint;
  if (address.is_v4())
    return {v4_.add({address.v4(), port, seeder, true, tag, member}, head, moved), true};
  return {v6_.add({address.v6(), port, seeder, true, tag, member}, head, moved), false};
}

void Swarm::remove(Place place, std::array<Move, 2>& moved) {
  count(place, true);
  update(place, false, 0);
  place.v4 ? v4_.remove(place.position, moved) : v6_.remove(place.position, moved);
}

void Swarm::swap(Place one, Place other) {
  one.v4 ? v4_.swap(one.position, other.position) : v6_.swap(one.position, other.position);
}

bool Swarm::update(Place place, bool seeder, std::uint32_t tag) {
  const auto change = [&](auto& peer) {
    peer.tag = tag;
    const bool was = std::exchange(peer.seeder, seeder);
    if (was == seeder || !peer.counted) return false;
    seeder ? ++seeders_ : --seeders_;
    return seeder;
  };
  return place.v4 ? change(v4_[place.position]) : change(v6_[place.position]);
}

void Swarm::count(Place place, bool counted) {
  const auto change = [&](auto& peer) {
    if (std::exchange(peer.counted, counted) == counted) return;
    counted ? --uncounted_ : ++uncounted_;
    if (peer.seeder) counted ? ++seeders_ : --seeders_;
  };
  place.v4 ? change(v4_[place.position]) : change(v6_[place.position]);
}

Endpoint Swarm::endpoint(Place place) const {
  return place.v4 ? v4_[place.position].endpoint() : v6_[place.position].endpoint();
}

Id Swarm::find(const Endpoint& endpoint) const {
  return endpoint.address.is_v4() ? v4_.find(endpoint.address.v4(), endpoint.port)
                                  : v6_.find(endpoint.address.v6(), endpoint.port);
}

void Swarm::sample_family(std::size_t want, const Asker& asker, Random& random,
                          std::vector<Endpoint>& out) const {
  if (asker.address.is_v4())
    v4_.sample(want, asker, random, out);
  else
    v6_.sample(want, asker, random, out);
}

void Swarm::sample(std::size_t want, const Asker& asker, Random& random,
                   std::vector<Endpoint>& out) const {
  // The asker may not reach the other family at all, so that has a quarter, or what is left over.
  const bool v4 = asker.address.is_v4();
  const std::size_t others = v4 ? v6_.size() : v4_.size();
  const std::size_t own = want - std::min(others, want / 4);
  const std::size_t most = out.size() + want;
  sample_family(own, asker, random, out);
  if (v4)
    v6_.sample(most - out.size(), asker, random, out);
  else
    v4_.sample(most - out.size(), asker, random, out);
}

}  // namespace shoal::registry
