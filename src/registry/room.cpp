#include <algorithm>
#include <limits>
#include <string>

#include "registry/registry.hpp"

// Who gives way where there is no room. A full table takes from those who have most of it, so that
// whoever fills it makes room himself for everybody else.
namespace shoal::registry {
namespace {

/// What a crowd has weighs as much as the same in the hands of so many parties: addresses side by
/// side may be one hand's, or those of so many honest hosts.
constexpr std::uint32_t kPartiesOfCrowd = 16;

/// So many members, at random, are looked at for the heaviest. Who holds half of a table escapes
/// once in 65,536 times, and nothing has to be kept in order for it.
constexpr int kLooks = 16;

/// A file with more peers is not forgotten to make room.
constexpr std::size_t kMostGoing = 16;

}  // namespace

std::optional<std::string> Registry::make_room(Id swarm, Id host, const IpAddress& from) {
  const std::size_t most = options_.max_per_address;
  if (most != 0 && members_.count(Party::of(from)) >= most)
    return "your address holds all the " + std::to_string(most) +
           " registrations it may have; withdraw some or try another tracker";
  const bool no_file = swarm == kNone && catalogue_.size() >= options_.max_files;
  const bool no_peer = members_.size() >= options_.max_peers;
  if (!no_file && !no_peer) return std::nullopt;
  if (evict(swarm, host, from, no_file)) return std::nullopt;
  if (no_file)
    return "the tracker is full: it holds " + std::to_string(catalogue_.size()) +
           " files; try another tracker";
  return "the tracker is full: it holds " + std::to_string(members_.size()) +
         " peers; try another tracker";
}

bool Registry::evict(Id swarm, Id host, const IpAddress& from, bool file) {
  std::vector<Id> heaviest;
  std::uint32_t most = weight(from) + 1;
  for (int look = 0; look < kLooks && members_.size() > 0; ++look) {
    const Id member = static_cast<Id>(random_() % members_.slab().end());
    if (members_[member].swarm == kNone) continue;  // nobody, any more
    const std::uint32_t weighs = candidate(member, swarm, host, file);
    if (weighs <= most) continue;
    most = weighs;
    heaviest.swap(going_);
  }
  for (const Id member : heaviest) drop(member);
  return !heaviest.empty();
}

std::uint32_t Registry::candidate(Id member, Id swarm, Id host, bool file) {
  going_.clear();
  const Id of = members_[member].swarm;
  const std::size_t peers = catalogue_[of].size();
  if (of == swarm && peers == 1) return 0;  // it would be gone before somebody joins it
  if (file && peers > kMostGoing) return 0;
  if (file)
    catalogue_[of].members(going_);
  else
    going_.push_back(member);
  std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
  for (const Id one : going_) {
    if (host != kNone && members_[one].host == host) return 0;
    least = std::min(least, weight(source(one)));
  }
  return least;
}

std::uint32_t Registry::weight(const IpAddress& from) const {
  return std::max(members_.count(Party::of(from)),
                  members_.count(Party::crowd_of(from)) / kPartiesOfCrowd);
}

IpAddress Registry::source(Id id) const {
  const Member& member = members_[id];
  return member.host == kNone ? catalogue_[member.swarm].endpoint(member.place).address
                              : hosts_[member.host].from;
}

bool Registry::make_place(Id swarm, const Party& party) {
  const Id head = members_.head(swarm, party);
  if (head == kNone) return true;
  Id oldest = kNone;
  Id at = head;
  for (std::size_t held = 1;; ++held, at = members_[at].next) {
    const Member& member = members_[at];
    if (member.host == kNone && (oldest == kNone || member.deadline < members_[oldest].deadline))
      oldest = at;
    if (held == kMostOfParty) break;
    if (member.next == head) return true;
  }
  if (oldest == kNone) return false;
  drop(oldest);
  return true;
}

}  // namespace shoal::registry
