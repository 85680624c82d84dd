#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>

namespace shoal::net {

namespace detail {
template <class Work, class Value>
asio::awaitable<void> run_into(Work& work, std::optional<Value>& result) {
  result.emplace(work());
  co_return;
}
}  // namespace detail

/// Runs `work` on a worker thread and goes on here, on the caller's executor, with what it returned
/// or threw. `work` and what it refers to live in the caller's frame meanwhile; that is safe at the
/// end, too, since the workers are joined before the event loop and its frames are destroyed.
template <class Work>
asio::awaitable<std::invoke_result_t<Work&>> on_worker(asio::thread_pool& pool, Work work) {
  std::optional<std::invoke_result_t<Work&>> result;  // Asio would need a default constructor
  co_await asio::co_spawn(pool, detail::run_into(work, result), asio::use_awaitable);
  co_return std::move(*result);
}

}  // namespace shoal::net
