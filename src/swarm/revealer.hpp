#pragma once

#include <array>
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
/// without knowing of each other.
///
/// Two things are not taken on trust. That a piece has left: we sent it whole, or several peers
/// have it; what fewer say is shown after all others. And that a peer takes what it is shown: one
/// is proven when it has announced a piece that it got from us, and while some are, all others
/// together are shown a few pieces at a time. Pure.
class Revealer {
 public:
  Revealer(const Geometry& geometry, std::uint64_t seed);

  void joined(ConnectionKey peer);
  void left(ConnectionKey peer);
  /// The peer says that it has it now.
  void announced(ConnectionKey peer, PieceIndex piece, Time now);
  /// The peer says that it had them when it came.
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
  [[nodiscard]] bool open() const { return count(Stage::out) == pieces_.size(); }

 private:
  enum class Stage : std::uint8_t {
    queued,   // to be shown to somebody
    pending,  // shown to its owner, not all sent yet
    out,      // sent, or seen at several peers
  };
  enum class Turn : std::uint8_t { next, last };
  struct Piece {
    Stage stage = Stage::queued;
    std::uint16_t holders = 0;  // connected peers that have it, or say so
    bool again = false;         // in again_
    bool offered = false;       // while queued: to a peer that has asked for nothing yet
    bool returned = false;      // was shown to somebody in vain
    bool requested = false;
    bool counts = false;     // while pending: what is not sent is in committed_
    bool given = false;      // sent whole to its owner, who is still here
    ConnectionKey owner{};   // while pending: to whom it was shown; while given: who got it
    ConnectionKey avoid{};   // an owner that did nothing with it
    std::uint32_t sent = 0;  // bytes, to the owner
    Time since{};  // while pending: shown, or last moved; while queued: offered, or first announced
  };
  struct Peer {
    ConnectionKey key;
    Bitfield shown;
    Bitfield has;
    std::vector<std::uint32_t> pending;  // shown to it as their owner, not all sent yet
    std::vector<std::uint32_t> given;    // sent to it as their owner, and with nobody else yet
    std::uint32_t strikes = 0;           // times that pieces were taken back since it was proven
    Time tries_again_at{};               // after an offer or a strike
    Time last_sent{};                    // or held back
    std::optional<std::uint32_t> offer;  // a piece that it was told of before it asked for any
    bool sees_all = false;
    bool choked = false;
    bool asks = false;    // has asked for a piece that it was shown
    bool proven = false;  // has announced a piece that we sent it, and let none lie since
  };

  [[nodiscard]] Peer* find(ConnectionKey key);
  void show_to_others(const Peer& peer);
  void prove(Peer& peer, bool proven);
  [[nodiscard]] std::size_t quorum() const;
  [[nodiscard]] std::size_t count(Stage stage) const {
    return counts_[static_cast<std::size_t>(stage)];
  }
  void set_stage(std::uint32_t index, Stage stage);
  void hold(Peer& peer, std::uint32_t index);
  void let_go(const Peer& peer, std::uint32_t index, bool was_open);
  void enqueue(std::uint32_t index, Turn turn);
  void end_pending(std::uint32_t index);
  void start_counting(std::uint32_t index);
  void stop_counting(std::uint32_t index);
  [[nodiscard]] bool is_free(std::size_t index) const;
  struct Stretch {
    std::size_t begin = 0;
    std::size_t length = 0;
  };
  [[nodiscard]] Stretch longest_free() const;
  [[nodiscard]] std::optional<std::uint32_t> next_piece(Time now);
  [[nodiscard]] std::optional<std::uint32_t> next_free(Time now);
  [[nodiscard]] std::optional<std::uint32_t> next_again();
  [[nodiscard]] std::optional<std::uint32_t> next_doubtful(Time now);
  bool go_on_elsewhere(Time now);
  void answered(Duration after);
  void show(Peer& peer, std::uint32_t index, Time now, std::vector<Reveal>& out);
  void own(Peer& peer, std::uint32_t index, Time now);
  void make_offers(Time now, std::vector<Reveal>& out);
  void show_everything(Time now, std::vector<Reveal>& out);
  [[nodiscard]] std::uint64_t window() const;
  [[nodiscard]] std::size_t trials_left() const;
  [[nodiscard]] bool takes_more(const Peer& peer, Time now) const;
  [[nodiscard]] int doubts(const Piece& piece, const Peer& peer) const;
  [[nodiscard]] Peer* best_owner(std::uint32_t index, Time now);
  [[nodiscard]] double cost(Peer& peer, Time now);

  struct Offer {
    ConnectionKey peer;
    Time at;
  };

  Geometry geometry_;
  std::vector<Piece> pieces_;
  std::vector<Peer> peers_;
  std::deque<std::uint32_t> again_;      // queued, and to be shown before all others
  std::array<std::size_t, 3> counts_{};  // pieces in each stage
  std::size_t place_ = 0;                // of the piece that is shown next
  std::size_t doubt_ = 0;                // where to look for the next one that few say they have
  bool news_of_others_ = false;          // pieces came in that we have not sent
  bool in_the_way_ = false;              // of another seeder, who shows the same
  Time may_leave_at_{};
  std::optional<Time> others_at_;    // when that was seen last
  std::optional<Time> waits_since_;  // for what others seem to have under way
  std::mt19937_64 random_;
  std::uint64_t committed_ = 0;  // bytes shown to owners and not sent yet, that move
  std::deque<Offer> offers_;     // made lately, and not asked for yet
  bool offers_due_ = false;      // some peers may have to be told of one
  std::size_t proven_ = 0;       // peers
  std::size_t turn_ = 0;         // rotates among equals
  RateMeter rate_;
  Duration round_trip_{};  // from showing to the request, smoothed
};

}  // namespace shoal::swarm
