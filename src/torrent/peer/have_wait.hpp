#pragma once

#include <algorithm>
#include <optional>

#include "base/clock.hpp"
#include "torrent/peer_limits.hpp"

namespace shoal::torrent {

/// How long a have may wait for others to go out with. Behind thin links a packet for each would be
/// a third of all packets; where pieces come quickly, others wait for the have. Pure.
class HaveWait {
 public:
  /// A piece was proven. Returns how long its have may wait: about two pieces' time.
  Duration proven(Time now) {
    if (last_) mean_ += (std::min(now - *last_, kHaveWait) - mean_) / 8;
    last_ = now;
    return std::min(2 * mean_, kHaveWait);
  }

 private:
  Duration mean_ = kHaveWait / 2;  // between two pieces
  std::optional<Time> last_;
};

}  // namespace shoal::torrent
