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
// To those who have asked for nothing yet.
constexpr Duration kOffer = std::chrono::milliseconds(500);  // until others are shown it, too
constexpr std::size_t kMostOffers = 32;                      // in that time, and not asked for
constexpr Duration kNextOffer = std::chrono::seconds(10);    // to the same peer
// Of those who have taken nothing yet, while others have.
constexpr std::size_t kMostTrials = 8;                   // pieces shown to them all
constexpr Duration kPenalty = std::chrono::seconds(10);  // for each strike
constexpr std::uint32_t kMostPenalties = 6;
// What too few say they have is left to them for so long.
constexpr Duration kSpreading = std::chrono::seconds(1);
constexpr std::size_t kFewestHolders = 2;
constexpr std::size_t kShareOfHolders = 4;  // a quarter of all peers, when that is more

}  // namespace

Revealer::Revealer(const Geometry& geometry, std::uint64_t seed)
    : geometry_(geometry), pieces_(geometry.pieces()), random_(seed) {
  counts_[static_cast<std::size_t>(Stage::queued)] = pieces_.size();
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
  offers_due_ = true;
}

void Revealer::left(ConnectionKey key) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  const bool was_open = open();
  show_to_others(*peer);
  for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
    if (peer->has.test(index)) let_go(*peer, index, was_open);
  }
  prove(*peer, false);
  peers_.erase(peers_.begin() + (peer - peers_.data()));
  offers_due_ = true;
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
  offers_due_ = true;
}

// ---- who has what -----------------------------------------------------------

/// So many peers must say that they have a piece that we have sent to nobody: what only a few say
/// may not be true.
std::size_t Revealer::quorum() const {
  return std::max(kFewestHolders, peers_.size() / kShareOfHolders);
}

void Revealer::prove(Peer& peer, bool proven) {
  if (proven == std::exchange(peer.proven, proven)) return;
  proven_ += proven ? 1 : -1;
  if (proven) peer.strikes = 0;
}

void Revealer::set_stage(std::uint32_t index, Stage stage) {
  --counts_[static_cast<std::size_t>(pieces_[index].stage)];
  ++counts_[static_cast<std::size_t>(stage)];
  pieces_[index].stage = stage;
}

void Revealer::hold(Peer& peer, std::uint32_t index) {
  if (peer.has.test(index)) return;
  peer.has.set(index);
  ++pieces_[index].holders;
}

void Revealer::let_go(const Peer& peer, std::uint32_t index, bool was_open) {
  Piece& piece = pieces_[index];
  --piece.holders;
  if (piece.given && piece.owner == peer.key) piece.given = false;
  if (piece.stage != Stage::out || piece.given) return;
  // Once everything was out, those who stay have had the time to get it from who leaves.
  if (piece.holders < (was_open ? 1 : quorum())) enqueue(index, Turn::next);
}

/// To be shown again, unless others have it by now.
void Revealer::enqueue(std::uint32_t index, Turn turn) {
  Piece& piece = pieces_[index];
  set_stage(index, piece.holders < quorum() ? Stage::queued : Stage::out);
  piece.since = {};
  piece.offered = false;
  if (is_free(index) && turn == Turn::next && !std::exchange(piece.again, true)) {
    again_.push_front(index);
  }
}

/// What comes next is the caller's.
void Revealer::end_pending(std::uint32_t index) {
  stop_counting(index);
  std::erase(find(pieces_[index].owner)->pending, index);
}

void Revealer::start_counting(std::uint32_t index) {
  Piece& piece = pieces_[index];
  if (std::exchange(piece.counts, true)) return;
  committed_ += geometry_.size(PieceIndex{index}) - piece.sent;
}

void Revealer::stop_counting(std::uint32_t index) {
  Piece& piece = pieces_[index];
  if (!std::exchange(piece.counts, false)) return;
  committed_ -= geometry_.size(PieceIndex{index}) - piece.sent;
}

void Revealer::announced(ConnectionKey key, PieceIndex piece, Time now) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  const std::uint32_t index = value(piece);
  Piece& state = pieces_[index];
  if (state.given ? state.owner == key : peer->asks && peer->offer == index) prove(*peer, true);
  const bool pending = state.stage == Stage::pending;
  if (state.holders == 0 && !(pending && state.owner == key)) {  // it did not come from us
    news_of_others_ = true;
    if (pending) in_the_way_ = true;  // and we are just behind who sent it
  }
  hold(*peer, index);
  if (peer->offer == index && !peer->asks) peer->tries_again_at = now;  // it came from elsewhere
  if (pending && state.owner == key) {  // the rest came from elsewhere, it says
    end_pending(index);
    enqueue(index, Turn::last);
    state.since = now;
  }
  if (state.stage != Stage::queued) return;
  if (state.holders == 1) state.since = now;
  if (state.holders < quorum()) return;
  set_stage(index, Stage::out);
  waits_since_.reset();
}

void Revealer::announced(ConnectionKey key, const Bitfield& pieces) {
  for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
    if (pieces.test(index)) announced(key, PieceIndex{index}, {});
  }
  news_of_others_ = false;  // it had them when it came
}

void Revealer::requested(ConnectionKey key, PieceIndex piece, Time now) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  peer->asks = true;
  std::erase_if(offers_, [&](const Offer& offer) { return offer.peer == key; });
  const std::uint32_t index = value(piece);
  Piece& state = pieces_[index];
  if (state.stage == Stage::queued && peer->offer == index && !peer->choked &&
      (proven_ == 0 || trials_left() > 0)) {
    const Time offered_at = state.since;
    own(*peer, index, now);
    state.since = offered_at;
  }
  if (state.stage != Stage::pending || state.owner != key) return;
  if (!std::exchange(state.requested, true)) answered(now - state.since);
  start_counting(index);
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
  start_counting(index);
  state.sent += counted;
  state.since = now;
  committed_ -= counted;
  if (state.sent < geometry_.size(piece)) return;
  end_pending(index);
  set_stage(index, Stage::out);
  state.given = true;
  peer->given.push_back(index);
  hold(*peer, index);
}

void Revealer::held_back(ConnectionKey key, Time now) {
  if (Peer* peer = find(key)) peer->last_sent = now;
}

// ---- what is shown next -----------------------------------------------------

/// To be shown, not offered to anybody, and nobody says that he has it.
bool Revealer::is_free(std::size_t index) const {
  const Piece& piece = pieces_[index];
  return piece.stage == Stage::queued && piece.holders == 0 && !piece.offered;
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
  if (stretch.length == 0) return false;
  const auto lately = [&](const std::optional<Time>& when) {
    return when && now - *when <= kLeftToOthers;
  };
  if (peers_.size() == 1 || !lately(others_at_)) {
    place_ = stretch.begin;
    return true;
  }
  // Where another one walks, it is further than we have heard: by about as much as we have under
  // way, or would have if we were not waiting here.
  const std::size_t ahead =
      std::max<std::size_t>(count(Stage::pending), window() / geometry_.piece_length());
  if (stretch.length <= ahead) {
    if (!waits_since_) waits_since_ = now;
    if (lately(waits_since_)) return false;
    place_ = stretch.begin;  // it does not bring them in
    return true;
  }
  waits_since_.reset();
  // Not where a third one goes at the same moment.
  const std::size_t room = stretch.length - ahead;
  place_ = (stretch.begin + ahead + room / 4 + random_() % (room / 2 + 1)) % pieces_.size();
  return true;
}

std::optional<std::uint32_t> Revealer::next_piece(Time now) {
  if (count(Stage::queued) == 0) return std::nullopt;
  if (const auto piece = next_again()) return piece;
  if (const auto piece = next_free(now)) return piece;
  if (longest_free().length > 0) return std::nullopt;  // left to others
  return next_doubtful(now);
}

std::optional<std::uint32_t> Revealer::next_again() {
  while (!again_.empty()) {
    const std::uint32_t index = again_.front();
    again_.pop_front();
    pieces_[index].again = false;
    if (is_free(index)) return index;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Revealer::next_free(Time now) {
  if (in_the_way_ || !is_free(place_)) {
    if (!go_on_elsewhere(now)) return std::nullopt;
    in_the_way_ = false;
  }
  const auto index = static_cast<std::uint32_t>(place_);
  place_ = (place_ + 1) % pieces_.size();
  return index;
}

/// One that was offered to somebody who has not asked for it in all this time; or that some say
/// they have, and that has not come to others.
std::optional<std::uint32_t> Revealer::next_doubtful(Time now) {
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const std::size_t index = (doubt_ + i) % pieces_.size();
    const Piece& piece = pieces_[index];
    if (piece.stage != Stage::queued || is_free(index)) continue;
    if (now - piece.since < (piece.holders == 0 ? kOffer : kSpreading)) continue;
    if (peers_.size() == 1 && piece.holders > 0) continue;  // that is who says so
    doubt_ = (index + 1) % pieces_.size();
    return static_cast<std::uint32_t>(index);
  }
  return std::nullopt;
}

// ---- showing ----------------------------------------------------------------

void Revealer::take_back_idle(Time now) {
  offers_due_ = true;  // somebody's time may have come
  const Duration ignored = std::max(kIgnored, 10 * round_trip_);
  for (Peer& peer : peers_) {
    bool struck = false;
    for (const std::uint32_t index : std::vector(peer.pending)) {
      Piece& state = pieces_[index];
      const Duration still = now - std::max(state.since, peer.last_sent);
      if (still > ignored) stop_counting(index);  // the others need not wait for it
      const Duration patience =
          state.requested && peer.proven ? std::max(kStuck, ignored) : ignored;
      if (still <= patience) continue;
      struck = true;
      state.avoid = peer.key;
      state.returned = true;
      end_pending(index);
      // A peer that is alone would be shown the same few for ever.
      enqueue(index, peers_.size() > 1 ? Turn::next : Turn::last);
    }
    if (!struck) continue;
    prove(peer, false);
    ++peer.strikes;
    peer.tries_again_at = now + kPenalty * std::min(peer.strikes, kMostPenalties);
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

double Revealer::cost(Peer& peer, Time now) {
  std::erase_if(peer.given, [&](std::uint32_t index) { return pieces_[index].holders > 1; });
  const auto unshared = static_cast<double>(peer.given.size());
  return 4.0 * static_cast<double>(peer.pending.size()) + 0.5 * unshared +
         1000.0 * std::max(0.0, unshared - 1) +
         (now < peer.tries_again_at ? 1e6 * peer.strikes : 0);
}

/// How many pieces more may be shown to those who are not proven, while others are: of a narrow
/// window they hold half.
std::size_t Revealer::trials_left() const {
  std::size_t trials = 0;
  for (const Peer& peer : peers_) {
    if (!peer.proven) trials += peer.pending.size();
  }
  const std::size_t half = window() / geometry_.piece_length() / 2;
  const std::size_t most = std::clamp<std::size_t>(half, 1, kMostTrials);
  return most - std::min(most, trials);
}

/// Hundreds of peers that ask and do not read are not to keep the others waiting.
bool Revealer::takes_more(const Peer& peer, Time now) const {
  if (peer.choked) return false;
  if (peers_.size() == 1) return true;
  if (!peer.asks) return false;  // see make_offers
  if (!peer.proven && proven_ > 0) return peer.pending.empty() && now >= peer.tries_again_at;
  return peers_.size() <= kMostPending || peer.pending.size() < kMostPending;
}

/// Of all who could be its owner those are asked who do best: lower is better. What came back once
/// goes to another one, and to one that takes what it is shown.
int Revealer::doubts(const Piece& piece, const Peer& peer) const {
  const int failed = peer.key == piece.avoid ? 2 : 0;
  return failed + (piece.returned && !peer.proven ? 1 : 0);
}

Revealer::Peer* Revealer::best_owner(std::uint32_t index, Time now) {
  const Piece& piece = pieces_[index];
  const bool trials = proven_ == 0 || trials_left() > 0;
  const auto may_own = [&](const Peer& peer) {
    if (peers_.size() == 1) return true;
    if (peer.has.test(index) || peer.choked || !peer.asks) return false;
    return peer.proven || proven_ == 0 || (trials && now >= peer.tries_again_at);
  };
  int fewest = 3;
  for (const Peer& peer : peers_) {
    if (may_own(peer)) fewest = std::min(fewest, doubts(piece, peer));
  }
  Peer* best = nullptr;
  double best_cost = 0;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[(turn_ + i) % peers_.size()];
    if (peer.has.test(index) || !may_own(peer) || !takes_more(peer, now)) continue;
    if (doubts(piece, peer) > fewest) continue;
    const double its_cost = peers_.size() == 1 ? 0 : cost(peer, now);
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

void Revealer::own(Peer& peer, std::uint32_t index, Time now) {
  Piece& piece = pieces_[index];
  set_stage(index, Stage::pending);
  piece.owner = peer.key;
  piece.requested = false;
  piece.given = false;
  piece.offered = false;
  piece.sent = 0;
  piece.since = now;
  peer.pending.push_back(index);
}

/// A peer that has asked for nothing yet is told of one piece, and owns it once it asks: hundreds
/// of silent peers keep nobody waiting. The oldest and the newest in turn, for an old crowd may be
/// silent, and so may new ones who keep coming.
void Revealer::make_offers(Time now, std::vector<Reveal>& out) {
  if (!offers_due_ || peers_.size() == 1) return;
  while (!offers_.empty() && now - offers_.front().at >= kOffer) offers_.pop_front();
  if (offers_.size() >= kMostOffers) return;
  std::deque<Peer*> due;
  for (Peer& peer : peers_) {
    const bool can_ask = !peer.asks && !peer.choked && !peer.sees_all;
    if (can_ask && now >= peer.tries_again_at) due.push_back(&peer);
  }
  offers_due_ = !due.empty();
  for (std::size_t passed = 0;
       !due.empty() && offers_.size() < kMostOffers && passed < kMostPassed;) {
    // Those who take pieces do not wait for one that others let lie before.
    const auto next = proven_ > 0 ? next_free(now) : next_piece(now);
    if (!next) return;
    const bool newest = ++turn_ % 2 == 0;
    Peer& peer = newest ? *due.back() : *due.front();
    if (peer.has.test(*next) || (proven_ > 0 && pieces_[*next].returned)) {
      ++passed;
      continue;
    }
    newest ? due.pop_back() : due.pop_front();
    pieces_[*next].offered = true;
    peer.offer = *next;
    peer.tries_again_at = now + kNextOffer;
    offers_.push_back({peer.key, now});
    show(peer, *next, now, out);
  }
}

void Revealer::show_everything(Time now, std::vector<Reveal>& out) {
  for (Peer& peer : peers_) {
    if (std::exchange(peer.sees_all, true)) continue;
    for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
      if (!peer.has.test(index)) show(peer, index, now, out);
    }
  }
}

void Revealer::next(Time now, std::vector<Reveal>& out) {
  if (peers_.empty()) return;
  if (open()) return show_everything(now, out);
  if (std::exchange(news_of_others_, false)) {
    others_at_ = now;
    // We may walk just ahead of it or behind it without noticing: now and then one of us leaves.
    if (now >= may_leave_at_) {
      may_leave_at_ = now + kLeftToOthers;
      if (random_() % 2 == 0) in_the_way_ = true;
    }
  }
  make_offers(now, out);
  std::size_t passed = 0;  // pieces that nobody can take now
  while (committed_ < window() && passed < std::min(count(Stage::queued), kMostPassed)) {
    if (std::ranges::none_of(peers_, [&](const Peer& each) { return takes_more(each, now); })) {
      return;
    }
    const auto next = next_piece(now);
    if (!next) return;
    const std::uint32_t index = *next;
    Peer* owner = best_owner(index, now);
    if (owner == nullptr) {
      ++passed;
      continue;
    }
    own(*owner, index, now);
    start_counting(index);
    show(*owner, index, now, out);
  }
}

}  // namespace shoal::swarm
