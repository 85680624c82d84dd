#pragma once

#include <asio/awaitable.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "base/clock.hpp"

namespace shoal::discovery {

/// Returns at `when`, or at once when `timer` is cancelled.
inline asio::awaitable<void> wait_until(asio::steady_timer& timer, Time when) {
  timer.expires_at(when);
  co_await timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
}

}  // namespace shoal::discovery
