#include "net/listener.hpp"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "net/address.hpp"
#include "net/wakeup.hpp"

namespace shoal::net {
namespace {

using asio::ip::tcp;

// Connections that wait to be accepted, in the system. Each newcomer waits for all that came before
// it, whoever they are: with thousands, whose handshakes take a slow machine milliseconds each, it
// would give up before its turn. Whom there is no room for the system tries again after a second.
constexpr int kMostWaiting = 512;

std::error_code listen_on(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool dual_stack) {
  std::error_code failure;
  acceptor.open(endpoint.protocol(), failure);
  if (!failure && dual_stack) acceptor.set_option(asio::ip::v6_only(false), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(kMostWaiting, failure);
  if (failure) {
    std::error_code ignored;
    acceptor.close(ignored);
  }
  return failure;
}

bool is_shortage(const std::error_code& failure) {
  return failure == asio::error::no_descriptors || failure == asio::error::no_memory ||
         failure == asio::error::no_buffer_space || failure.value() == ENFILE;
}

}  // namespace

Listener::Listener(const asio::any_io_executor& executor, const std::optional<Endpoint>& address,
                   TlsContextPtr tls)
    : acceptor_(executor), tls_(std::move(tls)) {
  if (address) {
    if (const auto failure = listen_on(acceptor_, to_asio<tcp>(*address), false)) {
      throw std::system_error(failure, "cannot listen on " + address->to_string());
    }
    return;
  }
  if (!listen_on(acceptor_, tcp::endpoint(tcp::v6(), 0), true)) return;
  if (const auto failure = listen_on(acceptor_, tcp::endpoint(tcp::v4(), 0), false)) {
    throw std::system_error(failure, "cannot listen on any port");
  }
}

Endpoint Listener::address() const {
  return from_asio(acceptor_.local_endpoint());
}

bool Listener::both_families() const {
  const auto address = acceptor_.local_endpoint().address();
  if (!address.is_v6() || !address.is_unspecified()) return false;
  asio::ip::v6_only only;
  std::error_code failure;
  acceptor_.get_option(only, failure);
  return !failure && !only.value();
}

asio::awaitable<Stream> Listener::accept() {
  constexpr auto kPauseWhenShort = std::chrono::milliseconds(200);
  for (;;) {
    auto [failure, socket] =
        co_await acceptor_.async_accept(asio::experimental::as_tuple(asio::use_awaitable));
    if (!failure) co_return Stream(std::move(socket), tls_);
    if (is_shortage(failure)) {
      asio::steady_timer timer(acceptor_.get_executor());
      co_await sleep(timer, kPauseWhenShort);
    } else if (failure != asio::error::connection_aborted) {
      throw std::system_error(failure, "accept");
    }
  }
}

void Listener::close() {
  std::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace shoal::net
