#include "torrent/download/blame.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {

std::vector<Sender> Blame::failed(PieceIndex piece, PieceAttempt attempt) {
  if (attempt.senders.size() == 1) return std::move(attempt.senders);
  leaves_ += attempt.leaves.size();
  attempts_.push_back({piece, std::move(attempt)});
  while (attempts_.size() > kMaxAttempts || leaves_ > kMaxLeaves) {
    leaves_ -= attempts_.front().attempt.leaves.size();
    attempts_.pop_front();
  }
  return {};
}

std::vector<Sender> Blame::proven(PieceIndex piece, std::span<const Digest> leaves) {
  std::vector<Sender> guilty;
  std::erase_if(attempts_, [&](const Kept& kept) {
    if (kept.piece != piece) return false;
    leaves_ -= kept.attempt.leaves.size();
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      if (kept.attempt.leaves[i] == leaves[i]) continue;
      const Sender& sender = kept.attempt.sender_of(i);
      if (std::ranges::find(guilty, sender) == guilty.end()) guilty.push_back(sender);
    }
    return true;
  });
  return guilty;
}

}  // namespace shoal::torrent
