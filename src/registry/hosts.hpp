#pragma once

#include <cstdint>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"
#include "registry/id_table.hpp"
#include "registry/siphash.hpp"

namespace shoal::registry {

/// A running seeder or leecher that registers its files, and lives as long as its heartbeats come.
struct Host {
  Endpoint endpoint;  ///< where others find it
  IpAddress from;     ///< where its datagrams come from; another one if it said its endpoint
  PeerId peer_id;
  datagram::Proof proof{};  ///< without it nobody speaks for this host, if it has one
  Time deadline;
  datagram::FileSet set;   ///< of all its files
  IdList files;            ///< members; who registered longest ago comes first
  Links links;             ///< among the hosts, by deadline
  std::uint8_t epoch = 0;  ///< counts the times it was told to register again
  bool resyncing = false;  ///< it was told to register again, and has not agreed with us since
  Time told;               ///< when it was told so last
};

/// All hosts, found by endpoint, in order of deadline. Who is there in both address families is two
/// hosts of one peer id.
class Hosts {
 public:
  explicit Hosts(const SipKey& key) : key_(key) {}

  [[nodiscard]] Id find(const Endpoint& endpoint) const;
  /// The one of that peer id and family that was added last, as long as it is here.
  [[nodiscard]] Id find(const PeerId& peer_id, bool v4) const;
  /// Precondition: find(endpoint) is kNone. `deadline` is never before that of another host.
  [[nodiscard]] Id add(const Endpoint& endpoint, const IpAddress& from, const PeerId& peer_id,
                       datagram::Proof proof, Time deadline);
  /// Precondition: its list of files is empty.
  void remove(Id host);
  /// `deadline` is never before that of another host.
  void extend(Id host, Time deadline);

  /// Whose deadline comes first; kNone without hosts.
  [[nodiscard]] Id oldest() const { return by_age_.front(); }
  [[nodiscard]] Host& operator[](Id host) { return hosts_[host]; }
  [[nodiscard]] const Host& operator[](Id host) const { return hosts_[host]; }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] const Slab<Host>& slab() const { return hosts_; }

 private:
  [[nodiscard]] std::uint64_t hash(const Endpoint& endpoint) const;
  [[nodiscard]] std::uint64_t hash(const PeerId& peer_id, bool v4) const;

  SipKey key_;
  Slab<Host> hosts_;
  IdTable index_;
  IdTable by_peer_id_;
  IdList by_age_;
};

}  // namespace shoal::registry
