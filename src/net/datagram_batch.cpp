#include "net/datagram_batch.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

namespace shoal::net {

using asio::ip::udp;

#ifdef __linux__

namespace {

/// Room for one control message, which says at which of our addresses a datagram came or is to go.
using Control = std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))>;

template <class Info>
Info read_info(const cmsghdr& message) {
  Info info;
  std::memcpy(&info, CMSG_DATA(&message), sizeof info);
  return info;
}

/// Nobody has an address of a group, so no answer comes from there. (IPv4 names one to answer from
/// by itself.) The interface is told on for link-local addresses only: else the way back is for the
/// system's routes to choose.
Endpoint arrival(const msghdr& head) {
  const cmsghdr* message = CMSG_FIRSTHDR(&head);
  if (message == nullptr) return {};
  if (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_PKTINFO)
    return {IpAddress(std::bit_cast<IpAddress::V4>(read_info<in_pktinfo>(*message).ipi_spec_dst))};
  if (message->cmsg_level != IPPROTO_IPV6 || message->cmsg_type != IPV6_PKTINFO) return {};
  const auto info = read_info<in6_pktinfo>(*message);
  if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) return {};
  const IpAddress address(std::bit_cast<IpAddress::V6>(info.ipi6_addr));
  return {address, 0, address.is_link_local() ? info.ipi6_ifindex : 0};
}

/// Without the filling behind it, which one message alone does not need: with it, the system takes
/// memory of its own for each that is about IPv6.
template <class Info>
void write_info(msghdr& head, Control& room, int level, int type, const Info& info) {
  head.msg_control = room.data();
  head.msg_controllen = CMSG_LEN(sizeof info);
  cmsghdr* message = CMSG_FIRSTHDR(&head);
  message->cmsg_level = level;
  message->cmsg_type = type;
  message->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(message), &info, sizeof info);
}

void leave_from(const Endpoint& at, msghdr& head, Control& room) {
  head.msg_control = nullptr;
  head.msg_controllen = 0;
  if (at.address.is_unspecified()) return;
  if (at.address.is_v4()) {
    in_pktinfo info{};
    info.ipi_spec_dst = std::bit_cast<in_addr>(at.address.v4());
    write_info(head, room, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    info.ipi6_addr = std::bit_cast<in6_addr>(at.address.v6());
    info.ipi6_ifindex = at.scope;
    write_info(head, room, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

}  // namespace

void tell_arrivals(int socket, bool v6) {
  const int on = 1;
  if (v6) {
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  } else {
    ::setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  }
}

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
      head.msg_control = in_controls[i].data();
      head.msg_controllen = in_controls[i].size();
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
  alignas(cmsghdr) std::array<Control, kMost> in_controls{};
  std::array<mmsghdr, kMost> out{};
  std::array<iovec, kMost> out_pieces{};
  alignas(cmsghdr) std::array<Control, kMost> out_controls{};
};

std::span<const Received> DatagramBatch::receive(int socket) {
  Buffers& b = *buffers_;
  const int count = ::recvmmsg(socket, b.in.data(), static_cast<unsigned>(b.received.size()),
                               MSG_DONTWAIT, nullptr);
  if (count <= 0) return {};  // nothing here, or an ICMP error about something sent earlier
  const auto taken = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < taken; ++i) {
    const auto* start = static_cast<const std::byte*>(b.in_pieces[i].iov_base);
    msghdr& head = b.in[i].msg_hdr;
    b.received[i].bytes = BytesView(start, b.in[i].msg_len);
    b.received[i].at = arrival(head);
    head.msg_namelen = b.room_for_name(i);  // the system said how long they were
    head.msg_controllen = b.in_controls[i].size();
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
      leave_from(datagram.at, b.out[i].msg_hdr, b.out_controls[i]);
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

void tell_arrivals(int, bool) {}

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
