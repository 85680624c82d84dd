#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace shoal::storage {

/// Which way to a file's content costs less here: a copy (read), or looking at it where the system
/// has it (map). A page that is mapped is much cheaper than its copy on one machine, and much
/// dearer on the next, where each mapping goes through whatever runs the virtual machine. So both
/// are tried at first, and then the better one is kept. Threads may share it.
class WayOfReading {
 public:
  enum class Way : std::uint8_t { read, map };

  struct Turn {
    Way way;
    bool counts;  ///< whether took() wants to know
  };

  [[nodiscard]] Turn next() {
    if (tried_.load(std::memory_order_relaxed) < kTries) {
      const unsigned turn = tried_.fetch_add(1, std::memory_order_relaxed);
      if (turn < kTries) return {turn % 2 == 0 ? Way::read : Way::map, true};
    }
    // In doubt it reads: nothing that others do to the file can go wrong there.
    const bool clearly = best(Way::map) < best(Way::read) / 10 * 9;
    return {clearly ? Way::map : Way::read, false};
  }

  /// Processor time of a turn; turns of one size only. A way that fails is not told of.
  void took(Way way, std::chrono::nanoseconds time) {
    std::atomic<std::int64_t>& best = best_[static_cast<std::size_t>(way)];
    std::int64_t known = best.load(std::memory_order_relaxed);
    while (time.count() < known &&
           !best.compare_exchange_weak(known, time.count(), std::memory_order_relaxed)) {
    }
  }

 private:
  static constexpr unsigned kTries = 6;

  [[nodiscard]] std::int64_t best(Way way) const {
    return best_[static_cast<std::size_t>(way)].load(std::memory_order_relaxed);
  }

  std::atomic<unsigned> tried_ = 0;
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();
  std::array<std::atomic<std::int64_t>, 2> best_{kUnknown, kUnknown};
};

}  // namespace shoal::storage
