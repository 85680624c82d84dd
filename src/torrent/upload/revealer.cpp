#include "torrent/upload/revealer.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {
namespace {

// The window: what is shown ahead of what was sent.
constexpr std::uint64_t kFirstPieces = 8;  // while the rate is unknown
constexpr std::uint64_t kFewestPieces = 4;
constexpr std::uint64_t kFirstBytes = 1 << 20;        // to a peer that is alone
constexpr std::chrono::duration<double> kAhead(0.5);  // of sending
constexpr Duration kLongestAnswer = std::chrono::milliseconds(500);
constexpr std::size_t kMostPassed = 16;   // over, because nobody can take them, at one go
constexpr std::size_t kFewestOfMany = 4;  // at a peer, when more of them ask
constexpr std::size_t kFewestEach = 2;    // when fewer do
constexpr std::size_t kMostTold = 64;     // pieces of others, or that were taken back from it
// Pieces that are taken back.
constexpr Duration kIgnored = std::chrono::seconds(2);            // shown and not asked for
constexpr Duration kStuck = std::chrono::seconds(5);              // asked for and not moving
constexpr Duration kLongest = std::chrono::seconds(20);           // however it moves
constexpr Duration kLongestForLarge = std::chrono::seconds(120);  // pieces, at kSlow
constexpr std::uint64_t kSlow = 64 << 10;                         // bytes a second
constexpr std::uint32_t kBatch = 32 << 10;                        // that one gets at a time
constexpr Duration kMostPatience = std::chrono::seconds(120);
constexpr Duration kAges = std::chrono::hours(1);
// The pace. What the system takes at once for a peer says nothing of the line.
constexpr std::uint64_t kBuffered = 64 << 10;
constexpr double kThinnest = 32'000;  // bytes a second, as long as the pace is unknown
constexpr Duration kPaceWindow = std::chrono::seconds(20);
constexpr Duration kPaceLeast = std::chrono::seconds(1);
constexpr Duration kPenalty = std::chrono::seconds(10);  // for each strike
constexpr std::uint32_t kMostPenalties = 6;
// Offers to those who have asked for nothing yet.
constexpr std::size_t kMostOffers = 32;                    // in RevealOrder::kOffer
constexpr std::size_t kMostOffersBeyond = 16;              // the window, in that time
constexpr Duration kNextOffer = std::chrono::seconds(10);  // to the same peer
// Pieces at those who have taken none yet, all together, while others have.
constexpr std::size_t kMostTrials = 8;
// Who must say that they have a piece.
constexpr std::size_t kFewestHolders = 2;
constexpr std::size_t kShareOfHolders = 4;  // a quarter of all peers, when that is more

}  // namespace

Revealer::Revealer(const PieceSpace& space, std::uint64_t seed)
    : space_(space), pieces_(space), order_(space.pieces(), seed), pace_(kPaceWindow, kPaceLeast) {}

Revealer::Peer* Revealer::find(ConnectionKey key) {
  const auto found = std::ranges::find(peers_, key, &Peer::key);
  return found == peers_.end() ? nullptr : &*found;
}

Revealer::Told* Revealer::told_of(Peer& peer, std::uint32_t index) {
  const auto found = std::ranges::find(peer.told, index, &Told::index);
  return found == peer.told.end() ? nullptr : &*found;
}

void Revealer::remember_told(Peer& peer, const Told& told) {
  if (peer.told.size() >= kMostTold) peer.told.erase(peer.told.begin());
  peer.told.push_back(told);
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
  // Once everything was out, those who stay have had the time to get it from who leaves.
  const std::size_t enough = open() ? 1 : quorum();
  for (const std::uint32_t index : peer->pending) show_to_others(*peer, index);
  for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
    if (peer->has.test(index) && pieces_.let_go(index, key, enough)) order_.again(index);
  }
  prove(*peer, false);
  peers_.erase(peers_.begin() + (peer - peers_.data()));
  pieces_.settle(quorum());
  offers_due_ = true;
}

/// A piece that it was shown and has not got whole.
void Revealer::show_to_others(Peer& peer, std::uint32_t index) {
  remember_told(peer, {index, pieces_[index].sent});
  pieces_.take_back(index, quorum());
  order_.again(index);
}

void Revealer::choked(ConnectionKey key, bool choked, Time now) {
  Peer* peer = find(key);
  if (peer == nullptr || choked == std::exchange(peer->choked, choked)) return;
  offers_due_ = true;
  std::erase_if(peer->pending, [&](std::uint32_t index) {
    if (!choked) {
      pieces_.resume(index, now);
    } else if (pieces_[index].sent > 0) {
      pieces_.pause(index, now);
    } else {
      show_to_others(*peer, index);
      return true;
    }
    return false;
  });
}

// ---- what peers do ----------------------------------------------------------

/// So many peers must say that they have a piece that we have sent to nobody: what only a few say
/// may not be true. Those who do nothing do not count.
std::size_t Revealer::quorum() const {
  const auto busy = static_cast<std::size_t>(std::ranges::count_if(
      peers_, [](const Peer& peer) { return peer.asks || !peer.has.none(); }));
  return std::max(kFewestHolders, busy / kShareOfHolders);
}

void Revealer::prove(Peer& peer, bool proven) {
  if (proven == std::exchange(peer.proven, proven)) return;
  if (proven) {
    ++proven_;
    peer.strikes = 0;
  } else {
    --proven_;
  }
}

void Revealer::announced(ConnectionKey key, PieceIndex piece, Time now) {
  if (Peer* peer = find(key)) announced(*peer, value(piece), quorum(), now);
}

void Revealer::announced(ConnectionKey key, const Bitfield& pieces) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  // Whether it does anything matters for the quorum, and it says so now.
  std::size_t needed = quorum();
  for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
    if (!pieces.test(index)) continue;
    const bool first = peer->has.none();
    announced(*peer, index, needed, {});
    if (first) needed = quorum();
  }
  order_.forget_news();
}

void Revealer::announced(Peer& peer, std::uint32_t index, std::size_t quorum, Time now) {
  const RevealPiece& state = pieces_[index];
  const bool ours = state.is_pending_at(peer.key);
  if (state.given && state.owner == peer.key) prove(peer, true);
  if (peer.has.test(index)) return;
  const Told* told = told_of(peer, index);
  const bool from_us = told != nullptr && told->sent == space_.size(PieceIndex{index});
  if (told != nullptr && !from_us && !peer.asks) peer.tries_again_at = now;
  peer.has.set(index);
  if (state.holders == 0 && !ours && !from_us) {
    order_.others_bring_in(state.stage == RevealPieces::Stage::pending);
  }
  if (ours) {  // the rest came from elsewhere, it says
    remember_told(peer, {index, state.sent});
    pieces_.take_back(index, quorum);
    std::erase(peer.pending, index);
  }
  const bool out = pieces_.announce(index, now, quorum);
  if (from_us) return credit(peer, index);
  if (out) order_.others_go_on();
}

/// It says that it has a piece, and got it whole from us though it was not its owner (any more): it
/// had let it lie, or said so before we heard that the last block is written.
void Revealer::credit(Peer& peer, std::uint32_t index) {
  std::erase_if(peer.told, [index](const Told& each) { return each.index == index; });  // only once
  prove(peer, true);
  if (pieces_.credit(index, peer.key)) peer.given.push_back(index);
}

void Revealer::requested(ConnectionKey key, PieceIndex piece, Time now) {
  Peer* peer = find(key);
  if (peer == nullptr) return;
  const std::uint32_t index = value(piece);
  const bool accepts = !std::exchange(peer->asks, true) && told_of(*peer, index) != nullptr &&
                       !peer->choked && !peer->has.test(index);
  if (accepts && pieces_[index].stage == RevealPieces::Stage::queued &&
      (proven_ == 0 || trials_left())) {
    own(*peer, index, pieces_[index].offered ? pieces_[index].since : now);
  }
  if (!pieces_[index].is_pending_at(key)) return;
  if (const auto after = pieces_.request(index, now)) answered(*after);
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
  peer->taken += bytes;
  pace_.add(std::min<std::uint64_t>(bytes, peer->taken - std::min(peer->taken, kBuffered)), now);
  sent_at_ = now;
  const std::uint32_t index = value(piece);
  const std::uint32_t size = space_.size(piece);
  if (!pieces_[index].is_pending_at(key)) {
    Told* told = told_of(*peer, index);
    if (told == nullptr) return;
    told->sent += std::min(bytes, size - told->sent);
    if (told->sent == size && peer->has.test(index)) credit(*peer, index);
    return;
  }
  if (bytes >= std::min(kBlockLength, size)) peer->last_sent = now;
  send(*peer, index, bytes, now);
  if (peer->choked) pieces_.stop_counting(index);  // it was on its way already
}

void Revealer::send(Peer& peer, std::uint32_t index, std::uint32_t bytes, Time now) {
  if (!pieces_.send(index, bytes, now)) return;
  std::erase(peer.pending, index);
  peer.given.push_back(index);
  peer.has.set(index);
}

void Revealer::held_back(ConnectionKey key, Time now) {
  if (Peer* peer = find(key)) peer->last_sent = now;
}

/// What so many bytes take at the best pace of late: not longer because few ask for something now.
Duration Revealer::time_for(std::uint64_t bytes) const {
  const double pace = pace_.best() > 0 ? pace_.best() : kThinnest;
  const std::chrono::duration<double> time(static_cast<double>(bytes) / pace);
  return std::chrono::duration_cast<Duration>(std::min<std::chrono::duration<double>>(time, kAges));
}

/// A piece may stand still for so long, whatever the line is like.
Duration Revealer::at_least() const {
  return std::max(10 * round_trip_, kIgnored);
}

/// How long a piece may stand still that was shown beside so many others. On a thin line each of
/// them has its turn first, one batch at a time.
Duration Revealer::patience(std::size_t beside) const {
  const std::uint64_t batch = std::min(kBatch, space_.piece_length());
  return std::clamp(3 * time_for(beside * batch), at_least(), kMostPatience);
}

/// How long an owner may have it, however it moves.
Duration Revealer::longest(std::size_t beside) const {
  const std::uint64_t piece = space_.piece_length();
  const Duration slowly = std::min<Duration>(std::chrono::seconds(piece / kSlow), kLongestForLarge);
  return std::max({kLongest, slowly, 4 * time_for(beside * piece)});
}

void Revealer::take_back_idle(Time now) {
  offers_due_ = true;  // somebody's time may have come
  const Duration in_line =
      pieces_.count(RevealPieces::Stage::queued) > 0 ? kMostPatience : kLongest;
  const bool quiet = now - sent_at_ > at_least();
  for (Peer& peer : peers_) {
    bool blamed = false;
    const bool waits = std::ranges::any_of(
        peer.pending, [this](std::uint32_t index) { return pieces_[index].requested; });
    std::erase_if(peer.pending, [&](std::uint32_t index) {
      const RevealPiece& piece = pieces_[index];
      if (peer.choked) {
        if (now - piece.since <= in_line) return false;
        show_to_others(peer, index);
        return true;
      }
      const Duration still = now - std::max(piece.since, peer.last_sent);
      const std::size_t beside = pieces_.most_beside(index);
      const Duration patience = waits ? this->patience(beside) : at_least();
      // The others need not wait for it. Who trickles does not keep it for ever.
      const bool too_long = now - piece.owned > longest(beside);
      if (still > (quiet ? at_least() : patience)) pieces_.stop_counting(index);
      if (too_long) pieces_.expire(index);
      const bool moves =
          still <= (piece.requested && peer.proven ? std::max(kStuck, patience) : patience);
      if (moves && !(too_long &&
                     (!peer.proven || pieces_.count(RevealPieces::Stage::queued) == 0) && !alone()))
        return false;
      // Who gets enough elsewhere does not ask us for what others have.
      if (piece.requested || piece.holders == 0) blamed = true;
      remember_told(peer, {index, piece.sent});
      pieces_.take_back_idle(index, quorum());
      if (!alone()) order_.again(index);  // who is alone would be shown the same few for ever
      return true;
    });
    if (!blamed) continue;
    prove(peer, false);
    ++peer.strikes;
    peer.tries_again_at = now + kPenalty * std::min(peer.strikes, kMostPenalties);
  }
}

// ---- who is shown a piece ---------------------------------------------------

std::uint64_t Revealer::window() const {
  const double rate = rate_.best();
  const std::chrono::duration<double> ahead = kAhead + 3 * round_trip_;
  const std::uint64_t pieces = rate > 0 ? kFewestPieces : kFirstPieces;
  // One that is alone is soon shown more, and others may come.
  const std::uint64_t least = alone() ? std::max(kFirstBytes, kFewestEach * space_.piece_length())
                                      : pieces * space_.piece_length();
  return std::max(least, static_cast<std::uint64_t>(rate * ahead.count()));
}

RevealOrder::Situation Revealer::situation(Time now) const {
  return {.now = now,
          .alone = alone() ? &peers_.front().has : nullptr,
          .ahead = std::max<std::size_t>(pieces_.count(RevealPieces::Stage::pending),
                                         window() / space_.piece_length())};
}

double Revealer::cost(Peer& peer, Time now) {
  if (alone()) return 0;
  std::erase_if(peer.given, [&](std::uint32_t index) { return pieces_[index].holders > 1; });
  const auto unshared = static_cast<double>(peer.given.size());
  return 4.0 * static_cast<double>(peer.pending.size()) + 0.5 * unshared +
         1000.0 * std::max(0.0, unshared - 1) +
         (now < peer.tries_again_at ? 1e6 * peer.strikes : 0);
}

/// Whether a piece more may be at those who are not proven, while others are: of a narrow window
/// they hold half.
bool Revealer::trials_left() const {
  std::size_t trials = 0;
  for (const Peer& peer : peers_) {
    if (!peer.proven) trials += peer.pending.size();
  }
  const std::size_t half = window() / space_.piece_length() / 2;
  return trials < std::clamp<std::size_t>(half, 1, kMostTrials);
}

/// Hundreds of peers that ask and do not read are not to keep the others waiting.
bool Revealer::may_own(const Peer& peer, bool trials, Time now) const {
  if (peer.choked) return false;
  if (alone() || peer.proven) return true;
  if (!peer.asks) return false;  // see make_offers
  return proven_ == 0 || (trials && now >= peer.tries_again_at);
}

/// How many pieces one peer may have: a part of the window, so that who is slow leaves the rest to
/// others.
std::size_t Revealer::most_each() const {
  const auto takers = static_cast<std::uint64_t>(std::ranges::count_if(
      peers_, [](const Peer& peer) { return peer.asks && !peer.choked && !peer.has.all(); }));
  if (takers == 0) return kFewestEach;
  const std::uint64_t share = window() / space_.piece_length() / takers;
  return std::max(share, takers > kFewestOfMany ? kFewestOfMany : kFewestEach);
}

bool Revealer::has_room(const Peer& peer, std::size_t most) const {
  if (alone()) return true;
  if (!peer.proven && proven_ > 0) return peer.pending.empty();
  // What does not move, or moves very slowly, shall come first.
  if (!std::ranges::all_of(peer.pending, [&](auto index) { return pieces_[index].counts; })) {
    return false;
  }
  return peer.pending.size() < most;
}

Revealer::Peer* Revealer::best_owner(std::uint32_t index, std::size_t most, bool trials, Time now) {
  const RevealPiece& piece = pieces_[index];
  // What came back goes to another one, and to one that takes what it is shown; even if that has to
  // wait until there is room.
  const auto doubts = [&piece](const Peer& peer) {
    return (peer.key == piece.avoid ? 2 : 0) + (piece.returned && !peer.proven ? 1 : 0);
  };
  const auto expired = [this](std::uint32_t pending) { return pieces_[pending].expired; };
  int fewest = 3;
  for (const Peer& peer : peers_) {
    // But who hardly moves has no room for long.
    if (!peer.has.test(index) && may_own(peer, trials, now) &&
        std::ranges::none_of(peer.pending, expired)) {
      fewest = std::min(fewest, doubts(peer));
    }
  }
  Peer* best = nullptr;
  double best_cost = 0;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[(turn_ + i) % peers_.size()];
    if (peer.has.test(index) || !may_own(peer, trials, now)) continue;
    if (!has_room(peer, most) || doubts(peer) > fewest) continue;
    const double its_cost = cost(peer, now);
    if (best == nullptr || its_cost < best_cost) {
      best = &peer;
      best_cost = its_cost;
    }
  }
  ++turn_;
  return best;
}

void Revealer::show(Peer& peer, std::uint32_t index, std::vector<Reveal>& out) {
  if (peer.shown.test(index)) return;
  peer.shown.set(index);
  out.push_back({peer.key, PieceIndex{index}});
}

void Revealer::own(Peer& peer, std::uint32_t index, Time shown) {
  const Told* told = told_of(peer, index);
  const std::uint32_t before = told == nullptr ? 0 : told->sent;
  std::erase_if(peer.told, [index](const Told& each) { return each.index == index; });
  pieces_.own(index, peer.key, before, shown);
  peer.pending.push_back(index);
  if (before < space_.size(PieceIndex{index})) {
    if (peer.asks || alone()) pieces_.start_counting(index);
  } else {
    send(peer, index, 0, shown);
  }
}

/// By a peer that takes what it is shown.
bool Revealer::is_wanted(std::uint32_t index) const {
  return std::ranges::any_of(peers_, [index](const Peer& peer) {
    return peer.proven && !peer.choked && !peer.has.test(index);
  });
}

/// Of those who were made the fewest offers the oldest and the newest in turn, for an old crowd may
/// be silent, and so may new ones who keep coming. Null when all have that piece.
Revealer::Peer* Revealer::next_due(std::uint32_t index, std::vector<Peer*>& due) {
  const auto lacks = [index](const Peer* peer) { return !peer->has.test(index); };
  auto found = std::ranges::find_if(due, lacks);
  if (found == due.end()) return nullptr;
  if (++turn_ % 2 == 0) {
    const auto more = std::find_if(
        found, due.end(), [&](const Peer* peer) { return peer->offers > (*found)->offers; });
    found = std::prev(std::find_if(std::reverse_iterator(more), due.rend(), lacks).base());
  }
  Peer* const peer = *found;
  due.erase(found);
  return peer;
}

/// A peer that has asked for nothing yet is told of one piece, and owns it once it asks: hundreds
/// of silent peers keep nobody waiting.
void Revealer::make_offers(Offered which, Time now, std::vector<Reveal>& out) {
  if (!offers_due_ || alone()) return;
  while (!offers_.empty() && now - offers_.front() >= RevealOrder::kOffer) offers_.pop_front();
  const auto more = [&] {
    const std::uint64_t ahead =
        pieces_.committed() + offers_.size() * std::uint64_t{space_.piece_length()};
    return offers_.size() < (ahead < window() ? kMostOffers : kMostOffersBeyond);
  };
  if (!more()) return;
  std::vector<Peer*> due;
  for (Peer& peer : peers_) {
    const bool can_ask = !peer.asks && !peer.choked && !peer.sees_all && !peer.has.all();
    if (!can_ask || now < peer.tries_again_at) continue;
    if (!peer.due_since) peer.due_since = now;
    due.push_back(&peer);
  }
  offers_due_ = !due.empty();
  // The oldest first among equals: they lie in peers_ in that order.
  std::ranges::sort(due, {}, [](Peer* peer) { return std::pair(peer->offers, peer); });
  order_.from_the_front();
  std::size_t passed = 0;
  while (!due.empty() && more() && passed < kMostPassed) {
    const auto next = which == Offered::free ? order_.next_free(pieces_, situation(now))
                                             : order_.next(pieces_, situation(now));
    if (!next) return;
    // Those who take pieces come first when it comes to what others let lie; but not for long.
    const bool waits = due.front()->offers == 0 && now - *due.front()->due_since > kIgnored;
    const bool taken =
        which == Offered::free ? pieces_[*next].returned : is_wanted(*next) && !waits;
    Peer* const peer = taken ? nullptr : next_due(*next, due);
    if (peer == nullptr) {
      ++passed;
      continue;
    }
    pieces_.offer(*next, now);
    remember_told(*peer, {*next, 0});
    ++peer->offers;
    peer->tries_again_at = now + kNextOffer;
    offers_.push_back(now);
    show(*peer, *next, out);
  }
}

void Revealer::show_everything(std::vector<Reveal>& out) {
  for (Peer& peer : peers_) {
    if (std::exchange(peer.sees_all, true)) continue;
    for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
      if (!peer.has.test(index)) show(peer, index, out);
    }
  }
}

void Revealer::next(Time now, std::vector<Reveal>& out) {
  if (peers_.empty()) return;
  if (open()) return show_everything(out);
  order_.notice(now);
  // Newcomers come first, but not before those who take pieces when it comes to what others let
  // lie.
  make_offers(proven_ > 0 ? Offered::free : Offered::doubtful, now, out);
  show_to_owners(now, out);
  if (proven_ > 0) make_offers(Offered::doubtful, now, out);
}

void Revealer::show_to_owners(Time now, std::vector<Reveal>& out) {
  order_.from_the_front();
  std::size_t passed = 0;  // pieces that nobody can take now
  while (pieces_.committed() < window() && passed < kMostPassed) {
    const bool trials = proven_ == 0 || trials_left();
    const std::size_t most = most_each();
    if (std::ranges::none_of(peers_, [&](const Peer& peer) {
          return may_own(peer, trials, now) && has_room(peer, most);
        })) {
      return;
    }
    const auto next = order_.next(pieces_, situation(now));
    if (!next) return;
    Peer* owner = best_owner(*next, most, trials, now);
    if (owner == nullptr) {
      ++passed;
      continue;
    }
    own(*owner, *next, now);
    show(*owner, *next, out);
  }
}

}  // namespace shoal::torrent
