#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/clock.hpp"
#include "torrent/connection_key.hpp"

namespace shoal::torrent {

/// Whether our own line is what keeps peers from sending more: it comes as fast as it ever did, and
/// those who send it have shown, each for itself, that together they can send more. That needs two
/// of them, and one that was faster while others were slower; where each always sends as much as it
/// can, the lines are the peers'. Counts whole seconds. Pure.
class LineWatch {
 public:
  void came(ConnectionKey from, std::uint64_t bytes, Time now);
  void left(ConnectionKey peer) { peers_.erase(peer); }
  /// It was so in the last whole second.
  [[nodiscard]] bool is_full(Time now);

 private:
  static constexpr std::int64_t kLeastSeconds = 3;
  static constexpr double kAsFastAsEver = 0.9;  // of the best second
  static constexpr double kCanDoMore = 1.25;    // than comes

  struct Sender {
    std::uint64_t now = 0;   // bytes in this second
    std::uint64_t best = 0;  // in a whole one
  };

  void advance(Time now);
  [[nodiscard]] bool judge();

  std::unordered_map<ConnectionKey, Sender> peers_;
  std::int64_t second_ = 0;
  std::int64_t seconds_ = 0;  // in which something came
  std::uint64_t best_ = 0;    // bytes in one
  bool full_ = false;
};

}  // namespace shoal::torrent
