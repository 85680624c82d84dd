#include "torrent/peer/request_pacer.hpp"

#include <algorithm>

namespace shoal::torrent {

void RequestPacer::limit_to(std::size_t peer_queue) {
  limit_ = std::clamp<std::size_t>(peer_queue, 1, kMaxDepth);
}

void RequestPacer::on_requested(std::size_t blocks, Time now) {
  if (blocks == 0) return;
  if (outstanding_ == 0) waiting_since_ = now;
  if (!owing_since_) owing_since_ = now;
  if (!probe_) probe_ = Probe{now, outstanding_, outstanding_ <= 1};
  outstanding_ += blocks;
}

void RequestPacer::on_received(Time now) {
  if (probe_ && probe_->ahead == 0) {
    measured(now - probe_->asked, probe_->alone, now);
    probe_.reset();
  } else if (probe_) {
    --probe_->ahead;
  }
  if (outstanding_ > 0) --outstanding_;
  alive(now);
  snubbed_ = false;
  advance(now);
  ++received_[static_cast<std::size_t>(last_tick_ % kTicks)];
  ++recent_;
}

void RequestPacer::on_rejected(std::size_t blocks, Time now) {
  on_cancelled(blocks);
  alive(now);
}

void RequestPacer::alive(Time now) {
  waiting_since_ = now;
  owing_since_.reset();
  if (outstanding_ > 0) owing_since_ = now;
}

void RequestPacer::on_cancelled(std::size_t blocks) {
  outstanding_ -= std::min(blocks, outstanding_);
  probe_.reset();  // no longer known how many answers are due before it
}

void RequestPacer::measured(Duration sample, bool alone, Time now) {
  const bool old = rtt_ && now - rtt_measured_ > kRttLifetime;
  if (rtt_ && sample > *rtt_ && !(old && alone)) return;
  rtt_ = sample;
  rtt_measured_ = now;
}

std::size_t RequestPacer::depth(Time now) {
  if (snubbed_) return 1;
  if (last_tick_ < 0) return std::min(kStartDepth, limit_);
  advance(now);
  return std::min(kIdleDepth + recent_, limit_);
}

std::size_t RequestPacer::room(Time now) {
  const std::size_t wanted = depth(now);
  return wanted > outstanding_ ? wanted - outstanding_ : 0;
}

/// Moves the window's end to `now` and its begin RTT + slack before that.
void RequestPacer::advance(Time now) {
  const std::int64_t tick = now.time_since_epoch() / kTick;
  const std::int64_t length = (rtt_.value_or(Duration::zero()) + kSlack) / kTick + 1;
  const std::int64_t first = tick + 1 - std::min(length, kTicks);
  if (first > last_tick_) {
    received_.fill(0);
    recent_ = 0;
  } else {
    for (; first_tick_ < first; ++first_tick_) {
      std::uint32_t& old = received_[static_cast<std::size_t>(first_tick_ % kTicks)];
      recent_ -= old;
      old = 0;
    }
  }
  first_tick_ = std::max(first_tick_, first);
  last_tick_ = std::max(last_tick_, tick);
}

RequestPacer::Verdict RequestPacer::verdict(Time now) const {
  const std::optional<Time> deadline = next_deadline();
  if (!deadline || now < *deadline) return Verdict::fine;
  return snubbed_ ? Verdict::drop : Verdict::snub;
}

bool RequestPacer::answers(Time now) const {
  return !owing_since_ || now - *owing_since_ <= kEndgameAfter;
}

void RequestPacer::snub() {
  on_cancelled(outstanding_);
  snubbed_ = true;
}

void RequestPacer::resumed(Time now) {
  waiting_since_ = now;
  if (owing_since_) owing_since_ = now;
  probe_.reset();
}

std::optional<Time> RequestPacer::next_deadline() const {
  if (outstanding_ == 0) return std::nullopt;
  return waiting_since_ + (snubbed_ ? kDropAfter - kSnubAfter : kSnubAfter);
}

}  // namespace shoal::torrent
