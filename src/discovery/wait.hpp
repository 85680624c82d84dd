#pragma once

#include <asio/awaitable.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include "base/clock.hpp"
#include "net/timer.hpp"

namespace shoal::discovery {

/// Returns at `when`, or at once when `timer` is cancelled.
inline asio::awaitable<void> wait_until(net::Timer& timer, Time when) {
  timer.expires_at(when);
  co_await timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
}

}  // namespace shoal::discovery
