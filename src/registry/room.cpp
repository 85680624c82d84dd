#include <string>

#include "registry/registry.hpp"

// Whether there is room for one more, and who gives way where there is none.
namespace shoal::registry {
std::optional<std::string> Registry::why_full(Id swarm, const IpAddress& from) const {
  const std::size_t most = options_.max_per_address;
  if (most != 0 && members_.count(Party::of(from)) >= most)
    return "your address holds all the " + std::to_string(most) +
           " registrations it may have; withdraw some or try another tracker";
  const bool no_file = swarm == kNone && catalogue_.size() >= options_.max_files;
  const bool no_peer = members_.size() >= options_.max_peers;
  if (!no_file && !no_peer) return std::nullopt;
  if (no_file)
    return "the tracker is full: it holds " + std::to_string(catalogue_.size()) +
           " files; try another tracker";
  return "the tracker is full: it holds " + std::to_string(members_.size()) +
         " peers; try another tracker";
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
