#include "torrent/download/layer_fetch.hpp"

#include <algorithm>
#include <bit>

namespace shoal::torrent {
namespace {

constexpr std::uint32_t kChunk = 512;  // what libtorrent asks for at once (notes, section 5)

}  // namespace

LayerFetch::LayerFetch(const Geometry& geometry, const Digest& root)
    : geometry_(geometry),
      root_(root),
      chunk_length_(std::min(kChunk, std::bit_ceil(geometry.pieces()))) {
  if (geometry.pieces() == 1) {
    nodes_.push_back(root);
    return;
  }
  const auto base = static_cast<std::uint32_t>(geometry.piece_level());
  const std::uint32_t proof = static_cast<std::uint32_t>(geometry.tree_height()) - base - 1;
  for (std::uint32_t index = 0; index < geometry.pieces(); index += chunk_length_) {
    chunks_.want({root, base, index, chunk_length_, proof});
  }
}

/// Whether the nodes and uncles past the end of the file are padding. A root can be made up for
/// which they are not, though every hash leads to it; no file has that root.
bool LayerFetch::is_padded(const merkle::HashRequest& request,
                           std::span<const Digest> hashes) const {
  const int base = geometry_.piece_level();
  for (std::uint32_t i = 0; i < request.length; ++i) {
    if (request.index + i >= geometry_.pieces() && hashes[i] != merkle::pad(base)) return false;
  }
  int level = base + std::countr_zero(request.length);
  std::uint64_t covered = request.length;  // pieces below one uncle
  std::uint64_t position = request.index / request.length;
  for (const Digest& uncle : hashes.subspan(request.length)) {
    const bool past_end = (position ^ 1) * covered >= geometry_.pieces();
    if (past_end && uncle != merkle::pad(level)) return false;
    position /= 2;
    covered *= 2;
    ++level;
  }
  return true;
}

LayerFetch::Verdict LayerFetch::answered(ConnectionKey peer, const merkle::HashRequest& request,
                                         std::span<const Digest> hashes) {
  // Somebody else may have been asked since: a proof is as good from a slow peer.
  if (!chunks_.wants(request)) return Verdict::not_wanted;
  if (!merkle::proves(request, hashes, geometry_.tree_height()) || !is_padded(request, hashes)) {
    chunks_.answered_wrongly(peer, request);
    return Verdict::wrong;
  }
  const auto nodes =
      hashes.first(std::min<std::size_t>(chunk_length_, geometry_.pieces() - request.index));
  ahead_.emplace(request.index, std::vector(nodes.begin(), nodes.end()));
  nodes_.reserve(geometry_.pieces());  // address space; memory with what is written there
  while (!ahead_.empty() && ahead_.begin()->first == nodes_.size()) {
    const std::vector<Digest> next = std::move(ahead_.extract(ahead_.begin()).mapped());
    nodes_.insert(nodes_.end(), next.begin(), next.end());
  }
  chunks_.answered(peer, request);
  return Verdict::accepted;
}

merkle::LayerTree LayerFetch::take() {
  const int level = geometry_.pieces() == 1 ? geometry_.tree_height() : geometry_.piece_level();
  return *merkle::LayerTree::build(std::move(nodes_), level, geometry_.tree_height(), root_);
}

}  // namespace shoal::torrent
