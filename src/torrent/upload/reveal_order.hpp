#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "base/bitfield.hpp"
#include "base/clock.hpp"
#include "torrent/upload/reveal_pieces.hpp"

namespace shoal::torrent {

/// Which piece a seeder shows next: in the file's order, from a random piece on, and then what is
/// doubtful. Where others bring pieces in, too, it goes on inside the longest stretch that nobody
/// has, and what they seem to have under way is left to them: so several seeders show different
/// pieces without knowing of each other. Pure.
class RevealOrder {
 public:
  /// A piece that was offered to somebody is left to him for so long.
  static constexpr Duration kOffer = std::chrono::milliseconds(500);

  RevealOrder(std::size_t pieces, std::uint64_t seed);

  /// It is the next one, once more.
  void again(std::uint32_t index) { again_.push_front(index); }
  /// What was to be shown again and found nobody is the next one after all.
  void from_the_front();
  /// A piece came in that we have not sent; `pending`: we were about to.
  void others_bring_in(bool pending);
  /// It was here before.
  void forget_news() { news_ = false; }
  /// A piece that others brought in has come to several.
  void others_go_on() { waits_since_.reset(); }

  struct Situation {
    Time now;
    const Bitfield* alone = nullptr;  ///< what the only peer has, when there is but one
    std::size_t ahead = 0;            ///< pieces that we have under way, or would have
  };
  /// Called before next() whenever time may have passed.
  void notice(Time now);
  [[nodiscard]] std::optional<std::uint32_t> next(const RevealPieces& pieces,
                                                  const Situation& situation);
  /// None that is doubtful.
  [[nodiscard]] std::optional<std::uint32_t> next_free(const RevealPieces& pieces,
                                                       const Situation& situation);

 private:
  [[nodiscard]] std::optional<std::uint32_t> next_again(const RevealPieces& pieces);
  [[nodiscard]] std::optional<std::uint32_t> next_doubtful(const RevealPieces& pieces,
                                                           const Situation& situation);
  bool go_on_elsewhere(const RevealPieces& pieces, const Situation& situation);

  std::deque<std::uint32_t> again_;
  std::vector<std::uint32_t> tried_;  // of those, since from_the_front()
  std::size_t place_ = 0;             // of the piece that is shown next
  std::size_t doubt_ = 0;             // where to look for the next doubtful one
  bool news_ = false;                 // others bring pieces in
  bool in_the_way_ = false;           // of another seeder, who shows the same
  Time may_leave_at_{};
  std::optional<Time> others_at_;    // when news came last
  std::optional<Time> waits_since_;  // for what others seem to have under way
  std::mt19937_64 random_;
};

}  // namespace shoal::torrent
