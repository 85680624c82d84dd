#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <asio/any_io_executor.hpp>

#include "net/timer.hpp"
#include "torrent/upload/rate_limiter.hpp"

namespace shoal::session {

/// A RateLimiter on the real clock: gives those their turns who wait in its line. One for each
/// direction, shared by all swarms of a process. Without a limit nobody waits there and no timer
/// runs.
class Throttle {
 public:
  /// It is somebody's turn to move bytes, at most so many; returns how many it does.
  using GiveTurn = std::function<std::uint64_t(const torrent::RateLimiter::Turn&, Time now)>;

  /// `limiter` outlives this.
  Throttle(const asio::any_io_executor& executor, torrent::RateLimiter& limiter, GiveTurn give_turn)
      : limiter_(limiter), give_turn_(std::move(give_turn)), timer_(executor) {}

  /// Bytes a second; 0 = no limit.
  void set_rate(std::uint64_t bytes_per_second);
  /// Gives the turns that are due, and comes back for those that will be. After all that may have
  /// changed the line, or what is paid for.
  void serve();

 private:
  void set_timer();

  torrent::RateLimiter& limiter_;
  GiveTurn give_turn_;
  net::Timer timer_;
  std::optional<Time> timer_at_;  // while it runs
  bool serving_ = false;
  std::shared_ptr<Throttle*> self_ = std::make_shared<Throttle*>(this);  // a late timer finds none
};

}  // namespace shoal::session
