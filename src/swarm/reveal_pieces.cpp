#include "swarm/reveal_pieces.hpp"

#include <algorithm>
#include <utility>

namespace shoal::swarm {

RevealPieces::RevealPieces(const Geometry& geometry)
    : geometry_(geometry), pieces_(geometry.pieces()) {
  counts_[static_cast<std::size_t>(Stage::queued)] = pieces_.size();
}

void RevealPieces::set_stage(std::uint32_t index, Stage stage) {
  --counts_[static_cast<std::size_t>(pieces_[index].stage)];
  ++counts_[static_cast<std::size_t>(stage)];
  pieces_[index].stage = stage;
}

void RevealPieces::enqueue(std::uint32_t index, std::size_t quorum) {
  RevealPiece& piece = pieces_[index];
  set_stage(index, piece.holders < quorum ? Stage::queued : Stage::out);
  piece.since = {};
  piece.offered = false;
}

void RevealPieces::start_counting(std::uint32_t index) {
  RevealPiece& piece = pieces_[index];
  if (std::exchange(piece.counts, true)) return;
  committed_ += bytes(index) - piece.sent;
}

void RevealPieces::stop_counting(std::uint32_t index) {
  RevealPiece& piece = pieces_[index];
  if (!std::exchange(piece.counts, false)) return;
  committed_ -= bytes(index) - piece.sent;
}

void RevealPieces::offer(std::uint32_t index, Time now) {
  pieces_[index].offered = true;
  pieces_[index].since = now;
}

void RevealPieces::own(std::uint32_t index, ConnectionKey owner, Time shown) {
  RevealPiece& piece = pieces_[index];
  set_stage(index, Stage::pending);
  piece.owner = owner;
  piece.requested = false;
  piece.given = false;
  piece.offered = false;
  piece.sent = 0;
  piece.since = shown;
}

std::optional<Duration> RevealPieces::request(std::uint32_t index, Time now) {
  RevealPiece& piece = pieces_[index];
  start_counting(index);
  const Time since = std::exchange(piece.since, now);
  if (std::exchange(piece.requested, true)) return std::nullopt;
  return now - since;
}

bool RevealPieces::send(std::uint32_t index, std::uint32_t bytes_sent, Time now) {
  RevealPiece& piece = pieces_[index];
  const std::uint32_t counted = std::min(bytes_sent, bytes(index) - piece.sent);
  start_counting(index);
  piece.sent += counted;
  piece.since = now;
  committed_ -= counted;
  if (piece.sent < bytes(index)) return false;
  piece.counts = false;
  piece.given = true;
  ++piece.holders;
  set_stage(index, Stage::out);
  return true;
}

void RevealPieces::take_back(std::uint32_t index, std::size_t quorum) {
  stop_counting(index);
  enqueue(index, quorum);
}

void RevealPieces::take_back_idle(std::uint32_t index, std::size_t quorum) {
  RevealPiece& piece = pieces_[index];
  piece.avoid = piece.owner;
  piece.returned = true;
  take_back(index, quorum);
}

bool RevealPieces::announce(std::uint32_t index, Time now, std::size_t quorum) {
  RevealPiece& piece = pieces_[index];
  ++piece.holders;
  if (piece.stage != Stage::queued) return false;
  if (piece.holders == 1) piece.since = now;
  if (piece.holders < quorum) return false;
  set_stage(index, Stage::out);
  return true;
}

bool RevealPieces::let_go(std::uint32_t index, ConnectionKey peer, std::size_t quorum) {
  RevealPiece& piece = pieces_[index];
  --piece.holders;
  if (piece.given && piece.owner == peer) piece.given = false;
  if (piece.stage != Stage::out || piece.given || piece.holders >= quorum) return false;
  enqueue(index, quorum);
  return true;
}

}  // namespace shoal::swarm
