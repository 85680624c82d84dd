#include "torrent/line_watch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace shoal::torrent {

void LineWatch::came(ConnectionKey from, std::uint64_t bytes, Time now) {
  advance(now);
  peers_[from].now += bytes;
}

bool LineWatch::is_full(Time now) {
  advance(now);
  return full_;
}

void LineWatch::advance(Time now) {
  const std::int64_t second = now.time_since_epoch() / std::chrono::seconds(1);
  if (second == second_) return;
  const bool judged = judge();
  full_ = judged && second == second_ + 1;
  second_ = second;
}

/// The second that is over.
bool LineWatch::judge() {
  std::uint64_t came = 0;
  std::uint64_t able = 0;
  std::size_t senders = 0;
  for (auto& [key, peer] : peers_) {
    const std::uint64_t bytes = std::exchange(peer.now, 0);
    if (bytes == 0) continue;
    ++senders;
    came += bytes;
    peer.best = std::max(peer.best, bytes);
    able += peer.best;
  }
  if (came == 0) return false;
  ++seconds_;
  best_ = std::max(best_, came);
  return senders > 1 && seconds_ >= kLeastSeconds &&
         static_cast<double>(came) >= kAsFastAsEver * static_cast<double>(best_) &&
         static_cast<double>(able) >= kCanDoMore * static_cast<double>(came);
}

}  // namespace shoal::torrent
