#include "torrent/upload/reveal_order.hpp"

#include <utility>

namespace shoal::torrent {
namespace {

constexpr Duration kLeftToOthers = std::chrono::seconds(2);  // since news of another seeder

constexpr Duration kSpreading = std::chrono::seconds(1);  // left to those who say they have it

constexpr std::size_t kMostTried = 8;  // of what came back, before others have their chance

struct Stretch {
  std::size_t begin = 0;
  std::size_t length = 0;
};

/// The file is a ring here.
Stretch longest_free(const RevealPieces& pieces) {
  const std::size_t size = pieces.size();
  Stretch longest;
  Stretch current;
  for (std::size_t i = 0; i < 2 * size && longest.length < size; ++i) {
    if (!pieces[i % size].is_free()) {
      current.length = 0;
      continue;
    }
    if (current.length++ == 0) current.begin = i % size;
    if (current.length > longest.length) longest = current;
  }
  return longest;
}

}  // namespace

RevealOrder::RevealOrder(std::size_t pieces, std::uint64_t seed) : random_(seed) {
  place_ = random_() % pieces;
}

void RevealOrder::others_bring_in(bool pending) {
  news_ = true;
  if (pending) in_the_way_ = true;  // and we are just behind who sent it
}

void RevealOrder::notice(Time now) {
  if (!std::exchange(news_, false)) return;
  others_at_ = now;
  // We may walk just ahead of it or behind it without noticing: now and then one of us leaves.
  if (now < may_leave_at_) return;
  may_leave_at_ = now + kLeftToOthers;
  if (random_() % 2 == 0) in_the_way_ = true;
}

/// False when all that is left may be under way from another seeder.
bool RevealOrder::go_on_elsewhere(const RevealPieces& pieces, const Situation& situation) {
  if (pieces.free() == 0) return false;
  const Stretch stretch = longest_free(pieces);
  const auto lately = [&](const std::optional<Time>& when) {
    return when && situation.now - *when <= kLeftToOthers;
  };
  if (situation.alone != nullptr || !lately(others_at_)) {
    place_ = stretch.begin;
    return true;
  }
  // Where another one walks, it is further than we have heard: by about as much as we have under
  // way, or would have if we were not waiting here.
  const std::size_t ahead = situation.ahead;
  if (stretch.length <= ahead) {
    if (!waits_since_) waits_since_ = situation.now;
    if (lately(waits_since_)) return false;
    place_ = stretch.begin;  // what comes in is said to, and does not go on to others
    return true;
  }
  waits_since_.reset();
  // Not where a third one goes at the same moment.
  const std::size_t room = stretch.length - ahead;
  place_ = (stretch.begin + ahead + room / 4 + random_() % (room / 2 + 1)) % pieces.size();
  return true;
}

std::optional<std::uint32_t> RevealOrder::next(const RevealPieces& pieces,
                                               const Situation& situation) {
  if (pieces.count(RevealPieces::Stage::queued) == 0) return std::nullopt;
  if (const auto piece = next_again(pieces)) return piece;
  if (const auto piece = next_free(pieces, situation)) return piece;
  if (pieces.free() > 0) return std::nullopt;  // left to others
  return next_doubtful(pieces, situation);
}

std::optional<std::uint32_t> RevealOrder::next_again(const RevealPieces& pieces) {
  while (!tried_.empty() && !pieces[tried_.back()].is_free()) tried_.pop_back();  // was taken
  while (!again_.empty() && tried_.size() < kMostTried) {
    const std::uint32_t index = again_.front();
    again_.pop_front();
    if (!pieces[index].is_free()) continue;
    tried_.push_back(index);
    return index;
  }
  return std::nullopt;
}

void RevealOrder::from_the_front() {
  again_.insert(again_.begin(), tried_.begin(), tried_.end());
  tried_.clear();
}

std::optional<std::uint32_t> RevealOrder::next_free(const RevealPieces& pieces,
                                                    const Situation& situation) {
  if (in_the_way_ || !pieces[place_].is_free()) {
    if (!go_on_elsewhere(pieces, situation)) return std::nullopt;
    in_the_way_ = false;
  }
  const auto index = static_cast<std::uint32_t>(place_);
  place_ = (place_ + 1) % pieces.size();
  return index;
}

/// One that was offered to somebody who has not asked for it in all this time; or that some say
/// they have, and that has not come to others.
std::optional<std::uint32_t> RevealOrder::next_doubtful(const RevealPieces& pieces,
                                                        const Situation& situation) {
  if (pieces.count(RevealPieces::Stage::queued) == pieces.free()) return std::nullopt;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t index = (doubt_ + i) % pieces.size();
    const RevealPiece& piece = pieces[index];
    if (piece.stage != RevealPieces::Stage::queued || piece.is_free()) continue;
    if (situation.now - piece.since < (piece.holders == 0 ? kOffer : kSpreading)) continue;
    if (situation.alone != nullptr && situation.alone->test(index)) continue;
    doubt_ = (index + 1) % pieces.size();
    return static_cast<std::uint32_t>(index);
  }
  return std::nullopt;
}

}  // namespace shoal::torrent
