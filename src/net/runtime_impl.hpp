#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include <shoal/runtime.hpp>

namespace shoal {

/// Inner side of Runtime: what the rooms above net need of it.
struct Runtime::Impl {
  explicit Impl(unsigned workers) : pool(workers) {}
  /// What was handed to the workers is still done: blocks that have come get onto the disk.
  ~Impl() { pool.join(); }
  Impl(Impl&&) = delete;

  asio::io_context loop{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running{loop.get_executor()};
  asio::thread_pool pool;
};

}  // namespace shoal
