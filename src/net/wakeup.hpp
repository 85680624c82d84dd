#pragma once

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

namespace shoal::net {

/// Lets coroutines of one thread wait until others have something for them. No wakeup is lost and
/// none is counted: who waits checks its condition again.
class Wakeup {
 public:
  explicit Wakeup(const asio::any_io_executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}

  /// Returns after the next notify_all().
  asio::awaitable<void> wait();
  void notify_all() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

/// Returns after `duration`, or at once when `timer` is cancelled.
asio::awaitable<void> sleep(asio::steady_timer& timer, asio::steady_timer::duration duration);

}  // namespace shoal::net
