#pragma once

#include <optional>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <shoal/endpoint.hpp>

#include "net/stream.hpp"

namespace shoal::net {

/// A listening TCP socket.
class Listener {
 public:
  /// Nothing = any free port on every address, IPv6 and IPv4 on one socket where the system can.
  /// Throws std::system_error that names the address when it cannot listen.
  Listener(const asio::any_io_executor& executor, const std::optional<Endpoint>& address,
           TlsContextPtr tls = {});

  [[nodiscard]] Endpoint address() const;
  /// It is on every address of both families.
  [[nodiscard]] bool both_families() const;
  /// The next connection; not secure() yet. Waits while the process is out of file descriptors.
  /// Throws after close().
  asio::awaitable<Stream> accept();
  void close();

 private:
  asio::ip::tcp::acceptor acceptor_;
  TlsContextPtr tls_;
};

}  // namespace shoal::net
