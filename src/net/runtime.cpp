#include <algorithm>
#include <thread>

#include <asio/post.hpp>

#include <shoal/runtime.hpp>

#include "net/runtime_impl.hpp"

namespace shoal {
namespace {

unsigned worker_count(unsigned asked) {
  // Two on any machine: while the one waits for a slow disk, the other notices that a file is gone.
  constexpr unsigned kFewestWorkers = 2;
  constexpr unsigned kMostWorkers = 8;
  if (asked != 0) return asked;
  return std::clamp(std::thread::hardware_concurrency(), kFewestWorkers, kMostWorkers);
}

}  // namespace

Runtime::Runtime(unsigned workers) : impl_(std::make_unique<Impl>(worker_count(workers))) {}

Runtime::~Runtime() = default;

void Runtime::run() {
  impl_->loop.run();
}

void Runtime::stop() {
  impl_->loop.stop();
}

void Runtime::post(std::function<void()> work) {
  asio::post(impl_->loop, std::move(work));
}

}  // namespace shoal
