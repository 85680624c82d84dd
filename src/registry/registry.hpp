#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"
#include "registry/catalogue.hpp"
#include "registry/hosts.hpp"
#include "registry/members.hpp"
#include "registry/siphash.hpp"

namespace shoal::registry {

/// A request as it came.
struct Asked {
  BytesView bytes;
  Endpoint from;
};

struct RegistryOptions {
  Duration host_lifetime = std::chrono::seconds(45);         ///< without a heartbeat
  Duration announcer_lifetime = std::chrono::seconds(3960);  ///< without an announce
  std::size_t max_files = 1'000'000;
  std::size_t max_peers = 4'000'000;  ///< peers of all files together
  /// Peers of all files together from one address (IPv6: one /64); 0 = no bound.
  std::size_t max_per_address = 100'000;
  bool open = false;    ///< announces may begin swarms of files that nobody has registered
  bool closed = false;  ///< all who ask have a key, so they may say where others find them
  SipKey hash_key{};    ///< secret, so that nobody can choose keys that collide
};

/// Who has what, until when. A swarm is there as long as a peer is in it: a host that registered
/// the file, or a BEP 15 client that announced its info hash. `from` is the source of the datagram:
/// with the port that the peer says it listens on, that is where others will find it; or where it
/// said they would, if it may say so (see may_say()). A host in both address families, which is two
/// of one peer id, counts once in each swarm.
///
/// Pure state: no I/O, no clock. Times passed in never go back. Every call takes constant or
/// logarithmic time, apart from the records it removes, each of which some call has paid for.
class Registry {
 public:
  explicit Registry(const RegistryOptions& options);
  Registry(const Registry&) = delete;

  /// A host offers a file; returns where it is listed. Refused: a live name with other content,
  /// names and lengths that are not allowed, a full table. A new peer id at a known endpoint is a
  /// restart: what the old one had registered is forgotten.
  [[nodiscard]] std::expected<Endpoint, datagram::RefuseReply> register_file(
      const datagram::RegisterRequest& request, const IpAddress& from, Time now);
  /// Keeps a host alive; true if it has registered exactly that set of files. After false it has to
  /// register everything again: what it has not when half a lifetime later a heartbeat still names
  /// another set is dropped.
  [[nodiscard]] bool heartbeat(const datagram::HeartbeatRequest& request, const IpAddress& from,
                               Time now);
  /// A host leaves, or stops offering one file. Unknown hosts and files are no error: requests
  /// repeat.
  void withdraw(const datagram::WithdrawRequest& request, const IpAddress& from);

  /// A BEP 15 client joins, stays or leaves. Fails on unknown info hashes and a full table. `peers`
  /// of the reply are of the asker's family, and such as it can reach: none at loopback for a
  /// foreign client elsewhere.
  [[nodiscard]] Result<void> announce(const datagram::AnnounceRequest& request,
                                      const IpAddress& from, Time now,
                                      datagram::AnnounceReply& reply);

  /// Has the memory fetch what answers to these datagrams will read. Changes nothing, and may be
  /// left out.
  void look_ahead(std::span<const Asked> batch) const;

  /// False: nobody offers that name.
  [[nodiscard]] bool lookup(const datagram::LookupRequest& request, const IpAddress& from,
                            datagram::LookupReply& reply);
  void scrape(const datagram::ScrapeRequest& request, datagram::ScrapeReply& reply) const;
  void list(const datagram::ListRequest& request, datagram::ListReply& reply) const;

  /// Forgets peers that have been silent for too long, at most so many registrations at a time.
  void expire(Time now, std::size_t most = 10'000);
  /// When expire() will have something to do; nothing while there are no peers.
  [[nodiscard]] std::optional<Time> next_deadline() const;
  /// Heartbeats of the last while were not heard, and that was our fault: nobody is forgotten
  /// before a host's lifetime is over.
  void spare(Time now) { spared_until_ = now + options_.host_lifetime; }

  [[nodiscard]] std::size_t files() const { return catalogue_.size(); }
  [[nodiscard]] std::size_t peers() const { return members_.size(); }

 private:
  /// Where a host is listed that says so. Whoever is heard from an endpoint itself keeps it.
  [[nodiscard]] Endpoint place(const IpAddress& from, std::uint16_t port,
                               const std::optional<Endpoint>& said) const;
  /// The host at that endpoint if it is the one that asks; kNone if it is not.
  [[nodiscard]] Id asker(const Endpoint& endpoint, const IpAddress& from,
                         const PeerId& peer_id) const;
  /// Why there is no room for one more peer from there in that swarm (kNone: a new one); nothing if
  /// there is.
  [[nodiscard]] std::optional<std::string> why_full(Id swarm, const IpAddress& from) const;
  /// Makes room in the swarm for an announcer: of a party that has kMostOfParty there, the one
  /// that was silent for longest goes. False: there are hosts only.
  [[nodiscard]] bool make_place(Id swarm, const Party& party);
  /// Puts a host into a swarm, or renews its `member` there (kNone: it has none).
  void enter(const datagram::RegisterRequest& request, Id swarm, Id host, Id member);
  /// Finds the twin of a host's member that has none. A `fresh` member takes it from another one:
  /// the host has moved.
  void pair(Id member, Id host, bool fresh);
  /// It is listed where its host says that it is, and is not heard from there.
  [[nodiscard]] bool only_says_so(Id member) const;
  /// Whether that peer id may end it: a host's file only the host itself, as by withdraw().
  [[nodiscard]] bool may_stop(Id member, const PeerId& peer_id) const;
  /// Where its datagrams come from.
  [[nodiscard]] IpAddress source(Id member) const;
  /// True: it was the last one of its swarm, which went along.
  bool drop(Id member);
  void drop_host(Id host);
  /// Adds an announcer to that swarm (kNone: a new one) or hears of it again; the swarm it is in.
  [[nodiscard]] Result<Id> hear(const datagram::AnnounceRequest& request, Id swarm,
                                const Endpoint& endpoint, Time now);

  RegistryOptions options_;
  Catalogue catalogue_;
  Members members_;
  Hosts hosts_;
  IdList announcers_;  ///< members, by deadline
  Random random_;
  Time spared_until_{};
};

}  // namespace shoal::registry
