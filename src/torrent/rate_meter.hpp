#pragma once

#include <array>
#include <cstdint>

#include "base/clock.hpp"

namespace shoal::torrent {

/// How fast bytes pass: the mean over the last second, or another window, and the largest such mean
/// lately. Pure.
class RateMeter {
 public:
  RateMeter() = default;
  /// Over a longer window, for what comes in lumps: also the pause before the first of them counts,
  /// unless it is the first of all. Then the mean is over no less than `least`.
  RateMeter(Duration window, Duration least)
      : bucket_time_(window / kBuckets), least_(least), pauses_count_(true) {}

  void add(std::uint64_t bytes, Time now);
  /// Bytes a second, over the window.
  [[nodiscard]] double mean(Time now);
  /// The largest mean lately, so it errs upwards; 0 before anything was added.
  [[nodiscard]] double best() const { return best_; }

 private:
  static constexpr std::size_t kBuckets = 10;

  void advance(Time now);

  Duration bucket_time_ = std::chrono::milliseconds(100);
  Duration least_ = bucket_time_;
  bool pauses_count_ = false;
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::int64_t bucket_ = -1;
  Time first_{};
  double best_ = 0;
};

}  // namespace shoal::torrent
