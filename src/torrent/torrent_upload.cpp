// Torrent: what goes out. Where super-seeding and upload slots meet.
#include <algorithm>
#include <utility>

#include "torrent/peer_limits.hpp"
#include "torrent/torrent.hpp"

namespace shoal::torrent {

/// Few while all peers together have much in hand.
std::size_t Torrent::blocks_a_write(const Peer& peer) const {
  const bool plenty = budget_.being_written < kMostBeingWritten;
  return plenty ? peer.blocks_a_write() : std::min(peer.blocks_a_write(), kAlwaysBlocks);
}

void Torrent::set_being_written(Peer& peer, std::size_t bytes) {
  std::size_t& before = peer.place().being_written;
  budget_.being_written += bytes;
  budget_.being_written -= std::exchange(before, bytes);
}

bool Torrent::shows_bit_by_bit(ConnectionKey peer, Time now) {
  if (!revealer_) return false;
  const bool hide = !revealer_->open();
  revealer_->joined(peer);
  // It cannot be interested before it was shown something, nor is it shown anything while choked.
  if (budget_.slots.limited()) revealer_->choked(peer, true, now);
  budget_.slots.wants(peer, now);
  return hide;
}

void Torrent::interested(ConnectionKey peer, bool wants, Time now) {
  const bool had_a_slot = budget_.slots.holds(peer);
  if (wants) {
    budget_.slots.wants(peer, now);
  } else if (!revealer_ || revealer_->open()) {
    budget_.slots.leaves(peer, now);
  }
  if (budget_.slots.limited() && budget_.slots.holds(peer) != had_a_slot) on_slots_changed(now);
}

void Torrent::on_slots_changed(Time now) {
  for (const auto& [key, peer] : peers_) {
    PeerProtocol* protocol = peer->protocol();
    if (protocol == nullptr) continue;
    const bool choked = !budget_.slots.holds(key);
    protocol->set_choked(choked);
    if (revealer_) revealer_->choked(key, choked, now);
    if (!protocol->outbox().empty()) wake(*peer);
  }
  reveal_more(now);
}

void Torrent::announced(ConnectionKey peer, PieceIndex piece, Time now) {
  if (revealer_) revealer_->announced(peer, piece, now);
  reveal_more(now);
}

void Torrent::announced(ConnectionKey peer, const Bitfield& pieces, Time now) {
  if (revealer_) revealer_->announced(peer, pieces);
  reveal_more(now);
}

void Torrent::requested(ConnectionKey peer, PieceIndex piece, Time now) {
  if (revealer_) revealer_->requested(peer, piece, now);
}

void Torrent::reveal_more(Time now) {
  if (!revealer_) return;
  reveals_.clear();
  revealer_->next(now, reveals_);
  for (const auto& [key, piece] : reveals_) {
    Peer* peer = find_open(key);
    if (peer == nullptr || !content_.has(piece)) continue;  // the disk has lost it
    peer->protocol()->reveal(piece);
    wake(*peer);
  }
}

}  // namespace shoal::torrent
