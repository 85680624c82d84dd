#pragma once

#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "net/stream.hpp"
#include "net/wakeup.hpp"
#include "session/stall_watch.hpp"
#include "session/upload_reader.hpp"
#include "torrent/connection_key.hpp"
#include "torrent/peer/peer.hpp"
#include "torrent/peer/receive_buffer.hpp"
#include "torrent/peers/peer_trouble.hpp"

namespace shoal::session {

class Swarm;

/// The socket of one peer: a coroutine that reads, and one that writes what the torrent has for the
/// peer when there is room for it. Whatever the peer does ends this connection at most.
class PeerConnection : public std::enable_shared_from_this<PeerConnection> {
 public:
  /// For a connection to make, or one that was accepted.
  PeerConnection(std::shared_ptr<Swarm> swarm, torrent::ConnectionKey key, net::Stream stream);

  /// Connects to the address and says hello. Ends when the connection does; throws nothing.
  static asio::awaitable<void> dial(std::shared_ptr<PeerConnection> self, Endpoint to);
  /// Goes on with a connection whose handshake was received.
  static asio::awaitable<void> accept(std::shared_ptr<PeerConnection> self, wire::Handshake theirs);

  void close(std::string reason);
  /// There is something to write.
  void wake();
  /// Time has passed: closes on a peer that does not read what it is sent.
  void look(Time now);
  /// This program was stopped for a while: nobody's fault.
  void resumed();

  [[nodiscard]] torrent::ConnectionKey key() const { return key_; }
  [[nodiscard]] const Endpoint& remote() const { return remote_; }
  [[nodiscard]] Endpoint local() const { return stream_.local(); }
  /// Why it could not be made.
  [[nodiscard]] torrent::PeerTrouble trouble() const { return trouble_; }

 private:
  asio::awaitable<void> talk(wire::Handshake theirs);
  asio::awaitable<void> read_loop();
  asio::awaitable<void> others_turn();
  static asio::awaitable<void> write_loop(std::shared_ptr<PeerConnection> self);
  asio::awaitable<void> write();
  void follow_unsent_limit();
  void finish(const std::string& reason);

  std::shared_ptr<Swarm> swarm_;
  torrent::ConnectionKey key_;
  net::Stream stream_;
  Endpoint remote_;
  bool closed_ = false;
  std::string close_reason_;
  torrent::PeerTrouble trouble_ = torrent::PeerTrouble::no_handshake;

  torrent::ReceiveBuffer incoming_;
  net::Wakeup written_;  // something was

  net::Wakeup wake_;
  bool woken_ = false;         // since there was last nothing to write
  Bytes greeting_;             // goes before all else
  torrent::WriteBatch batch_;  // what is being written
  bool writing_ = false;       // it waits for the system
  StallWatch stall_;
  std::size_t unsent_limit_ = 0;  // as the system was told
  UploadReader uploads_;
  std::vector<asio::const_buffer> gathered_;
};

}  // namespace shoal::session
