#include "net/udp_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#ifdef __linux__
#  include <sys/socket.h>
#endif

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

#ifdef __linux__

/// The system's descriptions of a batch, with room for what is received.
struct UdpSocket::Buffers {
  explicit Buffers(std::size_t batch)
      : storage(batch * kMostBytes), received(batch), batch_size(batch) {}

  std::vector<std::byte> storage;
  std::vector<Received> received;
  std::size_t batch_size;
  std::array<mmsghdr, kMostBatch> messages{};
  std::array<iovec, kMostBatch> pieces{};
};

std::span<const Received> UdpSocket::receive() {
  Buffers& b = *buffers_;
  for (std::size_t i = 0; i < b.batch_size; ++i) {
    udp::endpoint& from = b.received[i].from;
    b.pieces[i] = {b.storage.data() + i * kMostBytes, kMostBytes};
    b.messages[i] = {};
    b.messages[i].msg_hdr.msg_name = from.data();
    b.messages[i].msg_hdr.msg_namelen = static_cast<socklen_t>(from.capacity());
    b.messages[i].msg_hdr.msg_iov = &b.pieces[i];
    b.messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int count = ::recvmmsg(socket_.native_handle(), b.messages.data(),
                               static_cast<unsigned>(b.batch_size), MSG_DONTWAIT, nullptr);
  if (count <= 0) return {};  // nothing here, or an ICMP error about something sent earlier
  const auto taken = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < taken; ++i) {
    const std::byte* start = b.storage.data() + i * kMostBytes;
    b.received[i].bytes = BytesView(start, b.messages[i].msg_len);
  }
  return std::span(b.received).first(taken);
}

std::size_t UdpSocket::send(std::span<const Outgoing> datagrams) {
  Buffers& b = *buffers_;
  std::size_t sent = 0;
  while (!datagrams.empty()) {
    const std::size_t size = std::min(datagrams.size(), kMostBatch);
    for (std::size_t i = 0; i < size; ++i) {
      const Outgoing& datagram = datagrams[i];
      // The system takes both as in-out for receiving; sending writes to neither.
      b.pieces[i] = {const_cast<std::byte*>(datagram.bytes.data()), datagram.bytes.size()};
      b.messages[i] = {};
      b.messages[i].msg_hdr.msg_name = const_cast<udp::endpoint::data_type*>(datagram.to.data());
      b.messages[i].msg_hdr.msg_namelen = static_cast<socklen_t>(datagram.to.size());
      b.messages[i].msg_hdr.msg_iov = &b.pieces[i];
      b.messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = ::sendmmsg(socket_.native_handle(), b.messages.data(),
                                 static_cast<unsigned>(size), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return sent;  // its buffer is full
    // An error is about the first datagram, or an ICMP error about one sent earlier: go on past it.
    if (count > 0) sent += static_cast<std::size_t>(count);
    datagrams = datagrams.subspan(count > 0 ? static_cast<std::size_t>(count) : 1);
  }
  return sent;
}

#else

struct UdpSocket::Buffers {
  explicit Buffers(std::size_t) : storage(kMostBytes), received(1) {}

  std::vector<std::byte> storage;
  std::vector<Received> received;
};

std::span<const Received> UdpSocket::receive() {
  std::error_code failure;
  Received& received = buffers_->received.front();
  const std::size_t size =
      socket_.receive_from(asio::buffer(buffers_->storage), received.from, 0, failure);
  if (failure) return {};
  received.bytes = BytesView(buffers_->storage.data(), size);
  return buffers_->received;
}

std::size_t UdpSocket::send(std::span<const Outgoing> datagrams) {
  std::size_t sent = 0;
  for (const Outgoing& datagram : datagrams) {
    std::error_code failure;
    socket_.send_to(asio::buffer(datagram.bytes.data(), datagram.bytes.size()), datagram.to, 0,
                    failure);
    if (failure == asio::error::would_block) return sent;
    if (!failure) ++sent;
  }
  return sent;
}

#endif

UdpSocket::UdpSocket(const asio::any_io_executor& executor, const Endpoint& local,
                     std::size_t batch)
    : socket_(bound(executor, local)),
      buffers_(std::make_unique<Buffers>(std::clamp(batch, std::size_t{1}, kMostBatch))) {}

UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;
UdpSocket::~UdpSocket() = default;

Endpoint UdpSocket::local() const {
  std::error_code failure;
  const udp::endpoint address = socket_.local_endpoint(failure);
  return failure ? Endpoint{} : from_asio(address);
}

void UdpSocket::set_receive_buffer(int bytes) {
  std::error_code ignored;
  socket_.set_option(asio::socket_base::receive_buffer_size(bytes), ignored);
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
