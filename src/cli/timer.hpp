#pragma once

#include <chrono>
#include <functional>

#include <shoal/runtime.hpp>

#include "net/timer.hpp"

namespace shoal::cli {

/// Calls a function later on the Runtime's thread, unless it is destroyed or set anew before. Real
/// time counts, also that in which the program was stopped.
class Timer {
 public:
  explicit Timer(Runtime& runtime);

  void after(std::chrono::milliseconds delay, std::function<void()> work);

 private:
  net::RealTimer timer_;
};

}  // namespace shoal::cli
