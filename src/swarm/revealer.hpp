#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "base/bitfield.hpp"
#include "base/clock.hpp"
#include "metainfo/geometry.hpp"
#include "swarm/connection_key.hpp"
#include "swarm/rate_meter.hpp"

namespace shoal::swarm {

/// What a seeder shows to whom. Each piece is shown to one peer only, its owner, until every piece
/// has left once: so no byte leaves a thin uplink twice while others could pass it on
/// (docs/decisions, swarm policy A). Pieces go out in the file's order, from a random one on. Where
/// others bring pieces in, too, we go on inside the longest stretch that nobody has, and
/// what they seem to have under way is left to them: so several seeders show different pieces
/// without knowing of each other. Pure.
class Revealer {
 public:
  Revealer(const Geometry& geometry, std::uint64_t seed);

  void joined(ConnectionKey peer);
  void left(ConnectionKey peer);
  /// The peer says that it has them.
  void announced(ConnectionKey peer, PieceIndex piece);
  void announced(ConnectionKey peer, const Bitfield& pieces);
  void requested(ConnectionKey peer, PieceIndex piece, Time now);
  /// So many bytes of the piece were handed to the network for that peer.
  void sent(ConnectionKey peer, PieceIndex piece, std::uint32_t bytes, Time now);
  /// It asked, and a limit of ours keeps it waiting: nothing that is held against it.
  void held_back(ConnectionKey peer, Time now);
  /// It is shown nothing while it may not ask.
  void choked(ConnectionKey peer, bool choked);
  struct Reveal {
    ConnectionKey peer;
    PieceIndex piece;
  };
  /// Who is to be told of what now (HAVE), appended to `out`. Called after every event above, and
  /// on every tick.
  void next(Time now, std::vector<Reveal>& out);
  /// Takes back what an owner has not asked for, or what does not move. Called a few times a
  /// second.
  void take_back_idle(Time now);

  /// Every piece is with somebody else too: new peers may see everything.
  [[nodiscard]] bool open() const { return held_ == pieces_.size(); }

 private:
  enum class Stage : std::uint8_t {
    queued,   // to be shown to somebody
    pending,  // shown to its owner, not all sent yet
    out,      // sent, or seen at a peer
  };
  enum class Turn : std::uint8_t { next, last };
  struct Piece {
    Stage stage = Stage::queued;
    std::uint16_t holders = 0;  // connected peers that have it
    bool again = false;         // in again_
    bool requested = false;
    bool counts = false;     // while pending: what is not sent is in committed_
    ConnectionKey owner{};   // while pending: to whom it was shown
    ConnectionKey avoid{};   // an owner that did nothing with it
    std::uint32_t sent = 0;  // bytes, to the owner
    Time since{};            // shown, or last moved
  };
  struct Peer {
    ConnectionKey key;
    Bitfield shown;
    Bitfield has;
    std::vector<std::uint32_t> pending;  // shown to it as their owner, not all sent yet
    std::vector<std::uint32_t> given;    // sent to it as their owner, and with nobody else yet
    std::uint32_t strikes = 0;           // pieces taken back from it since it last took one whole
    Time last_sent{};                    // or held back
    bool sees_all = false;
    bool choked = false;
    bool asks = false;  // has asked for a piece that it was shown
  };

  [[nodiscard]] Peer* find(ConnectionKey key);
  void show_to_others(const Peer& peer);
  void hold(Peer& peer, std::uint32_t index);
  void let_go(std::uint32_t index);
  void enqueue(std::uint32_t index, Turn turn);
  void end_pending(std::uint32_t index);
  [[nodiscard]] bool is_free(std::size_t index) const;
  struct Stretch {
    std::size_t begin = 0;
    std::size_t length = 0;
  };
  [[nodiscard]] Stretch longest_free() const;
  [[nodiscard]] std::optional<std::uint32_t> next_piece(Time now);
  bool go_on_elsewhere(Time now);
  void answered(Duration after);
  void show(Peer& peer, std::uint32_t index, Time now, std::vector<Reveal>& out);
  [[nodiscard]] std::uint64_t window() const;
  [[nodiscard]] bool takes_more(const Peer& peer) const;
  [[nodiscard]] Peer* best_owner(std::uint32_t index);
  [[nodiscard]] double cost(Peer& peer);

  Geometry geometry_;
  std::vector<Piece> pieces_;
  std::vector<Peer> peers_;
  std::deque<std::uint32_t> again_;  // queued, and to be shown before all others
  std::size_t queued_ = 0;           // pieces
  std::size_t pending_ = 0;          // pieces
  std::size_t place_ = 0;            // of the piece that is shown next
  bool news_of_others_ = false;      // pieces came in that we have not sent
  bool in_the_way_ = false;          // of another seeder, who shows the same
  Time may_leave_at_{};
  std::optional<Time> others_at_;  // when that was seen last
  std::mt19937_64 random_;
  std::size_t held_ = 0;         // pieces with holders
  std::uint64_t committed_ = 0;  // bytes shown to owners and not sent yet
  bool some_ask_ = false;        // a peer has asked for something
  std::size_t turn_ = 0;         // rotates among equals
  RateMeter rate_;
  Duration round_trip_{};  // from showing to the request, smoothed
};

}  // namespace shoal::swarm
