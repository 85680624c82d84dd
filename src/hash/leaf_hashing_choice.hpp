#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "hash/leaf_hasher.hpp"

namespace shoal {

/// Which way of hashing a process uses: OpenSSL, until there is enough to do that measuring the
/// others is worth its milliseconds; then the fastest. Any thread; none waits for another.
class LeafHashingChoice {
 public:
  /// Between the fastest and OpenSSL lie 0.2 to 0.4 ms for each MiB, and to find the fastest takes
  /// 1.5 to 6 ms (docs/benchmarks.md).
  static constexpr std::uint64_t kWorthMeasuring = std::uint64_t{16} << 20;

  /// The fastest first, and never none: leaf_hashing_speeds().
  using Measure = std::span<const LeafHashingSpeed> (*)();
  explicit constexpr LeafHashingChoice(Measure measure) : measure_(measure) {}

  /// So many bytes of leaves are going to be hashed. True for the one call which finds that there
  /// is enough to do, and so has measured when it returns.
  bool expect(std::uint64_t bytes);

  [[nodiscard]] LeafHashing for_leaves() const {
    return for_leaves_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] LeafHashing for_nodes() const { return for_nodes_.load(std::memory_order_relaxed); }

 private:
  Measure measure_;
  std::atomic<std::uint64_t> expected_ = 0;
  std::atomic<LeafHashing> for_leaves_ = LeafHashing::openssl;
  std::atomic<LeafHashing> for_nodes_ = LeafHashing::openssl;
};

}  // namespace shoal
