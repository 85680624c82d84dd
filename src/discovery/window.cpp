#include "discovery/window.hpp"

#include "discovery/wait.hpp"

namespace shoal::discovery {

/// Stands in the queue until it is admitted or dies, even when its coroutine is destroyed.
class Window::Waiter {
 public:
  explicit Waiter(Window& window)
      : window_(window),
        timer_(window.executor_),
        place_(window.waiting_.insert(window.waiting_.end(), this)) {}
  ~Waiter() {
    if (!admitted_) window_.waiting_.erase(place_);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  asio::awaitable<bool> wait(Time deadline) {
    co_await wait_until(timer_, deadline);
    co_return admitted_;
  }
  void admit() {
    window_.waiting_.erase(place_);
    admitted_ = true;
    timer_.cancel();
  }
  void wake() { timer_.cancel(); }

 private:
  Window& window_;
  net::Timer timer_;
  std::list<Waiter*>::iterator place_;
  bool admitted_ = false;
};

asio::awaitable<bool> Window::enter(Time deadline) {
  if (free_ > 0) {
    --free_;
    co_return true;
  }
  Waiter self(*this);
  co_return co_await self.wait(deadline);
}

void Window::leave() {
  if (waiting_.empty()) {
    ++free_;
  } else {
    waiting_.front()->admit();
  }
}

void Window::wake_all() {
  for (Waiter* waiter : waiting_) waiter->wake();
}

}  // namespace shoal::discovery
