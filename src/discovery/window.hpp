#pragma once

#include <cstddef>
#include <list>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "base/clock.hpp"

namespace shoal::discovery {

/// Lets a bounded number of coroutines of one thread in at once; the others wait in order.
class Window {
 public:
  Window(asio::any_io_executor executor, std::size_t size)
      : executor_(std::move(executor)), free_(size) {}
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  /// True: inside, and a Place must be made of it. False: not until `deadline`, or wake_all() came
  /// first.
  asio::awaitable<bool> enter(Time deadline);
  /// All who wait give up.
  void wake_all();

  /// Being inside; leaves when it dies.
  class Place {
   public:
    explicit Place(Window& window) : window_(window) {}
    ~Place() { window_.leave(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Window& window_;
  };

 private:
  class Waiter;

  void leave();

  asio::any_io_executor executor_;
  std::size_t free_;
  std::list<Waiter*> waiting_;
};

}  // namespace shoal::discovery
