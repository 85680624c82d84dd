#include "net/stream.hpp"

#include <algorithm>
#include <array>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <asio/use_awaitable.hpp>

#include "net/address.hpp"
#include "net/tls_context.hpp"
#include "net/tls_layer.hpp"

namespace shoal::net {
namespace {

using asio::ip::tcp;

/// A span of buffers as Asio's ConstBufferSequence; cheap to copy, which Asio does.
struct BufferRange {
  std::span<const asio::const_buffer> buffers;
  [[nodiscard]] const asio::const_buffer* begin() const { return buffers.data(); }
  [[nodiscard]] const asio::const_buffer* end() const { return buffers.data() + buffers.size(); }
};

asio::mutable_buffer as_buffer(MutableBytes bytes) {
  return {bytes.data(), bytes.size()};
}

/// What some buffers still have to send. asio::async_write passes no more than 64 KiB to a system
/// call, and each call wakes the receiver.
class Unsent {
 public:
  explicit Unsent(std::span<const asio::const_buffer> buffers) : buffers_(buffers) { skip(0); }

  [[nodiscard]] bool empty() const { return buffers_.empty(); }
  /// As much as the socket takes now, which is added to `taken`.
  std::error_code send_some(tcp::socket& socket, std::uint64_t& taken) {
    constexpr std::size_t kBuffersPerCall = 64;  // Asio's most
    std::array<asio::const_buffer, kBuffersPerCall> next;
    const auto some = buffers_.first(std::min(buffers_.size(), next.size()));
    std::ranges::copy(some, next.begin());
    next.front() += sent_;
    std::error_code failure;
    const std::size_t sent =
        socket.write_some(BufferRange{std::span(next).first(some.size())}, failure);
    taken += sent;
    skip(sent);
    return failure;
  }

 private:
  void skip(std::size_t bytes) {
    sent_ += bytes;
    while (!buffers_.empty() && sent_ >= buffers_.front().size()) {
      sent_ -= buffers_.front().size();
      buffers_ = buffers_.subspan(1);
    }
  }

  std::span<const asio::const_buffer> buffers_;
  std::size_t sent_ = 0;  // of buffers_.front()
};

}  // namespace

Stream::Stream(tcp::socket socket, TlsContextPtr tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {
  configure();
}

Stream::Stream(const asio::any_io_executor& executor, TlsContextPtr tls)
    : socket_(executor), tls_(std::move(tls)) {}

Stream::Stream(Stream&&) noexcept = default;
Stream::~Stream() = default;

asio::awaitable<void> Stream::connect(const Endpoint& to) {
  co_await socket_.async_connect(net::to_asio<tcp>(to), asio::use_awaitable);
  configure();
  if (tls_) co_await shake_hands(true);
}

asio::awaitable<void> Stream::secure() {
  if (!tls_) co_return;
  // One that says nothing costs no more than its socket.
  co_await socket_.async_wait(tcp::socket::wait_read, asio::use_awaitable);
  co_await shake_hands(false);
}

asio::awaitable<void> Stream::shake_hands(bool dials) {
  co_await tls_->handshakes.mine();
  layer_ = std::make_unique<TlsLayer>(tls_->rules, dials);
  co_await layer_->handshake(socket_, tls_->handshakes);
}

void Stream::configure() {
  std::error_code failure;  // a peer may be gone already: the first read or write will tell
  const auto remote = socket_.remote_endpoint(failure);
  if (!failure) remote_ = from_asio(remote);
  socket_.set_option(tcp::no_delay(true), failure);
  socket_.non_blocking(true, failure);
}

std::size_t Stream::read_available(MutableBytes into) {
  if (layer_) return layer_->read_available(socket_, into);
  std::error_code failure;
  const std::size_t size = socket_.read_some(as_buffer(into), failure);
  if (failure == asio::error::would_block || failure == asio::error::interrupted) return 0;
  if (failure) throw std::system_error(failure);
  return size;
}

asio::awaitable<void> Stream::readable() {
  co_await socket_.async_wait(tcp::socket::wait_read, asio::use_awaitable);
}

asio::awaitable<std::size_t> Stream::read_some(MutableBytes into) {
  return layer_ ? layer_->read_some(socket_, into) : read_plain(into);
}

asio::awaitable<std::size_t> Stream::read_plain(MutableBytes into) {
  co_return co_await socket_.async_read_some(as_buffer(into), asio::use_awaitable);
}

asio::awaitable<void> Stream::read_exactly(MutableBytes into) {
  while (!into.empty()) {
    const std::size_t size = co_await read_some(into);
    into = into.subspan(size);
  }
}

asio::awaitable<void> Stream::write(std::span<const asio::const_buffer> buffers) {
  return layer_ ? layer_->write(socket_, buffers) : write_plain(buffers);
}

asio::awaitable<void> Stream::write_plain(std::span<const asio::const_buffer> buffers) {
  Unsent unsent(buffers);
  while (!unsent.empty()) {
    const std::error_code failure = unsent.send_some(socket_, taken_);
    if (failure == asio::error::would_block) {
      co_await socket_.async_wait(tcp::socket::wait_write, asio::use_awaitable);
    } else if (failure && failure != asio::error::interrupted) {
      throw std::system_error(failure);
    }
  }
}

std::uint64_t Stream::delivered() {
  int waiting = 0;  // in the system
  if (::ioctl(socket_.native_handle(), TIOCOUTQ, &waiting) != 0) waiting = 0;
  return (layer_ ? layer_->taken() : taken_) - static_cast<std::uint64_t>(waiting);
}

bool Stream::in_flight() {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_unacked > 0;
}

Endpoint Stream::local() const {
  std::error_code failure;
  const auto address = socket_.local_endpoint(failure);
  return failure ? Endpoint{} : from_asio(address);
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
  if (layer_) layer_->say_goodbye(socket_);
  std::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace shoal::net
