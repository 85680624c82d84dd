#include "torrent/upload/leaf_desk.hpp"

#include <string>

#include <gtest/gtest.h>

namespace shoal::torrent::leaf_desk_test {
namespace {

using namespace std::chrono_literals;
using Job = LeafDesk::Job;

constexpr Time kNow{1h};
constexpr SwarmKey kSwarm{1};
constexpr std::uint64_t kPiece = 16 << 20;

Job piece(std::uint32_t number, SwarmKey swarm = kSwarm) {
  return {swarm, PieceIndex{number}};
}

Party party(int number) {
  return Party::of(IpAddress::parse("192.0.2." + std::to_string(number)).value());
}

/// Over so many leaves.
merkle::LayerTree tree(std::size_t leaves = 1) {
  const std::vector<Digest> nodes(leaves);
  const int height = merkle::height_for(leaves);
  return *merkle::LayerTree::build(nodes, 0, height, merkle::fold(nodes, 0, height));
}

class Desk : public testing::Test {
 protected:
  bool asks(std::uint64_t peer, int from, const Job& job, Time now = kNow) {
    return desk.ask(job, kPiece, {ConnectionKey{peer}, {}}, party(from), now);
  }
  /// What is hashed, and those who wait for it get it.
  std::vector<std::uint64_t> serves() {
    const auto job = desk.next();
    std::vector<std::uint64_t> served;
    if (!job) return served;
    for (const auto& asker : desk.done(*job, tree())) {
      served.push_back(static_cast<std::uint64_t>(asker.peer));
    }
    return served;
  }
  /// So many pieces are hashed for the party, each asked for once the one before was.
  int gets(int from, Time now, int from_piece = 0) {
    for (int pieces = 0;; ++pieces) {
      if (!asks(1, from, piece(static_cast<std::uint32_t>(from_piece + pieces)), now))
        return pieces;
      serves();
    }
  }

  LeafDesk desk;
};

TEST_F(Desk, has_one_piece_hashed_at_a_time_of_whatever_torrent) {
  ASSERT_TRUE(asks(1, 1, piece(3)));
  ASSERT_TRUE(asks(2, 2, piece(4, SwarmKey{2})));
  EXPECT_EQ(desk.next(), piece(3));
  EXPECT_EQ(desk.next(), std::nullopt);
  EXPECT_EQ(desk.done(piece(3), tree()).size(), 1u);
  EXPECT_EQ(desk.next(), piece(4, SwarmKey{2}));
}

TEST_F(Desk, has_a_piece_hashed_once_for_all_who_wait_for_it) {
  ASSERT_TRUE(asks(1, 1, piece(3)));
  ASSERT_TRUE(asks(2, 2, piece(3)));
  ASSERT_EQ(desk.next(), piece(3));
  ASSERT_TRUE(asks(3, 3, piece(3)));
  EXPECT_EQ(desk.done(piece(3), tree()).size(), 3u);
  EXPECT_EQ(desk.next(), std::nullopt);
}

TEST_F(Desk, keeps_what_was_hashed_last_and_no_more_than_its_bound) {
  constexpr std::size_t kLeaves = LeafDesk::kMostKept / 4;
  for (std::uint32_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(asks(1, static_cast<int>(i), piece(i)));
    ASSERT_TRUE(desk.next());
    static_cast<void>(desk.done(piece(i), tree(kLeaves)));
  }
  EXPECT_EQ(desk.find(piece(1)), nullptr);
  ASSERT_NE(desk.find(piece(2)), nullptr);
  EXPECT_EQ(desk.find(piece(5))->layer().size(), kLeaves);
  EXPECT_EQ(desk.find(piece(5, SwarmKey{2})), nullptr);
  static_cast<void>(desk.done(piece(9), tree(LeafDesk::kMostKept + 1)));
  EXPECT_NE(desk.find(piece(9)), nullptr);
  EXPECT_EQ(desk.find(piece(5)), nullptr);
}

TEST_F(Desk, tells_who_waits_when_the_piece_cannot_be_read_and_keeps_nothing) {
  ASSERT_TRUE(asks(1, 1, piece(3)));
  ASSERT_TRUE(desk.next());
  EXPECT_EQ(desk.done(piece(3), std::nullopt).size(), 1u);
  EXPECT_EQ(desk.find(piece(3)), nullptr);
}

TEST_F(Desk, gives_a_party_its_allowance_at_once_and_then_so_much_a_second) {
  constexpr int kAtOnce = LeafDesk::kAllowance / kPiece;
  EXPECT_EQ(gets(1, kNow), kAtOnce);
  EXPECT_FALSE(asks(9, 1, piece(900))) << "whichever of its connections asks";
  EXPECT_TRUE(asks(2, 2, piece(901))) << "others have theirs";
  serves();
  constexpr auto kForOne = std::chrono::seconds(kPiece / LeafDesk::kEachSecond);
  EXPECT_EQ(gets(1, kNow + kForOne, 100), 1);
  EXPECT_EQ(gets(1, kNow + 1h, 200), kAtOnce);
}

TEST_F(Desk, lets_a_party_ask_for_what_others_have_hashed_anyhow) {
  gets(1, kNow);
  ASSERT_TRUE(asks(2, 2, piece(500)));
  EXPECT_TRUE(asks(1, 1, piece(500)));
}

TEST_F(Desk, hashes_a_piece_that_is_larger_than_the_allowance_once_in_a_while) {
  const auto asks_for_all = [&](std::uint32_t number, Time now) {
    const bool comes =
        desk.ask(piece(number), 2 * LeafDesk::kAllowance, {ConnectionKey{1}, {}}, party(1), now);
    serves();
    return comes;
  };
  EXPECT_TRUE(asks_for_all(1, kNow));
  EXPECT_FALSE(asks_for_all(2, kNow + 15s));
  EXPECT_TRUE(asks_for_all(2, kNow + 17s));
}

TEST_F(Desk, serves_parties_by_turns_however_much_one_of_them_asks_for) {
  for (std::uint32_t i = 0; i < 4; ++i) ASSERT_TRUE(asks(1, 1, piece(i)));
  ASSERT_TRUE(asks(2, 2, piece(20)));
  ASSERT_TRUE(asks(3, 3, piece(30)));
  EXPECT_EQ(serves(), std::vector<std::uint64_t>{1});
  EXPECT_EQ(serves(), std::vector<std::uint64_t>{2});
  EXPECT_EQ(serves(), std::vector<std::uint64_t>{3});
  EXPECT_EQ(serves(), std::vector<std::uint64_t>{1});
}

TEST_F(Desk, has_so_many_requests_of_a_party_wait) {
  for (std::uint64_t i = 0; i < LeafDesk::kMostWaiting; ++i) ASSERT_TRUE(asks(i, 1, piece(0)));
  EXPECT_FALSE(asks(99, 1, piece(0)));
  EXPECT_TRUE(asks(100, 2, piece(0)));
}

TEST_F(Desk, has_nothing_hashed_for_who_has_left) {
  ASSERT_TRUE(asks(1, 1, piece(1)));
  ASSERT_TRUE(asks(1, 1, piece(2)));
  desk.step_out(ConnectionKey{1});
  EXPECT_EQ(desk.next(), std::nullopt);
}

TEST_F(Desk, goes_on_when_a_torrent_ends_whose_piece_is_being_hashed) {
  ASSERT_TRUE(asks(1, 1, piece(1)));
  ASSERT_TRUE(asks(2, 2, piece(1, SwarmKey{2})));
  ASSERT_EQ(desk.next(), piece(1));
  desk.step_out(kSwarm);
  EXPECT_EQ(desk.next(), piece(1, SwarmKey{2}));
  EXPECT_TRUE(desk.done(piece(1), tree()).empty()) << "the one that came too late";
  EXPECT_EQ(desk.next(), std::nullopt) << "the other one is being hashed";
}

TEST_F(Desk, remembers_what_was_spent_however_many_parties_ask) {
  gets(1, kNow);
  for (std::uint32_t i = 0; i < 2 * LeafDesk::kMostParties; ++i) {
    const auto other = Party::of(IpAddress(
        IpAddress::V4{std::byte{10}, std::byte(i >> 16), std::byte(i >> 8), std::byte(i)}));
    ASSERT_TRUE(desk.ask(piece(i), 1, {ConnectionKey{2}, {}}, other, kNow));
    serves();
  }
  EXPECT_FALSE(asks(1, 1, piece(7000)));
}

}  // namespace
}  // namespace shoal::torrent::leaf_desk_test
