#include "discovery/announce_schedule.hpp"

#include <algorithm>
#include <utility>

namespace shoal::discovery {

using datagram::AnnounceEvent;

std::optional<AnnounceEvent> AnnounceSchedule::next(Time now) {
  if (under_way_ || now < due_) return std::nullopt;
  under_way_ = true;
  again_ = false;
  sent_ = !known_           ? AnnounceEvent::started
          : completion_due_ ? AnnounceEvent::completed
                            : AnnounceEvent::none;
  return sent_;
}

void AnnounceSchedule::answered(std::uint32_t interval_seconds, std::size_t peers, Time now) {
  settle(interval_seconds, peers, now);
  if (std::exchange(again_, false)) due_ = now;
}

void AnnounceSchedule::settle(std::uint32_t interval_seconds, std::size_t peers, Time now) {
  under_way_ = false;
  known_ = true;
  last_ = now;
  if (sent_ == AnnounceEvent::completed) completion_due_ = false;
  if (peers == 0 && !complete_) return retry(now);
  wait_ = kFirstRetry;
  const Duration told = std::chrono::seconds(interval_seconds);
  due_ = completion_due_ ? now : now + std::clamp(told, kShortestInterval, kLongestInterval);
}

void AnnounceSchedule::failed(Time now) {
  under_way_ = false;
  last_ = now;
  retry(now);
}

void AnnounceSchedule::retry(Time now) {
  due_ = now + wait_;
  wait_ = std::min(wait_ * 2, kShortestInterval);
}

void AnnounceSchedule::completed() {
  if (complete_) return;
  complete_ = completion_due_ = true;
  due_ = Time{};
}

void AnnounceSchedule::addresses_changed() {
  again_ = under_way_;
  due_ = Time{};
}

void AnnounceSchedule::hurry() {
  if (!complete_) resumed();
}

}  // namespace shoal::discovery
