#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>

#include "base/bytes.hpp"
#include "net/turns.hpp"
#include "secure/tls_session.hpp"

namespace shoal::net {

/// A Stream's TLS: a secure::TlsSession and the socket that its bytes come from and go to, which
/// does not block. What it throws is as Stream says.
class TlsLayer {
 public:
  using Socket = asio::ip::tcp::socket;

  TlsLayer(std::shared_ptr<const secure::TlsContext> context, bool dials)
      : session_(std::move(context), dials) {}

  /// To be called on one of these turns; it takes another one for each of its next steps.
  asio::awaitable<void> handshake(Socket& socket, Turns& turns);
  [[nodiscard]] std::size_t read_available(Socket& socket, MutableBytes into);
  asio::awaitable<std::size_t> read_some(Socket& socket, MutableBytes into);
  asio::awaitable<void> write(Socket& socket, std::span<const asio::const_buffer> buffers);
  /// Bytes that the system has taken so far.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  /// Tells the other side that nothing follows, if that can be done at once.
  void say_goodbye(Socket& socket);

 private:
  class Cursor;

  void encrypt(Cursor& from);
  asio::awaitable<void> flush(Socket& socket);
  void flush_now(Socket& socket);

  secure::TlsSession session_;
  Bytes sending_;  // while a flush() waits; the session may make more meanwhile
  std::uint64_t taken_ = 0;
  bool in_flight_ = false;
  bool established_ = false;
};

}  // namespace shoal::net
