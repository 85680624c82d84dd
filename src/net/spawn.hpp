#pragma once

#include <exception>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>

namespace shoal::net {

/// Starts a coroutine that nobody waits for. What it throws comes out of Runtime::run(): it is our
/// own bug, since every connection catches what its peer can cause.
template <class Executor>
void spawn(const Executor& executor, asio::awaitable<void> coroutine) {
  asio::co_spawn(executor, std::move(coroutine), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

}  // namespace shoal::net
