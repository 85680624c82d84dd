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
// Of which a part has come, and no more since: as long as a slow line may need for an answer.
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

LayersFetch::Fetches::iterator LayersFetch::find(const Digest& root) {
  return std::ranges::find(fetches_, root, &OfRoot::root);
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
  fetches_.push_back({file.root, peer, now, now, LayerFetch(file.geometry, file.root)});
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

/// One that nobody answers for; asked for again later, from its beginning.
bool LayersFetch::give_one_up(Time now) {
  const auto found = std::ranges::find_if(fetches_, [&](const OfRoot& each) {
    return now - each.got_at >= (each.fetch.empty() ? kLayerPatience : kPartPatience);
  });
  if (found == fetches_.end()) return false;
  set_waiting(found->root, true);
  fetches_.erase(found);
  return true;
}

void LayersFetch::set_waiting(const Digest& root, bool waiting) {
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
  const auto found = find(request.root);
  if (found == fetches_.end()) return LayerFetch::Verdict::not_wanted;
  const auto verdict = found->fetch.answered(peer, request, hashes);
  if (verdict == LayerFetch::Verdict::accepted) found->got_at = now;
  if (!found->fetch.done()) return verdict;
  for (const FileOfPieces& file : content_.layers().files_of(request.root)) {
    if (content_.wants(file)) pieces_ -= file.geometry.pieces();
  }
  proven_.push_back(found->fetch.take());
  fetches_.erase(found);
  return verdict;
}

void LayersFetch::rejected(ConnectionKey peer, const merkle::HashRequest& request, Time now) {
  const auto found = find(request.root);
  if (found != fetches_.end()) found->fetch.rejected(peer, request, now);
}

void LayersFetch::gone(ConnectionKey peer) {
  for (OfRoot& each : fetches_) each.fetch.gone(peer);
}

}  // namespace shoal::torrent
