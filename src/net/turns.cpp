#include "net/turns.hpp"

#include <deque>
#include <utility>

#include <asio/post.hpp>

#include "net/wakeup.hpp"

namespace shoal::net {

struct Turns::Queue : std::enable_shared_from_this<Queue> {
  explicit Queue(asio::any_io_executor on) : executor(std::move(on)) {}

  // What is posted comes after all that is ready already.
  void call_next() {
    asio::post(executor, [self = shared_from_this()] {
      for (std::size_t i = 0; i < kFew && !self->waiting.empty(); ++i) {
        self->waiting.front()->notify_all();
        self->waiting.pop_front();
      }
      self->called = !self->waiting.empty();
      if (self->called) self->call_next();
    });
  }

  asio::any_io_executor executor;
  std::deque<std::shared_ptr<Wakeup>> waiting;
  bool called = false;
};

Turns::Turns(const asio::any_io_executor& executor) : queue_(std::make_shared<Queue>(executor)) {}
Turns::~Turns() = default;

asio::awaitable<void> Turns::mine() {
  const auto queue = queue_;
  const auto turn = std::make_shared<Wakeup>(queue->executor);
  queue->waiting.push_back(turn);
  if (!std::exchange(queue->called, true)) queue->call_next();
  co_await turn->wait();
}

}  // namespace shoal::net
