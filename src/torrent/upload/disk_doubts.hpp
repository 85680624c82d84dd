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
  static constexpr Duration kTogether = std::chrono::seconds(5);

  void add(PieceIndex piece, Time now);
  /// The one to read now.
  [[nodiscard]] std::optional<PieceIndex> next(Time now);
  /// Nothing will be to do, however much time passes.
  [[nodiscard]] bool empty() const { return waiting_.empty() && !gone_since_; }
  void clear() { waiting_.clear(); }

  /// One that was read is not what it was.
  void found_gone(Time now);
  /// Peers that think it is here have to be let go now. All that are found together are told
  /// together: when nothing waits to be read, and in any case after kTogether, for peers may see to
  /// it that something always waits. True once.
  [[nodiscard]] bool peers_must_know(Time now);

 private:
  std::deque<PieceIndex> waiting_;
  std::map<PieceIndex, Time> read_at_;  // within the last kPause, or about
  std::optional<Time> gone_since_;      // and peers do not know
};

}  // namespace shoal::torrent
