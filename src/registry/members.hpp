#pragma once

#include <cstdint>

#include <shoal/endpoint.hpp>

#include "base/clock.hpp"
#include "registry/address_counts.hpp"
#include "registry/catalogue.hpp"
#include "registry/id_table.hpp"
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
  std::uint8_t epoch = 0;  ///< of the host, when it last registered this file
};

/// The peers of all swarms: found by swarm and endpoint, counted by the address that their
/// datagrams come from.
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
  /// These two, of one swarm, are one host from now on, which counts as `first` does. Each leaves
  /// the twin that it had.
  void pair(Id first, Id second);

  [[nodiscard]] std::uint32_t count(const IpAddress& address) const { return counts_.of(address); }
  [[nodiscard]] Member& operator[](Id member) { return members_[member]; }
  [[nodiscard]] const Member& operator[](Id member) const { return members_[member]; }
  [[nodiscard]] const Slab<Member>& slab() const { return members_; }
  [[nodiscard]] Slab<Member>& slab() { return members_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  [[nodiscard]] std::uint64_t hash(Id swarm, const Endpoint& endpoint) const;
  /// Each of them counts, if it had a twin.
  void part(Id member);

  SipKey key_;
  Catalogue& catalogue_;
  Slab<Member> members_;
  IdTable index_;
  AddressCounts counts_;
};

}  // namespace shoal::registry
