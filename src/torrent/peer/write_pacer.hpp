#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace shoal::torrent {

/// How many blocks one write to a peer takes. Batches take about 20 ms: large where the line is
/// quick, and where it is slow small, so that what goes out is decided late. What the system takes
/// at once says nothing of the line, so several quick blocks are needed before a batch grows. Pure.
class WritePacer {
 public:
  static constexpr std::size_t kMostBlocks = 32;  ///< in one write

  [[nodiscard]] std::size_t blocks() const { return blocks_; }

  /// A write of so many blocks has been taken by the system.
  void wrote(std::size_t blocks, Duration took) {
    quick_ = took < kQuick ? quick_ + blocks : 0;
    if (blocks == blocks_ && quick_ >= kEnough) {
      resize(std::min(blocks_ * 2, kMostBlocks));
    } else if (took > kSlow) {
      resize(std::max<std::size_t>(blocks_ / 2, 1));
    }
  }

 private:
  static constexpr Duration kQuick = std::chrono::milliseconds(20);
  static constexpr Duration kSlow = std::chrono::milliseconds(100);
  static constexpr std::size_t kEnough = 4;  // quick blocks before a batch grows

  void resize(std::size_t blocks) {
    if (blocks == blocks_) return;
    blocks_ = blocks;
    quick_ = 0;
  }

  std::size_t blocks_ = 1;
  std::size_t quick_ = 0;  // blocks written since the size changed, or since a write was slow
};

}  // namespace shoal::torrent
