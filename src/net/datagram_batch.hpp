#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <asio/ip/udp.hpp>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"

namespace shoal::net {

/// A datagram that came. Asio's endpoint, which goes back to the system as it is.
struct Received {
  asio::ip::udp::endpoint from;
  BytesView bytes;
  /// The address of ours that it was sent to, without the port, where tell_arrivals() was asked for
  /// and there is one to answer from; else unspecified.
  Endpoint at{};
};

/// A datagram to send.
struct Outgoing {
  asio::ip::udp::endpoint to;
  Bytes bytes;
  /// The address of ours that it comes from, without the port; unspecified: what the system takes.
  Endpoint at{};
};

/// From now on Received::at is told of that socket. For one that is bound to no address of its own,
/// on a machine that has several: who asks one of them waits for an answer from there. Where the
/// system cannot, answers come from the address that it takes.
void tell_arrivals(int socket, bool v6);

/// Reads and writes many datagrams a system call. What the network does to single datagrams (ICMP
/// errors, full buffers, unreachable addresses) is no error. Never blocks; one thread.
class DatagramBatch {
 public:
  static constexpr std::size_t kMost = 64;
  /// Longer datagrams are cut to this; nothing that we parse is longer.
  static constexpr std::size_t kMostBytes = 2048;

  /// `most` (1 to kMost) datagrams are read at once.
  explicit DatagramBatch(std::size_t most = kMost);
  DatagramBatch(DatagramBatch&&) noexcept;
  DatagramBatch& operator=(DatagramBatch&&) noexcept;
  ~DatagramBatch();

  /// What is here now; may be empty. Valid until the next call.
  [[nodiscard]] std::span<const Received> receive(int socket);
  /// Hands datagrams to the system, in order. Returns how many it took; the others are lost, as
  /// datagrams may be.
  std::size_t send(int socket, std::span<const Outgoing> datagrams);

 private:
  struct Buffers;

  std::unique_ptr<Buffers> buffers_;
};

}  // namespace shoal::net
