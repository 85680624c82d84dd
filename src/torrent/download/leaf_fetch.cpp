#include "torrent/download/leaf_fetch.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {
namespace {

constexpr std::size_t kMostPieces = 4;
constexpr std::uint32_t kMostLeaves = 1024;  // in one answer: 32 KiB, a piece of 16 MiB

std::uint32_t most_at_once(const Geometry& geometry) {
  return std::min(kMostLeaves, std::uint32_t{1} << geometry.fold_height());
}

}  // namespace

void LeafFetch::want(PieceIndex piece) {
  if (pieces_.size() >= kMostPieces) return;
  const FileOfPieces file = space_.file_of(piece);
  if (file.geometry.tree_height() == 0) return;  // its only leaf is its root
  const std::uint32_t first = value(file.in_file(piece)) << file.geometry.fold_height();
  // It may be asked for already, also for the same piece of an equal file.
  if (find({.root = file.root, .index = first}) != pieces_.end()) return;
  const std::uint32_t blocks = space_.blocks(piece);
  Piece wanted{.file = file, .first_leaf = first, .leaves = std::vector<Digest>(blocks)};
  const auto proof = static_cast<std::uint32_t>(file.geometry.tree_height()) - 1;
  const std::uint32_t most = most_at_once(file.geometry);
  for (std::uint32_t at = 0; at < blocks; at += most) {
    requests_.want({file.root, 0, wanted.first_leaf + at, most, proof});
    ++wanted.requests;
  }
  pieces_.emplace(piece, std::move(wanted));
}

LeafFetch::Pieces::const_iterator LeafFetch::find(const merkle::HashRequest& request) const {
  return std::ranges::find_if(pieces_, [&](const auto& entry) {
    const Piece& piece = entry.second;
    return piece.file.root == request.root && request.index >= piece.first_leaf &&
           request.index - piece.first_leaf < piece.leaves.size();
  });
}

void LeafFetch::forget(PieceIndex piece) {
  const auto found = pieces_.find(piece);
  if (found == pieces_.end()) return;
  const auto& [file, first_leaf, leaves, requests] = found->second;
  for (std::uint32_t at = 0; at < leaves.size(); at += most_at_once(file.geometry)) {
    requests_.forget(file.root, first_leaf + at);
  }
  pieces_.erase(found);
}

std::optional<merkle::HashRequest> LeafFetch::next(ConnectionKey peer, const Bitfield& pieces,
                                                   bool origin, Time now) {
  return requests_.next(peer, now, [&](const merkle::HashRequest& request) {
    const auto piece = find(request);
    return origin || (piece != pieces_.end() && pieces.test(value(piece->first)));
  });
}

LeafFetch::Answer LeafFetch::answered(ConnectionKey peer, const merkle::HashRequest& request,
                                      std::span<const Digest> hashes) {
  Answer answer;
  if (!requests_.wants(request)) return answer;
  const auto found = find(request);
  if (found == pieces_.end()) return answer;
  if (!merkle::proves(request, hashes, found->second.file.geometry.tree_height())) {
    requests_.answered_wrongly(peer, request);
    answer.wrong = true;
    return answer;
  }
  requests_.answered(peer, request);
  const auto place = pieces_.find(found->first);
  Piece& piece = place->second;
  const std::size_t begin = request.index - piece.first_leaf;
  const std::size_t count = std::min<std::size_t>(request.length, piece.leaves.size() - begin);
  std::ranges::copy(hashes.first(count), piece.leaves.begin() + static_cast<std::ptrdiff_t>(begin));
  if (--piece.requests > 0) return answer;
  answer.done = place->first;
  answer.leaves = std::move(piece.leaves);
  pieces_.erase(place);
  return answer;
}

}  // namespace shoal::torrent
