#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <shoal/tracker_status.hpp>

#include "base/clock.hpp"

namespace shoal {

/// Counts how long answers took. Any thread may call it at any time, and none waits for another.
class ResponseClock {
 public:
  /// That many answers, which all took as long.
  void add(std::size_t answers, Duration took) {
    std::size_t place = 0;
    while (place < ResponseTimes::kBounds.size() && took > ResponseTimes::kBounds[place]) ++place;
    counts_[place].fetch_add(answers, std::memory_order_relaxed);
    const std::int64_t sum = took.count() * static_cast<std::int64_t>(answers);
    sum_.fetch_add(sum, std::memory_order_relaxed);
  }

  [[nodiscard]] ResponseTimes times() const {
    ResponseTimes out;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      out.counts[i] = counts_[i].load(std::memory_order_relaxed);
    out.sum = std::chrono::nanoseconds(sum_.load(std::memory_order_relaxed));
    return out;
  }

 private:
  std::array<std::atomic<std::uint64_t>, ResponseTimes::kBounds.size() + 1> counts_{};
  std::atomic<std::int64_t> sum_{0};  // nanoseconds
};

}  // namespace shoal
