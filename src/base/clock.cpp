#include "base/clock.hpp"

#include <ctime>
#include <mutex>

#include "base/running_time.hpp"

namespace shoal {

RealTime RealClock::now() noexcept {
  std::timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);  // CLOCK_MONOTONIC stands still while a machine sleeps
  return RealTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

Clock::Look Clock::look() noexcept {
  static std::mutex one_at_a_time;  // of two threads that look after a gap, one finds it
  const std::lock_guard lock(one_at_a_time);
  static RunningTime running(RealClock::now());
  return running.look(RealClock::now());
}

}  // namespace shoal
