#include "discovery/retry_schedule.hpp"

#include <algorithm>

namespace shoal::discovery {
namespace {

/// `start + wait`, or the end of time.
Time later(Time start, Duration wait) {
  return wait < Time::max() - start ? start + std::max(wait, Duration::zero()) : Time::max();
}

}  // namespace

RetrySchedule::RetrySchedule(const Patience& patience, Time start, std::uint32_t seed)
    : deadline_(later(start, patience.total)),
      wait_(std::clamp(patience.first_retry, Duration(std::chrono::milliseconds(1)), kLongestWait)),
      random_(seed) {}

Time RetrySchedule::next(Time sent) {
  std::uniform_int_distribution<std::int64_t> percent(80, 120);
  const Duration wait = wait_ / 100 * percent(random_);
  wait_ = std::min(wait_ * 2, kLongestWait);
  return std::min(later(sent, wait), deadline_);
}

}  // namespace shoal::discovery
