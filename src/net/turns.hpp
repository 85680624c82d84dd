#pragma once

#include <cstddef>
#include <memory>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

namespace shoal::net {

class Wakeup;

/// Lets coroutines of one event loop do costly work by turns, in the order in which they came: kFew
/// of them, then everything else that is ready. However many come at once, the loop goes on.
class Turns {
 public:
  static constexpr std::size_t kFew = 4;

  explicit Turns(const asio::any_io_executor& executor);
  ~Turns();
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Returns when it is the caller's turn, which lasts until it waits for something else.
  asio::awaitable<void> mine();

 private:
  struct Queue;

  std::shared_ptr<Queue> queue_;
};

}  // namespace shoal::net
