#pragma once

#include <array>
#include <cstdint>

#include "base/clock.hpp"

namespace shoal::swarm {

/// How fast bytes pass: the mean over the last second, and the largest such mean lately. Pure.
class RateMeter {
 public:
  void add(std::uint64_t bytes, Time now);
  /// Bytes a second, over the last second.
  [[nodiscard]] double mean(Time now);
  /// The largest mean lately, so it errs upwards; 0 before anything was added.
  [[nodiscard]] double best() const { return best_; }

 private:
  static constexpr std::size_t kBuckets = 10;
  static constexpr Duration kBucket = std::chrono::milliseconds(100);

  void advance(Time now);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::int64_t bucket_ = -1;
  Time first_{};
  double best_ = 0;
};

}  // namespace shoal::swarm
