#include "net/datagram_batch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <vector>

namespace shoal::net {

using asio::ip::udp;

#ifdef __linux__

/// The system's descriptions of the datagrams: made once, since most of it never changes.
struct DatagramBatch::Buffers {
  explicit Buffers(std::size_t batch) : storage(batch * kMostBytes), received(batch) {
    for (std::size_t i = 0; i < batch; ++i) {
      in_pieces[i] = {storage.data() + i * kMostBytes, kMostBytes};
      msghdr& head = in[i].msg_hdr;
      head.msg_name = received[i].from.data();
      head.msg_namelen = room_for_name(i);
      head.msg_iov = &in_pieces[i];
      head.msg_iovlen = 1;
    }
    for (std::size_t i = 0; i < kMost; ++i) {
      out[i].msg_hdr.msg_iov = &out_pieces[i];
      out[i].msg_hdr.msg_iovlen = 1;
    }
  }

  [[nodiscard]] socklen_t room_for_name(std::size_t i) const {
    return static_cast<socklen_t>(received[i].from.capacity());
  }

  std::vector<std::byte> storage;
  std::vector<Received> received;
  std::array<mmsghdr, kMost> in{};
  std::array<iovec, kMost> in_pieces{};
  std::array<mmsghdr, kMost> out{};
  std::array<iovec, kMost> out_pieces{};
};

std::span<const Received> DatagramBatch::receive(int socket) {
  Buffers& b = *buffers_;
  const int count = ::recvmmsg(socket, b.in.data(), static_cast<unsigned>(b.received.size()),
                               MSG_DONTWAIT, nullptr);
  if (count <= 0) return {};  // nothing here, or an ICMP error about something sent earlier
  const auto taken = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < taken; ++i) {
    const auto* start = static_cast<const std::byte*>(b.in_pieces[i].iov_base);
    b.received[i].bytes = BytesView(start, b.in[i].msg_len);
    b.in[i].msg_hdr.msg_namelen = b.room_for_name(i);  // the system said how long the name was
  }
  return std::span(b.received).first(taken);
}

std::size_t DatagramBatch::send(int socket, std::span<const Outgoing> datagrams) {
  Buffers& b = *buffers_;
  std::size_t sent = 0;
  while (!datagrams.empty()) {
    const std::size_t size = std::min(datagrams.size(), kMost);
    for (std::size_t i = 0; i < size; ++i) {
      const Outgoing& datagram = datagrams[i];
      // The system takes both as in-out for receiving; sending writes to neither.
      b.out_pieces[i] = {const_cast<std::byte*>(datagram.bytes.data()), datagram.bytes.size()};
      b.out[i].msg_hdr.msg_name = const_cast<udp::endpoint::data_type*>(datagram.to.data());
      b.out[i].msg_hdr.msg_namelen = static_cast<socklen_t>(datagram.to.size());
    }
    const int count = ::sendmmsg(socket, b.out.data(), static_cast<unsigned>(size), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return sent;  // its buffer is full
    // An error is about the first datagram, or an ICMP error about one sent earlier: go on past it.
    if (count > 0) sent += static_cast<std::size_t>(count);
    datagrams = datagrams.subspan(count > 0 ? static_cast<std::size_t>(count) : 1);
  }
  return sent;
}

#else

struct DatagramBatch::Buffers {
  explicit Buffers(std::size_t) : storage(kMostBytes), received(1) {}

  std::vector<std::byte> storage;
  std::vector<Received> received;
};

std::span<const Received> DatagramBatch::receive(int socket) {
  Received& received = buffers_->received.front();
  auto length = static_cast<socklen_t>(received.from.capacity());
  const ssize_t size = ::recvfrom(socket, buffers_->storage.data(), kMostBytes, MSG_DONTWAIT,
                                  received.from.data(), &length);
  if (size < 0) return {};
  received.bytes = BytesView(buffers_->storage.data(), static_cast<std::size_t>(size));
  return buffers_->received;
}

std::size_t DatagramBatch::send(int socket, std::span<const Outgoing> datagrams) {
  std::size_t sent = 0;
  for (const Outgoing& datagram : datagrams) {
    const ssize_t size =
        ::sendto(socket, datagram.bytes.data(), datagram.bytes.size(), MSG_DONTWAIT,
                 datagram.to.data(), static_cast<socklen_t>(datagram.to.size()));
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return sent;
    if (size >= 0) ++sent;
  }
  return sent;
}

#endif

DatagramBatch::DatagramBatch(std::size_t most)
    : buffers_(std::make_unique<Buffers>(std::clamp(most, std::size_t{1}, kMost))) {}

DatagramBatch::DatagramBatch(DatagramBatch&&) noexcept = default;
DatagramBatch& DatagramBatch::operator=(DatagramBatch&&) noexcept = default;
DatagramBatch::~DatagramBatch() = default;

}  // namespace shoal::net
