// Torrent: wrong data. What it costs those who send it, and what of our own disk peers make us
// doubt.
#include <algorithm>

#include "torrent/torrent.hpp"

namespace shoal::torrent {
namespace {

constexpr Duration kLiarBan = std::chrono::minutes(10);
constexpr Duration kShortBan = std::chrono::minutes(1);  // for breaking the protocol

}  // namespace

void Torrent::misbehaved(Peer& peer, const Error& how, Time now) {
  if (how.code == Errc::unprovable) return lied(peer.sender(), now);
  // Where one that came to us listens nobody knows: it may have named a neighbour's port.
  if (peer.dialled()) directory_.ban(peer.remote(), kShortBan, now, PeerTrouble::shut_out);
}

void Torrent::lied(const Sender& liar, Time now) {
  ++liars_;
  tell_of(liar);
  directory_.lied(liar.endpoint, liar.dialled, kLiarBan, now);
}

/// Who comes to us time and again is told once, by its address, and not for ever.
void Torrent::tell_of(const Sender& liar) {
  constexpr std::size_t kMostTold = 100;
  Endpoint who = liar.endpoint;
  if (!liar.dialled) who.port = 0;
  if (told_of_.size() >= kMostTold || !told_of_.insert(who).second) return;
  actions_.liars.push_back(who);
}

void Torrent::convicted(PieceIndex piece, std::span<const Sender> liars, Time now) {
  for (const Sender& liar : liars) punish(liar, piece, now);
}

/// Who sends a wrong piece is shut out. One that others cannot stand in for, and that was right
/// more often than wrong, may have a bad spot on its disk: it is asked for its other pieces.
void Torrent::punish(const Sender& liar, PieceIndex piece, Time now) {
  tell_of(liar);
  reputation_.wrong(liar.endpoint, piece);
  Peer* peer = find_open(liar.connection);
  if (peer == nullptr || peer->closing) return punish_afterwards(liar, now);
  if (!reputation_.is_liar(liar.endpoint) && is_only_source(peer->protocol())) {
    return peer->protocol()->doubt(piece, now);
  }
  misbehaved(*peer, {Errc::unprovable, "sent a block that is not the file's"}, now);
  close_peer(*peer, "sent wrong data", true);
}

/// Of one that left before it was found out, and perhaps is back.
void Torrent::punish_afterwards(const Sender& liar, Time now) {
  if (directory_.has_lied(liar.endpoint, now)) return;
  if (!reputation_.is_liar(liar.endpoint, 0) && is_only_source(nullptr)) return;
  lied(liar, now);
  if (!liar.dialled) return;
  for (const auto& [key, peer] : peers_) {
    if (peer->listens_at == liar.endpoint) close_peer(*peer, "banned");
  }
}

// ---- the only source --------------------------------------------------------

/// Some piece that is missing can be had nowhere else, as far as we are shown. Null: one that has
/// left.
bool Torrent::is_only_source(const PeerProtocol* peer) const {
  if (download_ == nullptr || !download_->picks()) return false;
  for (std::uint32_t i = 0; i < content_.space().pieces(); ++i) {
    if (!content_.misses(PieceIndex{i})) continue;
    const bool shown = peer != nullptr && peer->askable().test(i);
    if (peer != nullptr && !shown && !peer->is_origin()) continue;
    if (download_->picker().availability(PieceIndex{i}) <= (shown ? 1u : 0u)) return true;
  }
  return false;
}

/// What was wrong may be right another time; that is tried last of all, and a few times only.
void Torrent::ask_again_for_doubted(Time now) {
  constexpr Duration kPause = std::chrono::seconds(1);
  if (download_ == nullptr) return;
  for (const auto& [key, peer] : peers_) {
    PeerProtocol* protocol = peer->protocol();
    if (protocol == nullptr) continue;
    const auto idle_since = protocol->idle_since_doubt();
    if (!idle_since || now - *idle_since < kPause) continue;
    const std::vector<PieceIndex> doubted(protocol->doubted().begin(), protocol->doubted().end());
    for (const PieceIndex piece : doubted) {
      const PieceIndex wanted = content_.wanted_as(piece);
      if (!content_.has(wanted) && reputation_.may_try_again(peer->remote(), wanted)) {
        protocol->trust_again(piece);
      }
    }
    protocol->ask_for_more(now);
    wake_if_it_writes(*peer);
  }
}

/// One who has the whole file shows it bit by bit, and is slow perhaps: what is still to come from
/// there is not lost. But what was wrong from there may be shown no more for that.
bool Torrent::somebody_may_show(PieceIndex piece) const {
  return std::ranges::any_of(peers_, [&](const auto& entry) {
    const Peer& peer = *entry.second;
    return peer.has_protocol() && peer.protocol()->is_origin() &&
           !reputation_.sent_wrong(peer.remote(), piece);
  });
}

std::size_t Torrent::unprovable() const {
  const std::size_t missing = content_.wanted_pieces() - content_.have().count();
  if (download_ == nullptr || !download_->ready() || reputation_.pieces_wrong() < missing) return 0;
  for (std::uint32_t i = 0; i < content_.space().pieces(); ++i) {
    const PieceIndex piece{i};
    if (!content_.misses(piece)) continue;
    if (!reputation_.was_wrong(piece) || download_->picker().availability(piece) > 0) return 0;
    if (somebody_may_show(piece)) return 0;
  }
  return missing;
}

// ---- our own disk -----------------------------------------------------------

void Torrent::look_at_doubts(Time now) {
  if (download_ != nullptr || closed_) return doubts_.clear();
  if (doubts_.peers_must_know(now)) {
    // Who could not be told hears what is here when it comes again.
    for (const auto& [key, peer] : peers_) {
      const PeerProtocol* const protocol = peer->protocol();
      if (protocol != nullptr && protocol->is_misled()) close_peer(*peer, "a piece is gone");
    }
  }
  if (budget_.proves_a_piece) return;
  const auto piece = doubts_.next(now);
  if (!piece || !content_.has(*piece)) return;
  budget_.proves_a_piece = proves_a_piece_ = true;
  actions_.proofs.push_back(*piece);
}

void Torrent::lose(PieceIndex piece, Time now) {
  if (closed_ || download_ != nullptr || !content_.has(piece)) return;
  content_.remove(piece);
  for (const auto& [key, peer] : peers_) {  // what was asked of it is not served
    PeerProtocol* protocol = peer->protocol();
    if (protocol == nullptr) continue;
    protocol->lost(piece);
    if (!protocol->outbox().empty()) wake(*peer);
  }
  doubts_.found_gone(now);
}

}  // namespace shoal::torrent
