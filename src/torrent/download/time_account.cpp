#include "torrent/download/time_account.hpp"

#include <algorithm>

namespace shoal::torrent {
namespace {

Duration& of(HeldTimes& times, HeldCause cause) {
  return times[static_cast<std::size_t>(cause)];
}

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

HeldBy parts_of(const HeldTimes& later, const HeldTimes& earlier) {
  HeldBy held;
  double all = 0;
  for (std::size_t i = 0; i < kHeldCauses; ++i) {
    // Storing is divided anew as more is known of it, so a part may shrink.
    held.parts[i] = in_seconds(std::max(later[i] - earlier[i], Duration::zero()));
    all += held.parts[i];
  }
  if (all <= 0) return {};
  for (double& part : held.parts) part /= all;
  return held;
}

void TimeAccount::change(HeldCause cause, bool storing, Time now) {
  stops(now);
  since_ = now;
  cause_ = cause;
  stores_ = storing;
}

void TimeAccount::stops(Time now) {
  if (since_ && now > *since_) (stores_ ? storing_ : of(times_, cause_)) += now - *since_;
  since_.reset();
}

HeldTimes TimeAccount::times(Time now) const {
  HeldTimes times = times_;
  Duration storing = storing_;
  if (since_ && now > *since_) (stores_ ? storing : of(times, cause_)) += now - *since_;
  const double work = in_seconds(hashing_) + in_seconds(writing_);
  const double share = work > 0 ? in_seconds(hashing_) / work : 0;
  const auto hashing = std::chrono::duration_cast<Duration>(storing * share);
  of(times, HeldCause::hashing) += hashing;
  of(times, HeldCause::disk) += storing - hashing;
  return times;
}

}  // namespace shoal::torrent
