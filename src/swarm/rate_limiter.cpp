#include "swarm/rate_limiter.hpp"

#include <algorithm>

#include "metainfo/geometry.hpp"

namespace shoal::swarm {
namespace {

constexpr Duration kDepth = std::chrono::milliseconds(50);  // unused allowance that is kept
constexpr std::uint64_t kTurnsPerSecond = 200;
constexpr std::uint64_t kMostBlocks = 32;  // a turn; as many as one write takes

}  // namespace

void RateLimiter::set_rate(std::uint64_t bytes_per_second, Time now) {
  const std::chrono::duration<double> unpaid = std::max(paid_until_ - now, Duration::zero());
  const double bytes = unpaid.count() * static_cast<double>(rate_);
  rate_ = bytes_per_second;
  paid_until_ = now + (limited() ? time_for(static_cast<std::uint64_t>(bytes)) : Duration::zero());
}

Duration RateLimiter::time_for(std::uint64_t bytes) const {
  const std::chrono::duration<double> seconds(static_cast<double>(bytes) /
                                              static_cast<double>(rate_));
  return std::chrono::duration_cast<Duration>(seconds);
}

void RateLimiter::line_up(ConnectionKey who) {
  if (!waits(who)) line_.push_back(who);
}

void RateLimiter::step_out(ConnectionKey who) {
  std::erase(line_, who);
}

bool RateLimiter::waits(ConnectionKey who) const {
  return std::ranges::find(line_, who) != line_.end();
}

std::optional<RateLimiter::Turn> RateLimiter::next(Time now) {
  if (line_.empty() || (limited() && now < paid_until_)) return std::nullopt;
  const ConnectionKey who = line_.front();
  line_.pop_front();
  const std::uint64_t blocks = limited() ? rate_ / kTurnsPerSecond / kBlockLength : kMostBlocks;
  return Turn{who, std::clamp<std::uint64_t>(blocks, 1, kMostBlocks) * kBlockLength};
}

void RateLimiter::spend(std::uint64_t bytes, Time now) {
  if (limited()) paid_until_ = std::max(paid_until_, now - kDepth) + time_for(bytes);
}

void RateLimiter::give_back(std::uint64_t bytes) {
  if (limited()) paid_until_ -= time_for(bytes);
}

std::optional<Time> RateLimiter::next_turn_at() const {
  if (line_.empty()) return std::nullopt;
  return paid_until_;
}

}  // namespace shoal::swarm
