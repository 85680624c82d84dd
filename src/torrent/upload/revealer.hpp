#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/bitfield.hpp"
#include "base/clock.hpp"
#include "metainfo/piece_space.hpp"
#include "torrent/connection_key.hpp"
#include "torrent/rate_meter.hpp"
#include "torrent/upload/reveal_order.hpp"
#include "torrent/upload/reveal_pieces.hpp"

namespace shoal::torrent {

/// What a seeder shows to whom. Each piece is shown to one peer only, its owner, until every piece
/// has left once: so no byte leaves a thin uplink twice while others could pass it on
/// (docs/decisions/0010, swarm policy A).
///
/// Two things are not taken on trust. That a piece has left: we sent it whole, or several peers
/// have it; what fewer say is shown after all others. And that a peer takes what it is shown: one
/// is proven when it has announced a piece that we sent it whole, and while some are, all others
/// together are shown a few pieces at a time. Pure.
class Revealer {
 public:
  Revealer(const PieceSpace& space, std::uint64_t seed);

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
  /// It is shown nothing while it may not ask. What it has a part of stays its own until its next
  /// turn.
  void choked(ConnectionKey peer, bool choked, Time now);
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
  [[nodiscard]] bool open() const {
    return pieces_.count(RevealPieces::Stage::out) == pieces_.size();
  }

 private:
  struct Told {
    std::uint32_t index = 0;
    std::uint32_t sent = 0;  // bytes
  };
  struct Peer {
    ConnectionKey key;
    Bitfield shown;
    Bitfield has;
    std::vector<std::uint32_t> pending;  // shown to it as their owner, not all sent yet
    std::vector<std::uint32_t> given;    // sent to it as their owner, and with nobody else yet
    std::uint32_t strikes = 0;           // times that pieces were taken back since it was proven
    std::uint32_t offers = 0;            // made to it
    std::optional<Time> due_since;       // for its first offer
    Time tries_again_at{};               // after an offer or a strike
    Time last_sent{};                    // or held back
    std::uint64_t taken = 0;             // bytes
    std::vector<Told> told;              // of pieces that it does not own (any more)
    bool sees_all = false;
    bool choked = false;
    bool asks = false;    // has asked for a piece that it was shown
    bool proven = false;  // has announced a piece that we sent it, and let none lie since
  };

  [[nodiscard]] Peer* find(ConnectionKey key);
  [[nodiscard]] static Told* told_of(Peer& peer, std::uint32_t index);
  static void remember_told(Peer& peer, const Told& told);
  [[nodiscard]] bool alone() const { return peers_.size() == 1; }
  [[nodiscard]] std::size_t quorum() const;
  void prove(Peer& peer, bool proven);
  void announced(Peer& peer, std::uint32_t index, std::size_t quorum, Time now);
  [[nodiscard]] Duration time_for(std::uint64_t bytes) const;
  [[nodiscard]] Duration at_least() const;
  [[nodiscard]] Duration patience(std::size_t beside) const;
  [[nodiscard]] Duration longest(std::size_t beside) const;
  void show_to_others(Peer& peer, std::uint32_t index);
  void answered(Duration after);
  [[nodiscard]] std::uint64_t window() const;
  [[nodiscard]] RevealOrder::Situation situation(Time now) const;
  void send(Peer& peer, std::uint32_t index, std::uint32_t bytes, Time now);
  void credit(Peer& peer, std::uint32_t index);
  void own(Peer& peer, std::uint32_t index, Time shown);
  void show(Peer& peer, std::uint32_t index, std::vector<Reveal>& out);
  void show_everything(std::vector<Reveal>& out);
  void show_to_owners(Time now, std::vector<Reveal>& out);
  [[nodiscard]] bool is_wanted(std::uint32_t index) const;
  enum class Offered : std::uint8_t { free, doubtful };
  void make_offers(Offered which, Time now, std::vector<Reveal>& out);
  [[nodiscard]] bool trials_left() const;
  [[nodiscard]] bool may_own(const Peer& peer, bool trials, Time now) const;
  [[nodiscard]] bool has_room(const Peer& peer, std::size_t most) const;
  [[nodiscard]] std::size_t most_each() const;
  [[nodiscard]] Peer* next_due(std::uint32_t index, std::vector<Peer*>& due);
  [[nodiscard]] Peer* best_owner(std::uint32_t index, std::size_t most, bool trials, Time now);
  [[nodiscard]] double cost(Peer& peer, Time now);

  PieceSpace space_;
  RevealPieces pieces_;
  RevealOrder order_;
  std::vector<Peer> peers_;
  std::size_t proven_ = 0;   // peers
  std::deque<Time> offers_;  // made lately
  bool offers_due_ = false;  // some peers may have to be told of a piece
  std::size_t turn_ = 0;     // rotates among equals
  RateMeter rate_;
  Time sent_at_{};         // when anything was last
  RateMeter pace_;         // over a longer time: what goes out in lumps, evened out
  Duration round_trip_{};  // from showing to the request, smoothed
};

}  // namespace shoal::torrent
