#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hash/sha256.hpp"
#include "support/sample_file.hpp"
#include "support/sample_folder.hpp"
#include "torrent/torrent.hpp"

namespace shoal::test {

/// A Torrent on virtual time whose peers, disk and owner the test plays. Messages pass through
/// their bytes, both ways. What the torrent wants done is kept here until the test does it.
class DrivenTorrent {
 public:
  using Key = torrent::ConnectionKey;
  using Role = torrent::Torrent::Role;

  struct Options {
    std::size_t max_connections = 500;
    std::size_t upload_slots = 0;               // 0 = everybody is served
    std::shared_ptr<torrent::Budget> budget{};  // of a process that has others too
  };

  static DrivenTorrent of_seeder(const SampleFile& file, Options options) {
    return DrivenTorrent(file, file.whole(), Role::seed, options);
  }
  static DrivenTorrent of_seeder(const SampleFile& file) { return of_seeder(file, Options{}); }
  /// One that has the layer and nothing on its disk.
  static DrivenTorrent of_leecher(const SampleFile& file, Options options) {
    DrivenTorrent driven(file, file.with({}), Role::fetch, options);
    driven.logic.start();
    driven.disk_holds({});
    driven.checks = 0;
    return driven;
  }
  static DrivenTorrent of_leecher(const SampleFile& file) { return of_leecher(file, Options{}); }

  DrivenTorrent(const SampleFile& file, torrent::Content content, Role role, Options options)
      : DrivenTorrent(std::move(content), role, options) {
    block_ = [&file](BlockRef block) { return file.block(block); };
    tree_of_ = [&file](PieceIndex piece) { return file.tree_of(piece); };
  }
  DrivenTorrent(const SampleFolder& folder, torrent::Content content, Role role, Options options)
      : DrivenTorrent(std::move(content), role, options) {
    block_ = [&folder](BlockRef block) {
      return folder.file_of(block.piece).block({folder.in_file(block.piece), block.block});
    };
    tree_of_ = [&folder](PieceIndex piece) {
      return folder.file_of(piece).tree_of(folder.in_file(piece));
    };
  }

 private:
  DrivenTorrent(torrent::Content content, Role role, const Options& options)
      : budget_(options.budget ? options.budget
                               : std::make_shared<torrent::Budget>(options.max_connections,
                                                                   options.upload_slots)),
        torrent_(
            std::make_unique<torrent::Torrent>(kId, std::move(content), role, *budget_, kSelf, 1)),
        logic(*torrent_) {}

 public:
  // ---- what happens
  /// Somebody connects from there; its key, if it is let in.
  std::optional<Key> comes(const std::string& from) {
    const auto key = logic.on_incoming(*Endpoint::parse(from), now);
    settle();
    return key;
  }
  /// The same, and its handshake is done. Every peer has an id of its own unless the test gives
  /// one.
  Key joins(const std::string& from, std::optional<PeerId> id = std::nullopt) {
    const auto key = comes(from);
    if (!key) throw std::logic_error(from + " is not let in");
    greets(*key, id);
    return *key;
  }
  /// Both handshakes are done; whether it may stay.
  bool greets(Key key, std::optional<PeerId> id = std::nullopt) {
    const wire::Handshake theirs{.info_hash = truncated(logic.content().info_hash()),
                                 .peer_id = id.value_or(peer_id(++last_id_))};
    const bool stays = logic.on_opened(key, theirs, now);
    settle();
    return stays;
  }
  /// The peer says this.
  void says(Key key, const wire::Message& message) {
    Bytes bytes;
    wire::encode(message, bytes);
    auto& incoming = incoming_[key];
    const MutableBytes room = incoming.room(bytes.size());
    if (room.size() < bytes.size()) throw std::logic_error("no room for a frame");
    std::ranges::copy(bytes, room.begin());
    incoming.received(bytes.size());
    logic.on_bytes(key, incoming, now);
    settle();
  }
  /// The peer sends these frames at once; what is left of them is decoded by goes_on().
  torrent::Torrent::Read sends(Key key, BytesView frames) {
    auto& incoming = incoming_[key];
    const MutableBytes room = incoming.room(frames.size());
    std::ranges::copy(frames, room.begin());
    incoming.received(frames.size());
    return goes_on(key);
  }
  torrent::Torrent::Read goes_on(Key key) {
    auto read = takes_a_turn(key);
    while (read.more && !read.behind) read = takes_a_turn(key);
    return read;
  }
  /// What the peer has sent and nobody has decoded.
  [[nodiscard]] torrent::ReceiveBuffer& incoming(Key key) { return incoming_[key]; }
  torrent::Torrent::Read takes_a_turn(Key key) {
    const auto read = logic.on_bytes(key, incoming_[key], now);
    settle();
    return read;
  }
  void sends_block(Key key, BlockRef block, bool right = true) {
    const BytesView there = block_(block);
    Bytes data(there.begin(), there.end());
    if (!right) data.back() ^= std::byte{1};
    says(key, wire::Piece{value(block.piece), block.block * kBlockLength, data});
  }
  /// The socket is empty.
  void drains(Key key) {
    logic.on_drained(key);
    settle();
  }
  /// The connection is gone.
  void leaves(Key key) {
    incoming_.erase(key);
    logic.on_closed(key, now);
    settle();
  }
  /// The disk has been looked at, as far as that can be proven, and holds these pieces.
  void disk_holds(const std::vector<std::uint32_t>& pieces) {
    logic.on_check_begins();
    while (const auto file = logic.next_to_check()) {
      for (std::uint32_t i = 0; i < file->geometry.pieces(); ++i) {
        const PieceIndex piece = file->in_torrent(PieceIndex{i});
        logic.on_checked(piece, std::ranges::find(pieces, value(piece)) != pieces.end(), now);
      }
    }
    logic.on_check_done(now);
    settle();
  }
  /// The disk takes everything that waits for it.
  void disk_stores() {
    while (!stores.empty()) {
      torrent::BatchPtr batch = std::move(stores.front());
      stores.pop_front();
      for (const auto& [block, data] : batch->blocks) batch->leaves.push_back(sha256(data));
      logic.on_stored(std::move(batch), {}, now);
      settle();
    }
  }
  /// The pieces are hashed whose leaves peers wait for.
  void hashes_leaves() {
    for (std::size_t i = 0; i < leaf_jobs.size(); ++i) {
      logic.on_leaves(leaf_jobs[i], tree_of_(leaf_jobs[i]), now);
      settle();
    }
    leaf_jobs.clear();
  }
  /// Time passes; everything that is due happens when it is.
  void waits(Duration duration) {
    const Time end = now + duration;
    for (;;) {
      const auto next = logic.next_deadline(now);
      if (!next || *next > end) break;
      now = std::max(now, *next);
      logic.on_time(now);
      settle();
    }
    now = end;
  }

  // ---- what it does
  /// What is written to the peer now, messages and blocks.
  struct Written {
    std::vector<wire::Message> messages;
    std::vector<wire::BlockRange> blocks;
  };
  Written writes(Key key) {
    Written written;
    torrent::WriteBatch batch;
    while (logic.next_write(key, batch, now)) {
      settle();
      const Bytes& bytes = said_.emplace_back(batch.messages);
      for (BytesView rest = bytes; !rest.empty();) {
        auto step = wire::decode(rest, (logic.content().space().pieces() + 7) / 8);
        if (!step) throw std::logic_error("says what nobody can decode: " + step.error().message);
        const auto& decoded = std::get<wire::Decoded>(*step);
        written.messages.push_back(decoded.message);
        Bytes again;
        wire::encode(decoded.message, again);
        if (!std::ranges::equal(again, rest.first(decoded.used))) {
          throw std::logic_error("says what means something else after another round");
        }
        rest = rest.subspan(decoded.used);
      }
      written.blocks.insert(written.blocks.end(), batch.blocks.begin(), batch.blocks.end());
      logic.on_written(key, batch, std::chrono::milliseconds(1), now);
      settle();
    }
    settle();
    return written;
  }
  template <class Kind>
  std::vector<Kind> writes_of(Key key) {
    std::vector<Kind> some;
    for (const wire::Message& message : writes(key).messages) {
      if (const auto* one = std::get_if<Kind>(&message)) some.push_back(*one);
    }
    return some;
  }
  std::vector<BlockRef> asks(Key key) {
    std::vector<BlockRef> blocks;
    for (const wire::Request& request : writes_of<wire::Request>(key)) {
      const auto& [piece, begin, length] = request.range;
      blocks.push_back(logic.content().space().block(piece, begin, length).value());
    }
    return blocks;
  }

  /// Why the peer was to be closed; empty when it was not.
  [[nodiscard]] std::string closed(Key key) const {
    const auto found = std::ranges::find(closes, key, &torrent::Actions::Close::peer);
    return found == closes.end() ? "" : found->reason;
  }
  [[nodiscard]] bool dials(const std::string& address) const {
    return std::ranges::any_of(
        dialled, [&](const auto& dial) { return dial.to == *Endpoint::parse(address); });
  }
  [[nodiscard]] Key dialled_at(const std::string& address) const {
    const auto found =
        std::ranges::find(dialled, *Endpoint::parse(address), &torrent::Actions::Dial::to);
    if (found == dialled.end()) throw std::logic_error(address + " is not dialled");
    return found->peer;
  }
  static PeerId peer_id(std::uint8_t number) {
    PeerId id{};
    id.bytes.fill(std::byte{number});
    return id;
  }

  /// Takes over what the torrent wants, and gives out turns and slots as its owner does.
  void settle() {
    torrent::Actions& actions = logic.actions();
    for (auto& batch : actions.stores) stores.push_back(std::move(batch));
    std::ranges::move(actions.closes, std::back_inserter(closes));
    std::ranges::copy(actions.dials, std::back_inserter(dialled));
    std::ranges::copy(actions.wakes, std::back_inserter(woken));
    checks += actions.check_disk;
    finishes += actions.finish;
    if (actions.failed) failed = actions.failed;
    std::ranges::copy(actions.proofs, std::back_inserter(proofs));
    std::ranges::copy(actions.liars, std::back_inserter(liars));
    const bool finished = actions.finish;
    actions.clear();
    if (finished) logic.on_finished();
    for (const auto& [swarm, key] : std::exchange(budget_->to_leave, {})) logic.make_room(key);
    if (const auto job = budget_->leaves.next()) leaf_jobs.push_back(job->piece);
    if (!actions.empty()) settle();
  }
  [[nodiscard]] torrent::Budget& budget() { return *budget_; }

  std::deque<torrent::BatchPtr> stores;
  std::vector<torrent::Actions::Close> closes;
  std::vector<torrent::Actions::Dial> dialled;
  std::vector<PieceIndex> leaf_jobs;
  std::vector<Key> woken;
  std::vector<PieceIndex> proofs;
  std::vector<Endpoint> liars;
  int checks = 0;
  int finishes = 0;
  std::optional<Error> failed;
  Time now{std::chrono::hours(1)};

 private:
  static constexpr torrent::SwarmKey kId{1};
  static inline const torrent::SelfInfo kSelf{.peer_id = peer_id(255), .listen_port = 7000};

  std::function<BytesView(BlockRef)> block_;
  std::function<merkle::LayerTree(PieceIndex)> tree_of_;
  std::shared_ptr<torrent::Budget> budget_;
  std::map<Key, torrent::ReceiveBuffer> incoming_;
  std::deque<Bytes> said_;
  std::uint8_t last_id_ = 0;
  std::unique_ptr<torrent::Torrent> torrent_;

 public:
  torrent::Torrent& logic;
};

}  // namespace shoal::test
