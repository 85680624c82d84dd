#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "metainfo/geometry.hpp"

namespace shoal::torrent {

/// How many peers have each piece, and the pieces that wait to be started in that order: the rarest
/// first, at random among equals. One array, cut into a bucket for each availability: a piece that
/// becomes more or less common crosses one cut, so nothing is ever sorted or scanned.
class RarityOrder {
 public:
  /// All availabilities are 0 and no piece waits. `seed` drives the order among equals.
  RarityOrder(std::uint32_t pieces, std::uint64_t seed);

  void raise(PieceIndex piece);  ///< one more peer has it
  void lower(PieceIndex piece);  ///< one less; nothing happens at 0
  [[nodiscard]] std::uint32_t availability(PieceIndex piece) const {
    return standing_[value(piece)].availability;
  }

  /// Whether `one` comes before `other` in all(); precondition: both contained.
  [[nodiscard]] bool before(PieceIndex one, PieceIndex other) const {
    return standing_[value(one)].place < standing_[value(other)].place;
  }

  void insert(PieceIndex piece);  ///< it waits from now on; precondition: not contained
  void remove(PieceIndex piece);  ///< it waits no more; precondition: contained
  [[nodiscard]] bool contains(PieceIndex piece) const {
    return standing_[value(piece)].place != kOutside;
  }

  /// Every waiting piece, the rarest first; valid until the next change.
  [[nodiscard]] std::span<const PieceIndex> all() const { return from(0); }
  /// Those that at least one peer is counted for.
  [[nodiscard]] std::span<const PieceIndex> available() const { return from(1); }
  [[nodiscard]] bool empty() const { return begin_.front() == order_.size(); }

 private:
  static constexpr std::uint32_t kOutside = ~std::uint32_t{0};
  struct Standing {
    std::uint32_t availability = 0;
    std::uint32_t place = kOutside;  // in order_
  };

  [[nodiscard]] std::span<const PieceIndex> from(std::size_t bucket) const {
    return std::span(order_).subspan(begin_[bucket]);
  }
  void put(PieceIndex piece, std::uint32_t place);
  void swap_to(PieceIndex piece, std::uint32_t place);
  void step_up(PieceIndex piece, std::uint32_t bucket);
  void step_down(PieceIndex piece, std::uint32_t bucket);
  void shuffle_in(PieceIndex piece, std::uint32_t bucket);
  [[nodiscard]] bool has_bucket(std::uint32_t bucket) const { return bucket + 1 < begin_.size(); }

  std::vector<Standing> standing_;    // of each piece
  std::vector<PieceIndex> order_;     // what is before begin_[0] is free room
  std::vector<std::uint32_t> begin_;  // bucket a is [begin_[a], begin_[a + 1]); the last is the end
  std::mt19937 random_;
};

}  // namespace shoal::torrent
