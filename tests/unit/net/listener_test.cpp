#include "net/listener.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <sys/socket.h>
#include <system_error>
#include <thread>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "net/address.hpp"
#include "support/patience.hpp"

namespace shoal::net::listener_test {
namespace {

using asio::ip::tcp;

bool is_connected(const tcp::socket& socket) {
  std::error_code failure;
  static_cast<void>(socket.remote_endpoint(failure));
  return !failure;
}

// Whoever comes behind them waits for all of them.
TEST(Listener, has_no_more_than_some_hundreds_wait_to_be_accepted) {
  asio::io_context loop;
  const Listener listener(loop.get_executor(), Endpoint::parse("127.0.0.1:0"));
  std::deque<tcp::socket> newcomers;
  for (int i = 0; i < 800; ++i) {
    tcp::socket& one = newcomers.emplace_back(loop, tcp::v4());
    one.non_blocking(true);
    // Asio would wait for it.
    const tcp::endpoint to = to_asio<tcp>(listener.address());
    static_cast<void>(::connect(one.native_handle(), to.data(), static_cast<socklen_t>(to.size())));
  }
  const auto waiting = [&] { return std::ranges::count_if(newcomers, is_connected); };
  const auto end = std::chrono::steady_clock::now() + test::kPatience;
  while (waiting() < 500 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_GE(waiting(), 500) << "many may come at once";
  EXPECT_LE(waiting(), 600);
}

}  // namespace
}  // namespace shoal::net::listener_test
