// Who is taken to have got a piece from us: whatever comes first, the news of it or the last block.
#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "torrent/upload/revealer.hpp"
#include "unit/torrent/upload/revealer_support.hpp"

namespace shoal::torrent::revealer_account_test {
namespace {

using namespace revealer_support;
using std::chrono::milliseconds;
using std::chrono::seconds;

PieceIndex first_shown_to(ConnectionKey who, const std::vector<Revealer::Reveal>& reveals) {
  const auto found = std::ranges::find(reveals, who, &Revealer::Reveal::peer);
  EXPECT_NE(found, reveals.end());
  return found->piece;
}

/// Lets time pass in which peers do nothing; what is shown meanwhile.
std::vector<Revealer::Reveal> pass(Revealer& revealer, Time from, Duration time) {
  std::vector<Revealer::Reveal> shown;
  for (Time now = from; now < from + time; now += milliseconds(250)) {
    revealer.take_back_idle(now);
    revealer.next(now, shown);
  }
  return shown;
}

TEST(Revealer, a_piece_that_was_finished_late_is_free_again_when_who_has_it_leaves) {
  Revealer revealer(pieces(20), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  const PieceIndex piece = first_shown_to(peer(1), next(revealer, kStart));
  revealer.requested(peer(1), piece, kStart);
  revealer.sent(peer(1), piece, kPiece / 2, kStart);
  const Time later = kStart + seconds(30);
  revealer.take_back_idle(later);
  revealer.sent(peer(1), piece, kPiece / 2, later);
  revealer.announced(peer(1), piece, later);
  revealer.left(peer(1));
  const auto shown = next(revealer, later + seconds(1));
  ASSERT_FALSE(shown.empty());
  EXPECT_EQ(shown.front().piece, piece);
}

TEST(Revealer, what_was_finished_late_is_not_taken_for_another_seeders) {
  Revealer revealer(pieces(200), 1);
  for (std::uint64_t n = 1; n <= 3; ++n) revealer.joined(peer(n));
  const auto offers = next(revealer, kStart);
  for (const auto& offer : offers) revealer.requested(offer.peer, offer.piece, kStart);
  const PieceIndex piece = first_shown_to(peer(1), offers);
  Time now = kStart;
  std::set<std::uint32_t> shown;
  for (const auto& offer : offers) shown.insert(value(offer.piece));
  for (bool others_own_it = false; !others_own_it;) {
    ASSERT_LT(now, kStart + seconds(30));
    now += milliseconds(250);
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      shown.insert(value(reveal.piece));
      if (reveal.peer == peer(1)) continue;
      revealer.requested(reveal.peer, reveal.piece, now);
      others_own_it |= reveal.piece == piece;
      if (reveal.piece == piece) continue;
      revealer.sent(reveal.peer, reveal.piece, kPiece, now);
      revealer.announced(reveal.peer, reveal.piece, now);
    }
  }
  revealer.sent(peer(1), piece, kPiece, now);
  revealer.announced(peer(1), piece, now);
  for (int round = 0; round < 5; ++round) {
    for (const auto& reveal : next(revealer, now)) {
      shown.insert(value(reveal.piece));
      send_whole(revealer, reveal, now);
    }
  }
  std::size_t gaps = 0;  // in the ring
  for (const std::uint32_t index : shown) gaps += shown.contains((index + 1) % 200) ? 0 : 1;
  EXPECT_EQ(gaps, 1u);
}

TEST(Revealer, an_offer_that_is_accepted_late_is_not_taken_back_at_once) {
  Revealer revealer(pieces(20), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  const auto offers = next(revealer, kStart);
  ASSERT_EQ(offers.size(), 2u);
  const Time later = kStart + seconds(30);
  for (const auto& offer : offers) {
    revealer.requested(offer.peer, offer.piece, later);
    revealer.sent(offer.peer, offer.piece, kBlockLength, later);
  }
  for (const auto& reveal : pass(revealer, later, seconds(2))) {
    for (const auto& offer : offers) EXPECT_NE(reveal.piece, offer.piece);
  }
}

// What is written is told to the Revealer after the write, and the peer may be quicker.
TEST(Revealer, a_piece_that_is_announced_before_we_hear_that_it_was_sent_has_left) {
  constexpr std::uint32_t kSmall = kBlockLength;
  constexpr std::size_t kBatch = 32;
  Revealer revealer(*Geometry::make(300ull * kSmall, kSmall), 1);
  revealer.joined(peer(1));
  const auto reveals = next(revealer, kStart);
  ASSERT_GE(reveals.size(), kBatch);
  for (const auto& reveal : reveals) revealer.requested(peer(1), reveal.piece, kStart);
  revealer.joined(peer(2));
  for (std::size_t i = 0; i < kBatch; ++i) {
    revealer.announced(peer(1), reveals[i].piece, kStart);
  }
  for (std::size_t i = 0; i < kBatch; ++i) {
    revealer.sent(peer(1), reveals[i].piece, kSmall, kStart);
  }
  std::set<std::uint32_t> shown;  // to peer 2
  for (Time now = kStart; now < kStart + seconds(10) && !revealer.open(); now += milliseconds(50)) {
    for (const auto& reveal : next(revealer, now)) {
      if (revealer.open()) break;
      if (reveal.peer == peer(2)) shown.insert(value(reveal.piece));
      revealer.requested(reveal.peer, reveal.piece, now);
      revealer.sent(reveal.peer, reveal.piece, kSmall, now);
    }
    for (std::size_t i = kBatch; i < reveals.size(); ++i) {
      revealer.sent(peer(1), reveals[i].piece, kSmall, now);
    }
  }
  EXPECT_TRUE(revealer.open());
  EXPECT_FALSE(shown.empty());
  for (std::size_t i = 0; i < kBatch; ++i) {
    EXPECT_FALSE(shown.contains(value(reveals[i].piece))) << i;
  }
}

// It must be counted once: when it leaves, nobody has the piece.
TEST(Revealer, a_piece_that_was_announced_before_it_was_sent_is_free_again_when_its_owner_leaves) {
  Revealer revealer(pieces(20), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  const PieceIndex piece = first_shown_to(peer(1), next(revealer, kStart));
  revealer.requested(peer(1), piece, kStart);
  revealer.announced(peer(1), piece, kStart);
  revealer.sent(peer(1), piece, kPiece, kStart);
  revealer.left(peer(1));
  const auto shown = next(revealer, kStart);
  ASSERT_FALSE(shown.empty());
  EXPECT_EQ(shown.front().piece, piece);
}

}  // namespace
}  // namespace shoal::torrent::revealer_account_test
