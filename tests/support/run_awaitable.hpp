#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include "net/spawn.hpp"

namespace shoal::test {

/// Runs the loop until `done` says so; false if that takes longer than any test should.
inline bool run_until(asio::io_context& loop, const std::function<bool()>& done,
                      std::chrono::steady_clock::duration limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    if (loop.stopped()) loop.restart();
    loop.run_one_for(std::chrono::milliseconds(20));
  }
  return true;
}

namespace detail {
template <class T>
asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
  result.emplace(co_await std::move(work));
}
inline asio::awaitable<void> keep(asio::awaitable<void> work, bool& done) {
  co_await std::move(work);
  done = true;
}
}  // namespace detail

/// Runs the loop until the coroutine has ended: what it returned.
template <class T>
T run(asio::io_context& loop, asio::awaitable<T> work) {
  std::optional<T> result;
  net::spawn(loop.get_executor(), detail::keep(std::move(work), result));
  if (!run_until(loop, [&] { return result.has_value(); }))
    throw std::runtime_error("the coroutine does not end");
  return *std::move(result);
}

inline void run(asio::io_context& loop, asio::awaitable<void> work) {
  bool done = false;
  net::spawn(loop.get_executor(), detail::keep(std::move(work), done));
  if (!run_until(loop, [&] { return done; }))
    throw std::runtime_error("the coroutine does not end");
}

}  // namespace shoal::test
