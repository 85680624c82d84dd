#include "hash/leaf_hashing_choice.hpp"

#include <algorithm>

namespace shoal {

bool LeafHashingChoice::expect(std::uint64_t bytes) {
  if (expected_.load(std::memory_order_relaxed) >= kWorthMeasuring) return false;
  // Cut, so that no number of such calls makes the sum run over.
  bytes = std::min(bytes, kWorthMeasuring);
  const std::uint64_t before = expected_.fetch_add(bytes, std::memory_order_relaxed);
  if (before >= kWorthMeasuring || before + bytes < kWorthMeasuring) return false;

  const auto speeds = measure_();
  const auto for_nodes =
      std::ranges::max_element(speeds, {}, &LeafHashingSpeed::node_bytes_per_second);
  for_nodes_.store(for_nodes->kind, std::memory_order_relaxed);
  for_leaves_.store(speeds.front().kind, std::memory_order_relaxed);
  return true;
}

}  // namespace shoal
