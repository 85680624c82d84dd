#include "torrent/download/layers_fetch.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {
namespace {

// For one peer. Each layer has two requests open with a peer, as long as that answers.
constexpr std::size_t kLayersOfOnePeer = 8;
// For all: those that nobody answers for are asked of everybody again and again.
constexpr std::size_t kLayersOfAll = 64;
constexpr Duration kLayerPatience = std::chrono::seconds(3);  // then somebody else may be asked
// One of which a part has come keeps its place for so long, and on as long as more comes: a slow
// line may need that for an answer.
constexpr Duration kPartPatience = std::chrono::seconds(30);

}  // namespace

LayersFetch::LayersFetch(const Content& content) : content_(content) {
  const PieceSpace& space = content.space();
  for (std::uint32_t i = 0; i < space.files(); ++i) {
    const auto file = space.file(FileIndex{i});
    if (!file || !content.wants(*file) || content.layers().has(*file)) continue;
    pieces_ += file->geometry.pieces();
    if (!space.tree()) {
      fetches_.push_back({file->root, {}, {}, {}, LayerFetch(file->geometry, file->root)});
      return;
    }
    if (waiting_.size() == 0) waiting_ = Bitfield(space.pieces());
    const std::uint32_t end = file->first_piece + file->geometry.pieces();
    for (std::uint32_t piece = file->first_piece; piece < end; ++piece) waiting_.set(piece);
  }
}

/// One that is asked for or rests; null: neither.
LayersFetch::OfRoot* LayersFetch::find(const Digest& root) {
  for (Fetches* const among : {&fetches_, &resting_}) {
    const auto found = std::ranges::find(*among, root, &OfRoot::root);
    if (found != among->end()) return &*found;
  }
  return nullptr;
}

std::optional<merkle::HashRequest> LayersFetch::next(ConnectionKey peer, const Bitfield& pieces,
                                                     Time now) {
  for (OfRoot& each : fetches_) {
    if (auto request = each.fetch.next(peer, now)) return request;
  }
  if (!begin_for(peer, pieces, now)) return std::nullopt;
  return fetches_.back().fetch.next(peer, now);
}

bool LayersFetch::begin_for(ConnectionKey peer, const Bitfield& pieces, Time now) {
  if (waiting_.none()) return false;
  const auto busy = std::ranges::count_if(fetches_, [&](const OfRoot& each) {
    return each.begun_for == peer && now - each.begun_at < kLayerPatience;
  });
  if (static_cast<std::size_t>(busy) >= kLayersOfOnePeer) return false;
  const auto piece = choose(pieces, now);
  if (!piece || (fetches_.size() >= kLayersOfAll && !give_one_up(now))) return false;
  const FileOfPieces file = content_.space().file_of(*content_.space().piece(*piece));
  set_waiting(file.root, false);
  next_ = *piece + 1;
  const auto rested = std::ranges::find(resting_, file.root, &OfRoot::root);
  if (rested == resting_.end()) {
    fetches_.push_back({file.root, peer, now, now, LayerFetch(file.geometry, file.root)});
  } else {
    fetches_.push_back({file.root, peer, now, now, std::move(rested->fetch)});
    resting_.erase(rested);
  }
  return true;
}

/// A piece whose layer to ask for. Once around, so that what cannot be had is not all that is
/// tried.
std::optional<std::size_t> LayersFetch::choose(const Bitfield& pieces, Time now) const {
  auto piece = waiting_.first_common(pieces, next_);
  if (!piece) piece = waiting_.first_common(pieces);
  if (piece || fetches_.size() >= kLayersOfOnePeer) return piece;
  // When nothing else goes on: what nobody shows may be on our disk, and waits to be proven.
  const bool quiet = std::ranges::none_of(
      fetches_, [&](const OfRoot& each) { return now - each.begun_at < kLayerPatience; });
  return quiet ? waiting_.first_common(waiting_) : std::nullopt;
}

/// One that nobody answers for; asked for again later, for what is not proven of it.
bool LayersFetch::give_one_up(Time now) {
  const auto found = std::ranges::find_if(fetches_, [&](const OfRoot& each) {
    const Duration turn = each.fetch.empty() ? kLayerPatience : kPartPatience;
    return now - each.begun_at >= turn && now - each.got_at >= kLayerPatience;
  });
  if (found == fetches_.end()) return false;
  set_waiting(found->root, true);
  if (!found->fetch.empty()) resting_.push_back(std::move(*found));
  fetches_.erase(found);
  return true;
}

void LayersFetch::set_waiting(const Digest& root, bool waiting) {
  if (waiting_.size() == 0) return;  // a single file, which never waits
  for (const FileOfPieces& file : content_.layers().files_of(root)) {
    if (!content_.wants(file)) continue;
    const std::uint32_t end = file.first_piece + file.geometry.pieces();
    for (std::uint32_t piece = file.first_piece; piece < end; ++piece) {
      waiting ? waiting_.set(piece) : waiting_.reset(piece);
    }
  }
}

LayerFetch::Verdict LayersFetch::answered(ConnectionKey peer, const merkle::HashRequest& request,
                                          std::span<const Digest> hashes, Time now) {
  OfRoot* const found = find(request.root);
  if (found == nullptr) return LayerFetch::Verdict::not_wanted;
  const auto verdict = found->fetch.answered(peer, request, hashes);
  if (verdict == LayerFetch::Verdict::accepted) found->got_at = now;
  if (!found->fetch.done()) return verdict;
  for (const FileOfPieces& file : content_.layers().files_of(request.root)) {
    if (content_.wants(file)) pieces_ -= file.geometry.pieces();
  }
  set_waiting(request.root, false);
  proven_.push_back(found->fetch.take());
  const auto is_it = [&](const OfRoot& each) { return each.root == request.root; };
  if (std::erase_if(fetches_, is_it) == 0) std::erase_if(resting_, is_it);
  return verdict;
}

void LayersFetch::rejected(ConnectionKey peer, const merkle::HashRequest& request, Time now) {
  if (OfRoot* const found = find(request.root)) found->fetch.rejected(peer, request, now);
}

void LayersFetch::gone(ConnectionKey peer) {
  for (OfRoot& each : fetches_) each.fetch.gone(peer);
  for (OfRoot& each : resting_) each.fetch.gone(peer);
}

}  // namespace shoal::torrent
