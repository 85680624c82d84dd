#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "metainfo/piece_space.hpp"
#include "torrent/connection_key.hpp"

namespace shoal::torrent {

/// How far a piece has come on its way out.
struct RevealPiece {
  enum class Stage : std::uint8_t {
    queued,   // to be shown to somebody
    pending,  // shown to its owner, not all sent yet
    out,      // sent, or seen at several peers
  };
  Stage stage = Stage::queued;
  std::uint16_t holders = 0;  ///< connected peers that have it, or say so
  bool offered = false;       ///< while queued: to a peer that has asked for nothing yet
  bool returned = false;      ///< was shown to somebody in vain
  bool requested = false;     ///< while pending
  bool counts = false;        ///< while pending: what is not sent is in committed()
  bool given = false;         ///< sent whole to its owner, who is still here
  ConnectionKey owner{};      ///< while pending: to whom it was shown; while given: who got it
  ConnectionKey avoid{};      ///< an owner that did nothing with it
  std::uint32_t sent = 0;     ///< bytes, to the owner
  Time since{};  ///< while pending: shown, asked for, or last moved; while queued: offered, or
                 ///< first announced
  bool expired = false;  ///< while pending: for so long that it counts no longer, however it moves
  Time owned{};          ///< while pending: since when; since the first request, once there is one
  std::uint32_t beside = 0;  ///< while pending: at most so many are, it among them

  /// To be shown, not offered to anybody, and nobody says that he has it.
  [[nodiscard]] bool is_free() const { return stage == Stage::queued && holders == 0 && !offered; }
  [[nodiscard]] bool is_pending_at(ConnectionKey peer) const {
    return stage == Stage::pending && owner == peer;
  }
};

/// All pieces of a file that a Revealer shows. `quorum`: so many peers must say that they have a
/// piece that was sent to nobody, before it counts as out. Pure.
class RevealPieces {
 public:
  using Stage = RevealPiece::Stage;

  explicit RevealPieces(const PieceSpace& space);

  [[nodiscard]] std::size_t size() const { return pieces_.size(); }
  [[nodiscard]] const RevealPiece& operator[](std::size_t index) const { return pieces_[index]; }
  [[nodiscard]] std::size_t count(Stage stage) const {
    return counts_[static_cast<std::size_t>(stage)];
  }
  /// How many are_free().
  [[nodiscard]] std::size_t free() const { return free_; }
  /// Bytes shown to owners and not sent yet, where they move.
  [[nodiscard]] std::uint64_t committed() const { return committed_; }

  void offer(std::uint32_t index, Time now);
  /// `sent`: bytes that went to it before.
  void own(std::uint32_t index, ConnectionKey owner, std::uint32_t sent, Time shown);
  /// By its owner. When it is the first request: how long it took.
  std::optional<Duration> request(std::uint32_t index, Time now);
  /// To its owner; true when that has it whole now, and so it is out. Less than a block that goes
  /// out is no movement.
  bool send(std::uint32_t index, std::uint32_t bytes, Time now);
  /// Its owner may not ask for a while, which is not held against it.
  void pause(std::uint32_t index, Time now);
  void resume(std::uint32_t index, Time now);
  /// From its owner, before that has it whole: to be shown again, unless others have it by now.
  void take_back(std::uint32_t index, std::size_t quorum);
  /// The same, because the owner did nothing with it.
  void take_back_idle(std::uint32_t index, std::size_t quorum);

  /// One peer more says that it has it; true when that makes it go out.
  bool announce(std::uint32_t index, Time now, std::size_t quorum);
  /// `peer`, which says that it has it, got it from us though it is not its owner; true when that
  /// makes it go out.
  bool credit(std::uint32_t index, ConnectionKey peer);
  /// `peer`, which has it, leaves; true when it is to be shown again.
  bool let_go(std::uint32_t index, ConnectionKey peer, std::size_t quorum);

  /// Fewer peers make a quorum: what that makes go out, goes.
  void settle(std::size_t quorum);

  void start_counting(std::uint32_t index);
  void stop_counting(std::uint32_t index);
  /// How many pieces are pending beside it or were since it is, it among them; where this is asked
  /// often.
  std::uint32_t most_beside(std::uint32_t index);
  /// Stops counting for as long as it has this owner.
  void expire(std::uint32_t index);

 private:
  [[nodiscard]] std::uint32_t bytes(std::uint32_t index) const {
    return space_.size(PieceIndex{index});
  }
  void set_stage(std::uint32_t index, Stage stage);
  void enqueue(std::uint32_t index, std::size_t quorum);
  /// All that may make a piece free, or no longer.
  template <typename Change>
  void change(std::uint32_t index, Change what) {
    const bool was_free = pieces_[index].is_free();
    what(pieces_[index]);
    free_ += (pieces_[index].is_free() ? 1 : 0) - (was_free ? 1 : 0);
  }

  PieceSpace space_;
  std::vector<RevealPiece> pieces_;
  std::array<std::size_t, 3> counts_{};  // in each stage
  std::size_t free_ = 0;
  std::uint64_t committed_ = 0;
};

}  // namespace shoal::torrent
