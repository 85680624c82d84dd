#include "torrent/upload/disk_doubts.hpp"

#include <algorithm>

namespace shoal::torrent {

void DiskDoubts::add(PieceIndex piece, Time now) {
  if (waiting_.size() >= kMostWaiting || std::ranges::find(waiting_, piece) != waiting_.end()) {
    return;
  }
  const auto read = read_at_.find(piece);
  if (read == read_at_.end() || now - read->second >= kPause) waiting_.push_back(piece);
}

std::optional<PieceIndex> DiskDoubts::next(Time now) {
  if (waiting_.empty()) return std::nullopt;
  const PieceIndex piece = waiting_.front();
  waiting_.pop_front();
  std::erase_if(read_at_, [&](const auto& entry) { return now - entry.second >= kPause; });
  read_at_[piece] = now;
  return piece;
}

void DiskDoubts::found_gone(Time now) {
  if (!gone_since_) gone_since_ = now;
}

bool DiskDoubts::peers_must_know(Time now) {
  if (!gone_since_ || (!waiting_.empty() && now - *gone_since_ < kTogether)) return false;
  gone_since_.reset();
  return true;
}

}  // namespace shoal::torrent
