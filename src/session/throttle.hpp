#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include <asio/any_io_executor.hpp>

#include "net/timer.hpp"
#include "torrent/upload/rate_limiter.hpp"

namespace shoal::session {

/// A RateLimiter on the real clock: calls those whose turn it is. One for each direction, shared by
/// all swarms of a process. Without a limit nobody waits here and no timer runs.
class Throttle {
 public:
  /// Moves at most so many bytes, now or soon, and tells how many.
  using Turn = std::function<std::uint64_t(std::uint64_t bytes, Time now)>;

  explicit Throttle(const asio::any_io_executor& executor) : timer_(executor) {}

  /// Bytes a second; 0 = no limit.
  void set_rate(std::uint64_t bytes_per_second);
  [[nodiscard]] bool limited() const { return limiter_.limited(); }

  /// Calls `turn` once, when it is its turn; that may be before this returns. Nothing happens when
  /// `who` waits already.
  void wait(torrent::ConnectionKey who, torrent::SwarmKey file, Turn turn);
  [[nodiscard]] bool waits(torrent::ConnectionKey who) const { return turns_.contains(who); }
  /// `who` waits no more.
  void leave(torrent::ConnectionKey who);
  /// Bytes of a turn that will not move after all.
  void give_back(std::uint64_t bytes);

 private:
  void serve();
  void set_timer();

  torrent::RateLimiter limiter_;
  std::unordered_map<torrent::ConnectionKey, Turn> turns_;  // of those in the line
  net::Timer timer_;
  bool timer_runs_ = false;
  bool serving_ = false;
  std::shared_ptr<Throttle*> self_ = std::make_shared<Throttle*>(this);  // a late timer finds none
};

}  // namespace shoal::session
