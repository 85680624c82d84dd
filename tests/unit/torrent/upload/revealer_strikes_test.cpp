// For what a peer is not blamed, and that others do not wait for who has no room.
#include <algorithm>
#include <deque>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "torrent/upload/revealer.hpp"
#include "unit/torrent/upload/revealer_support.hpp"

namespace shoal::torrent::revealer_strikes_test {
namespace {

using namespace revealer_support;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A piece takes it half a minute.
TEST(Revealer, a_steady_peer_has_the_time_that_a_large_piece_takes) {
  constexpr std::uint32_t kLarge = 16 << 20;
  Revealer revealer(*Geometry::make(200ull * kLarge, kLarge), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  std::vector<PieceIndex> steady;
  std::set<std::uint32_t> fast;
  for (Time now = kStart; now < kStart + seconds(30); now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      revealer.requested(reveal.peer, reveal.piece, now);
      if (reveal.peer == peer(1)) {
        steady.push_back(reveal.piece);
        continue;
      }
      revealer.sent(peer(2), reveal.piece, kLarge, now);
      revealer.announced(peer(2), reveal.piece, now);
      fast.insert(value(reveal.piece));
    }
    for (int block = 0; block < 8; ++block) {
      revealer.sent(peer(1), steady.front(), kBlockLength, now);
    }
  }
  ASSERT_FALSE(steady.empty());
  EXPECT_GT(fast.size(), 100u);
  EXPECT_FALSE(fast.contains(value(steady.front())));
}

// A leecher that gets enough from others does not ask a seeder for what they have.
TEST(Revealer, nobody_is_blamed_for_not_asking_for_what_others_have) {
  Revealer revealer(pieces(20), 1);
  for (const std::uint64_t n : {1, 2, 3, 4}) revealer.joined(peer(n));
  Bitfield claimed(20);
  for (std::size_t i = 0; i < 8; ++i) claimed.set(i);
  revealer.announced(peer(3), claimed);
  std::set<std::uint32_t> not_asked_for;
  bool came_back = false;
  Time now = kStart;
  for (; now < kStart + seconds(10) && !came_back; now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      const bool others_have_it = claimed.test(value(reveal.piece));
      if (reveal.peer == peer(1) && others_have_it) {
        not_asked_for.insert(value(reveal.piece));
        continue;
      }
      came_back |= not_asked_for.contains(value(reveal.piece));
      if (reveal.peer == peer(3) || came_back) continue;
      send_whole(revealer, reveal, now);
      revealer.announced(reveal.peer, reveal.piece, now);
    }
  }
  ASSERT_TRUE(came_back);
  revealer.left(peer(2));  // what it had comes to the others now
  std::set<ConnectionKey> shown;
  for (const auto& reveal : next(revealer, now)) {
    if (!claimed.test(value(reveal.piece))) shown.insert(reveal.peer);
  }
  EXPECT_TRUE(shown.contains(peer(1)));
}

// Peer 1 has taken pieces and hardly moves now, peer 2 lets one lie, peer 3 has room.
TEST(Revealer, what_came_back_does_not_wait_for_a_peer_that_takes_a_block_now_and_then) {
  constexpr std::uint32_t kLarge = 1 << 20;
  Revealer revealer(*Geometry::make(200ull * kLarge, kLarge), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(3));
  bool proven = false;
  std::vector<PieceIndex> slow;
  std::vector<PieceIndex> lies;
  std::deque<PieceIndex> queue;  // of peer 3
  std::set<std::uint32_t> came;  // to it
  for (int step = 0; step < 40 * 4; ++step) {
    const Time now = kStart + step * milliseconds(250);
    if (step == 25 * 4) revealer.joined(peer(2));
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      if (reveal.peer == peer(2)) {
        if (!lies.empty()) continue;
        revealer.requested(reveal.peer, reveal.piece, now);
        lies.push_back(reveal.piece);
      } else if (reveal.peer == peer(3)) {
        came.insert(value(reveal.piece));
        revealer.requested(reveal.peer, reveal.piece, now);
        queue.push_back(reveal.piece);
      } else {
        revealer.requested(reveal.peer, reveal.piece, now);
        if (!proven) {
          revealer.sent(reveal.peer, reveal.piece, kLarge, now);
          revealer.announced(reveal.peer, reveal.piece, now);
          proven = true;
        } else {
          slow.push_back(reveal.piece);
        }
      }
    }
    if (!queue.empty()) {  // 4 MiB a second
      revealer.sent(peer(3), queue.front(), kLarge, now);
      queue.pop_front();
    }
    if (step % 4 == 0) {
      for (const PieceIndex piece : slow) revealer.sent(peer(1), piece, kBlockLength, now);
    }
  }
  ASSERT_EQ(lies.size(), 1u);
  EXPECT_TRUE(came.contains(value(lies.front())));
}

}  // namespace
}  // namespace shoal::torrent::revealer_strikes_test
