#include "swarm/layer_fetch.hpp"

#include <algorithm>
#include <bit>

namespace shoal::swarm {
namespace {

constexpr std::uint32_t kChunk = 512;    // what libtorrent asks for at once (notes, section 5)
constexpr std::size_t kOpenPerPeer = 2;  // likewise
constexpr Duration kPatience = std::chrono::seconds(3);  // after that, somebody else is asked
constexpr Duration kRest = std::chrono::seconds(3);      // for a peer that rejected (trap T2)

}  // namespace

LayerFetch::LayerFetch(const Geometry& geometry, const Digest& root)
    : geometry_(geometry),
      root_(root),
      chunk_length_(std::min(kChunk, std::bit_ceil(geometry.pieces()))),
      missing_(0),
      nodes_(geometry.pieces()) {
  if (geometry.pieces() == 1) {
    nodes_.front() = root;
    return;
  }
  for (std::uint32_t index = 0; index < geometry.pieces(); index += chunk_length_) {
    chunks_.push_back({.index = index, .proven = false, .asked = {}, .asked_at = {}});
  }
  missing_ = chunks_.size();
}

void LayerFetch::skip() {
  chunks_.clear();
  missing_ = 0;
}

merkle::HashRequest LayerFetch::request_for(const Chunk& chunk) const {
  const auto base = static_cast<std::uint32_t>(geometry_.piece_level());
  return {.root = root_,
          .base = base,
          .index = chunk.index,
          .length = chunk_length_,
          .proof = static_cast<std::uint32_t>(geometry_.tree_height()) - base - 1};
}

LayerFetch::Chunk* LayerFetch::find(const merkle::HashRequest& request) {
  if (request.index % chunk_length_ != 0) return nullptr;
  const std::size_t position = request.index / chunk_length_;
  if (position >= chunks_.size() || request_for(chunks_[position]) != request) return nullptr;
  return &chunks_[position];
}

std::optional<merkle::HashRequest> LayerFetch::next(ConnectionKey peer, Time now) {
  if (done()) return std::nullopt;
  std::erase_if(resting_, [&](const Resting& rest) { return rest.until <= now; });
  if (std::ranges::any_of(resting_, [&](const Resting& rest) { return rest.peer == peer; }))
    return std::nullopt;
  const auto open = std::ranges::count_if(
      chunks_, [&](const Chunk& chunk) { return !chunk.proven && chunk.asked == peer; });
  if (static_cast<std::size_t>(open) >= kOpenPerPeer) return std::nullopt;
  const auto wanted = std::ranges::find_if(chunks_, [&](const Chunk& chunk) {
    return !chunk.proven && (!chunk.asked || now - chunk.asked_at >= kPatience);
  });
  if (wanted == chunks_.end()) return std::nullopt;
  wanted->asked = peer;
  wanted->asked_at = now;
  return request_for(*wanted);
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
  Chunk* chunk = find(request);
  if (chunk == nullptr || chunk->proven) return Verdict::not_wanted;
  // Somebody else may have been asked since: a proof is as good from a slow peer.
  if (!merkle::proves(request, hashes, geometry_.tree_height()) || !is_padded(request, hashes)) {
    if (chunk->asked == peer) chunk->asked.reset();
    return Verdict::wrong;
  }
  const std::size_t count = std::min<std::size_t>(chunk_length_, nodes_.size() - chunk->index);
  std::ranges::copy(hashes.first(count), nodes_.begin() + chunk->index);
  chunk->proven = true;
  --missing_;
  return Verdict::accepted;
}

void LayerFetch::rejected(ConnectionKey peer, const merkle::HashRequest& request, Time now) {
  Chunk* chunk = find(request);
  if (chunk == nullptr || chunk->proven || chunk->asked != peer) return;
  chunk->asked.reset();
  resting_.push_back({peer, now + kRest});
}

void LayerFetch::gone(ConnectionKey peer) {
  for (Chunk& chunk : chunks_) {
    if (!chunk.proven && chunk.asked == peer) chunk.asked.reset();
  }
  std::erase_if(resting_, [&](const Resting& rest) { return rest.peer == peer; });
}

merkle::LayerTree LayerFetch::take() {
  const int level = geometry_.pieces() == 1 ? geometry_.tree_height() : geometry_.piece_level();
  return *merkle::LayerTree::build(std::move(nodes_), level, geometry_.tree_height(), root_);
}

}  // namespace shoal::swarm
