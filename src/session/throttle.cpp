#include "session/throttle.hpp"

#include <utility>

namespace shoal::session {

using namespace torrent;

void Throttle::set_rate(std::uint64_t bytes_per_second) {
  limiter_.set_rate(bytes_per_second, Clock::now());
  timer_at_.reset();  // the next turn may be earlier now
  serve();
}

void Throttle::serve() {
  if (!limiter_.anybody_waits()) return;
  if (std::exchange(serving_, true)) return;  // who had its turn lines up again: the loop goes on
  for (;;) {
    const Time now = Clock::now();
    const auto turn = limiter_.next(now);
    if (!turn) break;
    limiter_.spend(give_turn_(*turn, now), now);
  }
  serving_ = false;
  set_timer();
}

void Throttle::set_timer() {
  const auto at = limiter_.next_turn_at();
  if (!at || (timer_at_ && *timer_at_ <= *at)) return;
  timer_at_ = at;
  timer_.expires_at(*at);
  timer_.async_wait([weak = std::weak_ptr(self_)](const std::error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self) return;
    (*self)->timer_at_.reset();
    (*self)->serve();
  });
}

}  // namespace shoal::session
