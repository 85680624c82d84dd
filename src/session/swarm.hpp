#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "net/stream.hpp"
#include "net/timer.hpp"
#include "net/wakeup.hpp"
#include "session/disk.hpp"
#include "session/environment.hpp"
#include "session/peer_connection.hpp"
#include "storage/file.hpp"
#include "storage/part_file.hpp"
#include "storage/witness.hpp"
#include "torrent/content/content.hpp"
#include "torrent/torrent.hpp"

namespace shoal::session {

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
  /// One of a folder's files is not what it was: it is not offered any more; the others are.
  std::function<void(const std::optional<Error>& told)> on_lost_file;
  /// What the disk has of that piece is not what it was, though the file seems untouched. It is not
  /// offered any more; the others are.
  std::function<void(PieceIndex, const std::optional<Error>& unreadable)> on_rotten;
};

/// One file or folder, with its sockets, its disk and its clock: carries out what a
/// torrent::Torrent decides, and tells it what came of it. Made of a Disk that has all of it, it
/// serves; of a PartDisk it fetches, serves what it has proven meanwhile, and goes on serving.
class Swarm : public std::enable_shared_from_this<Swarm> {
 public:
  /// A file that is here whole. `content` is complete and has its layers.
  Swarm(std::shared_ptr<Environment> environment, torrent::Content content, storage::File file,
        SwarmEvents events);
  Swarm(std::shared_ptr<Environment> environment, torrent::Content&& content,
        std::unique_ptr<Disk> whole, SwarmEvents events);
  /// A file to fetch.
  Swarm(std::shared_ptr<Environment> environment, torrent::Content content, storage::PartFile part,
        SwarmEvents events);
  Swarm(std::shared_ptr<Environment> environment, torrent::Content&& content,
        std::unique_ptr<PartDisk> part, SwarmEvents events);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  /// Once, before anything else below: begins to look at what the disk held before.
  void start();
  /// Takes over an accepted connection.
  void adopt(net::Stream stream, const wire::Handshake& theirs);
  /// Addresses to try, while there is something to fetch.
  void add_peers(std::span<const Endpoint> peers);
  /// This machine's addresses are others now, and these have gone: nothing comes over connections
  /// from there any more, not even their end.
  void addresses_changed(std::span<const IpAddress> gone);
  /// We were stopped for a while: everybody gets a fresh start.
  void resumed(Time now);
  /// Chokes and unchokes, after the number of slots has changed.
  void slots_changed(Time now);
  void set_events(SwarmEvents events) { events_ = std::move(events); }
  /// Closes every connection; nothing is told to the owner any more. A .part in which nothing was
  /// proven goes, if we made it.
  void close();
  /// A file is being filled, which other programs may touch.
  [[nodiscard]] bool fills() const { return torrent_.fetches(); }
  /// Looks whether they have, and proves again what is in doubt, beside all else. Gives up when the
  /// file is gone. Once a second.
  static asio::awaitable<void> look_at_part(std::shared_ptr<Swarm> self);
  /// What a single file was when it was proven; nothing is told when it changes before this is
  /// known.
  void set_witness(storage::Witness witness) { witness_ = std::move(witness); }
  [[nodiscard]] const std::optional<storage::Witness>& witness() const { return witness_; }
  /// A file that has a witness is of that version now, and may be what it was or not: reads it from
  /// end to end, beside all else, and gives up when it is not.
  static asio::awaitable<void> prove_again(std::shared_ptr<Swarm> self, storage::FileVersion now);
  /// The file is not what it was, or cannot be read or written: on_failed, and the end.
  void give_up(const Error& reason);
  /// One of a folder's is not what it was: it is not offered any more, the others are. `told`: why,
  /// where people are to hear of it.
  void lose_file(FileIndex file, const std::optional<Error>& told);

  /// How it stands, in all that this does not say itself.
  [[nodiscard]] const torrent::Torrent& torrent() const { return torrent_; }
  [[nodiscard]] const torrent::Content& content() const { return torrent_.content(); }
  [[nodiscard]] std::filesystem::path path() const { return disk_->path(); }
  [[nodiscard]] Disk& disk() { return *disk_; }

  // ---- for the limits
  void make_room(torrent::ConnectionKey connection, Time now);
  static asio::awaitable<void> hash_leaves(std::shared_ptr<Swarm> self, PieceIndex piece);
  std::uint64_t on_upload_turn(const torrent::RateLimiter::Turn& turn, Time now);
  std::uint64_t on_download_turn(const torrent::RateLimiter::Turn& turn, Time now);

  // ---- for PeerConnection; what its peer says goes to the Torrent, what it is to do comes back
  [[nodiscard]] wire::Handshake our_handshake() const { return torrent_.our_handshake(); }
  [[nodiscard]] bool opened(torrent::ConnectionKey peer, const wire::Handshake& theirs);
  torrent::Torrent::Read received(torrent::ConnectionKey peer, torrent::ReceiveBuffer& incoming);
  void drained(torrent::ConnectionKey peer);
  [[nodiscard]] bool next_write(torrent::ConnectionKey peer, torrent::WriteBatch& out);
  void written(torrent::ConnectionKey peer, const torrent::WriteBatch& batch, Duration took);
  [[nodiscard]] std::size_t unsent_limit(torrent::ConnectionKey peer) const {
    return torrent_.unsent_limit(peer);
  }
  [[nodiscard]] bool may_hear(torrent::ConnectionKey peer) const { return torrent_.may_hear(peer); }
  void closing(torrent::ConnectionKey peer) {
    torrent_.on_closing(peer);
    room_.notify_all();  // it waits no longer for that
  }
  void closed(const PeerConnection& connection, const std::string& reason);
  [[nodiscard]] bool may_receive() const { return torrent_.may_receive(); }
  /// Returns when so little waits to be written that more may be received.
  /// Until there is, or `not_any_more`, which the caller's close() sets.
  asio::awaitable<void> room_to_store(const bool& not_any_more);
  /// Fills `out` from a file. Throws std::system_error when it is not what it was.
  asio::awaitable<void> read(const FileOfPieces& where, std::uint64_t offset, MutableBytes out);
  /// A system call could not read what it was to send: finds out why, and what that costs.
  asio::awaitable<void> lost_the_file(std::vector<wire::BlockRange> blocks);
  /// Null when a worker has to be asked.
  [[nodiscard]] Disk::FilePtr opened(FileIndex file) const { return disk_->opened(file); }
  [[nodiscard]] const std::shared_ptr<torrent::ChunkPool>& chunks() const {
    return environment_->chunks;
  }

 private:
  using ConnectionPtr = std::shared_ptr<PeerConnection>;

  // swarm.cpp: what the torrent wants done
  /// After each call to the torrent.
  void settle(Time now);
  void carry_out(torrent::Actions& actions);
  [[nodiscard]] ConnectionPtr new_connection(torrent::ConnectionKey key, net::Stream stream);
  void dial(const torrent::Actions::Dial& dial);
  void close_connection(const torrent::Actions::Close& close);
  void tell_of_liar(const Endpoint& liar);
  void set_timer(Time now);
  void on_timer();
  void tell_standing() const;
  /// The torrent has ended: nobody waits any more, and what it leaves on the disk.
  void clear_away();

  // swarm_disk.cpp
  static asio::awaitable<void> store(std::shared_ptr<Swarm> self, torrent::BatchPtr batch);
  static asio::awaitable<void> check_disk(std::shared_ptr<Swarm> self);
  asio::awaitable<bool> check_file(FileOfPieces where);
  void miss_file(const FileOfPieces& where);
  [[nodiscard]] bool more_may_be_in_the_way() const;
  [[nodiscard]] bool ends_for_conflicts(Time now);
  /// What some pieces, from `first` on, are on the disk (nothing: it cannot be read).
  void judge(PieceIndex first, std::span<const std::optional<Digest>> on_disk);
  /// Blocking: what the piece folds to there.
  [[nodiscard]] Result<Digest> hash_piece(PieceIndex piece);
  asio::awaitable<std::optional<merkle::LayerTree>> proven_leaves(PieceIndex piece);
  static asio::awaitable<void> prove_from_disk(std::shared_ptr<Swarm> self, PieceIndex piece);
  asio::awaitable<void> rotten(PieceIndex piece, std::optional<Error> unreadable);
  asio::awaitable<void> cannot_read(PieceIndex piece, Error why);
  void doubt_part();

  // swarm_candidate.cpp
  /// Goes on from a file that another version or program has begun, if it proves to be of this one.
  /// False when that was the end.
  static asio::awaitable<bool> settle_candidate(std::shared_ptr<Swarm> self);

  // swarm_part.cpp
  static asio::awaitable<void> prove_what_is_in_doubt(std::shared_ptr<Swarm> self);
  static asio::awaitable<void> finish_download(std::shared_ptr<Swarm> self);
  void fail_for(std::span<const std::string> conflicts);
  void finished(std::optional<storage::Witness> witness);

  const std::shared_ptr<Environment> environment_;  // which jobs outlive the owner with
  torrent::Torrent torrent_;
  torrent::Actions actions_;  // being carried out
  bool carrying_out_ = false;
  net::Timer timer_;              // for what time alone makes happen
  std::optional<Time> timer_at_;  // while it runs
  std::map<torrent::ConnectionKey, ConnectionPtr> connections_;
  net::Wakeup room_;  // to store what is received
  SwarmEvents events_;

  const std::unique_ptr<Disk> disk_;
  PartDisk* const part_;  // the same, where there is something to fill; else null
  std::optional<storage::Witness> witness_;
  int unreadable_ = 0;  // pieces that the disk cannot read

  bool checking_ = false;                     // what the disk held, of files whose layers are here
  std::uint64_t looked_at_ = 0;               // of that: bytes
  std::size_t conflicts_ = 0;                 // files found in the final place that are others
  std::optional<Time> no_more_conflicts_at_;  // that is the end, whatever else may be in the way
  bool settling_ = false;                     // a worker decides which file part_ fills
  bool looking_ = false;                      // at it, on a worker: one at a time
  net::Wakeup looked_;
  bool proving_ = false;    // again, while blocks come in
  Time proves_again_at_{};  // not before
  bool finishing_ = false;  // the last block is here
  int refusals_ = 0;        // to give it its name
};

}  // namespace shoal::session
