#include "registry/members.hpp"

#include <algorithm>
#include <utility>

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

std::uint64_t Members::hash(Id swarm, const Party& party) const {
  std::array<std::byte, 4 + 9> input;
  store_be(swarm, input.data());
  std::ranges::copy(party.bytes(), input.begin() + 4);
  return siphash(key_, input);
}

Id Members::head(Id swarm, const Party& party) const {
  return heads_.find(hash(swarm, party), [&](Id id) {
    return members_[id].swarm == swarm && Party::of(endpoint(id).address) == party;
  });
}

Id Members::add(Id swarm, const Endpoint& endpoint, const IpAddress& from, bool seeder,
                std::uint32_t tag) {
  const Party party = Party::of(endpoint.address);
  const Id before = head(swarm, party);
  const Id id = members_.add();
  Member& member = members_[id];
  member.swarm = swarm;
  Move moved;
  member.place = catalogue_[swarm].add(endpoint, seeder, tag, id, before == kNone, moved);
  place(moved);
  member.next = member.previous = id;
  if (before == kNone) {
    heads_.insert(hash(swarm, party), id);
  } else {
    member.previous = before;
    member.next = std::exchange(members_[before].next, id);
    members_[member.next].previous = id;
  }
  index_.insert(hash(swarm, endpoint), id);
  counts_.add(Party::of(from));
  ++number(member.place.v4, seeder);
  return id;
}

bool Members::update(Id id, bool seeder, std::uint32_t tag) {
  const Member& member = members_[id];
  Swarm& swarm = catalogue_[member.swarm];
  const bool was = swarm.is_seeder(member.place);
  if (was != seeder) {
    --number(member.place.v4, was);
    ++number(member.place.v4, seeder);
  }
  return swarm.update(member.place, seeder, tag);
}

void Members::heard(Id id) {
  Member& member = members_[id];
  Swarm& swarm = catalogue_[member.swarm];
  if (member.next == id || swarm.is_head(member.place)) return;
  const Party party = Party::of(endpoint(id).address);
  const Id before = head(member.swarm, party);
  heads_.erase(hash(member.swarm, party), before);
  heads_.insert(hash(member.swarm, party), id);
  swarm.swap(member.place, members_[before].place);
  std::swap(member.place, members_[before].place);
}

void Members::part(Id id) {
  const Id twin = std::exchange(members_[id].twin, kNone);
  if (twin == kNone) return;
  members_[twin].twin = kNone;
  Swarm& swarm = catalogue_[members_[id].swarm];
  for (const Id one : {id, twin}) swarm.count(members_[one].place, true);
}

void Members::pair(Id first, Id second) {
  part(first);
  part(second);
  members_[first].twin = second;
  members_[second].twin = first;
  catalogue_[members_[second].swarm].count(members_[second].place, false);
}

void Members::remove(Id id, const IpAddress& from) {
  part(id);
  const Member& member = members_[id];
  Swarm& swarm = catalogue_[member.swarm];
  if (member.next == id) {
    heads_.erase(hash(member.swarm, Party::of(endpoint(id).address)), id);
  } else {
    if (swarm.is_head(member.place)) heard(member.next);
    members_[member.previous].next = member.next;
    members_[member.next].previous = member.previous;
  }
  index_.erase(hash(member.swarm, endpoint(id)), id);
  counts_.remove(Party::of(from));
  --number(member.place.v4, swarm.is_seeder(member.place));
  std::array<Move, 2> moved;
  swarm.remove(member.place, moved);
  for (const Move& one : moved) place(one);
  members_.remove(id);
}

}  // namespace shoal::registry
