#include "registry/registry.hpp"

#include <algorithm>

#include "registry/said_address.hpp"

namespace shoal::registry {
namespace {

constexpr std::size_t kDefaultWant = 50;  // of announces that leave the number to us

/// A peer that registered from the tracker's own machine. Ours put the tracker's address in place
/// of it (docs/protocol.md); other clients would dial themselves.
bool can_use_loopback(const PeerId& peer_id, const IpAddress& from) {
  return from.is_loopback() || as_text(peer_id.bytes).starts_with("-SL");
}

std::unexpected<Error> unknown_hash() {
  return fail(Errc::not_found, "nobody has registered a file with that info hash here");
}

}  // namespace

Registry::Registry(const RegistryOptions& options)
    : options_(options),
      catalogue_(options.hash_key),
      members_(options.hash_key, catalogue_),
      hosts_(options.hash_key),
      random_(siphash(options.hash_key, {})) {}

Endpoint Registry::place(const IpAddress& from, std::uint16_t port,
                         const std::optional<Endpoint>& said) const {
  const Endpoint seen{from, port};
  if (!said || !may_say(*said, from, options_.closed)) return seen;
  const Id holder = hosts_.find(*said);
  const bool is_there = holder != kNone && hosts_[holder].from == said->address;
  return is_there && from != said->address ? seen : *said;
}

Id Registry::asker(const Endpoint& endpoint, const IpAddress& from, const PeerId& peer_id,
                   datagram::Proof proof) const {
  const Id id = hosts_.find(endpoint);
  if (id == kNone) return kNone;
  const Host& host = hosts_[id];
  // A proof is one word, compared as a whole: the time taken tells nothing of it.
  const bool proven = host.proof == datagram::kNoProof || host.proof == proof;
  return proven && host.peer_id == peer_id && host.from == from ? id : kNone;
}

bool Registry::heartbeat(const datagram::HeartbeatRequest& request, const IpAddress& from,
                         Time now) {
  const Id id =
      asker(place(from, request.port, request.said), from, request.peer_id, request.proof);
  if (id == kNone) return false;
  hosts_.extend(id, now + options_.host_lifetime);
  Host& host = hosts_[id];
  if (host.set == request.files) {
    host.resyncing = false;
    return true;
  }
  // Sooner, this is the same heartbeat once more, or one sent before our answer came.
  const bool had_time = now - host.told >= options_.host_lifetime / 2;
  if (host.resyncing && !had_time) return false;
  while (host.resyncing && members_[host.files.front()].epoch != host.epoch) {
    const bool last = host.set.count == 1;
    drop(host.files.front());  // the last one takes the host along
    if (last) return false;
  }
  host.resyncing = host.set != request.files;
  host.told = now;
  ++host.epoch;
  return !host.resyncing;
}

void Registry::withdraw(const datagram::WithdrawRequest& request, const IpAddress& from) {
  const Endpoint endpoint = place(from, request.port, request.said);
  if (asker(endpoint, from, request.peer_id, request.proof) == kNone) return;
  withdraw(endpoint, request.file);
}

void Registry::withdraw(const Endpoint& endpoint, const std::optional<InfoHash>& file) {
  const Id host = hosts_.find(endpoint);
  if (host == kNone) return;
  if (!file) return drop_host(host);
  const Id swarm = catalogue_.find(truncated(*file));
  if (swarm == kNone || catalogue_[swarm].info_hash != *file) return;
  const Id member = members_.find(swarm, endpoint);
  if (member != kNone && members_[member].host == host) drop(member);
}

std::optional<Endpoint> Registry::speaker(const IpAddress& from, std::uint16_t port,
                                          const std::optional<Endpoint>& said,
                                          const PeerId& peer_id, datagram::Proof proof) const {
  const Endpoint endpoint = place(from, port, said);
  if (asker(endpoint, from, peer_id, proof) == kNone) return std::nullopt;
  return endpoint;
}

bool Registry::compare(const Endpoint& endpoint, const datagram::FileSet& said, Duration patience,
                       Time now, std::vector<InfoHash>& stale) {
  const Id id = hosts_.find(endpoint);
  if (id == kNone) return false;
  Host& host = hosts_[id];
  datagram::FileSet left = host.set;
  if (left != said && host.resyncing && now - host.told < patience) return false;
  if (left != said && host.resyncing)
    for (Id at = host.files.front(); at != kNone && members_[at].epoch != host.epoch;
         at = members_[at].links.next) {
      stale.push_back(catalogue_[members_[at].swarm].info_hash);
      left.remove(stale.back());
    }
  host.resyncing = left != said;
  if (host.resyncing) {
    host.told = now;
    ++host.epoch;
  }
  return !host.resyncing;
}

Result<Id> Registry::hear(const datagram::AnnounceRequest& request, Id swarm,
                          const Endpoint& endpoint, Time now) {
  Id member = swarm == kNone ? kNone : members_.find(swarm, endpoint);
  if (member != kNone && only_says_so(member)) {
    drop_host(members_[member].host);
    member = kNone;
    swarm = catalogue_.find(request.info_hash);  // it may have had nobody else
    if (swarm == kNone && !options_.open) return unknown_hash();
  }
  const bool seeder = request.left == 0;
  const std::uint32_t tag = tag_of(request.peer_id);
  bool finished = seeder;  // as far as its earlier announces told
  if (member == kNone) {
    if (swarm != kNone && !make_place(swarm, Party::of(endpoint.address))) return swarm;
    if (auto why = make_room(swarm, {}, endpoint.address, now))
      return fail(Errc::table_full, std::move(*why));
    if (swarm == kNone) swarm = catalogue_.add(request.info_hash);
    member = members_.add(swarm, endpoint, endpoint.address, seeder, tag);
    announcers_.push_back(members_.slab(), member);
  } else if (const Id host = members_[member].host; host == kNone || !is_proven(host)) {
    finished = members_.update(member, seeder, tag);
    members_.heard(member);
  } else {
    finished = false;  // what is so of it, its registrations tell
  }
  // A host that announces as well goes on living by its heartbeats.
  if (members_[member].host == kNone) {
    members_[member].deadline = now + options_.announcer_lifetime;
    announcers_.move_to_back(members_.slab(), member);
  }
  if (finished && request.event == datagram::AnnounceEvent::completed)
    ++catalogue_[swarm].completed;
  return swarm;
}

bool Registry::only_says_so(Id member) const {
  const Id host = members_[member].host;
  return host != kNone && hosts_[host].from != hosts_[host].endpoint.address;
}

bool Registry::may_stop(Id member, const PeerId& peer_id) const {
  const Id host = members_[member].host;
  return host == kNone || (!is_proven(host) && hosts_[host].peer_id == peer_id);
}

Result<void> Registry::announce(const datagram::AnnounceRequest& request, const IpAddress& from,
                                Time now, datagram::AnnounceReply& reply) {
  reply.leechers = reply.seeders = 0;
  reply.peers.clear();
  const Endpoint endpoint{from, request.port};
  const bool leaves = request.event == datagram::AnnounceEvent::stopped;
  Id swarm = catalogue_.find(request.info_hash);
  if (swarm == kNone && !options_.open) return unknown_hash();

  if (leaves) {
    const Id member = swarm == kNone ? kNone : members_.find(swarm, endpoint);
    if (member != kNone && may_stop(member, request.peer_id) && drop(member)) swarm = kNone;
  } else if (request.port != 0) {  // without a port it can ask, but not be asked
    const auto heard = hear(request, swarm, endpoint, now);
    if (!heard) return std::unexpected(heard.error());
    swarm = *heard;
  }

  if (swarm == kNone) return {};
  const Swarm& found = catalogue_[swarm];
  reply.seeders = found.seeders();
  reply.leechers = found.leechers();
  if (leaves) return {};
  const std::size_t want =
      request.num_want < 0 ? kDefaultWant : static_cast<std::size_t>(request.num_want);
  found.sample_family(std::min(want, datagram::max_announce_peers(from.is_v4())),
                      {from, tag_of(request.peer_id), !can_use_loopback(request.peer_id, from)},
                      random_, reply.peers);
  return {};
}

bool Registry::lookup(const datagram::LookupRequest& request, const IpAddress& from,
                      datagram::LookupReply& reply) {
  const Id swarm = catalogue_.find(request.name);
  if (swarm == kNone) return false;
  const Swarm& found = catalogue_[swarm];
  reply.length = found.file.length;
  reply.piece_length = found.file.piece_length;
  reply.root = found.file.root;
  reply.folder = found.file.folder;
  reply.kinds = request.kinds;
  reply.seeders = found.seeders();
  reply.leechers = found.leechers();
  reply.peers.clear();
  found.sample(datagram::kMaxLookupPeers, {from, tag_of(request.peer_id)}, random_, reply.peers);
  return true;
}

void Registry::scrape(const datagram::ScrapeRequest& request, datagram::ScrapeReply& reply) const {
  reply.files.clear();
  for (const InfoHash20& hash : request.info_hashes) {
    datagram::ScrapeEntry& entry = reply.files.emplace_back();
    const Id swarm = catalogue_.find(hash);
    if (swarm == kNone) continue;
    const Swarm& found = catalogue_[swarm];
    entry = {found.seeders(), found.completed, found.leechers()};
  }
}

void Registry::list(const datagram::ListRequest& request, datagram::ListReply& reply) const {
  catalogue_.list(request, datagram::kMaxDatagram, reply);
}

bool Registry::drop(Id id) {
  const Member member = members_[id];
  const IpAddress from = source(id);
  if (member.host == kNone) {
    announcers_.erase(members_.slab(), id);
  } else {
    Host& host = hosts_[member.host];
    host.files.erase(members_.slab(), id);
    host.set.remove(catalogue_[member.swarm].info_hash);
    if (host.files.empty()) hosts_.remove(member.host);
  }
  members_.remove(id, from);
  if (catalogue_[member.swarm].size() != 0) return false;
  catalogue_.remove(member.swarm);
  return true;
}

void Registry::drop_host(Id host) {
  for (std::uint32_t left = hosts_[host].set.count; left > 0; --left)
    drop(hosts_[host].files.front());
}

void Registry::expire(Time now, std::size_t most) {
  if (now < spared_until_) return;
  for (; most > 0; --most) {
    const Id host = hosts_.oldest();
    const Id announcer = announcers_.front();
    if (host != kNone && hosts_[host].deadline <= now)
      drop(hosts_[host].files.front());
    else if (announcer != kNone && members_[announcer].deadline <= now)
      drop(announcer);
    else
      return;
  }
}

std::optional<Time> Registry::next_deadline() const {
  std::optional<Time> next;
  if (const Id host = hosts_.oldest(); host != kNone) next = hosts_[host].deadline;
  if (const Id first = announcers_.front(); first != kNone)
    next = std::min(next.value_or(Time::max()), members_[first].deadline);
  if (next) next = std::max(*next, spared_until_);
  return next;
}

}  // namespace shoal::registry
