#include "swarm/revealer.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace shoal::swarm {
namespace {

constexpr std::uint64_t kFirstPieces = 8;  // shown while the rate is unknown
constexpr std::uint64_t kFewestPieces = 4;
constexpr std::uint64_t kFirstBytes = 1 << 20;        // to a peer that is alone
constexpr std::chrono::duration<double> kAhead(0.5);  // of sending, shown ahead
constexpr std::size_t kMostPassed = 16;  // over, because nobody can take them, at one go
constexpr std::size_t kMostPending = 4;  // a peer that asks, when there are more peers than that
constexpr Duration kLongestAnswer = std::chrono::milliseconds(500);
constexpr Duration kIgnored = std::chrono::seconds(2);       // shown and not asked for
constexpr Duration kLeftToOthers = std::chrono::seconds(2);  // since news of another seeder
constexpr Duration kStuck = std::chrono::seconds(5);         // asked for and not moving

}  // namespace

Revealer::Revealer(const Geometry& geometry, std::uint64_t seed)
    : geometry_(geometry), pieces_(geometry.pieces()), queued_(geometry.pieces()), random_(seed) {
  place_ = random_() % pieces_.size();
}

Revealer::Peer* Revealer::find(ConnectionKey key) {
  const auto found = std::ranges::find(peers_, key, &Peer::key);
  return found == peers_.end() ? nullptr : &*found;
}

void Revealer::joined(ConnectionKey peer) {
  Peer joining;
  joining.key = peer;
  joining.shown = Bitfield(pieces_.size());
  joining.has = Bitfield(pieces_.size());
  joining.sees_all = open();
  peers_.push_back(std::move(joining));
}

void Revealer::left(ConnectionKey key) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  show_to_others(*peer);
  for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
    if (peer->has.test(index)) let_go(index);
  }
  peers_.erase(peers_.begin() + (peer - peers_.data()));
  some_ask_ = std::ranges::any_of(peers_, &Peer::asks);
}

/// What it was shown and has not got whole.
void Revealer::show_to_others(const Peer& peer) {
  for (const std::uint32_t index : std::vector(peer.pending)) {
    end_pending(index);
    enqueue(index, Turn::next);
  }
}

void Revealer::choked(ConnectionKey key, bool choked) {
  Peer* peer = find(key);
  if (peer == nullptr || choked == std::exchange(peer->choked, choked)) return;
  if (choked) show_to_others(*peer);
}

// ---- who has what -----------------------------------------------------------

void Revealer::hold(Peer& peer, std::uint32_t index) {
  if (peer.has.test(index)) return;
  peer.has.set(index);
  if (pieces_[index].holders++ == 0) ++held_;
}

void Revealer::let_go(std::uint32_t index) {
  if (--pieces_[index].holders > 0) return;
  --held_;
  if (pieces_[index].stage == Stage::out)
    enqueue(index, Turn::next);  // it left with its last holder
}

void Revealer::enqueue(std::uint32_t index, Turn turn) {
  Piece& piece = pieces_[index];
  if (piece.holders > 0) return;
  piece.stage = Stage::queued;
  ++queued_;
  if (turn == Turn::next && !std::exchange(piece.again, true)) again_.push_front(index);
}

void Revealer::end_pending(std::uint32_t index) {
  Piece& piece = pieces_[index];
  --pending_;
  std::erase(find(piece.owner)->pending, index);
  if (piece.counts) committed_ -= geometry_.size(PieceIndex{index}) - piece.sent;
  piece.stage = Stage::out;
}

void Revealer::announced(ConnectionKey key, PieceIndex piece) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  const std::uint32_t index = value(piece);
  Piece& state = pieces_[index];
  const bool ours = state.stage == Stage::pending && state.owner == key;
  if (ours) end_pending(index);
  if (!ours && state.holders == 0) {  // it did not come from us
    news_of_others_ = true;
    if (state.stage == Stage::pending) in_the_way_ = true;  // and we are just behind who sent it
  }
  hold(*peer, index);
  if (state.stage != Stage::queued) return;
  state.stage = Stage::out;
  --queued_;
}

void Revealer::announced(ConnectionKey key, const Bitfield& pieces) {
  for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
    if (pieces.test(index)) announced(key, PieceIndex{index});
  }
  news_of_others_ = false;  // it had them when it came
}

void Revealer::requested(ConnectionKey key, PieceIndex piece, Time now) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  some_ask_ = peer->asks = true;
  Piece& state = pieces_[value(piece)];
  if (state.stage != Stage::pending || state.owner != key) return;
  if (!std::exchange(state.requested, true)) answered(now - state.since);
  if (!std::exchange(state.counts, true)) committed_ += geometry_.size(piece) - state.sent;
  state.since = now;
}

/// Somebody's request came so long after it was shown the piece. Behind a busy uplink that is much
/// longer than the round trip of the line.
void Revealer::answered(Duration after) {
  round_trip_ += (std::min(after, kLongestAnswer) - round_trip_) / 8;
}

void Revealer::sent(ConnectionKey key, PieceIndex piece, std::uint32_t bytes, Time now) {
  rate_.add(bytes, now);
  Peer* peer = find(key);
  if (peer == nullptr) return;
  peer->last_sent = now;
  const std::uint32_t index = value(piece);
  Piece& state = pieces_[index];
  if (state.stage != Stage::pending || state.owner != key) return;
  const std::uint32_t counted = std::min(bytes, geometry_.size(piece) - state.sent);
  state.sent += counted;
  state.since = now;
  if (state.counts) committed_ -= counted;
  if (state.sent < geometry_.size(piece)) return;
  end_pending(index);
  peer->given.push_back(index);
  peer->strikes = 0;
  hold(*peer, index);
}

void Revealer::held_back(ConnectionKey key, Time now) {
  if (Peer* peer = find(key)) peer->last_sent = now;
}

// ---- what is shown next -----------------------------------------------------

bool Revealer::is_free(std::size_t index) const {
  return pieces_[index].stage == Stage::queued;
}

/// The file is a ring here.
Revealer::Stretch Revealer::longest_free() const {
  const std::size_t size = pieces_.size();
  Stretch longest;
  Stretch current;
  for (std::size_t i = 0; i < 2 * size && longest.length < size; ++i) {
    if (!is_free(i % size)) {
      current.length = 0;
      continue;
    }
    if (current.length++ == 0) current.begin = i % size;
    if (current.length > longest.length) longest = current;
  }
  return longest;
}

/// False when all that is left may be under way from another seeder.
bool Revealer::go_on_elsewhere(Time now) {
  const Stretch stretch = longest_free();
  if (peers_.size() == 1 || !others_at_ || now - *others_at_ > kLeftToOthers) {
    place_ = stretch.begin;
    return true;
  }
  // Where another one walks, it is further than we have heard: by about as much as we have under
  // way, or would have if we were not waiting here.
  const std::size_t ahead = std::max<std::size_t>(pending_, window() / geometry_.piece_length());
  if (stretch.length <= ahead) return false;
  // Not where a third one goes at the same moment.
  const std::size_t room = stretch.length - ahead;
  place_ = (stretch.begin + ahead + room / 4 + random_() % (room / 2 + 1)) % pieces_.size();
  return true;
}

std::optional<std::uint32_t> Revealer::next_piece(Time now) {
  while (!again_.empty()) {
    const std::uint32_t index = again_.front();
    again_.pop_front();
    pieces_[index].again = false;
    if (is_free(index)) return index;
  }
  if (queued_ == 0) return std::nullopt;
  if (in_the_way_ || !is_free(place_)) {
    if (!go_on_elsewhere(now)) return std::nullopt;
    in_the_way_ = false;
  }
  const auto index = static_cast<std::uint32_t>(place_);
  place_ = (place_ + 1) % pieces_.size();
  return index;
}

// ---- showing ----------------------------------------------------------------

void Revealer::take_back_idle(Time now) {
  const Duration ignored = std::max(kIgnored, 10 * round_trip_);
  for (Peer& peer : peers_) {
    for (const std::uint32_t index : std::vector(peer.pending)) {
      const Piece& state = pieces_[index];
      const Duration patience = state.requested ? std::max(kStuck, ignored) : ignored;
      if (now - std::max(state.since, peer.last_sent) <= patience) continue;
      ++peer.strikes;
      pieces_[index].avoid = peer.key;
      end_pending(index);
      // A peer that is alone would be shown the same few for ever.
      enqueue(index, peers_.size() > 1 ? Turn::next : Turn::last);
    }
  }
}

std::uint64_t Revealer::window() const {
  const double rate = rate_.best();
  const std::chrono::duration<double> ahead = kAhead + 3 * round_trip_;
  const std::uint64_t pieces = rate > 0 ? kFewestPieces : kFirstPieces;
  std::uint64_t bytes =
      std::max(pieces * geometry_.piece_length(), static_cast<std::uint64_t>(rate * ahead.count()));
  if (peers_.size() == 1) bytes = std::max(bytes, kFirstBytes);
  return bytes;
}

double Revealer::cost(Peer& peer) {
  std::erase_if(peer.given, [&](std::uint32_t index) { return pieces_[index].holders > 1; });
  const auto unshared = static_cast<double>(peer.given.size());
  return 4.0 * static_cast<double>(peer.pending.size()) + 0.5 * unshared +
         1000.0 * std::max(0.0, unshared - 1) + 1e6 * peer.strikes;
}

/// One that has asked for nothing yet gets one piece, which is not held against the window, and no
/// other if it does nothing with it: hundreds of silent peers are not to keep the others waiting.
bool Revealer::takes_more(const Peer& peer) const {
  if (peer.choked) return false;
  if (!peer.asks && peers_.size() > 1) {
    return peer.pending.empty() && (peer.strikes == 0 || !some_ask_);
  }
  return peers_.size() <= kMostPending || peer.pending.size() < kMostPending;
}

Revealer::Peer* Revealer::best_owner(std::uint32_t index) {
  Peer* best = nullptr;
  double best_cost = 0;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[(turn_ + i) % peers_.size()];
    if (peer.has.test(index)) continue;
    if (peers_.size() > 1 && peer.key == pieces_[index].avoid) continue;
    if (!takes_more(peer)) continue;
    const double its_cost = peers_.size() == 1 ? 0 : cost(peer);
    if (best == nullptr || its_cost < best_cost) {
      best = &peer;
      best_cost = its_cost;
    }
  }
  ++turn_;
  return best;
}

void Revealer::show(Peer& peer, std::uint32_t index, Time now, std::vector<Reveal>& out) {
  if (!peer.shown.test(index)) {
    peer.shown.set(index);
    out.push_back({peer.key, PieceIndex{index}});
  }
  pieces_[index].since = now;
}

void Revealer::next(Time now, std::vector<Reveal>& out) {
  if (peers_.empty()) return;
  if (open()) {
    for (Peer& peer : peers_) {
      if (std::exchange(peer.sees_all, true)) continue;
      for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
        if (!peer.has.test(index)) show(peer, index, now, out);
      }
    }
    return;
  }
  if (std::exchange(news_of_others_, false)) {
    others_at_ = now;
    // We may walk just ahead of it or behind it without noticing: now and then one of us leaves.
    if (now >= may_leave_at_) {
      may_leave_at_ = now + kLeftToOthers;
      if (random_() % 2 == 0) in_the_way_ = true;
    }
  }
  std::size_t passed = 0;  // pieces that nobody can take now
  while (committed_ < window() && passed < std::min(queued_, kMostPassed)) {
    if (std::ranges::none_of(peers_, [&](const Peer& each) { return takes_more(each); })) return;
    const auto next = next_piece(now);
    if (!next) return;
    const std::uint32_t index = *next;
    Piece& piece = pieces_[index];
    Peer* owner = best_owner(index);
    if (owner == nullptr) {
      ++passed;
      continue;
    }
    piece.stage = Stage::pending;
    --queued_;
    ++pending_;
    piece.owner = owner->key;
    piece.requested = false;
    piece.counts = owner->asks || peers_.size() == 1;
    piece.sent = 0;
    owner->pending.push_back(index);
    if (piece.counts) committed_ += geometry_.size(PieceIndex{index});
    show(*owner, index, now, out);
  }
}

}  // namespace shoal::swarm
