#pragma once

#include <array>
#include <cstdint>

#include "base/clock.hpp"

namespace shoal::swarm {

/// How fast we can send, as far as it was seen: the largest mean over a second lately. Errs
/// upwards. Pure.
class SendingRate {
 public:
  void add(std::uint64_t bytes, Time now);
  /// Bytes a second; 0 before anything was sent.
  [[nodiscard]] double bytes_per_second() const { return best_; }

 private:
  static constexpr std::size_t kBuckets = 10;
  static constexpr Duration kBucket = std::chrono::milliseconds(100);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::int64_t bucket_ = -1;
  Time first_{};
  double best_ = 0;
};

}  // namespace shoal::swarm
