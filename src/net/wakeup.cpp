#include "net/wakeup.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

namespace shoal::net {

asio::awaitable<void> Wakeup::wait() {
  co_await timer_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> sleep(asio::steady_timer& timer, asio::steady_timer::duration duration) {
  timer.expires_after(duration);
  co_await timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
}

}  // namespace shoal::net
