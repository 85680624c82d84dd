#include "net/stream.hpp"

#include <netinet/tcp.h>

#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "net/address.hpp"

namespace shoal::net {
namespace {

using asio::ip::tcp;

/// A span of buffers as Asio's ConstBufferSequence; cheap to copy, which Asio does.
struct BufferRange {
  std::span<const asio::const_buffer> buffers;
  [[nodiscard]] const asio::const_buffer* begin() const { return buffers.data(); }
  [[nodiscard]] const asio::const_buffer* end() const { return buffers.data() + buffers.size(); }
};

asio::mutable_buffer to_asio(MutableBytes bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

Stream::Stream(tcp::socket socket) : socket_(std::move(socket)) {
  configure();
}

asio::awaitable<void> Stream::connect(const Endpoint& to) {
  co_await socket_.async_connect(net::to_asio<tcp>(to), asio::use_awaitable);
  configure();
}

void Stream::configure() {
  std::error_code failure;  // a peer may be gone already: the first read or write will tell
  const auto remote = socket_.remote_endpoint(failure);
  if (!failure) remote_ = from_asio(remote);
  socket_.set_option(tcp::no_delay(true), failure);
  socket_.non_blocking(true, failure);
}

std::size_t Stream::read_available(MutableBytes into) {
  std::error_code failure;
  const std::size_t size = socket_.read_some(to_asio(into), failure);
  if (failure == asio::error::would_block || failure == asio::error::interrupted) return 0;
  if (failure) throw std::system_error(failure);
  return size;
}

asio::awaitable<std::size_t> Stream::read_some(MutableBytes into) {
  co_return co_await socket_.async_read_some(to_asio(into), asio::use_awaitable);
}

asio::awaitable<void> Stream::read_exactly(MutableBytes into) {
  co_await asio::async_read(socket_, to_asio(into), asio::use_awaitable);
}

asio::awaitable<void> Stream::write(std::span<const asio::const_buffer> buffers) {
  co_await asio::async_write(socket_, BufferRange{buffers}, asio::use_awaitable);
}

void Stream::set_unsent_limit(std::size_t bytes) {
#ifdef TCP_NOTSENT_LOWAT
  const int value = static_cast<int>(bytes);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, sizeof value);
#else
  static_cast<void>(bytes);
#endif
}

void Stream::close() {
  std::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace shoal::net
