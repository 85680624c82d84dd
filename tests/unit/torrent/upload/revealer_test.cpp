#include "torrent/upload/revealer.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "unit/torrent/upload/revealer_support.hpp"

namespace shoal::torrent::revealer_test {
namespace {

using namespace revealer_support;
using std::chrono::milliseconds;
using std::chrono::seconds;

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

/// What is pending at each of five peers that ask; some more do not.
std::map<ConnectionKey, int> pending_at_five(std::uint32_t count, std::uint32_t sent_in_a_second) {
  Revealer revealer(pieces(count), 1);
  for (std::uint64_t n = 1; n <= 5; ++n) revealer.joined(peer(n));
  revealer.sent(peer(9), PieceIndex{0}, sent_in_a_second / 10, kStart);
  std::map<ConnectionKey, int> pending;
  for (int round = 0; round < 3; ++round) {
    for (const auto& reveal : next(revealer, kStart)) {
      if (reveal.peer > peer(5)) continue;
      ++pending[reveal.peer];
      revealer.requested(reveal.peer, reveal.piece, kStart);
    }
    for (std::uint64_t n = 10; n < 20 && round == 0; ++n) revealer.joined(peer(n));
  }
  return pending;
}

TEST(Revealer, keeps_four_pieces_pending_at_each_of_many_peers_behind_a_thin_line) {
  const auto pending = pending_at_five(2000, 30 * kPiece);
  ASSERT_EQ(pending.size(), 5u);
  for (const auto& [key, count] : pending) EXPECT_LE(count, 4);
}

TEST(Revealer, shares_a_wide_window_among_the_peers_that_ask) {
  const auto pending = pending_at_five(2000, 1000 * kPiece);
  ASSERT_EQ(pending.size(), 5u);
  for (const auto& [key, count] : pending) EXPECT_NEAR(count, 100, 10);  // half a second's
}

TEST(Revealer, spreads_the_last_pieces_evenly) {
  const auto pending = pending_at_five(50, 1000 * kPiece);
  ASSERT_EQ(pending.size(), 5u);
  int all = 0;
  for (const auto& [key, count] : pending) {
    EXPECT_LE(count, 12);
    all += count;
  }
  EXPECT_GE(all, 40);  // some are offered to the others
}

// Or it would have eight pieces of 16 MiB each before anybody else is there.
TEST(Revealer, shows_a_peer_that_is_alone_two_large_pieces_until_it_is_known_how_fast_it_goes) {
  constexpr std::uint32_t kLarge = 16 << 20;
  Revealer revealer(*Geometry::make(100ull * kLarge, kLarge), 1);
  revealer.joined(peer(1));
  EXPECT_EQ(next(revealer, kStart).size(), 2u);
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
  revealer.choked(peer(2), true, kStart);
  std::set<std::uint32_t> shown;
  for (const auto& reveal : next(revealer, kStart)) {
    EXPECT_EQ(reveal.peer, peer(1));
    shown.insert(value(reveal.piece));
  }
  ASSERT_FALSE(shown.empty());
  revealer.choked(peer(1), true, kStart);
  revealer.choked(peer(2), false, kStart);
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

TEST(Revealer, a_choked_peer_goes_on_with_its_half_sent_pieces_in_its_next_turn) {
  Revealer revealer(pieces(1000), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  std::optional<PieceIndex> half;
  for (const auto& offer : next(revealer, kStart)) {
    revealer.requested(offer.peer, offer.piece, kStart);
    if (offer.peer == peer(1)) half = offer.piece;
    if (offer.peer == peer(2)) revealer.sent(offer.peer, offer.piece, kPiece, kStart);
  }
  ASSERT_TRUE(half);
  const auto more = next(revealer, kStart);
  for (const auto& reveal : more) {
    if (reveal.peer == peer(2)) send_whole(revealer, reveal, kStart);
  }
  ASSERT_NE(std::ranges::find(more, peer(1), &Revealer::Reveal::peer), more.end());
  revealer.sent(peer(1), *half, kPiece / 2, kStart);
  revealer.choked(peer(1), true, kStart);
  std::set<std::uint32_t> others;
  Time now = kStart;
  for (; now < kStart + seconds(60); now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) {
      ASSERT_EQ(reveal.peer, peer(2));
      others.insert(value(reveal.piece));
      if (others.size() < 50) send_whole(revealer, reveal, now);
    }
  }
  for (const auto& reveal : more) {  // of these nothing had been sent
    if (reveal.peer == peer(2)) continue;
    EXPECT_TRUE(others.contains(value(reveal.piece)));
  }
  revealer.choked(peer(1), false, now);
  for (const Time end = now + seconds(1); now < end; now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) others.insert(value(reveal.piece));
  }
  EXPECT_FALSE(others.contains(value(*half)));
}

TEST(Revealer, a_choked_peer_does_not_keep_the_last_piece_for_long) {
  Revealer revealer(pieces(2), 1);
  revealer.joined(peer(1));
  revealer.joined(peer(2));
  for (const auto& offer : next(revealer, kStart)) {
    revealer.requested(offer.peer, offer.piece, kStart);
    revealer.sent(offer.peer, offer.piece, offer.peer == peer(1) ? kPiece / 2 : kPiece, kStart);
  }
  revealer.choked(peer(1), true, kStart);
  for (Time now = kStart; now < kStart + seconds(30) && !revealer.open();
       now += milliseconds(250)) {
    revealer.take_back_idle(now);
    for (const auto& reveal : next(revealer, now)) send_whole(revealer, reveal, now);
  }
  EXPECT_TRUE(revealer.open());
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
}  // namespace shoal::torrent::revealer_test
