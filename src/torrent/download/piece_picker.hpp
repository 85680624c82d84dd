#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/bitfield.hpp"
#include "base/clock.hpp"
#include "metainfo/piece_space.hpp"
#include "torrent/connection_key.hpp"
#include "torrent/download/rarity_order.hpp"

namespace shoal::torrent {

/// Decides which block to ask whom for. Pure: no I/O, no clock. Rules (docs/decisions, swarm
/// policy): whole pieces; towards a complete peer the rarest piece goes first, even before pieces
/// already started; towards others started pieces first, then the rarest; ties at random. Several
/// peers may fill one piece. Endgame: only when every missing block has been asked for, a block
/// that has waited over a second may be asked of one more peer, and of a third and a fourth when
/// those do not send it either, each after twice as long: who lies may be asked first and second.
class PiecePicker {
 public:
  /// `have`: pieces that are here already, or not wanted. `seed` drives the random choice among
  /// equals.
  PiecePicker(const PieceSpace& space, const Bitfield& have, std::uint64_t seed);

  // What peers have; counts rarity. Tell it whenever a peer's set changes, before the next pick()
  // for that peer: pieces that nobody was counted for are not searched.
  void peer_has(PieceIndex piece);
  void peer_lost(PieceIndex piece);
  void peer_has_all();
  void peer_lost_all();  ///< a complete peer left
  void peer_has_these(const Bitfield& pieces);
  void peer_lost_these(const Bitfield& pieces);

  /// Up to `count` blocks to ask this peer for, marked as asked of it at `now`; appended to `out`,
  /// in order within a piece.
  struct Peer {
    ConnectionKey key;
    const Bitfield& pieces;   ///< what it has
    std::size_t outstanding;  ///< blocks asked of it now; endgame only below 4
    bool answers = true;      ///< what it owes comes (RequestPacer::answers); endgame only then
    bool spared = false;      ///< asked only for what is known at nobody else (Appetite)
  };
  void pick(const Peer& peer, std::size_t count, Time now, std::vector<BlockRef>& out);

  /// True when the peer has a piece that is still missing here: we are interested. Costs up to one
  /// test for each missing piece when the answer is no.
  [[nodiscard]] bool wants_from(const Bitfield& pieces) const;

  /// The block arrived from that peer, which was asked for it (maybe given up since): it need not
  /// be asked for again. Returns the other connections that it was asked of as well (to be sent a
  /// cancel). `accepted` is false when the block was already here (endgame) or the piece is had.
  struct Arrival {
    bool accepted = false;
    bool piece_full = false;  ///< every block of the piece has arrived: prove it now
    std::vector<ConnectionKey> also_asked;
  };
  Arrival arrived(BlockRef block, ConnectionKey from);
  /// The peer will not send it (reject, choke, cancel, time-out): it may be asked of others.
  void abandoned(BlockRef block, ConnectionKey by);
  /// The connection ended: everything asked of it may be asked of others.
  void abandoned_all(ConnectionKey by);

  /// A full piece was proven: it is had. Or it was not: all its blocks are missing again.
  void proven(PieceIndex piece);
  void failed(PieceIndex piece);
  /// A piece that was had is missing again: what was stored of it is not there any more.
  void lost(PieceIndex piece);
  /// Nothing of it is here, and it is asked of nobody.
  [[nodiscard]] bool waits(PieceIndex piece) const { return waiting_.contains(piece); }

  /// The disk may hold pieces from before: none is asked for, nor is a block of it taken, until
  /// judged() was called for it.
  void begin_check();
  /// The piece is here, or is missing; each once.
  void judged(PieceIndex piece, bool here);
  /// So many of those that are not judged wait for the layers of their files, and perhaps for long:
  /// the endgame does not wait for them.
  void lack_layers(std::uint32_t pieces) { without_layer_ = pieces; }

  [[nodiscard]] const Bitfield& have() const { return have_; }
  [[nodiscard]] bool complete() const { return have_.all(); }
  /// Peers known to have the piece.
  [[nodiscard]] std::uint32_t availability(PieceIndex piece) const;

 private:
  /// A piece that was begun: for every block kOpen, kHere, or the place of its entry in requests_.
  struct Started {
    PieceIndex piece{};
    std::uint32_t open = 0;        // blocks neither here nor asked for
    std::uint32_t missing = 0;     // blocks not here
    std::uint32_t first_open = 0;  // no open block is before this one
    std::uint32_t open_place = 0;  // in open_, while open > 0
    std::vector<std::uint32_t> blocks;
  };
  struct Asked {
    ConnectionKey key{};
    Time at;
  };
  /// A block that is asked for, of one peer or (endgame) more.
  struct Request {
    BlockRef block;
    std::array<Asked, 4> asked;  // the first one longest ago
    std::uint32_t askers = 0;

    [[nodiscard]] std::span<const Asked> all() const { return std::span(asked).first(askers); }
    [[nodiscard]] bool is_asked_of(ConnectionKey key) const;
    [[nodiscard]] bool may_ask_more(Time now) const;
    void forget(ConnectionKey key);
  };
  static constexpr std::uint32_t kOpen = ~std::uint32_t{0};
  static constexpr std::uint32_t kHere = kOpen - 1;
  static constexpr std::uint32_t kNone = kOpen;

  [[nodiscard]] std::uint32_t choose(const Peer& peer);
  [[nodiscard]] std::uint32_t best_open(const Bitfield& pieces) const;
  [[nodiscard]] std::optional<PieceIndex> rarest_waiting(const Peer& peer);
  [[nodiscard]] std::optional<PieceIndex> rarest_in_news(const Bitfield& pieces,
                                                         std::uint64_t since) const;
  [[nodiscard]] std::size_t ask_open(std::uint32_t slot, const Peer& peer, std::size_t count,
                                     Time now, std::vector<BlockRef>& out);
  [[nodiscard]] Request* longest_waiting(const Peer& peer, Time now);

  std::uint32_t start(PieceIndex piece);
  void release(std::uint32_t slot);
  void wait_again(PieceIndex piece);
  void take_from_open(Started& started);
  void reopen(BlockRef block);
  void drop_request(std::uint32_t place);
  void announce(PieceIndex piece);
  [[nodiscard]] bool is_judged(PieceIndex piece) const {
    return unjudged_.none() || !unjudged_.test(value(piece));
  }

  PieceSpace space_;
  Bitfield have_;
  Bitfield unjudged_;  // what the disk holds of these is not known yet; empty before begin_check()
  std::uint32_t without_layer_ = 0;  // of these
  RarityOrder waiting_;              // missing pieces that are not started
  std::uint32_t complete_peers_ = 0;

  std::vector<std::uint32_t> slot_of_;  // piece -> started_, or kNone
  std::vector<Started> started_;        // slots; freed ones keep their memory for the next piece
  std::vector<std::uint32_t> free_;     // slots not in use
  std::vector<std::uint32_t> open_;     // slots with open blocks
  std::vector<Request> requests_;       // in no order, without holes

  // A peer that has no waiting piece is not searched again: only pieces that came up since are
  // looked at. news_ is a ring of those; idle_since_ tells up to where a peer knows it.
  std::vector<PieceIndex> news_;
  std::uint64_t news_count_ = 0;
  std::unordered_map<ConnectionKey, std::uint64_t> idle_since_;
};

}  // namespace shoal::torrent
