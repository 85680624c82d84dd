#include "torrent/download/leaf_fetch.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {
namespace {

constexpr std::size_t kMostPieces = 4;
constexpr std::uint32_t kMostLeaves = 1024;  // in one answer: 32 KiB, a piece of 16 MiB

}  // namespace

std::uint32_t LeafFetch::first_leaf(PieceIndex piece) const {
  return value(piece) << geometry_.fold_height();
}

PieceIndex LeafFetch::piece_of(const merkle::HashRequest& request) const {
  return PieceIndex{request.index >> geometry_.fold_height()};
}

std::uint32_t LeafFetch::most_at_once() const {
  return std::min(kMostLeaves, std::uint32_t{1} << geometry_.fold_height());
}

void LeafFetch::want(PieceIndex piece) {
  if (geometry_.tree_height() == 0 || pieces_.size() >= kMostPieces) return;
  const auto [place, is_new] = pieces_.try_emplace(piece);
  if (!is_new) return;
  const std::uint32_t blocks = geometry_.blocks(piece);
  place->second.leaves.resize(blocks);
  const auto proof = static_cast<std::uint32_t>(geometry_.tree_height()) - 1;
  for (std::uint32_t at = 0; at < blocks; at += most_at_once()) {
    requests_.want({root_, 0, first_leaf(piece) + at, most_at_once(), proof});
    ++place->second.requests;
  }
}

void LeafFetch::forget(PieceIndex piece) {
  const auto found = pieces_.find(piece);
  if (found == pieces_.end()) return;
  for (std::uint32_t at = 0; at < found->second.leaves.size(); at += most_at_once()) {
    requests_.forget(first_leaf(piece) + at);
  }
  pieces_.erase(found);
}

std::optional<merkle::HashRequest> LeafFetch::next(ConnectionKey peer, const Bitfield& pieces,
                                                   bool origin, Time now) {
  return requests_.next(peer, now, [&](const merkle::HashRequest& request) {
    return origin || pieces.test(value(piece_of(request)));
  });
}

LeafFetch::Answer LeafFetch::answered(ConnectionKey peer, const merkle::HashRequest& request,
                                      std::span<const Digest> hashes) {
  Answer answer;
  if (!requests_.wants(request)) return answer;
  if (!merkle::proves(request, hashes, geometry_.tree_height())) {
    requests_.answered_wrongly(peer, request);
    answer.wrong = true;
    return answer;
  }
  requests_.answered(peer, request);
  const auto place = pieces_.find(piece_of(request));
  Piece& piece = place->second;
  const std::size_t begin = request.index - first_leaf(place->first);
  const std::size_t count = std::min<std::size_t>(request.length, piece.leaves.size() - begin);
  std::ranges::copy(hashes.first(count), piece.leaves.begin() + static_cast<std::ptrdiff_t>(begin));
  if (--piece.requests > 0) return answer;
  answer.done = place->first;
  answer.leaves = std::move(piece.leaves);
  pieces_.erase(place);
  return answer;
}

}  // namespace shoal::torrent
