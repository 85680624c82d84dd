#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shoal::status {

/// How long some things took: how many up to each of some bounds, and all together. Pure.
class Durations {
 public:
  /// Seconds; whatever took longer is counted behind the last.
  static constexpr std::array<double, 8> kBounds{1, 5, 15, 60, 300, 900, 3600, 21600};

  void add(std::chrono::milliseconds took) {
    const double seconds = std::chrono::duration<double>(took).count();
    std::size_t place = 0;
    while (place < kBounds.size() && seconds > kBounds[place]) ++place;
    ++counts_[place];
    sum_ += seconds;
  }

  /// By place of the bounds; one more than there are bounds.
  [[nodiscard]] const std::array<std::uint64_t, kBounds.size() + 1>& counts() const {
    return counts_;
  }
  [[nodiscard]] double sum() const { return sum_; }  ///< seconds

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

/// Downloads that came to their end, by size: up to 1 MiB, 100 MiB, 10 GiB, and larger ones.
class DownloadDurations {
 public:
  static constexpr std::array<const char*, 4> kSizes{"1MiB", "100MiB", "10GiB", "more"};

  void add(std::uint64_t bytes, std::chrono::milliseconds took) {
    constexpr std::array<std::uint64_t, 3> kMost{1ull << 20, 100ull << 20, 10ull << 30};
    std::size_t place = 0;
    while (place < kMost.size() && bytes > kMost[place]) ++place;
    by_size_[place].add(took);
  }
  [[nodiscard]] const std::array<Durations, kSizes.size()>& by_size() const { return by_size_; }

 private:
  std::array<Durations, kSizes.size()> by_size_;
};

}  // namespace shoal::status
