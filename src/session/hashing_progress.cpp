#include "session/hashing_progress.hpp"

#include <chrono>

#include <asio/steady_timer.hpp>

#include "net/wakeup.hpp"

namespace shoal::session {

asio::awaitable<void> tell_progress(std::shared_ptr<SessionContext> context,
                                    std::shared_ptr<HashingProgress> state) {
  constexpr auto kInterval = std::chrono::milliseconds(250);
  asio::steady_timer timer(context->executor());
  for (;;) {
    co_await net::sleep(timer, kInterval);
    if (state->done || context->closed()) co_return;
    if (state->length == 0) continue;
    context->tell(event::Hashing{.name = state->name,
                                 .bytes = state->bytes,
                                 .length = state->length,
                                 .files = state->files,
                                 .of_files = state->of_files});
  }
}

}  // namespace shoal::session
