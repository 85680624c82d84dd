#pragma once

#include <deque>
#include <map>
#include <optional>

#include "base/clock.hpp"
#include "metainfo/geometry.hpp"

namespace shoal::torrent {

/// Pieces of ours that peers have reason to doubt: they ask for one again, or leave over it. Each
/// is to be read from the disk once more, and at most once a minute, whatever peers do. Pure and
/// bounded.
class DiskDoubts {
 public:
  static constexpr std::size_t kMostWaiting = 64;
  static constexpr Duration kPause = std::chrono::minutes(1);

  void add(PieceIndex piece, Time now);
  /// The one to read now.
  [[nodiscard]] std::optional<PieceIndex> next(Time now);
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  void clear() { waiting_.clear(); }

 private:
  std::deque<PieceIndex> waiting_;
  std::map<PieceIndex, Time> read_at_;  // within the last kPause, or about
};

}  // namespace shoal::torrent
