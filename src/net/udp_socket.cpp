#include "net/udp_socket.hpp"

#include <system_error>

#include <asio/ip/v6_only.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "net/address.hpp"

namespace shoal::net {
namespace {

using asio::ip::udp;

udp::socket bound(const asio::any_io_executor& executor, const Endpoint& local) {
  try {
    const auto address = to_asio<udp>(local);
    udp::socket socket(executor, address.protocol());
    if (address.protocol() == udp::v6()) socket.set_option(asio::ip::v6_only(true));
    socket.bind(address);
    socket.non_blocking(true);
    return socket;
  } catch (const std::system_error& failure) {
    throw std::system_error(failure.code(), "cannot listen on UDP " + local.to_string());
  }
}

}  // namespace

UdpSocket::UdpSocket(const asio::any_io_executor& executor, const Endpoint& local,
                     std::size_t batch)
    : socket_(bound(executor, local)), batch_(batch) {}

Endpoint UdpSocket::local() const {
  std::error_code failure;
  const udp::endpoint address = socket_.local_endpoint(failure);
  return failure ? Endpoint{} : from_asio(address);
}

asio::awaitable<bool> UdpSocket::wait_readable() {
  std::error_code ignored;  // an ICMP error wakes too; receive() takes it off
  co_await socket_.async_wait(udp::socket::wait_read,
                              asio::redirect_error(asio::use_awaitable, ignored));
  co_return socket_.is_open();
}

void UdpSocket::close() {
  std::error_code ignored;
  socket_.close(ignored);
}

}  // namespace shoal::net
