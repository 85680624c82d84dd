#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "base/bitfield.hpp"
#include "base/clock.hpp"
#include "torrent/connection_key.hpp"
#include "torrent/content/content.hpp"
#include "torrent/download/piece_assembly.hpp"
#include "torrent/peer/batch.hpp"
#include "torrent/peer/request_pacer.hpp"
#include "torrent/peers/peer_exchange.hpp"
#include "torrent/upload/upload_queue.hpp"
#include "wire/extension.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

namespace shoal::torrent {

class Download;

/// What both sides of one connection have said, from the handshakes on, and what we say next. Pure:
/// messages and the time go in; bytes to send, blocks to send and blocks received come out. A
/// connection, a test or a simulator drives it.
class PeerProtocol {
 public:
  /// What a message can cause outside this connection.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    /// A block came from here that was asked of another connection too.
    virtual void cancel_elsewhere(ConnectionKey other, BlockRef block) = 0;
    /// Piece layers are proven: Download::take_layers().
    virtual void layers_proven() = 0;
    /// The peer accepts connections there.
    virtual void listens_at(ConnectionKey peer, const Endpoint& endpoint, Time now) = 0;
    /// That peer knows others (ut_pex).
    virtual void learned(ConnectionKey from, const wire::Pex& pex) = 0;
    /// What the peer has, as it says; and what it asks for. For a Revealer.
    virtual void announced(ConnectionKey, PieceIndex, Time) {}
    virtual void announced(ConnectionKey, const Bitfield&, Time) {}
    virtual void requested(ConnectionKey, PieceIndex, Time) {}
    /// Whether the peer wants something of us; and that it asks for a block, which is refused while
    /// it is choked, or for hashes. For UploadSlots.
    virtual void interested(ConnectionKey, bool, Time) {}
    virtual void asks_us(ConnectionKey) {}
    /// False while a limit holds: ask_at_most() is called when it is this peer's turn.
    virtual bool may_ask(ConnectionKey) { return true; }
    /// They sent wrong blocks of that piece, as the leaf hashes tell that came from here.
    virtual void convicted(PieceIndex, std::span<const Sender>, Time) {}
    /// The peer asks again for a piece that we have sent it whole.
    virtual void asked_twice(PieceIndex, Time) {}
    /// Blocks that were asked for and will not come from there.
    virtual void not_coming(std::size_t) {}
  };

  struct Setup {
    ConnectionKey key;
    Endpoint remote;
    bool dialled = false;  ///< by us
    wire::Handshake theirs;
    bool origin = false;            ///< we have had the file from the start
    bool reveals = false;           ///< we show our pieces one by one, by reveal()
    bool chokes = false;            ///< nothing is sent before set_choked(false)
    std::uint16_t listen_port = 0;  ///< ours, told to the peer when we dialled
  };

  /// Both outlive this. `download` is null for a file that is here whole.
  PeerProtocol(const Setup& setup, Content& content, Download* download, Surroundings& surroundings,
               Time now);

  // ---- in
  /// An error means: the peer broke the protocol or lied; close the connection.
  [[nodiscard]] Result<void> handle(const wire::Message& message, Time now);
  /// Asks for what can be asked for. Called after a batch of messages and on every tick.
  void ask_for_more(Time now);
  /// The same under a limit, when may_ask() has said no before; how many blocks were asked for.
  std::size_t ask_at_most(std::size_t blocks, Time now);
  /// Deadlines. An error means: this peer is of no use; close the connection.
  [[nodiscard]] Result<void> tick(Time now);
  /// We were stopped for a while: the deadlines begin anew, and the peer hears that we are here.
  void resumed(Time now);
  /// A piece was proven here. Told to peers that have it as well: one that shows its pieces bit by
  /// bit (Revealer, BEP 16) waits to hear which of them have arrived. What is told waits for
  /// tell_haves(): a packet for each would be a third of all packets between many leechers.
  void announce(PieceIndex piece) { wire::encode(wire::Have{value(piece)}, haves_); }
  /// A piece that was proven, and maybe announced, is not here any more. The peer is told, if it
  /// understands that (BEP 54) and reads what it is sent; what was asked of the piece is refused,
  /// and we may be interested in the peer again.
  void lost(PieceIndex piece);
  /// The peer thinks of a piece that it is here, and could not be told that it is not.
  [[nodiscard]] bool is_misled() const { return misled_; }
  /// Download::picks() from now on: has it know what the peer has told so far.
  void count_pieces();
  /// The peer is to know that this connection lives.
  void keep_alive() { send(wire::KeepAlive{}); }
  /// Puts what was announced into the outbox: before anything is written, and a HaveWait after
  /// the first.
  void tell_haves();
  /// The peer may know that we have this piece (Setup::reveals).
  void reveal(PieceIndex piece) { send(wire::Have{value(piece)}); }
  /// Whether we serve the peer now (UploadSlots). What it has asked for is refused when it is
  /// choked.
  void set_choked(bool choked);
  /// Whether the peer may be told now of others (ut_pex), and doing so; see PeerExchange.
  [[nodiscard]] bool wants_peers(Time now) const;
  void tell_peers(std::span<const wire::PexPeer> connected, const Endpoint& listens_at, Time now);
  /// The block came from elsewhere.
  void cancel(BlockRef block);
  /// The peer sent that piece wrong: it is not asked of it, as though it had it not, until
  /// trust_again().
  void doubt(PieceIndex piece, Time now);
  void trust_again(PieceIndex piece);
  [[nodiscard]] std::span<const PieceIndex> doubted() const { return doubted_; }
  /// When something was last doubted, where nothing is asked of the peer: so there is nothing else
  /// to ask of it.
  [[nodiscard]] std::optional<Time> idle_since_doubt() const {
    return doubted_.empty() || !asked_.empty() ? std::nullopt : std::optional(doubted_at_);
  }
  /// The download is over: content is complete, or it failed. `download` is not used any more.
  void download_ended();
  /// The connection is closed: hands back everything that was asked of this peer.
  void ended();

  // ---- out
  /// Encoded messages; the owner writes and clears them.
  [[nodiscard]] Bytes& outbox() { return outbox_; }
  [[nodiscard]] const Bytes& outbox() const { return outbox_; }
  /// Moves them behind what is in `into`.
  void empty_outbox(Bytes& into) {
    into.insert(into.end(), outbox_.begin(), outbox_.end());
    outbox_.clear();
    replies_ = 0;
  }
  /// So many answers wait to be written that nothing more of the peer is to be handled before: it
  /// has to read first. Owners that go on all the same are told by an error, at sixteen times as
  /// much.
  [[nodiscard]] bool is_behind() const { return replies_ >= kMostAnswers; }
  static constexpr std::size_t kMostAnswers = 64uz << 10;
  /// Blocks to read and send, after the outbox.
  [[nodiscard]] UploadQueue& uploads() { return uploads_; }
  [[nodiscard]] const UploadQueue& uploads() const { return uploads_; }
  /// Blocks that we wanted; views into the buffer that the messages were decoded from.
  using Received = torrent::Received;
  [[nodiscard]] std::vector<Received>& received() { return received_; }
  [[nodiscard]] const std::vector<Received>& received() const { return received_; }
  /// Hash requests below the piece layer: the owner gets the tree over the piece's leaves and calls
  /// answer_leaves(), with null when it cannot.
  [[nodiscard]] std::vector<merkle::HashRequest>& leaf_requests() { return leaf_requests_; }
  void answer_leaves(const merkle::HashRequest& request, const merkle::LayerTree* leaves);
  void sent(Time now) { last_sent_ = now; }
  /// These blocks were written.
  void sent(std::span<const wire::BlockRange> blocks);
  /// Pieces that were sent whole and that the peer does not say it has, the last few: it may have
  /// found them wrong.
  [[nodiscard]] std::vector<PieceIndex> sent_in_vain() const;

  // ---- about the peer
  [[nodiscard]] ConnectionKey key() const { return setup_.key; }
  [[nodiscard]] const Endpoint& remote() const { return setup_.remote; }
  [[nodiscard]] const PeerId& peer_id() const { return setup_.theirs.peer_id; }
  [[nodiscard]] Time heard_at() const { return last_received_; }
  [[nodiscard]] bool dialled() const { return setup_.dialled; }
  [[nodiscard]] const Bitfield& pieces() const { return pieces_; }
  /// These, and what is wanted of files that are equal to those that it has.
  [[nodiscard]] const Bitfield& askable() const {
    return content_.has_equals() ? askable_ : pieces_;
  }
  [[nodiscard]] std::uint64_t blocks_received() const { return blocks_received_; }
  /// What it calls itself, as it is; empty where it does not say.
  [[nodiscard]] const std::string& client() const { return extensions_.client; }
  [[nodiscard]] bool chokes_us() const { return chokes_us_; }
  [[nodiscard]] bool chokes() const { return we_choke_; }  ///< we do it
  /// Blocks that are to come from it.
  [[nodiscard]] const std::deque<BlockRef>& asked() const { return asked_; }
  [[nodiscard]] bool is_seed() const { return pieces_.count() + doubted_.size() == pieces_.size(); }
  /// It has had the file from the start, as it says, and may not show all of it.
  [[nodiscard]] bool is_origin() const { return extensions_.origin; }

 private:
  // One per message, in peer_protocol.cpp and peer_uploads.cpp.
  using Outcome = Result<void>;
  Outcome on(const wire::KeepAlive&, Time) { return {}; }
  Outcome on(const wire::Choke&, Time now);
  Outcome on(const wire::Unchoke&, Time now);
  Outcome on(const wire::Interested&, Time now);
  Outcome on(const wire::NotInterested&, Time now);
  Outcome on(const wire::Have& have, Time now);
  Outcome on(const wire::BitfieldMessage& bitfield, Time now);
  Outcome on(const wire::HaveAll&, Time now);
  Outcome on(const wire::HaveNone&, Time now);
  Outcome on(const wire::Request& request, Time now);
  Outcome on(const wire::Cancel& cancel, Time now);
  Outcome on(const wire::Reject& reject, Time now);
  Outcome on(const wire::Piece& piece, Time now);
  Outcome on(const wire::Port&, Time) { return {}; }
  Outcome on(const wire::Suggest&, Time) { return {}; }
  Outcome on(const wire::AllowedFast&, Time) { return {}; }
  Outcome on(const wire::Extended& extended, Time now);
  Outcome on(const wire::HashRequest& request, Time now);
  Outcome on(const wire::Hashes& hashes, Time now);
  Outcome on(const wire::HashReject& reject, Time now);
  Outcome on(const wire::Unknown&, Time) { return {}; }

  Outcome on_extended_handshake(BytesView payload, Time now);
  Outcome on_metadata(BytesView payload);
  Outcome on_pex(BytesView payload, Time now);
  Outcome on_dont_have(BytesView payload);
  bool shows(PieceIndex piece);
  void take_back(PieceIndex piece);
  void take_back_askable(PieceIndex piece);
  [[nodiscard]] bool gives(PieceIndex piece) const;
  [[nodiscard]] std::vector<PieceIndex> given_as(PieceIndex piece) const;
  [[nodiscard]] std::optional<BlockRef> wanted_block(std::uint32_t piece, std::uint32_t begin,
                                                     std::size_t length) const;
  Outcome first_pieces(Bitfield pieces, Time now);
  void send(const wire::Message& message) { wire::encode(message, outbox_); }
  Outcome reply(const wire::Message& message);
  void refuse_all();
  Outcome refuse_hashes(const merkle::HashRequest& request);
  [[nodiscard]] Outcome reads_what_it_asks_for();
  void say_hello();
  void ask_for_layers(Time now);
  void ask_for_leaves(Time now);
  [[nodiscard]] bool can_ask(Time now) const;
  std::size_t ask(std::size_t blocks, Time now);
  void update_interest();
  void set_interest(bool wanted);
  bool forget_request(BlockRef block);
  void take_requests_back();
  [[nodiscard]] wire::BlockRange range_of(BlockRef block) const;

  Setup setup_;
  Content& content_;
  Download* download_;
  Surroundings& surroundings_;

  Bytes outbox_;
  std::size_t replies_ = 0;  // bytes in it that the peer asked for
  Bytes haves_;              // encoded; not in the outbox yet
  UploadQueue uploads_;
  std::vector<Received> received_;
  std::vector<merkle::HashRequest> leaf_requests_;
  std::size_t leaf_answers_due_ = 0;

  wire::ExtendedHandshake extensions_;
  bool said_hello_ = false;  // its extension handshake has come
  Time next_pex_at_{};       // what comes before is ignored
  PeerExchange exchange_;
  Bitfield pieces_;                  // that may be asked of it
  Bitfield askable_;                 // see askable(); where there are equals
  std::vector<PieceIndex> doubted_;  // that it has as well
  Time doubted_at_{};
  std::size_t taken_back_ = 0;  // by the peer, of what it said it has
  bool misled_ = false;
  Bitfield sent_whole_;  // of our pieces, to this peer; empty before the first
  std::deque<PieceIndex> last_sent_whole_;
  bool told_pieces_ = false;      // bitfield, have all or have none has come
  bool counted_as_seed_ = false;  // the picker counts it among the complete peers
  bool chokes_us_ = true;
  bool we_choke_;
  bool we_are_interested_ = false;

  RequestPacer pacer_;
  std::deque<BlockRef> asked_;    // in the order of asking; answers mostly come in it too
  std::vector<BlockRef> picked_;  // scratch
  std::uint64_t blocks_received_ = 0;
  std::size_t late_blocks_allowed_ = 0;  // answers to cancelled requests that may still come
  std::uint32_t rejects_in_a_row_ = 0;
  Time ask_again_at_{};
  Time last_received_;
  Time last_sent_;
};

}  // namespace shoal::torrent
