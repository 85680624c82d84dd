#include "torrent/upload/reveal_pieces.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {
RevealPieces::RevealPieces(const PieceSpace& space)
    : space_(space), pieces_(space.pieces()), free_(space.pieces()) {
  counts_[static_cast<std::size_t>(Stage::queued)] = pieces_.size();
}

void RevealPieces::set_stage(std::uint32_t index, Stage stage) {
  --counts_[static_cast<std::size_t>(pieces_[index].stage)];
  ++counts_[static_cast<std::size_t>(stage)];
  change(index, [stage](RevealPiece& piece) { piece.stage = stage; });
}

void RevealPieces::enqueue(std::uint32_t index, std::size_t quorum) {
  change(index, [](RevealPiece& piece) {
    piece.since = {};
    piece.offered = false;
  });
  set_stage(index, pieces_[index].holders < quorum ? Stage::queued : Stage::out);
}

void RevealPieces::start_counting(std::uint32_t index) {
  RevealPiece& piece = pieces_[index];
  if (piece.expired || std::exchange(piece.counts, true)) return;
  committed_ += bytes(index) - piece.sent;
}

void RevealPieces::expire(std::uint32_t index) {
  stop_counting(index);
  pieces_[index].expired = true;
}

std::uint32_t RevealPieces::most_beside(std::uint32_t index) {
  std::uint32_t& most = pieces_[index].beside;
  return most = std::max(most, static_cast<std::uint32_t>(count(Stage::pending)));
}

void RevealPieces::stop_counting(std::uint32_t index) {
  RevealPiece& piece = pieces_[index];
  if (!std::exchange(piece.counts, false)) return;
  committed_ -= bytes(index) - piece.sent;
}

void RevealPieces::offer(std::uint32_t index, Time now) {
  change(index, [now](RevealPiece& piece) {
    piece.offered = true;
    piece.since = now;
  });
}

void RevealPieces::own(std::uint32_t index, ConnectionKey owner, std::uint32_t sent, Time shown) {
  set_stage(index, Stage::pending);
  RevealPiece& piece = pieces_[index];
  piece.owner = owner;
  piece.requested = false;
  piece.given = false;
  piece.offered = false;
  piece.expired = false;
  piece.sent = sent;
  piece.since = shown;
  piece.owned = shown;
  piece.beside = 0;
}

std::optional<Duration> RevealPieces::request(std::uint32_t index, Time now) {
  RevealPiece& piece = pieces_[index];
  if (std::exchange(piece.requested, true)) return std::nullopt;  // asking again moves nothing
  start_counting(index);
  piece.owned = now;
  return now - std::exchange(piece.since, now);
}

bool RevealPieces::send(std::uint32_t index, std::uint32_t bytes_sent, Time now) {
  RevealPiece& piece = pieces_[index];
  const std::uint32_t left = bytes(index) - piece.sent;
  const std::uint32_t counted = std::min(bytes_sent, left);
  if (counted >= std::min(left, kBlockLength)) {
    piece.since = now;
    start_counting(index);
  }
  piece.sent += counted;
  if (piece.counts) committed_ -= counted;
  if (counted < left) return false;
  piece.counts = false;
  piece.given = true;
  ++piece.holders;
  set_stage(index, Stage::out);
  return true;
}

void RevealPieces::pause(std::uint32_t index, Time now) {
  stop_counting(index);
  pieces_[index].since = now;
}

void RevealPieces::resume(std::uint32_t index, Time now) {
  RevealPiece& piece = pieces_[index];
  piece.owned += now - std::exchange(piece.since, now);
  start_counting(index);
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
  change(index, [](RevealPiece& piece) { ++piece.holders; });
  RevealPiece& piece = pieces_[index];
  if (piece.stage != Stage::queued) return false;
  if (piece.holders == 1) piece.since = now;
  if (piece.holders < quorum) return false;
  set_stage(index, Stage::out);
  return true;
}

bool RevealPieces::credit(std::uint32_t index, ConnectionKey peer) {
  RevealPiece& piece = pieces_[index];
  if (piece.stage != Stage::queued) return false;
  piece.given = true;
  piece.owner = peer;
  set_stage(index, Stage::out);
  return true;
}

bool RevealPieces::let_go(std::uint32_t index, ConnectionKey peer, std::size_t quorum) {
  change(index, [](RevealPiece& piece) { --piece.holders; });
  RevealPiece& piece = pieces_[index];
  if (piece.given && piece.owner == peer) piece.given = false;
  if (piece.stage != Stage::out || piece.given || piece.holders >= quorum) return false;
  enqueue(index, quorum);
  return true;
}

void RevealPieces::settle(std::size_t quorum) {
  for (std::uint32_t index = 0; index < pieces_.size(); ++index) {
    const RevealPiece& piece = pieces_[index];
    if (piece.stage == Stage::queued && piece.holders >= quorum) set_stage(index, Stage::out);
  }
}

}  // namespace shoal::torrent
