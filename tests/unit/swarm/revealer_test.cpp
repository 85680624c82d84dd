#include "swarm/revealer.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace shoal::swarm::revealer_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kPiece = 128 * 1024;
const Time kStart{seconds(1000)};

Geometry pieces(std::uint32_t count) {
  return *Geometry::make(std::uint64_t{count} * kPiece, kPiece);
}

ConnectionKey peer(std::uint64_t number) {
  return ConnectionKey{number};
}

std::vector<Revealer::Reveal> next(Revealer& revealer, Time now) {
  std::vector<Revealer::Reveal> out;
  revealer.next(now, out);
  return out;
}

void send_whole(Revealer& revealer, const Revealer::Reveal& reveal, Time now) {
  revealer.requested(reveal.peer, reveal.piece, now);
  revealer.sent(reveal.peer, reveal.piece, kPiece, now);
}

TEST(Revealer, shows_each_piece_to_one_peer_until_all_have_left) {
  Revealer revealer(pieces(100), 1);
  for (std::uint64_t n = 1; n <= 8; ++n) revealer.joined(peer(n));
  std::set<std::uint32_t> shown;
  Time now = kStart;
  while (!revealer.open()) {
    const auto reveals = next(revealer, now);
    ASSERT_FALSE(reveals.empty());
    for (const auto& reveal : reveals) {
      EXPECT_TRUE(shown.insert(value(reveal.piece)).second) << "shown twice";
    }
    for (const auto& reveal : reveals) send_whole(revealer, reveal, now += milliseconds(50));
  }
  EXPECT_EQ(shown.size(), 100u);
}

TEST(Revealer, shows_everything_to_everyone_once_every_piece_has_left) {
  Revealer revealer(pieces(10), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  std::map<ConnectionKey, std::set<std::uint32_t>> shown;
  for (int round = 0; round < 20; ++round) {
    for (const auto& reveal : next(revealer, kStart)) {
      shown[reveal.peer].insert(value(reveal.piece));
      send_whole(revealer, reveal, kStart);
    }
  }
  ASSERT_TRUE(revealer.open());
  EXPECT_EQ(shown[peer(1)].size() + shown[peer(2)].size(), 20u);
}

TEST(Revealer, shows_only_a_window_ahead_of_what_was_sent) {
  Revealer revealer(pieces(500), 1);
  for (std::uint64_t n = 1; n <= 4; ++n) revealer.joined(peer(n));
  const auto first = next(revealer, kStart);
  EXPECT_EQ(first.size(), 4u);
  for (const auto& reveal : first) revealer.requested(reveal.peer, reveal.piece, kStart);
  EXPECT_EQ(next(revealer, kStart).size(), 4u);  // eight in all
  EXPECT_TRUE(next(revealer, kStart).empty());
}

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

TEST(Revealer, keeps_at_most_four_pieces_pending_at_each_of_many_peers) {
  Revealer revealer(pieces(2000), 1);
  for (std::uint64_t n = 1; n <= 5; ++n) revealer.joined(peer(n));
  revealer.sent(peer(9), PieceIndex{0}, 1 << 30, kStart);  // a fast line: a wide window
  std::map<ConnectionKey, int> pending;
  for (int round = 0; round < 2; ++round) {
    for (const auto& reveal : next(revealer, kStart)) {
      ++pending[reveal.peer];
      revealer.requested(reveal.peer, reveal.piece, kStart);
    }
  }
  ASSERT_EQ(pending.size(), 5u);
  for (const auto& [key, count] : pending) EXPECT_EQ(count, 4);
}

TEST(Revealer, a_lone_peer_on_a_fast_line_is_shown_all_it_can_take) {
  Revealer revealer(pieces(500), 1);
  revealer.joined(peer(1));
  Time now = kStart;
  std::size_t shown = 0;
  int rounds = 0;
  while (!revealer.open() && ++rounds < 100) {
    for (const auto& reveal : next(revealer, now)) {
      ++shown;
      send_whole(revealer, reveal, now += std::chrono::microseconds(100));
    }
  }
  EXPECT_EQ(shown, 500u);
  EXPECT_LT(rounds, 12);  // the window grows with the rate
}

TEST(Revealer, prefers_peers_that_pass_on_what_they_got) {
  Revealer revealer(pieces(400), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  revealer.joined(peer(3));
  std::map<ConnectionKey, int> got;
  Time now = kStart;
  for (int round = 0; round < 40; ++round) {
    for (const auto& reveal : next(revealer, now)) {
      ++got[reveal.peer];
      send_whole(revealer, reveal, now += milliseconds(10));
      revealer.announced(reveal.peer, reveal.piece, now);
      if (reveal.peer != peer(3))
        revealer.announced(peer(3), reveal.piece, now);  // 1 and 2 share, 3 never does
    }
  }
  EXPECT_GT(got[peer(1)], 2 * got[peer(3)]);
  EXPECT_GT(got[peer(2)], 2 * got[peer(3)]);
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

// By asking again and again, by reading a byte now and then, or a whole block of another piece.
TEST(Revealer, a_piece_that_hardly_moves_is_taken_back) {
  enum class How : std::uint8_t { asks_again, reads_a_byte, reads_a_block_of_another };
  for (const How how : {How::asks_again, How::reads_a_byte, How::reads_a_block_of_another}) {
    Revealer revealer(pieces(30), 1);
    for (std::uint64_t n = 1; n <= 9; ++n) revealer.joined(peer(n));
    std::vector<Revealer::Reveal> held;
    std::set<std::uint32_t> got;  // by peer 9
    for (Time now = kStart; now < kStart + seconds(60); now += milliseconds(250)) {
      revealer.take_back_idle(now);
      for (const auto& reveal : next(revealer, now)) {
        if (reveal.peer != peer(9)) {
          held.push_back(reveal);
          revealer.requested(reveal.peer, reveal.piece, now);
          continue;
        }
        send_whole(revealer, reveal, now);
        revealer.announced(peer(9), reveal.piece, now);
        got.insert(value(reveal.piece));
      }
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

TEST(Revealer, who_takes_a_block_now_and_then_does_not_keep_a_piece_for_ever) {
  Revealer revealer(pieces(30), 1);
  for (std::uint64_t n = 1; n <= 9; ++n) revealer.joined(peer(n));
  std::vector<Revealer::Reveal> held;
  std::set<std::uint32_t> got;  // by peer 9
  for (Time now = kStart; now < kStart + seconds(90); now += seconds(1)) {
    revealer.take_back_idle(now);
    for (auto reveals = next(revealer, now); !reveals.empty(); reveals = next(revealer, now)) {
      for (const auto& reveal : reveals) {
        if (reveal.peer != peer(9)) {
          held.push_back(reveal);
          revealer.requested(reveal.peer, reveal.piece, now);
          continue;
        }
        send_whole(revealer, reveal, now);
        revealer.announced(peer(9), reveal.piece, now);
        got.insert(value(reveal.piece));
      }
    }
    // Eight blocks make a piece; the last of them is never taken.
    for (const auto& [who, piece] : held) {
      if (now < kStart + seconds(50)) revealer.sent(who, piece, kBlockLength / 8, now);
    }
  }
  EXPECT_EQ(got.size(), 30u);
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

TEST(Revealer, shows_a_lone_peer_other_pieces_when_it_asks_for_none_of_the_first) {
  Revealer revealer(pieces(100), 1);
  revealer.joined(peer(1));
  std::set<std::uint32_t> shown;
  Time now = kStart;
  for (int round = 0; round < 20 && shown.size() < 100; ++round) {
    for (const auto& reveal : next(revealer, now)) shown.insert(value(reveal.piece));
    revealer.take_back_idle(now += seconds(3));
  }
  EXPECT_EQ(shown.size(), 100u);
}

TEST(Revealer, shows_the_pieces_of_a_peer_that_left_to_others) {
  Revealer revealer(pieces(4), 1);
  revealer.joined(peer(1));
  for (const auto& reveal : next(revealer, kStart)) send_whole(revealer, reveal, kStart);
  ASSERT_TRUE(revealer.open());
  revealer.left(peer(1));
  EXPECT_FALSE(revealer.open());
  revealer.joined(peer(2));
  EXPECT_EQ(next(revealer, kStart).size(), 4u);
}

TEST(Revealer, does_not_show_what_another_seeder_has_brought_in) {
  Revealer revealer(pieces(20), 1);
  for (std::uint64_t n = 1; n <= 3; ++n) revealer.joined(peer(n));
  Bitfield brought(20);
  for (std::size_t i = 0; i < 10; ++i) brought.set(i);
  revealer.announced(peer(2), brought);
  for (std::uint32_t i = 0; i < 10; ++i) revealer.announced(peer(3), PieceIndex{i}, kStart);
  std::set<std::uint32_t> shown;
  for (int round = 0; round < 10 && !revealer.open(); ++round) {
    for (const auto& reveal : next(revealer, kStart)) {
      shown.insert(value(reveal.piece));
      send_whole(revealer, reveal, kStart);
    }
  }
  ASSERT_TRUE(revealer.open());
  EXPECT_EQ(shown.size(), 10u);
  EXPECT_GE(*shown.begin(), 10u);
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

TEST(Revealer, a_peer_that_joins_late_sees_everything_at_once) {
  Revealer revealer(pieces(4), 1);
  revealer.joined(peer(1));
  for (const auto& reveal : next(revealer, kStart)) send_whole(revealer, reveal, kStart);
  ASSERT_TRUE(revealer.open());
  revealer.joined(peer(2));  // was sent have all
  EXPECT_TRUE(next(revealer, kStart).empty());
}

TEST(Revealer, shows_nothing_to_a_choked_peer_and_its_pieces_to_others) {
  Revealer revealer(pieces(8), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  revealer.choked(peer(2), true);
  std::set<std::uint32_t> shown;
  for (const auto& reveal : next(revealer, kStart)) {
    EXPECT_EQ(reveal.peer, peer(1));
    shown.insert(value(reveal.piece));
  }
  ASSERT_FALSE(shown.empty());
  revealer.choked(peer(1), true);
  revealer.choked(peer(2), false);
  std::set<std::uint32_t> again;
  for (int round = 0; round < 3; ++round) {
    for (const auto& reveal : next(revealer, kStart + seconds(1))) {
      EXPECT_EQ(reveal.peer, peer(2));
      again.insert(value(reveal.piece));
      send_whole(revealer, reveal, kStart);
    }
  }
  for (const std::uint32_t index : shown) EXPECT_TRUE(again.contains(index));
}

/// Two seeders and their leechers: what each sends is announced to the other a while later.
TEST(Revealer, two_seeders_that_know_nothing_of_each_other_mostly_show_different_pieces) {
  constexpr std::uint32_t kCount = 500;
  constexpr std::size_t kLag = 10;
  std::vector<int> twice;  // for each seed
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<Revealer> seeders{{pieces(kCount), seed}, {pieces(kCount), 1000 + seed}};
    std::vector<std::deque<Revealer::Reveal>> under_way(2);
    std::deque<std::pair<ConnectionKey, PieceIndex>> news;
    std::map<std::uint32_t, int> sent;
    for (Revealer& each : seeders) {
      for (std::uint64_t n = 1; n <= 5; ++n) each.joined(peer(n));
    }
    Time now = kStart;
    for (int round = 0; round < 4000 && !(seeders[0].open() && seeders[1].open()); ++round) {
      now += milliseconds(20);
      for (std::size_t i = 0; i < 2; ++i) {
        for (const auto& reveal : next(seeders[i], now)) {
          if (seeders[i].open()) continue;
          seeders[i].requested(reveal.peer, reveal.piece, now);
          under_way[i].push_back(reveal);
        }
        if (under_way[i].empty()) continue;
        const auto reveal = under_way[i].front();
        under_way[i].pop_front();
        seeders[i].sent(reveal.peer, reveal.piece, kPiece, now);
        ++sent[value(reveal.piece)];
        news.emplace_back(reveal.peer, reveal.piece);
      }
      while (news.size() > kLag ||
             (!news.empty() && under_way[0].empty() && under_way[1].empty())) {
        // Its owner tells everybody; the other one's peers are the same people.
        const auto& [owner, piece] = news.front();
        for (Revealer& each : seeders) {
          each.announced(owner, piece, now);
          each.announced(owner == peer(5) ? peer(4) : peer(5), piece,
                         now);  // who got it from there
        }
        news.pop_front();
      }
    }
    EXPECT_EQ(sent.size(), kCount);
    twice.push_back(0);
    for (const auto& [index, times] : sent) twice.back() += times - 1;
  }
  std::ranges::sort(twice);
  EXPECT_LE(twice[twice.size() / 2], 50);  // who begins side by side with the other shows more
}

}  // namespace
}  // namespace shoal::swarm::revealer_test
