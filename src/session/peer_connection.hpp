#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "net/stream.hpp"
#include "net/wakeup.hpp"
#include "session/upload_reader.hpp"
#include "torrent/download/piece_assembly.hpp"
#include "torrent/peer/peer_protocol.hpp"
#include "torrent/peer/receive_buffer.hpp"
#include "torrent/peers/peer_trouble.hpp"

namespace shoal::session {

class Swarm;

/// The socket side of one peer: a coroutine that reads and decodes, one that writes, and a
/// PeerProtocol between them. Whatever the peer does ends this connection at most.
class PeerConnection : public std::enable_shared_from_this<PeerConnection> {
 public:
  /// For a connection to make, or one that was accepted.
  PeerConnection(std::shared_ptr<Swarm> swarm, torrent::ConnectionKey key, net::Stream stream,
                 Time now);

  /// Connects to the address and says hello. Ends when the connection does; throws nothing.
  static asio::awaitable<void> dial(std::shared_ptr<PeerConnection> self, Endpoint to);
  /// Goes on with a connection whose handshake was received.
  static asio::awaitable<void> accept(std::shared_ptr<PeerConnection> self, wire::Handshake theirs);

  void close(std::string reason);
  void tick(Time now);
  /// We were stopped for a while: its deadlines begin anew, and it hears that we are here.
  void resumed(Time now);
  /// There is something to write.
  void wake() { wake_.notify_all(); }

  [[nodiscard]] torrent::ConnectionKey key() const { return key_; }
  [[nodiscard]] const Endpoint& remote() const { return stream_.remote(); }
  [[nodiscard]] Endpoint local() const { return stream_.local(); }
  /// Null until the handshakes are done.
  [[nodiscard]] torrent::PeerProtocol* protocol() { return protocol_ ? &*protocol_ : nullptr; }
  /// As what it sends is known by; nobody before it has sent anything.
  [[nodiscard]] const std::optional<torrent::Sender>& sender() const { return sender_; }
  /// When a block last went either way; when it was made, before that.
  [[nodiscard]] Time useful_at() const { return useful_at_; }
  [[nodiscard]] bool closing() const { return closed_; }
  /// Why it is not connected any more.
  [[nodiscard]] torrent::PeerTrouble trouble() const {
    return protocol_ ? torrent::PeerTrouble::left : trouble_;
  }
  /// Where the peer listens, as far as we know.
  std::optional<Endpoint> listens_at;

 private:
  asio::awaitable<void> talk(wire::Handshake theirs, bool dialled);
  asio::awaitable<void> read_loop();
  static asio::awaitable<void> write_loop(std::shared_ptr<PeerConnection> self);
  asio::awaitable<void> write_pending();
  static asio::awaitable<void> answer_leaf_request(std::shared_ptr<PeerConnection> self,
                                                   merkle::HashRequest request);
  void take_in(std::size_t size);
  void decode_pending(Time now);
  void pin_received();
  void hand_over_blocks();
  void start_leaf_requests();
  void choose_blocks();
  std::uint64_t take_blocks(std::size_t most);
  void adapt_batch(Duration write_took, std::size_t blocks);
  void finish(const std::string& reason);

  std::shared_ptr<Swarm> swarm_;
  torrent::ConnectionKey key_;
  net::Stream stream_;
  net::Wakeup wake_;
  Time started_;
  Time useful_at_;
  bool closed_ = false;
  std::string close_reason_;
  torrent::PeerTrouble trouble_ =
      torrent::PeerTrouble::no_handshake;  // of one that was never connected
  std::optional<torrent::PeerProtocol> protocol_;
  std::optional<torrent::Sender> sender_;  // as it was known when its first block came

  torrent::ReceiveBuffer incoming_;
  std::vector<torrent::ChunkPtr> pinned_;    // what the blocks in protocol_->received() point into
  std::size_t frame_ = wire::kLengthPrefix;  // bytes of the frame at the front of `incoming_`
  std::size_t since_turn_ = 0;               // bytes read since others had their turn

  Bytes sending_;
  std::size_t batch_blocks_ = 1;  // how many blocks one write takes; follows the peer's speed
  std::size_t quick_blocks_ = 0;  // written since it was last adapted, or since a write was slow
  std::vector<wire::BlockRange> batch_;       // what is being written
  std::vector<wire::BlockRange> next_batch_;  // what the next write takes, as far as chosen
  std::vector<asio::const_buffer> gathered_;
  UploadReader uploads_;
};

}  // namespace shoal::session
