#pragma once

#include <cstddef>
#include <span>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/udp.hpp>

#include <shoal/endpoint.hpp>

#include "net/datagram_batch.hpp"

namespace shoal::net {

/// A UDP socket on the event loop, that reads and writes many datagrams a system call. What the
/// network does to single datagrams is no error of the socket.
class UdpSocket {
 public:
  static constexpr std::size_t kMostBatch = DatagramBatch::kMost;
  static constexpr std::size_t kMostBytes = DatagramBatch::kMostBytes;

  /// Binds; port 0 takes a free one. An IPv6 socket takes no IPv4. `batch` (1 to kMostBatch)
  /// datagrams at most are read at once. Throws std::system_error that names the address.
  UdpSocket(const asio::any_io_executor& executor, const Endpoint& local,
            std::size_t batch = kMostBatch);

  [[nodiscard]] Endpoint local() const;

  /// Returns true when something is here, false after close(). May be true for nothing.
  asio::awaitable<bool> wait_readable();
  /// What is here now; may be empty. Valid until the next call.
  [[nodiscard]] std::span<const Received> receive() {
    return batch_.receive(socket_.native_handle());
  }
  /// Hands datagrams to the system, in order. Returns how many it took; the others are lost, as
  /// datagrams may be.
  std::size_t send(std::span<const Outgoing> datagrams) {
    return batch_.send(socket_.native_handle(), datagrams);
  }
  /// Ends the wait.
  void close();

 private:
  asio::ip::udp::socket socket_;
  DatagramBatch batch_;
};

}  // namespace shoal::net
