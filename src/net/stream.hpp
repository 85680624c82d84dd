#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <system_error>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"

namespace shoal::net {

class TlsLayer;
struct TlsContext;
/// Null: streams in the clear, as in open swarms.
using TlsContextPtr = std::shared_ptr<TlsContext>;

/// A connected byte stream: TCP, or TLS over TCP. One coroutine reads and one writes. Reads and
/// writes throw std::system_error; the end of the stream is asio::error::eof.
class Stream {
 public:
  /// One that was accepted.
  explicit Stream(asio::ip::tcp::socket socket, TlsContextPtr tls = {});
  /// A stream to connect().
  explicit Stream(const asio::any_io_executor& executor, TlsContextPtr tls = {});
  Stream(Stream&&) noexcept;
  ~Stream();

  /// Connects, and shakes hands where there is TLS. Throws when it cannot; close() from elsewhere
  /// ends the wait.
  asio::awaitable<void> connect(const Endpoint& to);
  /// Before anything else on a stream that was accepted: the TLS handshake, where there is TLS.
  asio::awaitable<void> secure();

  /// What is here already: the bytes read, 0 when there is nothing now.
  [[nodiscard]] std::size_t read_available(MutableBytes into);
  /// Waits until there may be something for read_available(): bytes, or an error to throw.
  asio::awaitable<void> readable();
  /// Waits for at least one byte.
  asio::awaitable<std::size_t> read_some(MutableBytes into);
  asio::awaitable<void> read_exactly(MutableBytes into);
  /// Writes all the buffers.
  asio::awaitable<void> write(std::span<const asio::const_buffer> buffers);

  /// A number that grows when the other end has got more of what was written; only that counts.
  [[nodiscard]] std::uint64_t delivered();
  /// Something was sent and not acknowledged: it may be the network that is slow. False where the
  /// other end has no room for more.
  [[nodiscard]] bool in_flight();

  /// How many written bytes may wait in the system unsent: little, so that what is written next is
  /// decided late.
  void set_unsent_limit(std::size_t bytes);

  [[nodiscard]] bool encrypted() const { return tls_ != nullptr; }
  [[nodiscard]] const Endpoint& remote() const { return remote_; }
  /// Ours, where it is connected.
  [[nodiscard]] Endpoint local() const;
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  /// The system gives the lowest number that is free: as many at least are in use.
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }
  [[nodiscard]] asio::any_io_executor executor() { return socket_.get_executor(); }
  /// Ends both directions; waiting coroutines get asio::error::operation_aborted.
  void close();

 private:
  void configure();
  asio::awaitable<void> shake_hands(bool dials);
  asio::awaitable<std::size_t> read_plain(MutableBytes into);
  asio::awaitable<void> write_plain(std::span<const asio::const_buffer> buffers);

  asio::ip::tcp::socket socket_;
  TlsContextPtr tls_;
  std::unique_ptr<TlsLayer> layer_;  // null in the clear, and before the handshake
  Endpoint remote_;
  std::uint64_t taken_ = 0;  // in the clear
};

}  // namespace shoal::net
