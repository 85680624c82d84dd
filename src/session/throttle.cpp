#include "session/throttle.hpp"

#include <utility>

namespace shoal::session {

using namespace torrent;

void Throttle::set_rate(std::uint64_t bytes_per_second) {
  limiter_.set_rate(bytes_per_second, Clock::now());
  timer_runs_ = false;  // set again below: the next turn may be earlier now
  serve();
}

void Throttle::wait(ConnectionKey who, SwarmKey file, Turn turn) {
  if (!turns_.try_emplace(who, std::move(turn)).second) return;
  limiter_.line_up(who, file);
  serve();
}

void Throttle::leave(ConnectionKey who) {
  if (turns_.erase(who) > 0) limiter_.step_out(who);
}

void Throttle::give_back(std::uint64_t bytes) {
  limiter_.give_back(bytes);
  timer_runs_ = false;  // the next turn is earlier now; not yet, for whoever gives back is busy
  set_timer();
}

void Throttle::serve() {
  if (std::exchange(serving_, true)) return;  // who had its turn lines up again: the loop goes on
  for (;;) {
    const Time now = Clock::now();
    const auto next = limiter_.next(now);
    if (!next) break;
    const Turn turn = std::move(turns_.extract(next->who).mapped());
    limiter_.spend(turn(next->bytes, now), now);
  }
  serving_ = false;
  set_timer();
}

void Throttle::set_timer() {
  const auto at = limiter_.next_turn_at();
  if (!at || std::exchange(timer_runs_, true)) return;
  timer_.expires_at(*at);
  timer_.async_wait([weak = std::weak_ptr(self_)](const std::error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self) return;
    (*self)->timer_runs_ = false;
    (*self)->serve();
  });
}

}  // namespace shoal::session
