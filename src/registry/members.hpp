#pragma once

#include <cstdint>

#include <shoal/endpoint.hpp>
#include <shoal/tracker_status.hpp>

#include "base/clock.hpp"
#include "base/party.hpp"
#include "registry/catalogue.hpp"
#include "registry/id_table.hpp"
#include "registry/party_counts.hpp"
#include "registry/siphash.hpp"

namespace shoal::registry {

/// One peer in one swarm, there because it registered the file (then it belongs to a host, which
/// knows its deadline) or because it announced the info hash.
struct Member {
  Time deadline;  ///< announcers only
  Id swarm = kNone;
  Id host = kNone;  ///< kNone: an announcer
  Links links;      ///< in the host's files, or among the announcers
  Swarm::Place place;
  Id twin = kNone;         ///< the same host in the other address family; one of the two counts
  Id next = kNone;         ///< the ring of its party in its swarm; itself if it is alone
  Id previous = kNone;     ///< the other way round
  std::uint8_t epoch = 0;  ///< of the host, when it last registered this file
};

/// The peers of all swarms: found by swarm and endpoint, counted by the party that their
/// datagrams come from. The peers that one party has in a swarm are a ring; one of them is its
/// head, which is told when each party is told once.
class Members {
 public:
  Members(const SipKey& key, Catalogue& catalogue)
      : key_(key), catalogue_(catalogue), counts_(key) {}

  /// The peer at that endpoint; an endpoint is in a swarm once.
  [[nodiscard]] Id find(Id swarm, const Endpoint& endpoint) const;
  /// Precondition: find() is kNone.
  [[nodiscard]] Id add(Id swarm, const Endpoint& endpoint, const IpAddress& from, bool seeder,
                       std::uint32_t tag);
  /// Out of its swarm, which may be empty afterwards; the caller has taken it out of its list.
  /// `from` as it was added.
  void remove(Id member, const IpAddress& from);
  /// Says whether that peer became a seeder by it, and counts.
  bool update(Id member, bool seeder, std::uint32_t tag);
  /// These two, of one swarm, are one host from now on, which counts as `first` does. Each leaves
  /// the twin that it had.
  void pair(Id first, Id second);

  /// It was heard of: makes it the head of its party, so that all get their turn.
  void heard(Id member);
  /// A peer of that party in the swarm; kNone without one. The others are its ring.
  [[nodiscard]] Id head(Id swarm, const Party& party) const;

  [[nodiscard]] std::uint32_t count(const Party& party) const { return counts_.of(party); }
  [[nodiscard]] Member& operator[](Id member) { return members_[member]; }
  [[nodiscard]] const Member& operator[](Id member) const { return members_[member]; }
  [[nodiscard]] const Slab<Member>& slab() const { return members_; }
  [[nodiscard]] Slab<Member>& slab() { return members_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] const TrackerPeers& by_role() const { return by_role_; }

 private:
  [[nodiscard]] std::uint64_t hash(Id swarm, const Endpoint& endpoint) const;
  [[nodiscard]] std::uint64_t hash(Id swarm, const Party& party) const;
  [[nodiscard]] Endpoint endpoint(Id member) const {
    return catalogue_[members_[member].swarm].endpoint(members_[member].place);
  }
  void place(const Move& moved) {
    if (moved.member != kNone) members_[moved.member].place.position = moved.position;
  }
  /// How many there are of its family and role.
  [[nodiscard]] std::size_t& number(bool v4, bool seeder) {
    TrackerPeers::Roles& roles = v4 ? by_role_.v4 : by_role_.v6;
    return seeder ? roles.seeders : roles.leechers;
  }
  /// Each of them counts, if it had a twin.
  void part(Id member);

  SipKey key_;
  Catalogue& catalogue_;
  Slab<Member> members_;
  IdTable index_;
  IdTable heads_;
  PartyCounts counts_;
  TrackerPeers by_role_;
};

}  // namespace shoal::registry
