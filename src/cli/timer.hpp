#pragma once

#include <chrono>
#include <functional>

#include <asio/steady_timer.hpp>

#include <shoal/runtime.hpp>

namespace shoal::cli {

/// Calls a function later on the Runtime's thread, unless it is destroyed or set anew before.
class Timer {
 public:
  explicit Timer(Runtime& runtime);

  void after(std::chrono::milliseconds delay, std::function<void()> work);

 private:
  asio::steady_timer timer_;
};

}  // namespace shoal::cli
