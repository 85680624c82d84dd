// Torrent: who may be here. Whom to dial, to let in, to close for another.
#include <algorithm>
#include <utility>

#include "torrent/peers/crowding.hpp"
#include "torrent/torrent.hpp"

namespace shoal::torrent {
namespace {

constexpr std::size_t kMostDialled = 40;  // more peers than that bring nothing (swarm policy, C3)
constexpr Duration kBan = std::chrono::minutes(10);  // of an address that is our own
// Of no use for that long, a connection that was dialled makes room to dial another.
constexpr Duration kIdleWhenDialling = std::chrono::seconds(60);

/// The peer to close so that another can be dialled.
template <class Peers>
Peer* whom_to_close(const Peers& peers, Time now) {
  std::vector<Occupant> occupants;
  for (const auto& [key, peer] : peers) {
    if (peer->closing || !peer->dialled() || !peer->has_protocol()) continue;
    occupants.push_back({key, peer->place().party, peer->useful_at()});
  }
  const auto victim = whom_to_leave(occupants, kIdleWhenDialling, now);
  return victim ? peers.at(*victim).get() : nullptr;
}

constexpr const char* kMakesRoom = "of no use, and others wait";

}  // namespace

std::optional<ConnectionKey> Torrent::on_incoming(const Endpoint& remote, Time now) {
  const Party party = Party::of(remote.address);
  if (closed_ || directory_.banned(party, now)) return std::nullopt;
  if (!budget_.places.has_room_for(party)) {
    Place* const leaves = budget_.places.whom_to_leave(party, now);
    if (leaves == nullptr) return std::nullopt;
    leaves->leaving = true;
    budget_.to_leave.emplace_back(leaves->swarm, leaves->key);
  }
  return new_peer(remote, false, now).key();
}

void Torrent::make_room(ConnectionKey key) {
  if (Peer* peer = find(key)) close_peer(*peer, kMakesRoom);
}

void Torrent::add_peers(std::span<const Endpoint> peers, Time now) {
  for (const Endpoint& peer : peers) directory_.add(peer);
  dial_peers(now);
  look_what_holds(now);
}

void Torrent::dial_peers(Time now) {
  if (closed_ || download_ == nullptr || content_.complete()) return;
  if (dialled_ >= kMostDialled && directory_.anybody_due(now)) {
    Peer* const leaves = whom_to_close(peers_, now);
    if (leaves != nullptr) close_peer(*leaves, kMakesRoom);
  }
  // Places stay free for those who come to us, and for others at the peers that we go to.
  const std::size_t most = std::max<std::size_t>(budget_.places.most() * 4 / 5, 1);
  while (dialled_ < kMostDialled && budget_.places.taken() < most) {
    const auto endpoint = directory_.next_to_dial(now);
    if (!endpoint) return;
    ++dialled_;
    actions_.dials.push_back({new_peer(*endpoint, true, now).key(), *endpoint});
  }
}

bool Torrent::is_welcome(Peer& peer, const PeerId& id, Time now) {
  if (id == self_.peer_id) {
    if (peer.listens_at) directory_.ban(*peer.listens_at, kBan, now, PeerTrouble::ourselves);
    close_peer(peer, "that is ourselves");
    return false;
  }
  for (const auto& [key, other] : peers_) {
    const PeerProtocol* protocol = other->protocol();
    if (protocol == nullptr || other->closing || protocol->peer_id() != id) continue;
    if (other->remote().address != peer.remote().address) continue;  // a stranger with its id
    // Of one that is looked for where it said it listens, both sides keep the same one.
    const bool looked_for = peer.dialled() && !other->is_found();
    const Duration silence = now - std::max(protocol->heard_at(), other->useful_at());
    const Twins twins{.old_dialled = protocol->dialled(),
                      .new_dialled = peer.dialled(),
                      .our_id_is_smaller = self_.peer_id < id,
                      .silence = looked_for ? Duration::zero() : silence};
    if (!new_one_stays(twins)) {
      if (peer.dialled()) other->found_at(peer.remote());
      close_peer(peer, "connected already");
      return false;
    }
    close_peer(*other, "connected twice");
  }
  if (peer.listens_at) directory_.connected(*peer.listens_at);
  return true;
}

void Torrent::listens_at(ConnectionKey key, const Endpoint& endpoint, Time now) {
  Peer* peer = find(key);
  if (peer == nullptr || endpoint.port < kLeastPort) return;
  if (directory_.banned(endpoint, now)) return close_peer(*peer, "banned");
  peer->listens_at = endpoint;
  directory_.claimed(endpoint);
}

/// One that came to us and has given nothing for a while may have named a neighbour's port, so that
/// we would not dial that: it is dialled, to see. If it was there, either connection goes, and that
/// is known.
void Torrent::look_where_it_listens(Peer& peer, Time now) {
  constexpr Duration kBelieved = std::chrono::seconds(30);
  if (download_ == nullptr || peer.is_found() || !peer.listens_at) return;
  if (now - peer.gave_at() < kBelieved) return;
  peer.protocol()->keep_alive();  // or it would take the next one for proof that this one is lost
  const Endpoint claimed = *std::exchange(peer.listens_at, std::nullopt);
  if (!listens_somebody_at(claimed)) directory_.ended(claimed, true, now, PeerTrouble::none);
}

bool Torrent::listens_somebody_at(const Endpoint& endpoint) const {
  return std::ranges::any_of(
      peers_, [&](const auto& entry) { return entry.second->listens_at == endpoint; });
}

void Torrent::learned(ConnectionKey from, const wire::Pex& pex) {
  const Peer* peer = find(from);
  if (download_ == nullptr || peer == nullptr) return;
  const Party teller = Party::of(peer->remote().address);
  for (const wire::PexPeer& one : pex.added) directory_.add_told(one.endpoint, teller);
}

// ---- peers of peers ---------------------------------------------------------

/// Tells peers of each other, where they want that (ut_pex, BEP 11).
void Torrent::exchange_peers(Time now) {
  std::vector<Peer*> asking;
  for (const auto& [key, peer] : peers_) {
    const PeerProtocol* protocol = peer->protocol();
    if (protocol != nullptr && protocol->wants_peers(now)) asking.push_back(peer.get());
  }
  if (asking.empty()) return;
  std::vector<wire::PexPeer> connected;
  for (const auto& [key, peer] : peers_) {
    const PeerProtocol* protocol = peer->protocol();
    if (protocol == nullptr || !peer->listens_at) continue;
    const int flags =
        (protocol->is_seed() ? wire::kPexSeed : 0) | (peer->dialled() ? wire::kPexReachable : 0);
    connected.push_back({*peer->listens_at, static_cast<std::uint8_t>(flags)});
  }
  std::ranges::sort(connected, {}, &wire::PexPeer::endpoint);
  const auto repeated = std::ranges::unique(connected, {}, &wire::PexPeer::endpoint);
  connected.erase(repeated.begin(), repeated.end());
  for (Peer* peer : asking) {
    peer->protocol()->tell_peers(connected, peer->listens_at.value_or(peer->remote()), now);
    wake(*peer);
  }
}

}  // namespace shoal::torrent
