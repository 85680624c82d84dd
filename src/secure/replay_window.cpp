#include "secure/replay_window.hpp"

#include <algorithm>

namespace shoal::secure {
namespace {

constexpr std::uint64_t kLast = ~std::uint64_t{0};  // one past it cannot be told: never used

}  // namespace

bool ReplayWindow::fresh(std::uint64_t counter) const {
  if (counter >= end_) return counter != kLast;
  if (end_ - counter > kWidth) return false;
  const std::uint64_t bit = counter % kWidth;
  return (seen_[bit / kWordBits] >> (bit % kWordBits) & 1) == 0;
}

void ReplayWindow::accept(std::uint64_t counter) {
  if (counter >= end_ && counter - end_ >= kWidth) {
    seen_.fill(0);
  } else {
    for (std::uint64_t skipped = end_; skipped < counter; ++skipped) {
      const std::uint64_t bit = skipped % kWidth;
      seen_[bit / kWordBits] &= ~(std::uint64_t{1} << (bit % kWordBits));
    }
  }
  const std::uint64_t bit = counter % kWidth;
  seen_[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
  end_ = std::max(end_, counter + 1);
}

}  // namespace shoal::secure
