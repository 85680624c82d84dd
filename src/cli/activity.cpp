#include "cli/activity.hpp"

#include <chrono>
#include <utility>

namespace shoal::cli {
namespace {

constexpr auto kPlainEvery = std::chrono::seconds(10);
constexpr auto kPlainAtMostEvery = std::chrono::seconds(1);
constexpr unsigned kPlainPercent = 10;

bool ended(const std::optional<ProgressView>& view) {
  return view && view->bytes >= view->length;
}

}  // namespace

void Activity::hashing(ProgressView view, Time now) {
  if (!hashing_) {
    hashing_since_ = now;
    hashed_before_ = view.bytes;
  }
  if (now > hashing_since_ && view.bytes > hashed_before_) {
    const std::chrono::duration<double> took = now - hashing_since_;
    view.rate = static_cast<double>(view.bytes - hashed_before_) / took.count();
  }
  hashing_ = std::move(view);
}

void Activity::forget_ended() {
  if (ended(hashing_)) hashing_.reset();
  if (ended(fetching_)) fetching_.reset();
}

ProgressView Activity::view() const {
  if (!hashing_) return *fetching_;
  ProgressView view = *hashing_;
  if (fetching_) {
    view.here = fetching_->bytes;
    view.peers = fetching_->peers;
    view.alone = fetching_->alone;
    view.held = fetching_->held;
  }
  return view;
}

bool Activity::tells_plainly(Time now) {
  const ProgressView shown = view();
  const unsigned reached = percent(shown.bytes, shown.length);
  const bool of_hashing = hashing_.has_value();
  if (!told_percent_ || std::exchange(told_of_hashing_, of_hashing) != of_hashing) {
    told_of_hashing_ = of_hashing;
    told_percent_ = reached;
  }
  const Duration silent = now - told_;
  const bool moved = reached >= *told_percent_ + kPlainPercent;
  if (silent < kPlainEvery && !(moved && silent >= kPlainAtMostEvery)) return false;
  drawn(now);
  return true;
}

void Activity::drawn(Time now) {
  const ProgressView shown = view();
  told_ = now;
  told_percent_ = percent(shown.bytes, shown.length);
  told_of_hashing_ = hashing_.has_value();
}

}  // namespace shoal::cli
