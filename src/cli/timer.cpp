#include "cli/timer.hpp"

#include "net/runtime_impl.hpp"

namespace shoal::cli {

Timer::Timer(Runtime& runtime) : timer_(runtime.impl().loop) {}

void Timer::after(std::chrono::milliseconds delay, std::function<void()> work) {
  timer_.expires_after(delay);
  timer_.async_wait([work = std::move(work)](const std::error_code& error) {
    if (!error) work();
  });
}

}  // namespace shoal::cli
