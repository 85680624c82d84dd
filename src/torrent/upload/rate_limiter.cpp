#include "torrent/upload/rate_limiter.hpp"

#include <algorithm>

#include "metainfo/geometry.hpp"

namespace shoal::torrent {
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

void RateLimiter::line_up(ConnectionKey who, SwarmKey file) {
  if (!waiting_.try_emplace(who, file).second) return;
  const auto line = std::ranges::find(lines_, file, &Line::file);
  if (line != lines_.end()) {
    line->waiting.push_back(who);
  } else {
    lines_.push_back({file, {who}});
  }
}

void RateLimiter::step_out(ConnectionKey who) {
  const auto found = waiting_.find(who);
  if (found == waiting_.end()) return;
  const auto line = std::ranges::find(lines_, found->second, &Line::file);
  waiting_.erase(found);
  std::erase(line->waiting, who);
  if (line->waiting.empty()) lines_.erase(line);
}

std::optional<RateLimiter::Turn> RateLimiter::next(Time now) {
  if (lines_.empty() || (limited() && now < paid_until_)) return std::nullopt;
  Line line = std::move(lines_.front());
  lines_.pop_front();
  const Turn turn{line.waiting.front(), line.file, turn_bytes()};
  line.waiting.pop_front();
  waiting_.erase(turn.who);
  if (!line.waiting.empty()) lines_.push_back(std::move(line));
  return turn;
}

std::uint64_t RateLimiter::turn_bytes() const {
  const std::uint64_t blocks = limited() ? rate_ / kTurnsPerSecond / kBlockLength : kMostBlocks;
  return std::clamp<std::uint64_t>(blocks, 1, kMostBlocks) * kBlockLength;
}

void RateLimiter::spend(std::uint64_t bytes, Time now) {
  if (limited()) paid_until_ = std::max(paid_until_, now - kDepth) + time_for(bytes);
}

void RateLimiter::give_back(std::uint64_t bytes) {
  if (limited()) paid_until_ -= time_for(bytes);
}

std::optional<Time> RateLimiter::next_turn_at() const {
  if (lines_.empty()) return std::nullopt;
  return paid_until_;
}

}  // namespace shoal::torrent
