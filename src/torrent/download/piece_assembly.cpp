#include "torrent/download/piece_assembly.hpp"

#include <algorithm>
#include <utility>

#include "hash/merkle.hpp"

namespace shoal::torrent {
namespace {

// A piece has at most as many senders as blocks.
static_assert(kMaxPieceLength / kBlockLength <= 1u << 16);

std::uint16_t number_of(const Sender& sender, std::vector<Sender>& senders) {
  // From the back: a run of blocks comes from one peer.
  const auto known = std::ranges::find(senders.rbegin(), senders.rend(), sender);
  if (known != senders.rend()) {
    return static_cast<std::uint16_t>(senders.rend() - known - 1);
  }
  senders.push_back(sender);
  return static_cast<std::uint16_t>(senders.size() - 1);
}

}  // namespace

bool PieceAssembly::add(BlockRef block, const Digest& leaf, const Sender& from) {
  auto [place, is_new] = pieces_.try_emplace(block.piece);
  auto& [attempt, here] = place->second;
  if (is_new) {
    const std::size_t blocks = space_.blocks(block.piece);
    attempt.leaves.resize(blocks);
    attempt.from.resize(blocks);
    here = Bitfield(blocks);
  }
  if (here.test(block.block)) return false;
  here.set(block.block);
  attempt.leaves[block.block] = leaf;
  attempt.from[block.block] = number_of(from, attempt.senders);
  return here.all();
}

Digest PieceAssembly::fold(PieceIndex piece) const {
  return merkle::fold(pieces_.at(piece).attempt.leaves, 0, space_.fold_height(piece));
}

PieceAttempt PieceAssembly::take(PieceIndex piece) {
  PieceAttempt attempt = std::move(pieces_.at(piece).attempt);
  pieces_.erase(piece);
  return attempt;
}

}  // namespace shoal::torrent
