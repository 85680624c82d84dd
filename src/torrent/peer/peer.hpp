#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "base/clock.hpp"
#include "torrent/connection_key.hpp"
#include "torrent/peer/batch.hpp"
#include "torrent/peer/peer_protocol.hpp"
#include "torrent/peer/receive_buffer.hpp"
#include "torrent/peer/write_pacer.hpp"
#include "torrent/peers/places.hpp"

namespace shoal::torrent {

/// What the next write to a peer holds, in this order.
struct WriteBatch {
  Bytes messages;
  std::vector<wire::BlockRange> blocks;  ///< to be read from the file, each behind its header
  std::size_t usual_blocks = 1;          ///< in most writes now
};

/// One connection, as far as it matters without its socket: from the decision to dial or to accept
/// it until the socket is gone. Frames become messages here, received blocks become batches, and
/// what is written next is chosen here. Pure.
class Peer {
 public:
  /// `place` is its own, and outlives it.
  Peer(Place& place, const Endpoint& remote, bool dialled, Time now)
      : key_(place.key),
        place_(place),
        remote_(remote),
        dialled_(dialled),
        since_(now),
        useful_at_(now),
        gave_at_(now) {
    if (dialled) listens_at = remote;
  }

  [[nodiscard]] ConnectionKey key() const { return key_; }
  [[nodiscard]] Place& place() { return place_; }
  [[nodiscard]] const Endpoint& remote() const { return remote_; }
  [[nodiscard]] bool dialled() const { return dialled_; }
  [[nodiscard]] Time since() const { return since_; }
  /// Its handshake may take as long as that of one that comes now.
  void begin_anew(Time now) { since_ = now; }
  /// When a block last went either way; when the connection was made, before that.
  [[nodiscard]] Time useful_at() const { return useful_at_; }
  /// When a block last came from it; when the connection was made, before that.
  [[nodiscard]] Time gave_at() const { return gave_at_; }
  /// We have dialled it, or have found it where it says it is.
  [[nodiscard]] bool is_found() const { return dialled_ || found_; }
  void found_at(const Endpoint& endpoint) {
    listens_at = endpoint;
    found_ = true;
  }
  /// Bytes of blocks that went to it.
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }
  /// Null until both handshakes are done.
  [[nodiscard]] PeerProtocol* protocol() { return protocol_ ? &*protocol_ : nullptr; }
  [[nodiscard]] const PeerProtocol* protocol() const { return protocol_ ? &*protocol_ : nullptr; }
  [[nodiscard]] bool has_protocol() const { return protocol_.has_value(); }
  /// As what it sends is known by.
  [[nodiscard]] Sender sender() const { return {key_, remote_, dialled_}; }

  /// Both handshakes are done.
  void open(const PeerProtocol::Setup& setup, Content& content, Download* download,
            PeerProtocol::Surroundings& surroundings, Time now) {
    protocol_.emplace(setup, content, download, surroundings, now);
  }

  [[nodiscard]] Result<void> handle(const wire::Message& message, Time now);
  /// Handles the whole frames that have come, until none is left, or the peer is closing or has to
  /// read first (PeerProtocol::is_behind()), or has said so much that others have their turn: then
  /// says_more(). An error ends the connection; Errc::bad_input and Errc::unprovable are the peer's
  /// fault. Precondition: it is open.
  [[nodiscard]] Result<void> decode(ReceiveBuffer& incoming, std::size_t bitfield_bytes, Time now);
  /// Messages beside blocks that are handled in a turn: the shortest have four bytes, and a turn
  /// that was counted in bytes alone could have a hundred thousand.
  static constexpr std::size_t kMostTalk = 500;
  /// There were as many in decode(), and perhaps there are more.
  [[nodiscard]] bool says_more() const { return talk_ >= kMostTalk; }
  /// How many there were.
  [[nodiscard]] std::size_t talk() const { return talk_; }
  /// Bytes of the frame that has begun, for ReceiveBuffer::room().
  [[nodiscard]] std::size_t frame() const { return frame_; }
  /// Received blocks, if there are any, as a batch from `pool`.
  [[nodiscard]] BatchPtr take_received(BatchPool& pool);
  [[nodiscard]] std::size_t received() const { return protocol_->received().size(); }

  /// Takes up to `most` of the blocks that were asked for into the next write; how many bytes.
  std::uint64_t choose_blocks(std::size_t most);
  [[nodiscard]] bool has_chosen() const { return !chosen_.empty(); }
  /// Moves what is to be written into `out`, which is cleared. False when that is nothing.
  bool next_write(WriteBatch& out, std::size_t most_blocks);
  /// `bytes` of blocks among it.
  void written(const WriteBatch& batch, std::uint64_t bytes, Duration took, Time now);
  [[nodiscard]] std::size_t blocks_a_write() const { return pacer_.blocks(); }
  [[nodiscard]] bool has_something_to_write() const {
    return !protocol_->outbox().empty() || !protocol_->uploads().empty() || !chosen_.empty();
  }

  /// Where it listens, as far as we know, or as it says (is_found()).
  std::optional<Endpoint> listens_at;
  std::size_t unjudged = 0;  ///< batches of its blocks on their way to the disk
  bool silent = false;       ///< is closed since its handshake did not come
  bool closing = false;      ///< its socket is to be closed, or is closed already
  bool woken = false;        ///< named in Actions::wakes, and has not come for it yet

 private:
  void moved(std::uint64_t bytes, Time now) {
    if (bytes == 0) return;
    place_.use.moved(bytes, now);
    useful_at_ = now;
  }
  void came(std::size_t blocks, Time now) {
    if (blocks > 0) gave_at_ = now;
    moved(blocks * kBlockLength, now);
  }

  ConnectionKey key_;
  Place& place_;
  Endpoint remote_;
  bool dialled_;
  Time since_;
  Time useful_at_;
  Time gave_at_;
  std::uint64_t sent_bytes_ = 0;
  bool found_ = false;
  std::optional<PeerProtocol> protocol_;
  std::vector<ChunkPtr> memory_;  // what the blocks in protocol_->received() point into
  std::size_t frame_ = wire::kLengthPrefix;
  std::size_t talk_ = 0;  // messages in the last decode()
  WritePacer pacer_;
  std::vector<wire::BlockRange> chosen_;  // for the next write
};

}  // namespace shoal::torrent
