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
  std::size_t max_name_bytes = 100'000'000;  ///< of the names of all files together
  std::size_t max_peers = 4'000'000;         ///< peers of all files together
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

  /// A host offers a file or a folder; returns where it is listed. Refused: a live name with other
  /// content, names and lengths that are not allowed, a full table in which nobody holds more, a
  /// place that another host has and proves to have. What is told of a folder besides its info hash
  /// are hints, and those of who came first stay. A new peer id at a known endpoint is a restart:
  /// what the old one had registered is forgotten once this is granted, in the other family too.
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

  /// False: nobody offers that name. A folder is found whatever kinds were asked for.
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

  // For a fleet, whose trackers decide together (fleet/replica.hpp). A host is named by the
  // endpoint at which it is listed; whoever names it has made sure that it may be.

  /// Where the host is listed that speaks, by heartbeat or withdrawal; nothing if it is not here.
  [[nodiscard]] std::optional<Endpoint> speaker(const IpAddress& from, std::uint16_t port,
                                                const std::optional<Endpoint>& said,
                                                const PeerId& peer_id, datagram::Proof proof) const;
  /// What heartbeat() does of a host that is here, but for its deadline, and that nothing is
  /// dropped: what is to be, is appended to `stale`. True: without that, the host has registered
  /// exactly that set. `patience`: how long it has to register everything again.
  [[nodiscard]] bool compare(const Endpoint& host, const datagram::FileSet& said, Duration patience,
                             Time now, std::vector<InfoHash>& stale);
  /// One file, or all, of a host; it may be unknown.
  void withdraw(const Endpoint& host, const std::optional<InfoHash>& file);
  /// All peers of a swarm go. Precondition: it is here.
  void forget(Id swarm) { (void)give_way(swarm); }
  [[nodiscard]] const Hosts& hosts() const { return hosts_; }
  [[nodiscard]] const Members& members() const { return members_; }

  [[nodiscard]] std::size_t files() const { return catalogue_.size(); }
  [[nodiscard]] std::size_t peers() const { return members_.size(); }
  [[nodiscard]] const TrackerPeers& peers_by_role() const { return members_.by_role(); }
  [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] const RegistryOptions& options() const { return options_; }

 private:
  /// Where a host is listed that says so. Whoever is heard from an endpoint itself keeps it.
  [[nodiscard]] Endpoint place(const IpAddress& from, std::uint16_t port,
                               const std::optional<Endpoint>& said) const;
  /// The host at that endpoint if it is the one that asks; kNone if it is not.
  [[nodiscard]] Id asker(const Endpoint& endpoint, const IpAddress& from, const PeerId& peer_id,
                         datagram::Proof proof) const;
  /// Only who knows its proof speaks for it.
  [[nodiscard]] bool is_proven(Id host) const { return hosts_[host].proof != datagram::kNoProof; }
  /// Whether somebody from there may take the place of that host, as it does when started again.
  [[nodiscard]] bool may_follow(Id before, datagram::Proof proof, const IpAddress& from,
                                Time now) const;
  /// The same host in the other family, by peer id and proof; kNone without one.
  [[nodiscard]] Id twin_of(Id host) const;
  /// Whether nobody offers that file but a host (kNone: none) and its twin.
  [[nodiscard]] bool held_by(Id swarm, Id host) const;
  /// Somebody is granted its place: it goes, and with another peer id its twin, as in a restart.
  void make_way(Id before, const PeerId& peer_id);

  /// What a registration is about.
  struct Target {
    std::optional<InfoHash> hash;  ///< hashing is worth avoiding: names are mostly known
    Id swarm = kNone;              ///< of that name, or that hash
    bool described = false;        ///< somebody has said what it is
    Id member = kNone;             ///< at that endpoint
  };
  [[nodiscard]] Target target(const FileInfo& file, const Endpoint& endpoint) const;
  /// Makes room for one more peer from there in that swarm (kNone: a new one), and for a name if it
  /// brings one, where a table is full: somebody who holds more gives way (see giving_way.hpp). Or
  /// says why there is none. Peers, and swarms other than this one, may be gone afterwards.
  [[nodiscard]] std::optional<std::string> make_room(Id swarm, std::string_view name,
                                                     const IpAddress& from, Time now);
  /// What gives way to a newcomer whose party holds so much, but not that swarm; kNone: nothing. A
  /// file's name has at least so many bytes.
  void expect_source(Id member) const;
  [[nodiscard]] Id peer_to_go(Id swarm, const Party& newcomer, std::uint32_t held);
  [[nodiscard]] Id file_to_go(Id swarm, std::size_t name, const Party& newcomer,
                              std::uint32_t held);
  /// All of its peers go; false for kNone.
  bool give_way(Id swarm);
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
  struct {
    std::uint32_t held = kNone;
    Time until{};
  } futile_;  ///< who holds so much looks in vain for somebody who gives way
};

}  // namespace shoal::registry
