#include "session/making_room.hpp"

#include <atomic>
#include <chrono>
#include <utility>

#include <asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"

namespace shoal::session {
namespace {

constexpr Duration kQuick = std::chrono::seconds(2);
constexpr Duration kTellAgain = std::chrono::seconds(10);

}  // namespace

struct MakingRoom::State {
  State(const std::shared_ptr<SessionContext>& of, std::string called, std::uint64_t bytes)
      : context(of), name(std::move(called)), length(bytes), timer(of->executor()) {}

  std::weak_ptr<SessionContext> context;  // which has the file that has on_made()
  std::string name;
  std::uint64_t length;
  asio::steady_timer timer;
  std::atomic<std::uint64_t> made = 0;
  std::atomic<bool> at_work = false;
  bool over = false;
};

MakingRoom::MakingRoom(const std::shared_ptr<SessionContext>& context, std::string name,
                       std::uint64_t length)
    : state_(std::make_shared<State>(context, std::move(name), length)) {
  net::spawn(context->executor(), tell(state_));
}

MakingRoom::~MakingRoom() {
  state_->over = true;
  state_->timer.cancel();
}

std::function<void(std::uint64_t)> MakingRoom::on_made() const {
  return [state = state_](std::uint64_t bytes) {
    state->made = bytes;
    state->at_work = bytes < state->length;
  };
}

std::uint64_t MakingRoom::made() const {
  return state_->made;
}

asio::awaitable<void> MakingRoom::tell(std::shared_ptr<State> state) {
  co_await net::sleep(state->timer, kQuick);
  while (!state->over) {
    const auto context = state->context.lock();
    if (context == nullptr || context->closed()) co_return;
    if (state->at_work) {
      context->tell(event::Notice{
          "Making room for \"" + state->name + "\" on the disk, which takes a while there: " +
          format_size(state->made) + " of " + format_size(state->length) + " so far."});
    }
    co_await net::sleep(state->timer, kTellAgain);
  }
}

}  // namespace shoal::session
