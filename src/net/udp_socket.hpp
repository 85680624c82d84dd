#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/udp.hpp>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"

namespace shoal::net {

/// A datagram that came. Asio's endpoint, since an answer to a link-local address needs its scope.
struct Received {
  asio::ip::udp::endpoint from;
  BytesView bytes;
};

/// A datagram to send.
struct Outgoing {
  asio::ip::udp::endpoint to;
  Bytes bytes;
};

/// A UDP socket that reads and writes many datagrams a system call. What the network does to single
/// datagrams (ICMP errors, full buffers, unreachable addresses) is no error of the socket.
class UdpSocket {
 public:
  static constexpr std::size_t kMostBatch = 64;
  /// Longer datagrams are cut to this; nothing that we parse is longer.
  static constexpr std::size_t kMostBytes = 2048;

  /// Binds; port 0 takes a free one. An IPv6 socket takes no IPv4. `batch` (1 to kMostBatch)
  /// datagrams at most are read at once. Throws std::system_error that names the address.
  UdpSocket(const asio::any_io_executor& executor, const Endpoint& local,
            std::size_t batch = kMostBatch);
  UdpSocket(UdpSocket&&) noexcept;
  UdpSocket& operator=(UdpSocket&&) noexcept;
  ~UdpSocket();

  [[nodiscard]] Endpoint local() const;
  /// Asks the system for room for that many bytes of waiting datagrams; it may give less.
  void set_receive_buffer(int bytes);

  /// Returns true when something is here, false after close(). May be true for nothing.
  asio::awaitable<bool> wait_readable();
  /// What is here now; may be empty. Valid until the next call.
  [[nodiscard]] std::span<const Received> receive();
  /// Hands datagrams to the system, in order. Returns how many it took; the others are lost, as
  /// datagrams may be.
  std::size_t send(std::span<const Outgoing> datagrams);
  /// Ends the wait.
  void close();

 private:
  struct Buffers;

  asio::ip::udp::socket socket_;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace shoal::net
