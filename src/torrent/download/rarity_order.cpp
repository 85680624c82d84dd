#include "torrent/download/rarity_order.hpp"

namespace shoal::torrent {

RarityOrder::RarityOrder(std::uint32_t pieces, std::uint64_t seed)
    : standing_(pieces),
      order_(pieces),
      begin_(3, pieces),
      random_(static_cast<std::uint32_t>(seed ^ (seed >> 32))) {}

void RarityOrder::raise(PieceIndex piece) {
  const std::uint32_t before = standing_[value(piece)].availability++;
  if (!has_bucket(before + 1)) begin_.push_back(begin_.back());
  if (!contains(piece)) return;
  step_up(piece, before);
  shuffle_in(piece, before + 1);
}

void RarityOrder::lower(PieceIndex piece) {
  if (availability(piece) == 0) return;
  const std::uint32_t before = standing_[value(piece)].availability--;
  if (!contains(piece)) return;
  step_down(piece, before);
  shuffle_in(piece, before - 1);
}

void RarityOrder::insert(PieceIndex piece) {
  put(piece, --begin_.front());
  const std::uint32_t target = availability(piece);
  for (std::uint32_t bucket = 0; bucket < target; ++bucket) step_up(piece, bucket);
  shuffle_in(piece, target);
}

void RarityOrder::remove(PieceIndex piece) {
  for (std::uint32_t bucket = availability(piece); bucket > 0; --bucket) step_down(piece, bucket);
  step_down(piece, 0);
  standing_[value(piece)].place = kOutside;
}

void RarityOrder::put(PieceIndex piece, std::uint32_t place) {
  order_[place] = piece;
  standing_[value(piece)].place = place;
}

void RarityOrder::swap_to(PieceIndex piece, std::uint32_t place) {
  const PieceIndex other = order_[place];
  put(other, standing_[value(piece)].place);
  put(piece, place);
}

void RarityOrder::step_up(PieceIndex piece, std::uint32_t bucket) {
  swap_to(piece, --begin_[bucket + 1]);
}

void RarityOrder::step_down(PieceIndex piece, std::uint32_t bucket) {
  swap_to(piece, begin_[bucket]++);
}

void RarityOrder::shuffle_in(PieceIndex piece, std::uint32_t bucket) {
  const std::uint64_t size = begin_[bucket + 1] - begin_[bucket];
  // Multiply and shift: even enough, and no division.
  const std::uint64_t random = random_();
  swap_to(piece, begin_[bucket] + static_cast<std::uint32_t>(random * size >> 32));
}

}  // namespace shoal::torrent
