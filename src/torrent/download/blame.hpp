#pragma once

#include <deque>
#include <span>
#include <vector>

#include <shoal/digest.hpp>

#include "metainfo/geometry.hpp"
#include "torrent/download/piece_assembly.hpp"

namespace shoal::torrent {

/// Finds who sent wrong blocks. A piece that does not fold to its proven hash convicts its sender
/// if there was one only; of several, those are guilty whose leaves turn out to differ from the
/// right ones, and nobody else is. Pure.
class Blame {
 public:
  /// What is kept: the oldest attempts are forgotten beyond this, and their senders go free.
  static constexpr std::size_t kMaxAttempts = 256;
  static constexpr std::size_t kMaxLeaves = 65536;

  /// That attempt did not fold. Returns who is guilty already; keeps the attempt when nobody is.
  [[nodiscard]] std::vector<Sender> failed(PieceIndex piece, PieceAttempt attempt);
  /// These are the piece's leaves: it is proven, or they are. Returns the guilty of all its earlier
  /// attempts, each once, and forgets the attempts.
  [[nodiscard]] std::vector<Sender> proven(PieceIndex piece, std::span<const Digest> leaves);

  [[nodiscard]] std::size_t attempts() const { return attempts_.size(); }

 private:
  struct Kept {
    PieceIndex piece;
    PieceAttempt attempt;
  };

  std::deque<Kept> attempts_;  // the oldest first
  std::size_t leaves_ = 0;     // in all of them
};

}  // namespace shoal::torrent
