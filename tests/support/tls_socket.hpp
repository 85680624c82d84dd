#pragma once

#include <expected>
#include <memory>
#include <system_error>
#include <utility>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"
#include "secure/tls_error.hpp"
#include "secure/tls_session.hpp"
#include "support/loopback_socket.hpp"

namespace shoal::test {

/// A member of a closed swarm that connects and takes its time, for tests that do so hundreds of
/// times at once. Blocks in the functions that say so; all throw.
class TlsSocket {
 public:
  /// Connects and says no more than its TCP does.
  TlsSocket(std::shared_ptr<const secure::TlsContext> context, const Endpoint& to,
            const char* from = "127.0.0.1:0")
      : socket_(SOCK_STREAM, to, from), session_(std::move(context), true) {}

  /// The first half of the handshake: says hello.
  void greet() {
    static_cast<void>(session_.handshake(nothing_yet));
    flush();
  }
  /// The second half: waits for the answer, and proves the key.
  void finish() {
    while (!session_.handshake(next())) {
    }
    flush();
  }
  void write(BytesView bytes) {
    session_.write(bytes);
    flush();
  }
  /// Waits for some bytes.
  [[nodiscard]] Bytes read() {
    Bytes bytes(2048);
    std::size_t size = 0;
    while (size == 0) size = session_.read(bytes, next());
    bytes.resize(size);
    return bytes;
  }

 private:
  static std::expected<std::size_t, std::error_code> nothing_yet(MutableBytes) { return 0; }
  /// What comes next, once; then nothing.
  secure::TlsSession::Source next() {
    return [this, taken = false](
               MutableBytes into) mutable -> std::expected<std::size_t, std::error_code> {
      if (std::exchange(taken, true)) return 0;
      const Bytes came = socket_.receive(kPatience, into.size());
      if (came.empty()) return std::unexpected(make_error_code(secure::TlsErrc::cut));
      std::copy(came.begin(), came.end(), into.begin());
      return came.size();
    };
  }
  void flush() {
    socket_.send(session_.outgoing());
    session_.outgoing().clear();
  }

  LoopbackSocket socket_;
  secure::TlsSession session_;
};

}  // namespace shoal::test
