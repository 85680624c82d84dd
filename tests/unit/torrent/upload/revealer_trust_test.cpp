// What is not taken on trust: silent peers, slow ones, and such as lie.
#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "torrent/upload/revealer.hpp"
#include "unit/torrent/upload/revealer_support.hpp"

namespace shoal::torrent::revealer_trust_test {
namespace {

using namespace revealer_support;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// One peer that takes what it is shown, in a crowd of others.
class Crowd {
 public:
  enum class Others : std::uint8_t {
    silent,
    ask_and_do_not_read,  // and no system takes anything for them
    ask_and_read_little,  // a piece fits into what their system takes for them
    ask_and_lie,          // ask again and again, and say that they have got the piece
  };
  Crowd(std::size_t crowd, Others others) : others_(others) {
    for (std::uint64_t n = 1; n <= crowd; ++n) revealer_.joined(peer(n));
  }
  void honest_joins() { revealer_.joined(kHonest); }
  void goes_on(Duration time) {
    for (const Time end = now_ + time; now_ < end; now_ += milliseconds(50)) step();
  }
  std::optional<Duration> time_until_all_was_shown() {
    const Time begin = now_;
    for (; now_ < begin + seconds(120); now_ += milliseconds(50)) {
      step();
      if (got_.size() == 64 || revealer_.open()) return now_ - begin;
    }
    return std::nullopt;
  }

 private:
  void step() {
    if (++steps_ % 5 == 0) revealer_.take_back_idle(now_);
    for (auto reveals = next(revealer_, now_); !reveals.empty(); reveals = next(revealer_, now_)) {
      for (const auto& reveal : reveals) serve(reveal);
    }
    if (others_ != Others::ask_and_lie) return;
    for (const auto& [peer, piece] : asked_) revealer_.requested(peer, piece, now_);
  }
  void serve(const Revealer::Reveal& reveal) {
    if (reveal.peer == kHonest) {
      send_whole(revealer_, reveal, now_);
      revealer_.announced(kHonest, reveal.piece, now_);
      got_.insert(value(reveal.piece));
      return;
    }
    if (others_ == Others::silent) return;
    revealer_.requested(reveal.peer, reveal.piece, now_);
    asked_.push_back(reveal);
    if (others_ == Others::ask_and_lie) revealer_.announced(reveal.peer, reveal.piece, now_);
    if (others_ == Others::ask_and_read_little && taken_[reveal.peer]++ == 0) {
      revealer_.sent(reveal.peer, reveal.piece, kPiece, now_);
    }
  }

  static constexpr ConnectionKey kHonest{100'000};
  Others others_;
  Revealer revealer_{pieces(64), 1};
  Time now_ = kStart;
  int steps_ = 0;
  std::set<std::uint32_t> got_;
  std::map<ConnectionKey, int> taken_;
  std::vector<Revealer::Reveal> asked_;
};

TEST(Revealer, a_crowd_that_asks_for_nothing_keeps_nobody_waiting_for_long) {
  Crowd crowd(450, Crowd::Others::silent);
  crowd.goes_on(seconds(1));
  crowd.honest_joins();
  const auto took = crowd.time_until_all_was_shown();
  ASSERT_TRUE(took);
  EXPECT_LE(*took, seconds(5));
}

TEST(Revealer, a_crowd_that_asks_and_does_not_read_keeps_nobody_waiting_for_long) {
  for (const auto others : {Crowd::Others::ask_and_do_not_read, Crowd::Others::ask_and_read_little,
                            Crowd::Others::ask_and_lie}) {
    Crowd crowd(450, others);
    crowd.goes_on(seconds(1));
    crowd.honest_joins();
    const auto took = crowd.time_until_all_was_shown();
    ASSERT_TRUE(took);
    EXPECT_LE(*took, seconds(12));
  }
}

TEST(Revealer, takes_a_piece_back_from_an_owner_that_does_not_ask_for_it) {
  Revealer revealer(pieces(8), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  for (const auto& reveal : next(revealer, kStart)) send_whole(revealer, reveal, kStart);
  const auto shown = next(revealer, kStart);
  ASSERT_FALSE(shown.empty());
  revealer.take_back_idle(kStart + seconds(3));
  std::set<std::pair<ConnectionKey, std::uint32_t>> again;
  for (const auto& reveal : next(revealer, kStart + seconds(3))) {
    again.insert({reveal.peer, value(reveal.piece)});
  }
  for (const auto& reveal : shown) {
    const ConnectionKey other = reveal.peer == peer(1) ? peer(2) : peer(1);
    EXPECT_TRUE(again.contains({other, value(reveal.piece)}));
  }
}

TEST(Revealer, a_crowd_that_comes_later_does_not_slow_down_who_is_served) {
  Revealer revealer(pieces(200), 1);
  revealer.joined(peer(1));
  std::set<std::uint32_t> got;
  Time now = kStart;
  const auto serve = [&] {
    const auto reveals = next(revealer, now);
    std::size_t served = 0;
    for (const auto& reveal : reveals) {
      if (reveal.peer != peer(1)) continue;
      send_whole(revealer, reveal, now);
      revealer.announced(peer(1), reveal.piece, now);
      got.insert(value(reveal.piece));
      ++served;
    }
    return served;
  };
  serve();
  for (std::uint64_t n = 2; n <= 450; ++n) revealer.joined(peer(n));
  while (got.size() < 160) {
    now += milliseconds(1);
    ASSERT_GT(serve(), 0u) << got.size() << " shown";  // never kept waiting, but by the last few
  }
  for (; got.size() < 200 && now < kStart + seconds(60); now += milliseconds(250)) {
    revealer.take_back_idle(now);
    while (serve() > 0) {
    }
  }
  EXPECT_EQ(got.size(), 200u);
  EXPECT_LE(now - kStart, seconds(3));
}

// Nobody else takes pieces here, so it must not wait for somebody else.
TEST(Revealer, gives_a_piece_back_to_who_let_it_lie_when_all_others_are_silent) {
  Revealer revealer(pieces(20), 1);
  for (std::uint64_t n = 1; n <= 10; ++n) revealer.joined(peer(n));
  std::set<std::uint32_t> told;  // peer 1
  bool proven = false;
  for (Time now = kStart; now < kStart + seconds(60); now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      if (reveal.peer == peer(1)) told.insert(value(reveal.piece));
    }
    const bool lies_down = proven && now < kStart + seconds(10);
    for (const std::uint32_t index : told) {
      revealer.requested(peer(1), PieceIndex{index}, now);
      if (lies_down) continue;
      revealer.sent(peer(1), PieceIndex{index}, kPiece, now);
      revealer.announced(peer(1), PieceIndex{index}, now);
      proven = true;
    }
  }
  EXPECT_EQ(told.size(), 20u);
  EXPECT_TRUE(revealer.open());
}

TEST(Revealer, gives_another_chance_to_who_let_a_piece_lie) {
  for (const bool asks : {false, true}) {
    Revealer revealer(pieces(1000), 1);
    revealer.joined(peer(1));
    revealer.joined(peer(2));
    std::deque<Revealer::Reveal> queue;  // of peer 1, which takes one at a time
    std::vector<Time> shown;             // to peer 2, which takes none of them
    for (Time now = kStart; now < kStart + seconds(50); now += milliseconds(250)) {
      revealer.take_back_idle(now);
      for (const auto& reveal : next(revealer, now)) {
        if (reveal.peer == peer(2)) {
          shown.push_back(now);
          if (asks) revealer.requested(peer(2), reveal.piece, now);
        } else {
          revealer.requested(peer(1), reveal.piece, now);
          queue.push_back(reveal);
        }
      }
      if (queue.empty()) continue;
      send_whole(revealer, queue.front(), now);
      revealer.announced(peer(1), queue.front().piece, now);
      queue.pop_front();
    }
    ASSERT_FALSE(revealer.open());
    const auto again =
        std::ranges::find_if(shown, [&](Time when) { return when > kStart + seconds(5); });
    ASSERT_NE(again, shown.end());
    EXPECT_GE(*again, kStart + seconds(10)) << asks;
  }
}

/// One step of a swarm where `honest` takes all it is shown, and the others ask for what they are
/// shown and no more.
void serve(Revealer& revealer, ConnectionKey honest, std::uint32_t piece_bytes, Time now,
           std::vector<Revealer::Reveal>& held, std::set<std::uint32_t>& got) {
  revealer.take_back_idle(now);
  for (const auto& reveal : next(revealer, now)) {
    revealer.requested(reveal.peer, reveal.piece, now);
    if (reveal.peer != honest) {
      held.push_back(reveal);
      continue;
    }
    revealer.sent(honest, reveal.piece, piece_bytes, now);
    revealer.announced(honest, reveal.piece, now);
    got.insert(value(reveal.piece));
  }
}

// By asking again and again, by reading a byte now and then, or a whole block of another piece.
TEST(Revealer, a_piece_that_hardly_moves_is_taken_back) {
  enum class How : std::uint8_t { asks_again, reads_a_byte, reads_a_block_of_another };
  for (const How how : {How::asks_again, How::reads_a_byte, How::reads_a_block_of_another}) {
    Revealer revealer(pieces(30), 1);
    for (std::uint64_t n = 1; n <= 9; ++n) revealer.joined(peer(n));
    std::vector<Revealer::Reveal> held;
    std::set<std::uint32_t> got;  // by peer 9
    for (Time now = kStart; now < kStart + seconds(60); now += milliseconds(250)) {
      serve(revealer, peer(9), kPiece, now, held, got);
      for (const auto& [who, piece] : held) {
        if (how == How::asks_again) revealer.requested(who, piece, now);
        if (how == How::reads_a_byte) revealer.sent(who, piece, 1, now);
        if (how == How::reads_a_block_of_another) {
          const PieceIndex another{(value(piece) + 1) % 30};
          revealer.requested(who, another, now);
          revealer.sent(who, another, kBlockLength, now);
        }
      }
    }
    EXPECT_EQ(got.size(), 30u) << static_cast<int>(how);
  }
}

// A block a second, of pieces of 64 blocks: each moves all the time.
TEST(Revealer, who_takes_a_block_now_and_then_does_not_keep_a_piece_for_ever) {
  constexpr std::uint32_t kLarge = 1 << 20;
  Revealer revealer(*Geometry::make(700ull * kLarge, kLarge), 1);
  for (std::uint64_t n = 1; n <= 9; ++n) revealer.joined(peer(n));
  std::vector<Revealer::Reveal> held;
  std::set<std::uint32_t> got;  // by peer 9
  std::size_t first_held = 0;
  for (int step = 0; step < 60 * 4; ++step) {
    const Time now = kStart + step * milliseconds(250);
    serve(revealer, peer(9), kLarge, now, held, got);
    if (step == 0) first_held = held.size();
    if (step % 4 != 0) continue;
    for (const auto& [who, piece] : held) revealer.sent(who, piece, kBlockLength, now);
  }
  ASSERT_GT(first_held, 0u);
  for (std::size_t i = 0; i < first_held; ++i) {
    EXPECT_TRUE(got.contains(value(held[i].piece))) << i;
  }
}

// The one that is slow is shown no more than it takes, however little it has to pass on.
TEST(Revealer, a_slow_peer_does_not_keep_a_fast_one_waiting) {
  constexpr std::uint32_t kBlocks = kPiece / kBlockLength;
  Revealer revealer(pieces(400), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  std::deque<PieceIndex> slow;
  std::uint32_t slow_blocks = 0;
  std::set<std::uint32_t> fast;
  Time now = kStart;
  int step = 0;
  for (; now < kStart + seconds(120) && !revealer.open(); now += milliseconds(50), ++step) {
    if (step % 5 == 0) revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      revealer.requested(reveal.peer, reveal.piece, now);
      if (reveal.peer == peer(2)) {
        slow.push_back(reveal.piece);
        continue;
      }
      revealer.sent(peer(1), reveal.piece, kPiece, now);
      revealer.announced(peer(1), reveal.piece, now);
      fast.insert(value(reveal.piece));
    }
    if (slow.empty() || step % 20 != 0) continue;  // a block a second
    revealer.sent(peer(2), slow.front(), kBlockLength, now);
    if (++slow_blocks % kBlocks != 0) continue;
    revealer.announced(peer(2), slow.front(), now);
    slow.pop_front();
  }
  EXPECT_TRUE(revealer.open());
  EXPECT_LE(now - kStart, seconds(90));
  EXPECT_GE(fast.size(), 380u);
}

TEST(Revealer, a_newcomer_does_not_wait_until_a_slow_one_has_everything) {
  Revealer revealer(pieces(20), 1);
  for (std::uint64_t n = 1; n <= 2; ++n) revealer.joined(peer(n));
  Bitfield claimed(20);
  for (std::size_t i = 0; i < 19; ++i) claimed.set(i);
  revealer.announced(peer(1), claimed);  // and it is silent from now on
  Time now = kStart;
  for (int round = 0; round < 4; ++round, now += milliseconds(250)) {
    for (const auto& reveal : next(revealer, now)) {  // peer 2 takes one, and then no more
      if (round > 0 || reveal.peer != peer(2)) continue;
      send_whole(revealer, reveal, now);
      revealer.announced(peer(2), reveal.piece, now);
    }
  }
  revealer.joined(peer(3));
  std::set<std::uint32_t> got;
  for (const Time end = now + seconds(60); now < end; now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      if (reveal.peer != peer(3)) continue;
      send_whole(revealer, reveal, now);
      revealer.announced(peer(3), reveal.piece, now);
      got.insert(value(reveal.piece));
    }
  }
  EXPECT_GE(got.size(), 18u);
}

// Neither the oldest nor the newest.
TEST(Revealer, everybody_in_a_silent_crowd_is_made_an_offer_before_anybody_gets_a_second_one) {
  Revealer revealer(pieces(64), 1);
  for (std::uint64_t n = 1; n <= 451; ++n) revealer.joined(peer(n));
  std::set<ConnectionKey> told;
  for (Time now = kStart; now < kStart + seconds(60); now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) told.insert(reveal.peer);
  }
  EXPECT_EQ(told.size(), 451u);
}

TEST(Revealer, goes_on_with_a_piece_that_comes_back_to_who_has_half_of_it) {
  Revealer revealer(pieces(4), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));  // silent
  const auto offers = next(revealer, kStart);
  const auto first = std::ranges::find(offers, peer(1), &Revealer::Reveal::peer);
  ASSERT_NE(first, offers.end());
  revealer.requested(peer(1), first->piece, kStart);
  revealer.sent(peer(1), first->piece, kPiece / 2, kStart);
  for (Time now = kStart; now < kStart + seconds(30); now += milliseconds(250)) {
    revealer.take_back_idle(now);
    next(revealer, now);
  }
  const Time later = kStart + seconds(30);
  revealer.sent(peer(1), first->piece, kPiece / 2, later);
  revealer.announced(peer(1), first->piece, later);
  std::set<std::uint32_t> again;  // to others
  for (Time now = later; now < later + seconds(10); now += milliseconds(250)) {
    for (const auto& reveal : next(revealer, now)) {
      if (reveal.peer == peer(2)) again.insert(value(reveal.piece));
    }
  }
  EXPECT_FALSE(again.contains(value(first->piece)));
}

TEST(Revealer, a_newcomer_is_shown_what_who_came_before_says_it_has) {
  Revealer revealer(pieces(20), 1);
  revealer.joined(peer(1));
  Bitfield claimed(20);
  for (std::size_t i = 0; i < 18; ++i) claimed.set(i);
  revealer.announced(peer(1), claimed);
  for (const auto& reveal : next(revealer, kStart)) {
    send_whole(revealer, reveal, kStart);
    revealer.announced(peer(1), reveal.piece, kStart);
  }
  revealer.joined(peer(2));
  std::set<std::uint32_t> got;
  for (Time now = kStart; now < kStart + seconds(20); now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      ASSERT_EQ(reveal.peer, peer(2));
      send_whole(revealer, reveal, now);
      revealer.announced(peer(2), reveal.piece, now);
      got.insert(value(reveal.piece));
    }
  }
  EXPECT_TRUE(revealer.open());
  EXPECT_GE(got.size(), 18u);
}

TEST(Revealer, those_who_do_nothing_have_no_say_in_what_has_left) {
  Revealer revealer(pieces(8), 1);
  for (std::uint64_t n = 1; n <= 40; ++n) revealer.joined(peer(n));
  Bitfield all(8);
  all.set_all();
  revealer.announced(peer(1), all);
  revealer.announced(peer(2), all);
  EXPECT_TRUE(revealer.open());
}

TEST(Revealer, when_peers_leave_fewer_must_have_a_piece) {
  Revealer revealer(pieces(8), 1);
  Bitfield some(8);
  for (std::size_t i = 0; i < 7; ++i) some.set(i);
  Bitfield last(8);
  last.set(7);
  for (std::uint64_t n = 1; n <= 16; ++n) revealer.joined(peer(n));
  for (std::uint64_t n = 1; n <= 8; ++n) revealer.announced(peer(n), some);
  for (std::uint64_t n = 9; n <= 11; ++n) revealer.announced(peer(n), last);
  EXPECT_TRUE(revealer.open());  // 11 take part, and two are enough
  for (std::uint64_t n = 12; n <= 16; ++n) revealer.announced(peer(n), some);
  Revealer large(pieces(8), 1);
  for (std::uint64_t n = 1; n <= 16; ++n) large.joined(peer(n));
  for (std::uint64_t n = 1; n <= 14; ++n) large.announced(peer(n), some);
  large.announced(peer(15), last);
  large.announced(peer(16), last);
  EXPECT_FALSE(large.open());  // 16 take part, and four must have it
  for (std::uint64_t n = 1; n <= 5; ++n) large.left(peer(n));
  EXPECT_TRUE(large.open());
}

TEST(Revealer, does_not_count_a_peer_twice_that_asks_for_what_it_has) {
  Revealer revealer(pieces(2), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  const auto offers = next(revealer, kStart);
  const auto first = std::ranges::find(offers, peer(1), &Revealer::Reveal::peer);
  ASSERT_NE(first, offers.end());
  revealer.announced(peer(1), first->piece, kStart);
  for (const auto& offer : offers) send_whole(revealer, offer, kStart);
  revealer.left(peer(1));
  std::set<std::uint32_t> got;
  for (Time now = kStart; now < kStart + seconds(20); now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      send_whole(revealer, reveal, now);
      got.insert(value(reveal.piece));
    }
  }
  EXPECT_TRUE(revealer.open());
}

TEST(Revealer, offers_another_piece_to_who_got_the_first_from_elsewhere) {
  Revealer revealer(pieces(20), 1);
  for (std::uint64_t n = 1; n <= 3; ++n) revealer.joined(peer(n));
  for (const auto& reveal : next(revealer, kStart)) {
    if (reveal.peer == peer(1)) revealer.announced(peer(1), reveal.piece, kStart);
  }
  revealer.take_back_idle(kStart + milliseconds(250));
  const auto again = next(revealer, kStart + milliseconds(250));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].peer, peer(1));
}

// Who says that it has a piece may lie: nobody else has it.
TEST(Revealer, shows_what_only_one_peer_says_it_has_after_all_other_pieces) {
  Revealer revealer(pieces(20), 1);
  for (std::uint64_t n = 1; n <= 3; ++n) revealer.joined(peer(n));
  Bitfield claimed(20);
  for (std::size_t i = 0; i < 10; ++i) claimed.set(i);
  revealer.announced(peer(3), claimed);
  std::vector<std::uint32_t> shown;
  for (int round = 0; round < 20 && !revealer.open(); ++round) {
    for (const auto& reveal : next(revealer, kStart)) {
      shown.push_back(value(reveal.piece));
      send_whole(revealer, reveal, kStart);
    }
  }
  ASSERT_TRUE(revealer.open());
  ASSERT_EQ(shown.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(shown[i] < 10, i >= 10) << i;
}

TEST(Revealer, leaves_to_others_for_a_moment_what_one_of_them_has_brought_in) {
  Revealer revealer(pieces(4), 1);
  for (std::uint64_t n = 1; n <= 3; ++n) revealer.joined(peer(n));
  for (std::uint32_t i = 0; i < 4; ++i) revealer.announced(peer(3), PieceIndex{i}, kStart);
  EXPECT_TRUE(next(revealer, kStart).empty());
  EXPECT_EQ(next(revealer, kStart + seconds(2)).size(), 2u);  // it did not come to 1 and 2
}

}  // namespace
}  // namespace shoal::torrent::revealer_trust_test
