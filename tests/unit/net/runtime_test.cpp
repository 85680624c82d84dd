#include <atomic>
#include <latch>

#include <gtest/gtest.h>

#include <shoal/runtime.hpp>

#include "net/runtime_impl.hpp"
#include "net/spawn.hpp"
#include "net/workers.hpp"

namespace shoal::net::runtime_test {
namespace {

asio::awaitable<void> hand_over(Runtime& runtime, std::function<void()> work) {
  co_await on_worker(runtime.impl().pool, [&] {
    work();
    return true;
  });
}

TEST(Runtime, what_was_handed_to_the_workers_is_done_before_the_end) {
  constexpr int kBlocks = 1000;
  std::atomic<int> written = 0;
  std::latch busy(1);
  {
    Runtime runtime(1);
    const auto executor = runtime.impl().loop.get_executor();
    spawn(executor, hand_over(runtime, [&] { busy.wait(); }));
    for (int i = 0; i < kBlocks; ++i) spawn(executor, hand_over(runtime, [&] { ++written; }));
    runtime.post([&] { runtime.stop(); });
    runtime.run();
    busy.count_down();
  }
  EXPECT_EQ(written, kBlocks);
}

}  // namespace
}  // namespace shoal::net::runtime_test
