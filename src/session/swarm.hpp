#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "net/stream.hpp"
#include "net/wakeup.hpp"
#include "session/peer_connection.hpp"
#include "session/throttle.hpp"
#include "storage/file.hpp"
#include "storage/part_file.hpp"
#include "storage/part_watch.hpp"
#include "storage/witness.hpp"
#include "torrent/content/content.hpp"
#include "torrent/download/download.hpp"
#include "torrent/peer/chunk_pool.hpp"
#include "torrent/peer/have_wait.hpp"
#include "torrent/peer/peer_protocol.hpp"
#include "torrent/peers/crowd.hpp"
#include "torrent/peers/peer_directory.hpp"
#include "torrent/peers/reputation.hpp"
#include "torrent/upload/disk_doubts.hpp"
#include "torrent/upload/revealer.hpp"
#include "torrent/upload/upload_slots.hpp"

namespace shoal::session {

/// What all swarms of one process share. Outlives them; one thread.
struct Environment {
  asio::any_io_executor executor;
  asio::thread_pool& workers;
  net::TlsContextPtr tls{};  ///< of a closed swarm; null in an open one
  PeerId peer_id;
  std::uint16_t listen_port = 0;
  std::size_t max_connections = 500;
  std::size_t connections = 0;
  torrent::Crowd accepted{max_connections};
  torrent::UploadSlots slots{};
  std::mt19937_64 random{std::random_device{}()};
  std::uint64_t last_key = 0;
  bool proves_a_piece = false;  // that peers doubt (torrent::DiskDoubts): one at a time
  Throttle uploads{executor};
  Throttle downloads{executor};
  std::shared_ptr<torrent::ChunkPool> chunks = std::make_shared<torrent::ChunkPool>();
};

/// What a swarm tells its owner.
struct SwarmEvents {
  /// What the disk held before is being proven: so many bytes of so many.
  std::function<void(std::uint64_t bytes, std::uint64_t length)> on_checking;
  /// Something that people may want to know about the file on disk.
  std::function<void(const std::string&)> on_notice;
  /// So many bytes that were proven were changed on the disk by others, and are fetched again.
  std::function<void(std::uint64_t bytes)> on_changed;
  /// The file is whole and has its final name. Once.
  std::function<void()> on_complete;
  /// The file cannot be fetched, or not be served, any more. Once; the swarm has closed its
  /// connections.
  std::function<void(const Error&)> on_failed;
  /// That peer (host:port, or the host alone) sent wrong data. Once for each.
  std::function<void(const std::string& peer)> on_wrong_data;
  /// What the disk has of that piece is not what it was, though the file seems untouched. It is not
  /// offered any more; the others are.
  std::function<void(PieceIndex, const std::optional<Error>& unreadable)> on_rotten;
};

/// One file and the peers that exchange it with us. Made whole it serves; made from a PartFile it
/// fetches, serves what it has proven meanwhile, and goes on serving.
class Swarm : public std::enable_shared_from_this<Swarm>,
              public torrent::PeerProtocol::Surroundings {
 public:
  /// A file that is here whole. `content` is complete and has its layers.
  Swarm(Environment& environment, torrent::Content content, storage::File file, SwarmEvents events);
  /// A file to fetch.
  Swarm(Environment& environment, torrent::Content content, storage::PartFile part,
        SwarmEvents events);
  ~Swarm() override;

  /// Once, before anything else below: begins to look at what the disk held before.
  void start();
  /// Takes over an accepted connection.
  void adopt(net::Stream stream, const wire::Handshake& theirs);
  /// Addresses to try, while there is something to fetch.
  void add_peers(std::span<const Endpoint> peers);
  /// This machine's addresses are others now, and these have gone: nothing comes over connections
  /// from there any more, not even their end.
  void addresses_changed(std::span<const IpAddress> gone);
  void tick(Time now);
  /// We were stopped for a while: everybody gets a fresh start.
  void resumed(Time now);
  void set_events(SwarmEvents events) { events_ = std::move(events); }
  /// Closes every connection; nothing is told to the owner any more. A .part in which nothing was
  /// proven goes, if we made it.
  void close();
  /// A file is being filled, which other programs may touch.
  [[nodiscard]] bool fills() const { return download_ != nullptr; }
  /// Looks whether they have, and proves again what is in doubt, beside all else. Gives up when the
  /// file is gone. Once a second.
  static asio::awaitable<void> look_at_part(std::shared_ptr<Swarm> self);
  /// What the file was when it was proven; nothing is told when it changes before this is known.
  void set_witness(storage::Witness witness) { witness_ = std::move(witness); }
  [[nodiscard]] const std::optional<storage::Witness>& witness() const { return witness_; }
  /// A file that has a witness is of that version now, and may be what it was or not: reads it from
  /// end to end, beside all else, and gives up when it is not.
  static asio::awaitable<void> prove_again(std::shared_ptr<Swarm> self, storage::FileVersion now);
  /// The file is not what it was, or cannot be read or written: on_failed, and the end.
  void give_up(const Error& reason);

  [[nodiscard]] const torrent::Content& content() const { return content_; }
  [[nodiscard]] std::size_t peers() const;  ///< connected
  [[nodiscard]] KnownPeers known_peers() const { return directory_.known(); }
  [[nodiscard]] std::uint64_t fetched() const {
    return fetched_;
  }                                      ///< bytes proven that came from peers
  [[nodiscard]] bool held_back() const;  ///< our own limit keeps us from asking
  [[nodiscard]] std::uint64_t arrived() const { return arrived_; }  ///< bytes, proven or not
  [[nodiscard]] std::uint64_t sent() const { return sent_; }  ///< bytes of blocks, as asked for
  [[nodiscard]] std::size_t liars() const { return liars_; }  ///< connections ended for that
  [[nodiscard]] std::filesystem::path path() const;           ///< of a fetched file
  /// How many pieces are missing, when nothing else is, nobody is left to ask for them, and what
  /// was sent of them was wrong. 0 while there is hope.
  [[nodiscard]] std::size_t unprovable() const;

  // ---- for PeerConnection
  [[nodiscard]] torrent::Content& content() { return content_; }
  [[nodiscard]] torrent::Download* download() { return download_.get(); }
  [[nodiscard]] wire::Handshake our_handshake() const;
  [[nodiscard]] std::uint16_t listen_port() const { return environment_.listen_port; }
  /// False when that peer is ourselves, banned, or here already; the connection is closed then.
  bool welcome(PeerConnection& connection, const PeerId& peer, bool dialled);
  void misbehaved(PeerConnection& connection, const Error& how);
  void closed(PeerConnection& connection, const std::string& reason);
  /// Hashes and writes blocks on a worker; `memory` is what they point into.
  void store(const torrent::Sender& from, std::vector<torrent::PeerProtocol::Received> blocks,
             std::vector<torrent::ChunkPtr> memory);
  /// Returns when so little waits to be written that more may be received.
  asio::awaitable<void> room_to_store();
  [[nodiscard]] bool backlogged() const;
  /// Fills `out` from the file. Throws std::system_error when the file is not what it was.
  asio::awaitable<void> read(std::uint64_t offset, MutableBytes out);
  /// A system call could not read what it was to send: finds out why, and what that costs.
  asio::awaitable<void> lost_the_file(std::vector<wire::BlockRange> blocks);
  [[nodiscard]] const storage::File& file() const;
  asio::awaitable<std::optional<std::vector<Digest>>> leaves_for(merkle::HashRequest request);
  [[nodiscard]] torrent::SwarmKey key() const { return key_; }
  [[nodiscard]] Throttle& uploads() { return environment_.uploads; }
  [[nodiscard]] const std::shared_ptr<torrent::ChunkPool>& chunks() const {
    return environment_.chunks;
  }
  void uploaded(torrent::ConnectionKey to, std::span<const wire::BlockRange> blocks, Time now);
  /// The file was here whole from the start.
  [[nodiscard]] bool is_origin() const { return revealer_.has_value(); }
  [[nodiscard]] bool chokes_at_first() const { return environment_.slots.limited(); }
  /// Whether a new connection is shown our pieces one by one.
  [[nodiscard]] bool reveals_to(torrent::ConnectionKey peer);
  void reveal_more(Time now);
  /// Chokes and unchokes, where slots are limited.
  void serve_slots(Time now);
  /// The same, after the number of slots has changed.
  void slots_changed(Time now);

 private:
  using ConnectionPtr = std::shared_ptr<PeerConnection>;

  // PeerProtocol::Surroundings
  void cancel_elsewhere(torrent::ConnectionKey other, BlockRef block) override;
  void layers_proven() override;
  void listens_at(torrent::ConnectionKey peer, const Endpoint& endpoint, Time now) override;
  void learned(const wire::Pex& pex) override;
  void announced(torrent::ConnectionKey peer, PieceIndex piece, Time now) override;
  void announced(torrent::ConnectionKey peer, const Bitfield& pieces, Time now) override;
  void requested(torrent::ConnectionKey peer, PieceIndex piece, Time now) override;
  void interested(torrent::ConnectionKey peer, bool wants, Time now) override;
  void asks_us(torrent::ConnectionKey peer) override { environment_.slots.asks(peer); }
  bool may_ask(torrent::ConnectionKey peer) override;
  void convicted(PieceIndex piece, std::span<const torrent::Sender> liars, Time now) override;
  void asked_twice(PieceIndex piece, Time now) override { doubts_.add(piece, now); }
  void not_coming(std::size_t blocks) override;

  static asio::awaitable<void> store_batch(std::shared_ptr<Swarm> self, torrent::Sender from,
                                           std::vector<torrent::PeerProtocol::Received> blocks,
                                           std::vector<torrent::ChunkPtr> memory);
  void stored(const torrent::Sender& from, BlockRef block, const Digest& leaf);
  void announce(PieceIndex piece);
  void tell_haves();
  static asio::awaitable<void> check_disk(std::shared_ptr<Swarm> self);
  /// What some pieces, from `first` on, are on the disk (nothing: it cannot be read).
  void judge(std::uint64_t first, std::span<const std::optional<Digest>> on_disk);
  /// Goes on from a file that another version or program has begun, if it proves to be of this one.
  /// False when that was the end.
  static asio::awaitable<bool> settle_candidate(std::shared_ptr<Swarm> self);
  static asio::awaitable<void> prove_what_is_in_doubt(std::shared_ptr<Swarm> self);
  static asio::awaitable<void> finish_download(std::shared_ptr<Swarm> self);
  void take_back(PieceIndex piece);
  void finished(storage::Witness witness);
  void dial_peers(Time now);
  void punish(const torrent::Sender& liar, PieceIndex piece);
  void tell_of(const Endpoint& liar);
  [[nodiscard]] bool is_only_source(const torrent::PeerProtocol* peer) const;
  void ask_again_for_doubted(Time now);
  [[nodiscard]] bool somebody_may_show(PieceIndex piece) const;
  void look_at_doubts(Time now);
  static asio::awaitable<void> prove_from_disk(std::shared_ptr<Swarm> self, PieceIndex piece);
  asio::awaitable<void> rotten(PieceIndex piece, std::optional<Error> unreadable);
  void punish_afterwards(const torrent::Sender& liar);
  /// Closes a connection that was of no use for that long, if there is one among those in the way.
  bool make_room(Duration patience, Time now,
                 const std::function<bool(PeerConnection&)>& in_the_way);
  void exchange_peers(Time now);
  void everybody_asks(Time now);
  std::uint64_t ask_in_turn(torrent::ConnectionKey peer, std::uint64_t bytes, Time now);
  asio::awaitable<void> cannot_read(PieceIndex piece, Error why);
  void doubt_part();
  [[nodiscard]] ConnectionPtr new_connection(net::Stream stream);

  Environment& environment_;
  const torrent::SwarmKey key_{++environment_.last_key};
  torrent::Content content_;
  std::optional<storage::File> whole_;
  std::optional<storage::PartFile> part_;
  bool settling_ = false;                    // a worker decides which file part_ fills
  std::optional<storage::PartWatch> watch_;  // over part_
  bool looking_ = false;                     // at it, on a worker: one at a time
  net::Wakeup looked_;
  bool proving_ = false;    // again, while blocks come in
  Time proves_again_at_{};  // not before
  bool finishing_ = false;  // the last block is here
  int refusals_ = 0;        // to give it its name
  std::optional<storage::Witness> witness_;
  std::unique_ptr<torrent::Download> download_;  // null when there is nothing to fetch (any more)
  std::optional<torrent::Revealer> revealer_;    // of a file that was here whole from the start
  std::vector<torrent::Revealer::Reveal> reveals_;  // scratch
  SwarmEvents events_;

  std::map<torrent::ConnectionKey, ConnectionPtr> connections_;
  torrent::PeerDirectory directory_;
  std::size_t dialled_ = 0;     // connections that we made or are making
  std::set<Endpoint> told_of_;  // who sent wrong data; bounded
  torrent::Reputation reputation_;
  torrent::DiskDoubts doubts_;
  int unreadable_ = 0;  // pieces that the disk cannot read

  std::size_t backlog_ = 0;  // bytes received that are not on disk yet
  net::Wakeup backlog_shrank_;
  asio::steady_timer haves_timer_;  // runs while haves wait for company
  torrent::HaveWait have_wait_;
  bool haves_wait_ = false;
  std::uint64_t fetched_ = 0;
  std::uint64_t arrived_ = 0;
  std::uint64_t sent_ = 0;
  std::size_t liars_ = 0;
  bool closed_ = false;
};

}  // namespace shoal::session
