#pragma once

#include <functional>
#include <stdexcept>
#include <variant>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"
#include "metainfo/info_dict.hpp"
#include "support/loopback_socket.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

namespace shoal::test {

/// One connection to a seeder or leecher, on which a test says what it likes. Everything blocks,
/// and throws when what it waits for does not come in time.
class ScriptedPeer {
 public:
  /// Greets, and has been greeted.
  ScriptedPeer(const Endpoint& to, const FileInfo& file, std::byte id = std::byte{'x'})
      : ScriptedPeer(to, file, wire::encode(greeting(file, id))) {}
  /// The same with a handshake as it goes over the line.
  ScriptedPeer(const Endpoint& to, const FileInfo& file, BytesView handshake)
      : socket_(SOCK_STREAM, to),
        bitfield_bytes_(((file.length + file.piece_length - 1) / file.piece_length + 7) / 8) {
    socket_.send(handshake);
    while (received_.size() < wire::kHandshakeLength) receive();
    used_ = wire::kHandshakeLength;
    if (!wire::decode_handshake(greeting())) throw std::runtime_error("no handshake");
  }
  [[nodiscard]] static wire::Handshake greeting(const FileInfo& file, std::byte id) {
    wire::Handshake ours{truncated(info_hash(file)), {}, true, true};
    ours.peer_id.bytes.fill(id);
    return ours;
  }

  /// What the other side greeted with.
  [[nodiscard]] BytesView greeting() const {
    return BytesView(received_).first(wire::kHandshakeLength);
  }
  void says(const wire::Message& message) const {
    Bytes bytes;
    wire::encode(message, bytes);
    socket_.send(bytes);
  }
  void sends(BytesView bytes) const { socket_.send(bytes); }

  /// The next message. Views into it stay valid until the next call.
  wire::Message hears() {
    for (;;) {
      auto step = wire::decode(BytesView(received_).subspan(used_), bitfield_bytes_);
      if (!step) throw std::runtime_error(step.error().message);
      if (const auto* decoded = std::get_if<wire::Decoded>(&*step)) {
        used_ += decoded->used;
        return decoded->message;
      }
      receive();
    }
  }
  /// The next one of that kind that is as it should be; what comes before it is passed over.
  template <class Kind>
  Kind hears(const std::function<bool(const Kind&)>& right = {}) {
    for (;;) {
      const wire::Message message = hears();
      const auto* wanted = std::get_if<Kind>(&message);
      if (wanted != nullptr && (!right || right(*wanted))) return *wanted;
    }
  }

 private:
  void receive() {
    const Bytes more = socket_.receive();
    if (more.empty()) throw std::runtime_error("the other side has closed the connection");
    received_.insert(received_.end(), more.begin(), more.end());
  }

  LoopbackSocket socket_;
  std::size_t bitfield_bytes_;
  Bytes received_;
  std::size_t used_ = 0;
};

}  // namespace shoal::test
