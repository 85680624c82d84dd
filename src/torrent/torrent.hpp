#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "base/clock.hpp"
#include "torrent/actions.hpp"
#include "torrent/budget.hpp"
#include "torrent/connection_key.hpp"
#include "torrent/content/content.hpp"
#include "torrent/download/download.hpp"
#include "torrent/download/time_account.hpp"
#include "torrent/peer/have_wait.hpp"
#include "torrent/peer/peer.hpp"
#include "torrent/peer/peer_protocol.hpp"
#include "torrent/peers/peer_directory.hpp"
#include "torrent/peers/reputation.hpp"
#include "torrent/upload/disk_doubts.hpp"
#include "torrent/upload/revealer.hpp"
#include "wire/handshake.hpp"

namespace shoal::torrent {

/// How this process introduces itself to peers.
struct SelfInfo {
  PeerId peer_id;
  std::uint16_t listen_port = 0;
};

/// One torrent and its peers: whom to dial, to let in, to serve, to ban; what to ask of whom; which
/// pieces are proven and who hears of it; when the file is whole. Pure: what happened and the time
/// go in, by one call each; what is to be done comes out as Actions, which are taken after each
/// call. A session carries them out with sockets and disks, a test or a simulator without.
///
/// A peer lives from on_incoming() or Actions::dials until on_closed(), which comes exactly once
/// for each, after Actions::closes or by itself. Calls that name a peer which is not there (any
/// more) do nothing. One thread.
class Torrent final : private PeerProtocol::Surroundings {
 public:
  /// Whole from the start, and so a seeder that shows its pieces one by one (BEP 16); or to be
  /// fetched.
  enum class Role : std::uint8_t { seed, fetch };

  /// `budget` outlives this. `content` is complete and has its layers when the role is `seed`.
  Torrent(SwarmKey id, Content content, Role role, Budget& budget, const SelfInfo& self,
          std::uint64_t seed);
  ~Torrent() override;

  // ---- life
  /// Begins. Once, before all else below, when there is something to fetch.
  void start();
  /// Addresses to try, while there is something to fetch.
  void add_peers(std::span<const Endpoint> peers, Time now);
  /// The file is not what it was, or cannot be read or written: Actions::failed, and the end.
  void give_up(const Error& reason);
  /// Closes every connection. Blocks that have come are still to be stored.
  void close();
  /// We were stopped for a while: everybody gets a fresh start.
  void resumed(Time now);
  /// This machine is somewhere else in the network now: nobody's failures count any more.
  void addresses_changed(Time now);
  /// Nothing happens before next_deadline(), as far as time alone makes it happen.
  void on_time(Time now);
  [[nodiscard]] std::optional<Time> next_deadline(Time now) const;
  [[nodiscard]] Actions& actions() { return actions_; }

  // ---- connections
  /// Somebody has connected and named this torrent in its handshake. Nothing when it is not let in;
  /// otherwise its key. Both handshakes are done when ours is written: on_opened().
  [[nodiscard]] std::optional<ConnectionKey> on_incoming(const Endpoint& remote, Time now);
  /// Both handshakes are done. False when the peer is ourselves, or is here already, or the
  /// connection is closing: then it is to be closed, if it is not yet.
  bool on_opened(ConnectionKey key, const wire::Handshake& theirs, Time now);
  /// Its socket is being closed by itself: it is not in anybody's way any more.
  void on_closing(ConnectionKey key);
  /// `why` is heeded when the handshakes were never done.
  void on_closed(ConnectionKey key, Time now, PeerTrouble why = PeerTrouble::no_handshake);
  [[nodiscard]] wire::Handshake our_handshake() const;

  // ---- bytes that come
  struct Read {
    std::size_t frame = wire::kLengthPrefix;  ///< bytes, for ReceiveBuffer::room()
    bool talk = false;                        ///< there is something to write
    bool blocks = false;                      ///< of the file have come
    bool behind = false;                      ///< the peer has to read: may_hear()
    std::size_t messages = 0;                 ///< that were no blocks
    bool more = false;  ///< whole frames may be left: on_bytes() again, after others' turn
  };
  /// Handles all whole frames in `incoming`, or as many until the peer is behind, or has had its
  /// turn. Then it is called again, with what is left of them, once may_hear() is true and others
  /// had theirs.
  Read on_bytes(ConnectionKey key, ReceiveBuffer& incoming, Time now);
  /// False while so much of what the peer has asked for waits to be written that it is to read
  /// first.
  [[nodiscard]] bool may_hear(ConnectionKey key) const;
  /// The same for one message, by whoever has frames of its own. What a wire::Piece points into
  /// stays valid until its batch is stored.
  void on_message(ConnectionKey key, const wire::Message& message, Time now);
  /// The socket has no more for now.
  void on_drained(ConnectionKey key);
  /// False while too much waits for the disk; Actions::readable tells when that is over.
  [[nodiscard]] bool may_receive() const { return unstored_ <= kMostUnstored; }
  void on_stored(BatchPtr batch, const Result<void>& written, Time now);
  /// Budget::leaves has had that piece hashed, which has these leaves; nothing: it cannot be.
  void on_leaves(PieceIndex piece, std::optional<merkle::LayerTree> leaves, Time now);

  // ---- bytes that go
  /// What to write to the peer now; false when that is nothing: Actions::wakes tells of more.
  bool next_write(ConnectionKey key, WriteBatch& out, Time now);
  /// The system has taken all of it.
  void on_written(ConnectionKey key, const WriteBatch& batch, Duration took, Time now);
  /// Bytes that the peer's unsent data may hold in the system (TCP_NOTSENT_LOWAT).
  [[nodiscard]] std::size_t unsent_limit(ConnectionKey key) const;

  // ---- the disk of a file that is fetched
  /// Actions::check_disk is under way for the first time: the file that blocks go to is chosen.
  void on_check_begins();
  /// The next file whose pieces can be proven and were not looked at; nothing while there is none.
  [[nodiscard]] std::optional<FileOfPieces> next_to_check();
  /// The disk holds this piece as it should be, or does not; each once. What is missing can be
  /// fetched meanwhile: ask_for_more().
  void on_checked(PieceIndex piece, bool here, Time now);
  /// Everything has been looked at that can be proven so far.
  void on_check_done(Time now);
  void ask_for_more(Time now);
  /// Others may have changed what is on the disk: it is to be proven again, piece by piece.
  void doubt_disk();
  void doubt_file(FileIndex file);
  [[nodiscard]] bool doubts_disk() const { return download_ != nullptr && download_->doubts(); }
  /// The next piece to prove again; not in doubt any more.
  [[nodiscard]] std::optional<PieceIndex> take_doubt();
  /// It is not what it was: it is fetched again.
  void take_back(PieceIndex piece);
  /// A file of the folder that was not fetched is here: a copy of an equal one.
  void on_copied(FileIndex file, Time now);
  /// The file has its final name (Actions::finish), with every piece proven: it is served only.
  void on_finished();
  /// What holds the download back may be something else from now on. Called by itself after what
  /// comes in; by the owner before on_finished().
  void look_what_holds(Time now);

  // ---- the disk of a file that is whole
  /// What peers were sent of that piece may be wrong: Actions::proofs, soon.
  void doubt_piece(PieceIndex piece, Time now) { doubts_.add(piece, now); }
  /// Actions::proofs: the piece has been read, whatever came of it.
  void on_proof_done() {
    if (std::exchange(proves_a_piece_, false)) budget_.proves_a_piece = false;
  }
  /// The disk does not hold it any more as it was: it is not offered, the others are.
  void lose(PieceIndex piece, Time now);

  // ---- the budget
  /// Somebody else needs the place of that connection (Budget::to_leave).
  void make_room(ConnectionKey key);
  /// It is this peer's turn to move so many bytes; how many it does.
  std::uint64_t on_upload_turn(ConnectionKey key, std::uint64_t bytes, Time now);
  std::uint64_t on_download_turn(ConnectionKey key, std::uint64_t bytes, Time now);
  /// The number of upload slots has changed, or who has one.
  void on_slots_changed(Time now);

  // ---- how it stands
  [[nodiscard]] SwarmKey id() const { return id_; }
  [[nodiscard]] const Content& content() const { return content_; }
  [[nodiscard]] const Download* download() const { return download_.get(); }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool fetches() const { return download_ != nullptr; }
  [[nodiscard]] std::size_t peers() const { return opened_; }  ///< connected
  /// Calls `visit` with each peer that is connected, for who looks on.
  template <class Visit>
  void visit_peers(Visit&& visit) const {
    for (const auto& [key, peer] : peers_)
      if (peer->has_protocol()) visit(std::as_const(*peer));
  }
  [[nodiscard]] bool held_back() const;  ///< our own limit keeps us from asking
  [[nodiscard]] std::uint64_t fetched() const { return fetched_; }  ///< bytes proven, from peers
  [[nodiscard]] std::uint64_t arrived() const { return arrived_; }  ///< bytes, proven or not
  [[nodiscard]] std::uint64_t sent() const { return sent_; }        ///< bytes of blocks
  [[nodiscard]] std::size_t liars() const { return liars_; }        ///< ended for that
  [[nodiscard]] KnownPeers known_peers() const { return directory_.known(); }
  /// Where the time has gone since the first call to add_peers(), while there was something to
  /// fetch.
  [[nodiscard]] HeldTimes held_by(Time now) const;
  /// How many pieces are missing, when nothing else is, nobody is left to ask for them, and what
  /// was sent of them was wrong. 0 while there is hope.
  [[nodiscard]] std::size_t unprovable() const;
  /// Of a seeder: every piece is with somebody else too.
  [[nodiscard]] bool all_is_out() const { return revealer_ && revealer_->open(); }

 private:
  // Bytes in memory that wait for the disk, all connections together: enough to keep the workers
  // busy. A slow disk is waited for in the system's own cache.
  static constexpr std::size_t kMostUnstored = 4uz << 20;

  // PeerProtocol::Surroundings
  void cancel_elsewhere(ConnectionKey other, BlockRef block) override;
  void layers_proven() override;
  void listens_at(ConnectionKey peer, const Endpoint& endpoint, Time now) override;
  void learned(ConnectionKey from, const wire::Pex& pex) override;
  void announced(ConnectionKey peer, PieceIndex piece, Time now) override;
  void announced(ConnectionKey peer, const Bitfield& pieces, Time now) override;
  void requested(ConnectionKey peer, PieceIndex piece, Time now) override;
  void interested(ConnectionKey peer, bool wants, Time now) override;
  void asks_us(ConnectionKey peer) override { budget_.slots.asks(peer); }
  bool may_ask(ConnectionKey peer) override;
  void convicted(PieceIndex piece, std::span<const Sender> liars, Time now) override;
  void asked_twice(PieceIndex piece, Time now) override { doubt_piece(piece, now); }
  void not_coming(std::size_t blocks) override;

  // torrent.cpp
  [[nodiscard]] Peer* find(ConnectionKey key);
  [[nodiscard]] const Peer* find(ConnectionKey key) const;
  /// The peer, when its handshakes are done.
  [[nodiscard]] Peer* find_open(ConnectionKey key);
  Peer& new_peer(const Endpoint& remote, bool dialled, Time now);
  void wake(Peer& peer);
  void wake_if_it_writes(Peer& peer);
  void close_peer(Peer& peer, std::string reason, bool at_fault = false);
  void shut_out(Peer& peer, const Error& how, Time now);
  void after_reading(Peer& peer, Time now);
  void hand_over(Peer& peer);
  void start_leaf_requests(Peer& peer, Time now);
  void look_at(Peer& peer, Time now);

  // torrent_peers.cpp: who may be here
  void dial_peers(Time now);
  [[nodiscard]] bool is_welcome(Peer& peer, const PeerId& id, Time now);
  void look_where_it_listens(Peer& peer, Time now);
  [[nodiscard]] bool listens_somebody_at(const Endpoint& endpoint) const;
  void exchange_peers(Time now);

  // torrent_faults.cpp: wrong data, theirs and ours
  void misbehaved(Peer& peer, const Error& how, Time now);
  void punish(const Sender& liar, PieceIndex piece, Time now);
  void punish_afterwards(const Sender& liar, Time now);
  void lied(const Sender& liar, Time now);
  void tell_of(const Sender& liar);
  [[nodiscard]] bool is_only_source(const PeerProtocol* peer) const;
  [[nodiscard]] bool somebody_may_show(PieceIndex piece) const;
  void ask_again_for_doubted(Time now);
  void look_at_doubts(Time now);

  // torrent_download.cpp
  void judged(const Sender& from);
  void stored(const Sender& from, BlockRef block, const Digest& leaf, Time now);
  void announce(PieceIndex piece, Time now);
  void begin_check();
  void tell_haves();

  // torrent_upload.cpp
  [[nodiscard]] bool shows_bit_by_bit(ConnectionKey peer, Time now);
  void reveal_more(Time now);
  [[nodiscard]] std::size_t blocks_a_write(const Peer& peer) const;
  void set_being_written(Peer& peer, std::size_t bytes);

  const SwarmKey id_;
  Content content_;
  Budget& budget_;
  const SelfInfo self_;
  Actions actions_;
  bool closed_ = false;

  std::map<ConnectionKey, std::unique_ptr<Peer>> peers_;
  std::size_t opened_ = 0;   // of these, with both handshakes
  std::size_t dialled_ = 0;  // of these, made by us or being made
  PeerDirectory directory_;
  std::size_t liars_ = 0;
  std::set<Endpoint> told_of_;  // who sent wrong data; bounded
  Reputation reputation_;
  DiskDoubts doubts_;
  bool proves_a_piece_ = false;  // is what Budget::proves_a_piece is for

  TimeAccount account_;
  bool checks_ = false;                 // what the disk held is looked at
  std::optional<Time> looked_through_;  // all peers, for the account
  std::unique_ptr<Download> download_;  // null when there is nothing to fetch (any more)
  BatchPool batches_;
  std::size_t unstored_ = 0;  // bytes received that are not on disk yet
  HaveWait have_wait_;
  std::optional<Time> haves_due_;  // while haves wait for company
  std::uint64_t fetched_ = 0;
  std::uint64_t arrived_ = 0;

  std::optional<Revealer> revealer_;       // of a single file that was here whole from the start
  std::vector<Revealer::Reveal> reveals_;  // scratch
  std::uint64_t sent_ = 0;
  std::optional<Time> looked_at_;  // everybody, for what time alone makes happen
};

}  // namespace shoal::torrent
