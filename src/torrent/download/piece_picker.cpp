#include "torrent/download/piece_picker.hpp"

#include <algorithm>

#include "torrent/peer_limits.hpp"

namespace shoal::torrent {
namespace {

constexpr std::size_t kNews = 1024;
constexpr std::size_t kEndgameOutstanding = 4;

}  // namespace

PiecePicker::PiecePicker(const PieceSpace& space, const Bitfield& have, std::uint64_t seed)
    : space_(space),
      have_(have),
      waiting_(space.pieces(), seed),
      slot_of_(space.pieces(), kNone),
      news_(kNews) {
  for (std::uint32_t i = 0; i < space.pieces(); ++i) {
    if (!have.test(i)) waiting_.insert(PieceIndex{i});
  }
}

bool PiecePicker::Request::is_asked_of(ConnectionKey key) const {
  return std::ranges::find(all(), key, &Asked::key) != all().end();
}

bool PiecePicker::Request::may_ask_more(Time now) const {
  return askers < asked.size() && now - all().back().at > kEndgameAfter * (1 << (askers - 1));
}

void PiecePicker::Request::forget(ConnectionKey key) {
  const auto end = asked.begin() + askers;
  askers = static_cast<std::uint32_t>(
      std::remove_if(asked.begin(), end, [key](const Asked& each) { return each.key == key; }) -
      asked.begin());
}

// --- What peers have

void PiecePicker::peer_has(PieceIndex piece) {
  waiting_.raise(piece);
  if (waiting_.contains(piece)) announce(piece);
}

void PiecePicker::peer_lost(PieceIndex piece) {
  waiting_.lower(piece);
}

void PiecePicker::peer_has_all() {
  ++complete_peers_;
}

void PiecePicker::peer_lost_all() {
  if (complete_peers_ > 0) --complete_peers_;
}

void PiecePicker::peer_has_these(const Bitfield& pieces) {
  for (std::uint32_t i = 0; i < pieces.size(); ++i) {
    if (pieces.test(i)) peer_has(PieceIndex{i});
  }
}

void PiecePicker::peer_lost_these(const Bitfield& pieces) {
  for (std::uint32_t i = 0; i < pieces.size(); ++i) {
    if (pieces.test(i)) peer_lost(PieceIndex{i});
  }
}

std::uint32_t PiecePicker::availability(PieceIndex piece) const {
  return waiting_.availability(piece) + complete_peers_;
}

bool PiecePicker::wants_from(const Bitfield& pieces) const {
  if (pieces.count() > have_.count()) return true;
  if (!unjudged_.none() && unjudged_.first_common(pieces)) return true;
  const auto has = [&](PieceIndex piece) { return pieces.test(value(piece)); };
  return std::ranges::any_of(waiting_.all(), has) ||
         std::ranges::any_of(started_, [&](const Started& started) {
           return slot_of_[value(started.piece)] != kNone && has(started.piece);
         });
}

// --- Whom to ask for what

void PiecePicker::pick(const Peer& peer, std::size_t count, Time now, std::vector<BlockRef>& out) {
  const std::size_t end = out.size() + count;
  std::size_t outstanding = peer.outstanding;
  while (out.size() < end) {
    const std::uint32_t slot = choose(peer);
    if (slot == kNone) break;
    outstanding += ask_open(slot, peer, end - out.size(), now, out);
  }
  const bool more = !waiting_.empty() || !open_.empty() || unjudged_.count() > without_layer_;
  if (!peer.answers || more) return;
  for (; out.size() < end && outstanding < kEndgameOutstanding; ++outstanding) {
    Request* request = longest_waiting(peer, now);
    if (request == nullptr) return;
    request->asked[request->askers++] = {peer.key, now};
    out.push_back(request->block);
  }
}

/// The slot of a piece with open blocks that this peer has; started for it if need be.
std::uint32_t PiecePicker::choose(const Peer& peer) {
  std::uint32_t slot = best_open(peer.pieces);
  if (slot != kNone && peer.spared && availability(started_[slot].piece) > 1) slot = kNone;
  const bool complete = peer.pieces.all();
  if (slot != kNone && !complete) return slot;
  const std::optional<PieceIndex> rarest = rarest_waiting(peer);
  if (!rarest || (peer.spared && availability(*rarest) > 1)) return slot;
  if (slot != kNone &&
      waiting_.availability(started_[slot].piece) <= waiting_.availability(*rarest)) {
    return slot;
  }
  return start(*rarest);
}

/// The rarest open piece of those, the one nearest to its end among equals.
std::uint32_t PiecePicker::best_open(const Bitfield& pieces) const {
  const auto rank = [&](std::uint32_t slot) {
    return std::pair(waiting_.availability(started_[slot].piece), started_[slot].open);
  };
  std::uint32_t best = kNone;
  for (const std::uint32_t slot : open_) {
    if (!pieces.test(value(started_[slot].piece))) continue;
    if (best == kNone || rank(slot) < rank(best)) best = slot;
  }
  return best;
}

std::optional<PieceIndex> PiecePicker::rarest_waiting(const Peer& peer) {
  if (peer.pieces.all()) {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.all().front();
  }
  const auto idle = idle_since_.find(peer.key);
  if (idle != idle_since_.end() && news_count_ - idle->second <= kNews) {
    const std::optional<PieceIndex> found = rarest_in_news(peer.pieces, idle->second);
    if (!found) idle->second = news_count_;
    return found;
  }
  for (const PieceIndex piece : waiting_.available()) {
    if (peer.pieces.test(value(piece))) return piece;
  }
  idle_since_[peer.key] = news_count_;
  return std::nullopt;
}

std::optional<PieceIndex> PiecePicker::rarest_in_news(const Bitfield& pieces,
                                                      std::uint64_t since) const {
  std::optional<PieceIndex> best;
  for (std::uint64_t i = since; i < news_count_; ++i) {
    const PieceIndex piece = news_[i % kNews];
    if (!waiting_.contains(piece) || !pieces.test(value(piece))) continue;
    if (!best || waiting_.before(piece, *best)) best = piece;  // at random among equals
  }
  return best;
}

std::size_t PiecePicker::ask_open(std::uint32_t slot, const Peer& peer, std::size_t count, Time now,
                                  std::vector<BlockRef>& out) {
  Started& started = started_[slot];
  std::size_t asked = 0;
  std::uint32_t block = started.first_open;
  for (; asked < count && started.open > 0; ++block) {
    if (started.blocks[block] != kOpen) continue;
    started.blocks[block] = static_cast<std::uint32_t>(requests_.size());
    requests_.push_back({{started.piece, block}, {Asked{peer.key, now}}, 1});
    out.push_back({started.piece, block});
    ++asked;
    if (--started.open == 0) take_from_open(started);
  }
  started.first_open = block;
  return asked;
}

PiecePicker::Request* PiecePicker::longest_waiting(const Peer& peer, Time now) {
  Request* longest = nullptr;
  for (Request& request : requests_) {
    if (!request.may_ask_more(now) || request.is_asked_of(peer.key)) continue;
    if (!peer.pieces.test(value(request.block.piece))) continue;
    if (longest == nullptr || request.asked[0].at < longest->asked[0].at) longest = &request;
  }
  return longest;
}

// --- What became of it

PiecePicker::Arrival PiecePicker::arrived(BlockRef block, ConnectionKey from) {
  Arrival arrival;
  if (have_.test(value(block.piece)) || !is_judged(block.piece)) return arrival;
  std::uint32_t slot = slot_of_[value(block.piece)];
  if (slot == kNone) slot = start(block.piece);
  Started& started = started_[slot];
  std::uint32_t& state = started.blocks[block.block];
  if (state == kHere) return arrival;
  if (state == kOpen) {
    if (--started.open == 0) take_from_open(started);
  } else {
    for (const Asked& asked : requests_[state].all()) {
      if (asked.key != from) arrival.also_asked.push_back(asked.key);
    }
    drop_request(state);
  }
  state = kHere;
  arrival.accepted = true;
  arrival.piece_full = --started.missing == 0;
  return arrival;
}

void PiecePicker::abandoned(BlockRef block, ConnectionKey by) {
  const std::uint32_t slot = slot_of_[value(block.piece)];
  if (slot == kNone) return;
  const std::uint32_t place = started_[slot].blocks[block.block];
  if (place == kOpen || place == kHere || !requests_[place].is_asked_of(by)) return;
  Request& request = requests_[place];
  request.forget(by);
  if (request.askers > 0) return;
  drop_request(place);
  reopen(block);
}

void PiecePicker::abandoned_all(ConnectionKey by) {
  // Backwards: a dropped request is replaced by the last one, which was looked at before.
  for (std::size_t i = requests_.size(); i-- > 0;) {
    if (requests_[i].is_asked_of(by)) abandoned(requests_[i].block, by);
  }
  idle_since_.erase(by);
}

void PiecePicker::proven(PieceIndex piece) {
  if (have_.test(value(piece))) return;
  if (slot_of_[value(piece)] != kNone) {
    release(slot_of_[value(piece)]);
  } else if (waiting_.contains(piece)) {
    waiting_.remove(piece);
  }
  have_.set(value(piece));
}

void PiecePicker::failed(PieceIndex piece) {
  if (slot_of_[value(piece)] == kNone) return;
  release(slot_of_[value(piece)]);
  wait_again(piece);
}

void PiecePicker::begin_check() {
  if (unjudged_.size() == 0) unjudged_ = Bitfield(space_.pieces());
  while (!waiting_.empty()) {
    const PieceIndex piece = waiting_.all().front();
    waiting_.remove(piece);
    unjudged_.set(value(piece));
  }
}

void PiecePicker::judged(PieceIndex piece, bool here) {
  if (is_judged(piece)) return;
  unjudged_.reset(value(piece));
  if (here) {
    proven(piece);
  } else {
    wait_again(piece);
  }
}

void PiecePicker::lost(PieceIndex piece) {
  if (!have_.test(value(piece))) return;
  have_.reset(value(piece));
  wait_again(piece);
}

// --- Started pieces and requests

std::uint32_t PiecePicker::start(PieceIndex piece) {
  waiting_.remove(piece);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(started_.size()));
    started_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  Started& started = started_[slot];
  started.piece = piece;
  started.open = started.missing = space_.blocks(piece);
  started.first_open = 0;
  started.blocks.assign(started.open, kOpen);
  started.open_place = static_cast<std::uint32_t>(open_.size());
  open_.push_back(slot);
  slot_of_[value(piece)] = slot;
  return slot;
}

void PiecePicker::release(std::uint32_t slot) {
  Started& started = started_[slot];
  for (const std::uint32_t& state : started.blocks) {
    if (state != kOpen && state != kHere) drop_request(state);
  }
  if (started.open > 0) take_from_open(started);
  slot_of_[value(started.piece)] = kNone;
  free_.push_back(slot);
}

void PiecePicker::wait_again(PieceIndex piece) {
  waiting_.insert(piece);
  announce(piece);
}

void PiecePicker::take_from_open(Started& started) {
  const std::uint32_t last = open_.back();
  open_[started.open_place] = last;
  started_[last].open_place = started.open_place;
  open_.pop_back();
}

void PiecePicker::reopen(BlockRef block) {
  const std::uint32_t slot = slot_of_[value(block.piece)];
  Started& started = started_[slot];
  started.blocks[block.block] = kOpen;
  started.first_open = std::min(started.first_open, block.block);
  if (started.open++ == 0) {
    started.open_place = static_cast<std::uint32_t>(open_.size());
    open_.push_back(slot);
  }
  if (started.open == started.blocks.size()) {  // nothing is left of its start
    release(slot);
    wait_again(block.piece);
  }
}

void PiecePicker::drop_request(std::uint32_t place) {
  const Request& last = requests_.back();
  started_[slot_of_[value(last.block.piece)]].blocks[last.block.block] = place;
  requests_[place] = last;
  requests_.pop_back();
}

void PiecePicker::announce(PieceIndex piece) {
  news_[news_count_++ % kNews] = piece;
}

}  // namespace shoal::torrent
