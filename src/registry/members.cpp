#include "registry/members.hpp"

#include <algorithm>

namespace shoal::registry {
namespace {

/// In a swarm of so many peers looking at all of them is faster than the table: they lie side by
/// side, and are about to be read for the answer anyway.
constexpr std::size_t kFew = 16;

}  // namespace

std::uint64_t Members::hash(Id swarm, const Endpoint& endpoint) const {
  std::array<std::byte, 4 + 16 + 2> input;
  store_be(swarm, input.data());
  std::ranges::copy(endpoint.address.v6(), input.begin() + 4);
  store_be(endpoint.port, input.data() + 20);
  return siphash(key_, input);
}

Id Members::find(Id swarm, const Endpoint& endpoint) const {
  if (const Swarm& few = catalogue_[swarm]; few.size() <= kFew) return few.find(endpoint);
  return index_.find(hash(swarm, endpoint), [&](Id id) {
    const Member& member = members_[id];
    return member.swarm == swarm && catalogue_[swarm].endpoint(member.place) == endpoint;
  });
}

Id Members::add(Id swarm, const Endpoint& endpoint, bool seeder, std::uint32_t tag) {
  const Id id = members_.add();
  Member& member = members_[id];
  member.swarm = swarm;
  member.place = catalogue_[swarm].add(endpoint, seeder, tag, id);
  index_.insert(hash(swarm, endpoint), id);
  counts_.add(endpoint.address);
  return id;
}

void Members::remove(Id id) {
  const Member& member = members_[id];
  Swarm& swarm = catalogue_[member.swarm];
  const Endpoint endpoint = swarm.endpoint(member.place);
  index_.erase(hash(member.swarm, endpoint), id);
  counts_.remove(endpoint.address);
  if (const Id moved = swarm.remove(member.place); moved != kNone)
    members_[moved].place = member.place;
  members_.remove(id);
}

}  // namespace shoal::registry
