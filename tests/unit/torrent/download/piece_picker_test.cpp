#include "torrent/download/piece_picker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::torrent::piece_picker_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time kStart{1h};
constexpr ConnectionKey kAnn{1};
constexpr ConnectionKey kBob{2};
constexpr ConnectionKey kCyd{3};
constexpr ConnectionKey kDan{4};
constexpr ConnectionKey kEve{5};
constexpr std::uint64_t kSeed = 4;

PieceIndex piece(std::uint32_t i) {
  return PieceIndex{i};
}

/// Pieces of four blocks.
Geometry geometry(std::uint32_t pieces) {
  return *Geometry::make(std::uint64_t{pieces} * 4 * kBlockLength, 4 * kBlockLength);
}

Bitfield set_of(std::uint32_t pieces, std::initializer_list<std::uint32_t> members) {
  Bitfield set(pieces);
  for (const std::uint32_t member : members) set.set(member);
  return set;
}

Bitfield all_of(std::uint32_t pieces) {
  Bitfield set(pieces);
  set.set_all();
  return set;
}

struct Fixture {
  explicit Fixture(std::uint32_t n, std::initializer_list<std::uint32_t> have = {})
      : pieces(n), picker(geometry(n), set_of(n, have), kSeed) {}

  std::vector<BlockRef> pick(ConnectionKey key, const Bitfield& set, std::size_t count,
                             Time now = kStart, std::size_t outstanding = 0) {
    std::vector<BlockRef> out;
    picker.pick({key, set, outstanding}, count, now, out);
    return out;
  }
  void arrive(const std::vector<BlockRef>& blocks, ConnectionKey from) {
    for (const BlockRef block : blocks) EXPECT_TRUE(picker.arrived(block, from).accepted);
  }

  std::uint32_t pieces;
  PiecePicker picker;
};

TEST(PiecePicker, asks_for_whole_pieces_with_their_blocks_in_order) {
  Fixture f(3);
  f.picker.peer_has_all();
  const std::vector<BlockRef> blocks = f.pick(kAnn, all_of(3), 12);
  ASSERT_EQ(blocks.size(), 12u);
  for (std::uint32_t i = 0; i < 12; ++i) {
    EXPECT_EQ(blocks[i].piece, blocks[i - i % 4].piece);
    EXPECT_EQ(blocks[i].block, i % 4);
  }
}

TEST(PiecePicker, appends_to_what_was_picked_before) {
  Fixture f(2);
  std::vector<BlockRef> out = f.pick(kAnn, all_of(2), 2);
  f.picker.pick({kAnn, all_of(2), 2}, 3, kStart, out);
  EXPECT_EQ(out.size(), 5u);
}

TEST(PiecePicker, asks_for_no_more_than_the_blocks_of_a_short_last_piece) {
  PiecePicker picker(*Geometry::make(5 * kBlockLength + 1, 4 * kBlockLength), set_of(2, {0}),
                     kSeed);
  picker.peer_has_all();
  std::vector<BlockRef> out;
  picker.pick({kAnn, all_of(2), 0}, 10, kStart, out);
  EXPECT_THAT(out, ElementsAre(BlockRef{piece(1), 0}, BlockRef{piece(1), 1}));
}

TEST(PiecePicker, takes_the_rarest_piece_that_the_peer_has) {
  Fixture f(4);
  const Bitfield ann = set_of(4, {0, 1, 2});
  f.picker.peer_has_these(ann);
  f.picker.peer_has_these(set_of(4, {0, 2}));
  f.picker.peer_has(piece(2));
  EXPECT_EQ(f.pick(kAnn, ann, 1).front().piece, piece(1));
  EXPECT_EQ(f.pick(kBob, set_of(4, {0, 2}), 1).front().piece, piece(0));
}

TEST(PiecePicker, gives_a_piece_to_several_peers) {
  Fixture f(2);
  const Bitfield both = set_of(2, {0});
  f.picker.peer_has_these(both);
  f.picker.peer_has_these(both);
  EXPECT_THAT(f.pick(kAnn, both, 2), ElementsAre(BlockRef{piece(0), 0}, BlockRef{piece(0), 1}));
  EXPECT_THAT(f.pick(kBob, both, 2), ElementsAre(BlockRef{piece(0), 2}, BlockRef{piece(0), 3}));
}

TEST(PiecePicker, prefers_a_started_piece_to_a_rarer_one_at_an_incomplete_peer) {
  Fixture f(3);
  const Bitfield common = set_of(3, {0});
  const Bitfield ann = set_of(3, {0, 1});
  f.picker.peer_has_these(ann);
  f.picker.peer_has_these(common);
  ASSERT_EQ(f.pick(kBob, common, 1).front().piece, piece(0));
  EXPECT_EQ(f.pick(kAnn, ann, 1).front().piece, piece(0));
}

TEST(PiecePicker, prefers_a_rarer_piece_to_a_started_one_at_a_complete_peer) {
  Fixture f(2);
  const Bitfield common = set_of(2, {0});
  f.picker.peer_has_all();
  f.picker.peer_has_these(common);
  ASSERT_EQ(f.pick(kBob, common, 1).front().piece, piece(0));
  EXPECT_EQ(f.pick(kAnn, all_of(2), 1).front().piece, piece(1));
}

TEST(PiecePicker, asks_a_peer_that_is_spared_only_for_what_nobody_else_has) {
  Fixture f(3);
  f.picker.peer_has_all();
  f.picker.peer_has_these(set_of(3, {0, 2}));
  std::vector<BlockRef> out;
  f.picker.pick({.key = kAnn, .pieces = all_of(3), .outstanding = 0, .spared = true}, 10, kStart,
                out);
  EXPECT_THAT(out, ElementsAre(BlockRef{piece(1), 0}, BlockRef{piece(1), 1}, BlockRef{piece(1), 2},
                               BlockRef{piece(1), 3}));
  EXPECT_EQ(f.pick(kAnn, all_of(3), 10).size(), 8u);  // not spared any more
}

TEST(PiecePicker, asks_a_spared_peer_for_no_more_of_a_started_piece_that_others_have) {
  Fixture f(1);
  f.picker.peer_has_all();
  ASSERT_EQ(f.pick(kAnn, all_of(1), 1).size(), 1u);
  f.picker.peer_has(piece(0));
  std::vector<BlockRef> out;
  f.picker.pick({.key = kAnn, .pieces = all_of(1), .outstanding = 1, .spared = true}, 10, kStart,
                out);
  EXPECT_TRUE(out.empty());
}

TEST(PiecePicker, prefers_a_started_piece_among_equals_at_a_complete_peer) {
  Fixture f(50);
  f.picker.peer_has_all();
  const PieceIndex first = f.pick(kAnn, all_of(50), 1).front().piece;
  EXPECT_EQ(f.pick(kBob, all_of(50), 1).front(), (BlockRef{first, 1}));
}

TEST(PiecePicker, spreads_peers_with_different_seeds_over_different_pieces) {
  std::vector<PieceIndex> first;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    PiecePicker picker(geometry(1000), Bitfield(1000), seed);
    picker.peer_has_all();
    std::vector<BlockRef> out;
    picker.pick({kAnn, all_of(1000), 0}, 1, kStart, out);
    first.push_back(out.front().piece);
  }
  std::ranges::sort(first);
  const auto repeats = std::ranges::unique(first);
  EXPECT_LE(repeats.size(), 3u);
}

TEST(PiecePicker, never_asks_for_a_piece_that_is_had) {
  Fixture f(3, {0, 2});
  f.picker.peer_has_all();
  for (const BlockRef block : f.pick(kAnn, all_of(3), 100)) EXPECT_EQ(block.piece, piece(1));
}

TEST(PiecePicker, does_not_ask_for_a_full_piece_while_it_is_being_proven) {
  Fixture f(1);
  f.picker.peer_has_all();
  const std::vector<BlockRef> blocks = f.pick(kAnn, all_of(1), 4);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_FALSE(f.picker.arrived(blocks[i], kAnn).piece_full);
  EXPECT_TRUE(f.picker.arrived(blocks[3], kAnn).piece_full);
  EXPECT_THAT(f.pick(kBob, all_of(1), 4, kStart + 1h), IsEmpty());
  EXPECT_FALSE(f.picker.complete());
  f.picker.proven(piece(0));
  EXPECT_TRUE(f.picker.complete());
  EXPECT_THAT(f.pick(kBob, all_of(1), 4, kStart + 1h), IsEmpty());
}

TEST(PiecePicker, asks_for_every_block_again_when_a_piece_failed) {
  Fixture f(1);
  f.picker.peer_has_all();
  f.arrive(f.pick(kAnn, all_of(1), 4), kAnn);
  f.picker.failed(piece(0));
  EXPECT_EQ(f.pick(kBob, all_of(1), 10).size(), 4u);
}

TEST(PiecePicker, counts_a_piece_proven_that_it_never_asked_for) {
  Fixture f(2);
  f.picker.proven(piece(1));
  EXPECT_TRUE(f.picker.have().test(1));
  f.picker.peer_has_all();
  EXPECT_EQ(f.pick(kAnn, all_of(2), 100).size(), 4u);
}

TEST(PiecePicker, accepts_a_block_once) {
  Fixture f(2);
  f.picker.peer_has_all();
  const BlockRef block = f.pick(kAnn, all_of(2), 1).front();
  EXPECT_TRUE(f.picker.arrived(block, kAnn).accepted);
  EXPECT_FALSE(f.picker.arrived(block, kAnn).accepted);
}

TEST(PiecePicker, accepts_a_late_block_that_was_given_up) {
  Fixture f(2);
  f.picker.peer_has_all();
  const BlockRef block = f.pick(kAnn, all_of(2), 1).front();
  f.picker.abandoned(block, kAnn);
  EXPECT_TRUE(f.picker.arrived(block, kAnn).accepted);
  EXPECT_EQ(f.pick(kBob, all_of(2), 100).size(), 7u);
}

TEST(PiecePicker, tells_whom_else_a_late_block_was_asked_of) {
  Fixture f(1);
  f.picker.peer_has_all();
  const BlockRef block = f.pick(kAnn, all_of(1), 1).front();
  f.picker.abandoned_all(kAnn);
  ASSERT_EQ(f.pick(kBob, all_of(1), 1).front(), block);
  EXPECT_THAT(f.picker.arrived(block, kAnn).also_asked, ElementsAre(kBob));
}

TEST(PiecePicker, gives_an_abandoned_block_to_another_peer) {
  Fixture f(1);
  f.picker.peer_has_all();
  const std::vector<BlockRef> blocks = f.pick(kAnn, all_of(1), 4);
  f.picker.abandoned(blocks[1], kAnn);
  EXPECT_THAT(f.pick(kBob, all_of(1), 4), ElementsAre(blocks[1]));
}

TEST(PiecePicker, ignores_an_abandon_by_whom_the_block_was_not_asked_of) {
  Fixture f(1);
  f.picker.peer_has_all();
  const std::vector<BlockRef> blocks = f.pick(kAnn, all_of(1), 4);
  f.picker.abandoned(blocks[1], kBob);
  EXPECT_THAT(f.pick(kBob, all_of(1), 4), IsEmpty());
}

TEST(PiecePicker, gives_everything_of_an_ended_connection_to_others) {
  Fixture f(3);
  f.picker.peer_has_all();
  const std::vector<BlockRef> ann = f.pick(kAnn, all_of(3), 6);
  const std::vector<BlockRef> bob = f.pick(kBob, all_of(3), 6);
  ASSERT_EQ(bob.size(), 6u);
  f.arrive({ann[0]}, kAnn);
  f.picker.abandoned_all(kAnn);
  EXPECT_THAT(f.pick(kCyd, all_of(3), 12),
              ::testing::UnorderedElementsAreArray(ann.begin() + 1, ann.end()));
}

TEST(PiecePicker, has_no_endgame_while_a_block_was_not_asked_for) {
  Fixture f(2);
  f.picker.peer_has_all();
  const Bitfield bob = set_of(2, {f.pick(kAnn, all_of(2), 4).front().piece == piece(0) ? 0u : 1u});
  f.picker.peer_has_these(bob);
  EXPECT_THAT(f.pick(kBob, bob, 4, kStart + 1h), IsEmpty());
}

TEST(PiecePicker, asks_a_second_peer_in_the_endgame_after_a_second) {
  Fixture f(1);
  f.picker.peer_has_all();
  const std::vector<BlockRef> blocks = f.pick(kAnn, all_of(1), 4);
  EXPECT_THAT(f.pick(kBob, all_of(1), 1, kStart + 1s), IsEmpty());
  EXPECT_THAT(f.pick(kBob, all_of(1), 4, kStart + 1001ms), ::testing::SizeIs(4));
}

TEST(PiecePicker, asks_for_the_longest_waiting_block_first_in_the_endgame) {
  Fixture f(1);
  f.picker.peer_has_all();
  f.pick(kAnn, all_of(1), 2, kStart + 100ms);
  f.pick(kAnn, all_of(1), 2, kStart + 200ms);
  f.picker.abandoned({piece(0), 0}, kAnn);
  f.pick(kAnn, all_of(1), 1, kStart + 300ms);
  EXPECT_THAT(f.pick(kBob, all_of(1), 1, kStart + 1h), ElementsAre(BlockRef{piece(0), 1}));
}

TEST(PiecePicker, never_asks_a_peer_twice_in_the_endgame) {
  Fixture f(1);
  f.picker.peer_has_all();
  f.pick(kAnn, all_of(1), 4);
  EXPECT_THAT(f.pick(kAnn, all_of(1), 4, kStart + 1h), IsEmpty());
  EXPECT_EQ(f.pick(kBob, all_of(1), 4, kStart + 1h).size(), 4u);
  EXPECT_THAT(f.pick(kBob, all_of(1), 4, kStart + 2h), IsEmpty());
}

// Liars may be asked first and second.
TEST(PiecePicker, asks_two_more_peers_in_the_endgame_each_after_twice_as_long_and_then_nobody) {
  Fixture f(1);
  f.picker.peer_has_all();
  const BlockRef block = f.pick(kAnn, all_of(1), 4).front();
  ASSERT_EQ(f.pick(kBob, all_of(1), 4, kStart + 2s).size(), 4u);
  EXPECT_THAT(f.pick(kCyd, all_of(1), 4, kStart + 4s), IsEmpty());
  ASSERT_EQ(f.pick(kCyd, all_of(1), 4, kStart + 4001ms).size(), 4u);
  EXPECT_THAT(f.pick(kDan, all_of(1), 4, kStart + 8001ms), IsEmpty());
  ASSERT_EQ(f.pick(kDan, all_of(1), 4, kStart + 8002ms).size(), 4u);
  EXPECT_THAT(f.pick(kEve, all_of(1), 4, kStart + 1h), IsEmpty());
  f.picker.abandoned(block, kBob);
  EXPECT_EQ(f.pick(kEve, all_of(1), 4, kStart + 1h).size(), 1u);
  EXPECT_THAT(f.picker.arrived(block, kCyd).also_asked, ElementsAre(kAnn, kDan, kEve));
}

TEST(PiecePicker, asks_a_peer_in_the_endgame_only_below_four_outstanding) {
  Fixture f(1);
  f.picker.peer_has_all();
  f.pick(kAnn, all_of(1), 4);
  EXPECT_THAT(f.pick(kBob, all_of(1), 4, kStart + 1h, 4), IsEmpty());
  EXPECT_EQ(f.pick(kBob, all_of(1), 4, kStart + 1h, 3).size(), 1u);
  EXPECT_EQ(f.pick(kCyd, all_of(1), 4, kStart + 1h, 1).size(), 3u);
}

TEST(PiecePicker, does_not_ask_a_peer_that_hangs_in_the_endgame) {
  Fixture f(1);
  f.picker.peer_has_all();
  f.pick(kAnn, all_of(1), 4);
  std::vector<BlockRef> out;
  f.picker.pick({kBob, all_of(1), 0, false}, 4, kStart + 1h, out);
  EXPECT_THAT(out, IsEmpty());
  f.picker.abandoned_all(kAnn);
  f.picker.pick({kBob, all_of(1), 0, false}, 4, kStart + 1h, out);
  EXPECT_EQ(out.size(), 4u) << "blocks that nobody owes are no endgame";
}

TEST(PiecePicker, asks_a_third_peer_only_when_the_second_has_waited_too) {
  Fixture f(1);
  f.picker.peer_has_all();
  f.pick(kAnn, all_of(1), 4);
  ASSERT_EQ(f.pick(kBob, all_of(1), 4, kStart + 5s).size(), 4u);
  f.picker.abandoned_all(kAnn);
  EXPECT_THAT(f.pick(kCyd, all_of(1), 4, kStart + 6s), IsEmpty());
  EXPECT_EQ(f.pick(kCyd, all_of(1), 4, kStart + 6001ms).size(), 4u);
}

TEST(PiecePicker, asks_in_the_endgame_only_for_what_the_peer_has) {
  Fixture f(2);
  f.picker.peer_has_all();
  f.pick(kAnn, all_of(2), 8);
  const Bitfield bob = set_of(2, {1});
  f.picker.peer_has_these(bob);
  for (const BlockRef block : f.pick(kBob, bob, 4, kStart + 1h)) EXPECT_EQ(block.piece, piece(1));
}

TEST(PiecePicker, tells_whom_to_cancel_when_an_endgame_block_arrives) {
  Fixture f(1);
  f.picker.peer_has_all();
  const BlockRef block = f.pick(kAnn, all_of(1), 4).front();
  f.pick(kBob, all_of(1), 4, kStart + 1h);
  EXPECT_THAT(f.picker.arrived(block, kBob).also_asked, ElementsAre(kAnn));
  const PiecePicker::Arrival late = f.picker.arrived(block, kAnn);
  EXPECT_FALSE(late.accepted);
  EXPECT_THAT(late.also_asked, IsEmpty());
}

TEST(PiecePicker, keeps_the_second_request_when_the_first_is_abandoned) {
  Fixture f(1);
  f.picker.peer_has_all();
  const BlockRef block = f.pick(kAnn, all_of(1), 4).front();
  f.pick(kBob, all_of(1), 4, kStart + 1h);
  f.picker.abandoned_all(kAnn);
  EXPECT_THAT(f.pick(kBob, all_of(1), 4, kStart + 2h), IsEmpty()) << "Bob owes all four";
  EXPECT_EQ(f.pick(kCyd, all_of(1), 4, kStart + 2h).size(), 4u);
  EXPECT_THAT(f.picker.arrived(block, kBob).also_asked, ElementsAre(kCyd));
}

TEST(PiecePicker, counts_complete_peers_and_single_pieces) {
  Fixture f(3);
  f.picker.peer_has_all();
  f.picker.peer_has_all();
  f.picker.peer_has_these(set_of(3, {0, 1}));
  f.picker.peer_has(piece(1));
  EXPECT_EQ(f.picker.availability(piece(0)), 3u);
  EXPECT_EQ(f.picker.availability(piece(1)), 4u);
  EXPECT_EQ(f.picker.availability(piece(2)), 2u);
  f.picker.peer_lost_all();
  f.picker.peer_lost_these(set_of(3, {0, 1}));
  f.picker.peer_lost(piece(1));
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(f.picker.availability(piece(i)), 1u);
}

TEST(PiecePicker, wants_only_what_is_missing) {
  Fixture f(4, {0, 1});
  EXPECT_FALSE(f.picker.wants_from(Bitfield(4)));
  EXPECT_FALSE(f.picker.wants_from(set_of(4, {0, 1})));
  EXPECT_TRUE(f.picker.wants_from(set_of(4, {3})));
  EXPECT_TRUE(f.picker.wants_from(all_of(4)));
}

TEST(PiecePicker, still_wants_a_started_piece_until_it_is_proven) {
  Fixture f(2, {0});
  const Bitfield peer = set_of(2, {1});
  f.picker.peer_has_these(peer);
  f.arrive(f.pick(kAnn, peer, 4), kAnn);
  EXPECT_TRUE(f.picker.wants_from(peer));
  f.picker.proven(piece(1));
  EXPECT_FALSE(f.picker.wants_from(peer));
}

TEST(PiecePicker, finds_the_one_new_piece_of_a_peer_that_had_nothing_to_give) {
  constexpr std::uint32_t kPieces = 5000;
  Fixture f(kPieces, {0});
  Bitfield ann = set_of(kPieces, {0});
  f.picker.peer_has_these(ann);
  ASSERT_THAT(f.pick(kAnn, ann, 4), IsEmpty());
  ann.set(4711);
  f.picker.peer_has(piece(4711));
  EXPECT_EQ(f.pick(kAnn, ann, 4).size(), 4u);
}

TEST(PiecePicker, finds_a_new_piece_among_thousands_of_announcements_by_others) {
  constexpr std::uint32_t kPieces = 5000;
  Fixture f(kPieces, {0});
  Bitfield ann = set_of(kPieces, {0});
  f.picker.peer_has_these(ann);
  ASSERT_THAT(f.pick(kAnn, ann, 4), IsEmpty());
  ann.set(4711);
  f.picker.peer_has(piece(4711));
  f.picker.peer_has_these(all_of(kPieces));
  EXPECT_EQ(f.pick(kAnn, ann, 4).front().piece, piece(4711));
}

TEST(PiecePicker, offers_a_failed_piece_to_a_peer_that_had_nothing_to_give) {
  Fixture f(2);
  const Bitfield ann = set_of(2, {0});
  f.picker.peer_has_these(ann);
  f.picker.peer_has_these(ann);
  f.arrive(f.pick(kBob, ann, 4), kBob);
  ASSERT_THAT(f.pick(kAnn, ann, 4), IsEmpty());
  f.picker.failed(piece(0));
  EXPECT_EQ(f.pick(kAnn, ann, 4).size(), 4u);
}

TEST(PiecePickerCheck, asks_only_for_what_is_known_to_be_missing) {
  Fixture f(3);
  f.picker.peer_has_all();
  f.picker.begin_check();
  EXPECT_THAT(f.pick(kAnn, all_of(3), 12), IsEmpty());
  EXPECT_TRUE(f.picker.wants_from(all_of(3))) << "it may have what is missing";
  f.picker.judged(piece(0), true);
  EXPECT_THAT(f.pick(kAnn, all_of(3), 12), IsEmpty());
  f.picker.judged(piece(1), false);
  const auto blocks = f.pick(kAnn, all_of(3), 12);
  ASSERT_EQ(blocks.size(), 4u);
  EXPECT_EQ(blocks.front().piece, piece(1));
  f.picker.judged(piece(2), true);
  EXPECT_EQ(f.picker.have(), set_of(3, {0, 2}));
}

TEST(PiecePickerCheck, wants_a_piece_that_is_not_judged_from_who_has_that_one_alone) {
  Fixture f(3);
  f.picker.begin_check();
  f.picker.judged(piece(0), true);
  f.picker.judged(piece(1), true);
  EXPECT_TRUE(f.picker.wants_from(set_of(3, {2})));
  EXPECT_FALSE(f.picker.wants_from(set_of(3, {1})));
  f.picker.judged(piece(2), true);
  EXPECT_FALSE(f.picker.wants_from(set_of(3, {2})));
}

TEST(PiecePickerCheck, takes_no_block_of_a_piece_that_may_be_here) {
  Fixture f(2);
  f.picker.begin_check();
  f.picker.judged(piece(0), false);
  EXPECT_FALSE(f.picker.arrived({piece(1), 0}, kAnn).accepted);
  EXPECT_TRUE(f.picker.arrived({piece(0), 0}, kAnn).accepted);
}

TEST(PiecePickerCheck, asks_nobody_twice_before_all_is_judged) {
  Fixture f(2);
  f.picker.peer_has_all();
  f.picker.begin_check();
  f.picker.judged(piece(0), false);
  EXPECT_EQ(f.pick(kAnn, all_of(2), 12).size(), 4u);
  EXPECT_THAT(f.pick(kBob, all_of(2), 12, kStart + 5s), IsEmpty());
  f.picker.judged(piece(1), true);
  EXPECT_EQ(f.pick(kBob, all_of(2), 12, kStart + 5s).size(), 4u) << "the endgame";
}

TEST(PiecePickerCheck, goes_through_the_pieces_in_any_order) {
  Fixture f(4);
  f.picker.peer_has_all();
  f.picker.begin_check();
  f.picker.judged(piece(3), false);
  f.picker.judged(piece(1), true);
  const auto blocks = f.pick(kAnn, all_of(4), 12);
  ASSERT_EQ(blocks.size(), 4u);
  EXPECT_EQ(blocks.front().piece, piece(3));
  EXPECT_FALSE(f.picker.arrived({piece(0), 0}, kAnn).accepted);
  EXPECT_TRUE(f.picker.wants_from(set_of(4, {2})));
  EXPECT_FALSE(f.picker.wants_from(set_of(4, {1})));
}

TEST(PiecePickerCheck, that_is_begun_again_takes_nothing_back) {
  Fixture f(2);
  f.picker.begin_check();
  f.picker.judged(piece(0), true);
  f.picker.begin_check();
  EXPECT_EQ(f.picker.have(), set_of(2, {0}));
  EXPECT_TRUE(f.picker.wants_from(set_of(2, {1})));
  f.picker.judged(piece(1), false);
  EXPECT_EQ(f.pick(kAnn, set_of(2, {1}), 12).size(), 0u) << "nobody was counted for it";
  f.picker.peer_has(piece(1));
  EXPECT_EQ(f.pick(kAnn, set_of(2, {1}), 12).size(), 4u);
}

TEST(PiecePickerCheck, asks_a_second_peer_though_some_pieces_wait_for_their_layers) {
  Fixture f(3);
  f.picker.peer_has_all();
  f.picker.begin_check();
  f.picker.lack_layers(1);
  f.picker.judged(piece(0), false);
  EXPECT_EQ(f.pick(kAnn, all_of(3), 12).size(), 4u);
  EXPECT_THAT(f.pick(kBob, all_of(3), 12, kStart + 5s), IsEmpty()) << "one is still looked at";
  f.picker.judged(piece(1), true);
  EXPECT_EQ(f.pick(kBob, all_of(3), 12, kStart + 5s).size(), 4u) << "the endgame";
}

TEST(PiecePickerCheck, offers_what_is_missing_to_who_had_nothing_before) {
  Fixture f(2);
  const Bitfield second = set_of(2, {1});
  f.picker.peer_has_these(second);
  f.picker.begin_check();
  f.picker.judged(piece(0), false);
  EXPECT_THAT(f.pick(kAnn, second, 4), IsEmpty());
  f.picker.judged(piece(1), false);
  EXPECT_EQ(f.pick(kAnn, second, 4).size(), 4u);
}

}  // namespace
}  // namespace shoal::torrent::piece_picker_test
