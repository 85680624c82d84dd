// Hash requests in both directions (BEP 52).
#include <array>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/played_peer.hpp"
#include "torrent/peer_limits.hpp"

namespace shoal::torrent::peer_protocol_hashes_test {
namespace {

using namespace std::chrono_literals;
using test::PlayedPeer;
using test::SampleFile;
using ::testing::IsEmpty;

/// 600 pieces of one block each, the last one short: tree height 10.
const SampleFile& many_pieces() {
  static const SampleFile file(600 * 16384 - 5, 16384);
  return file;
}
/// 11 pieces of four blocks: tree height 6, piece level 2.
const SampleFile& few_pieces() {
  static const SampleFile file(10 * 65536 + 30'000, 65536);
  return file;
}

wire::HashRange range(const SampleFile& file, std::uint32_t base, std::uint32_t index,
                      std::uint32_t length, std::uint32_t proof) {
  return {file.info().root, base, index, length, proof};
}
merkle::HashRequest request_of(const wire::HashRange& range) {
  return {range.root, range.base, range.index, range.length, range.proof};
}
std::vector<Digest> digests(BytesView bytes) {
  std::vector<Digest> all(bytes.size() / 32);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::memcpy(all[i].bytes.data(), bytes.data() + 32 * i, 32);
  }
  return all;
}
Bytes joined(const std::vector<Digest>& hashes) {
  Bytes bytes;
  for (const Digest& hash : hashes) bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  return bytes;
}

// ---- asked of us

TEST(PeerProtocolHashes, of_the_piece_layer_are_served_with_proof_even_to_a_silent_peer) {
  const SampleFile& file = many_pieces();
  auto peer = PlayedPeer::of_seeder(file, {.fast = false, .extended = false});
  for (const wire::HashRange& asked : {range(file, 0, 0, 512, 9), range(file, 0, 512, 512, 9)}) {
    ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
    const auto answers = peer.says_of<wire::Hashes>();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].range, asked);
    EXPECT_TRUE(merkle::proves(request_of(asked), digests(answers[0].hashes), 10));
  }
}

TEST(PeerProtocolHashes, come_with_as_much_proof_as_is_asked_for_and_as_often) {
  const SampleFile& file = many_pieces();
  auto peer = PlayedPeer::of_seeder(file);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(peer.hears(wire::HashRequest{range(file, 0, 512, 128, 7)}));
    const auto answers = peer.says_of<wire::Hashes>();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].hashes.size(), (128 + 1) * 32u);
  }
}

TEST(PeerProtocolHashes, are_served_one_at_a_time_with_the_sibling_that_stock_clients_expect) {
  const SampleFile file(513 * 16384, 16384);
  auto peer = PlayedPeer::of_seeder(file);
  ASSERT_TRUE(peer.hears(wire::HashRequest{range(file, 0, 512, 1, 9)}));
  const auto answers = peer.says_of<wire::Hashes>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].hashes.size(), 11 * 32u);
}

TEST(PeerProtocolHashes, that_do_not_exist_are_rejected_above_the_leaves_and_passed_over_below) {
  const SampleFile& file = few_pieces();
  const int height = file.geometry().tree_height();
  ASSERT_EQ(height, 6);
  const std::vector<wire::HashRange> wrong{
      range(file, 2, 0, 16, 4),   // more proof than there are layers
      range(file, 2, 16, 16, 3),  // past the end
      range(file, 2, 1, 2, 3),    // not aligned
      range(file, 2, 0, 3, 3),    // no power of two
      range(file, 2, 0, 0, 3),          range(file, 6, 0, 1, 0),
      range(file, 0xffffffff, 0, 1, 0), range(file, 2, 0xffffffff, 1, 0),
      range(file, 2, 0, 0x80000000, 0), range(file, 2, 0, 16, 0xffffffff),
      {Digest{}, 2, 0, 16, 3}};
  for (wire::HashRange asked : wrong) {
    auto peer = PlayedPeer::of_seeder(file);
    ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
    const auto rejects = peer.says_of<wire::HashReject>();
    ASSERT_EQ(rejects.size(), 1u) << asked.base << ' ' << asked.index << ' ' << asked.length;
    EXPECT_EQ(rejects[0].range, asked);
  }
  // A reject of these crashes libtorrent 2.0.8.
  for (const wire::HashRange& asked :
       {range(file, 0, 0, 128, 0), range(file, 0, 0, 4, 6), range(file, 0, 0, 0, 0)}) {
    auto peer = PlayedPeer::of_seeder(file);
    peer.says();
    ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
    EXPECT_THAT(peer.says(), IsEmpty());
    EXPECT_THAT(peer.protocol().leaf_requests(), IsEmpty());
  }
}

TEST(PeerProtocolHashes, are_rejected_while_the_layer_is_not_known_unless_they_are_leaves) {
  const SampleFile& file = few_pieces();
  for (std::uint32_t base = 0; base < 6; ++base) {
    auto peer = PlayedPeer::of_newcomer(file);
    ASSERT_TRUE(peer.hears(wire::HashRequest{range(file, base, 0, 1, 0)}));
    EXPECT_EQ(peer.says_of<wire::HashReject>().size(), base == 0 ? 0u : 1u) << base;
  }
  auto peer = PlayedPeer::of_newcomer(many_pieces());  // its leaves are its piece layer
  ASSERT_TRUE(peer.hears(wire::HashRequest{range(many_pieces(), 0, 0, 512, 9)}));
  EXPECT_EQ(peer.says_of<wire::HashReject>().size(), 1u);
}

TEST(PeerProtocolHashes, below_the_piece_layer_are_served_from_the_pieces_leaves) {
  const SampleFile& file = few_pieces();
  auto peer = PlayedPeer::of_seeder(file);
  for (const wire::HashRange& asked : {range(file, 0, 16, 4, 5), range(file, 1, 20, 2, 4)}) {
    ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
    const auto wanted = std::exchange(peer.protocol().leaf_requests(), {});
    ASSERT_EQ(wanted.size(), 1u);
    EXPECT_EQ(wanted[0], request_of(asked));
    const auto leaves = file.tree_of(PieceIndex{asked.index >> (2 - asked.base)});
    peer.protocol().answer_leaves(wanted[0], &leaves);
    const auto answers = peer.says_of<wire::Hashes>();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_TRUE(merkle::proves(request_of(asked), digests(answers[0].hashes), 6));
  }
}

TEST(PeerProtocolHashes, of_a_file_of_one_piece_are_served_from_its_leaves) {
  const SampleFile file(5 * 16384, 262144);  // height 3, whatever the piece length
  auto peer = PlayedPeer::of_seeder(file);
  const wire::HashRange asked = range(file, 0, 0, 8, 2);
  ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
  ASSERT_EQ(peer.protocol().leaf_requests().size(), 1u);
  const auto leaves = file.tree_of(PieceIndex{0});
  peer.protocol().answer_leaves(request_of(asked), &leaves);
  const auto answers = peer.says_of<wire::Hashes>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(merkle::proves(request_of(asked), digests(answers[0].hashes), 3));
}

// libtorrent 2.0.8 takes a reject of leaves for one of a piece layer and writes where it should not
// (trap T4).
TEST(PeerProtocolHashes, of_leaves_are_never_rejected) {
  const SampleFile& file = few_pieces();
  constexpr std::array<std::uint32_t, 1> kPieces{1};
  PlayedPeer peer(file, file.with(kPieces), true, {});
  // Not here, of two pieces, of the short last piece that is not here, past the end.
  for (const wire::HashRange& asked : {range(file, 0, 0, 4, 5), range(file, 0, 0, 8, 5),
                                       range(file, 0, 40, 4, 5), range(file, 0, 60, 4, 5)}) {
    ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
    EXPECT_THAT(peer.says_of<wire::HashReject>(), IsEmpty()) << asked.index;
    EXPECT_THAT(peer.protocol().leaf_requests(), IsEmpty());
  }
  ASSERT_TRUE(peer.hears(wire::HashRequest{range(file, 0, 4, 4, 5)}));
  EXPECT_EQ(peer.protocol().leaf_requests().size(), 1u);
}

TEST(PeerProtocolHashes, of_leaves_that_cannot_be_read_or_proven_are_not_told) {
  const SampleFile& file = few_pieces();
  auto peer = PlayedPeer::of_seeder(file);
  peer.says();
  const wire::HashRange asked = range(file, 0, 0, 4, 5);
  const auto other = file.tree_of(PieceIndex{1});
  for (const merkle::LayerTree* leaves : {static_cast<const merkle::LayerTree*>(nullptr), &other}) {
    ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
    peer.protocol().answer_leaves(request_of(asked), leaves);
    EXPECT_THAT(peer.says(), IsEmpty());
  }
}

TEST(PeerProtocolHashes, between_leaves_and_pieces_are_rejected_where_the_piece_is_not_here) {
  const SampleFile& file = few_pieces();
  PlayedPeer peer(file, file.with({}), true, {});
  ASSERT_TRUE(peer.hears(wire::HashRequest{range(file, 1, 0, 2, 4)}));
  EXPECT_EQ(peer.says_of<wire::HashReject>().size(), 1u);
}

TEST(PeerProtocolHashes, of_leaves_are_worked_at_four_at_a_time) {
  const SampleFile& file = few_pieces();
  auto peer = PlayedPeer::of_seeder(file);
  const wire::HashRange asked = range(file, 0, 0, 4, 5);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
  EXPECT_EQ(std::exchange(peer.protocol().leaf_requests(), {}).size(), 4u);
  ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
  EXPECT_THAT(peer.protocol().leaf_requests(), IsEmpty()) << "the four are not answered yet";
  const auto leaves = file.tree_of(PieceIndex{0});
  peer.protocol().answer_leaves(request_of(asked), &leaves);
  ASSERT_TRUE(peer.hears(wire::HashRequest{asked}));
  EXPECT_EQ(peer.protocol().leaf_requests().size(), 1u);
}

TEST(PeerProtocolHashes, of_leaves_end_the_connection_of_a_peer_that_asks_without_reading) {
  const SampleFile file(64 * 65536, 1 << 20);
  auto peer = PlayedPeer::of_seeder(file);
  const wire::HashRange asked = range(file, 0, 0, 64, 7);
  const auto leaves = file.tree_of(PieceIndex{0});
  Result<void> result;
  int answers = 0;
  for (; answers < 10'000 && result; ++answers) {
    result = peer.hears(wire::HashRequest{asked});
    if (result) peer.protocol().answer_leaves(request_of(asked), &leaves);
  }
  EXPECT_FALSE(result);
  EXPECT_GT(answers, 400);
  EXPECT_LE(peer.protocol().outbox().size(), (1u << 20) + 20'000);
}

TEST(PeerProtocolHashes, end_the_connection_of_a_peer_that_asks_without_reading) {
  const SampleFile& file = many_pieces();
  auto peer = PlayedPeer::of_seeder(file);
  Result<void> result;
  for (int i = 0; i < 1000 && result; ++i) {
    result = peer.hears(wire::HashRequest{range(file, 0, 0, 512, 9)});
  }
  EXPECT_FALSE(result);
  EXPECT_LE(peer.protocol().outbox().size(), (1u << 20) + 20'000);
}

TEST(PeerProtocolHashes, are_told_however_much_else_waits_to_be_read) {
  const SampleFile& file = many_pieces();
  auto peer = PlayedPeer::of_seeder(file);
  for (int i = 0; i < 200'000; ++i) peer.protocol().announce(PieceIndex{7});
  peer.protocol().tell_haves();
  EXPECT_TRUE(peer.hears(wire::HashRequest{range(file, 0, 0, 512, 9)}));
}

TEST(PeerProtocolHashes, or_interest_that_changes_without_end_costs_a_peer_its_connection) {
  const SampleFile& file = many_pieces();
  auto peer = PlayedPeer::of_seeder(file);
  Result<void> result;
  for (int i = 0; i < 1'000'000 && result; ++i) {
    result = peer.hears(wire::Interested{});
    peer.protocol().set_choked(i % 2 == 0);  // as UploadSlots may answer
  }
  EXPECT_FALSE(result);
  EXPECT_LE(peer.protocol().outbox().size(), (1u << 20) + 20'000);
}

// ---- asked by us

std::vector<wire::HashRange> asked_for(PlayedPeer& peer) {
  peer.protocol().ask_for_more(peer.now);
  std::vector<wire::HashRange> ranges;
  for (const auto& request : peer.says_of<wire::HashRequest>()) ranges.push_back(request.range);
  return ranges;
}

TEST(PeerProtocolLayer, is_asked_of_a_peer_once_it_has_a_piece_and_before_any_block) {
  const SampleFile& file = many_pieces();
  auto peer = PlayedPeer::of_newcomer(file);
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));
  ASSERT_TRUE(peer.hears(wire::HaveNone{}));
  EXPECT_THAT(asked_for(peer), IsEmpty());
  ASSERT_TRUE(peer.hears(wire::Have{7}));
  EXPECT_EQ(asked_for(peer), (std::vector{range(file, 0, 0, 512, 9), range(file, 0, 512, 512, 9)}));
  EXPECT_THAT(peer.asks(), IsEmpty());
}

TEST(PeerProtocolLayer, is_taken_when_all_of_it_is_proven_and_blocks_are_asked_for_then) {
  const SampleFile& file = many_pieces();
  auto peer = PlayedPeer::of_newcomer(file);
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  for (const wire::HashRange& asked : asked_for(peer)) {
    EXPECT_EQ(peer.layers_proven_calls, 0u);
    const Bytes hashes = joined(file.layers().answer(request_of(asked)));
    ASSERT_TRUE(peer.hears(wire::Hashes{asked, hashes}));
  }
  EXPECT_EQ(peer.layers_proven_calls, 1u);
  EXPECT_EQ(peer.asks().size(), kStartDepth);
}

TEST(PeerProtocolLayer, ends_the_connection_over_hashes_that_do_not_lead_to_the_root) {
  const SampleFile& file = many_pieces();
  auto peer = PlayedPeer::of_newcomer(file);
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  const wire::HashRange asked = asked_for(peer).at(0);
  Bytes hashes = joined(file.layers().answer(request_of(asked)));
  hashes[100 * 32] ^= std::byte{1};
  const auto result = peer.hears(wire::Hashes{asked, hashes});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::unprovable);
  EXPECT_EQ(peer.layers_proven_calls, 0u);
}

TEST(PeerProtocolLayer, ignores_hashes_that_it_has_no_use_for) {
  const SampleFile& file = few_pieces();
  const wire::HashRange chunk = range(file, 2, 0, 16, 3);
  const Bytes hashes = joined(file.layers().answer(request_of(chunk)));
  const Bytes rubbish(32);
  auto newcomer = PlayedPeer::of_newcomer(file);
  EXPECT_TRUE(newcomer.hears(wire::Hashes{range(file, 0, 0, 4, 5), rubbish}));
  auto leecher = PlayedPeer::of_leecher(file);
  auto seeder = PlayedPeer::of_seeder(file);
  for (PlayedPeer* peer : {&seeder, &newcomer})
    EXPECT_TRUE(peer->hears(wire::Hashes{chunk, hashes}));
  EXPECT_EQ(newcomer.layers_proven_calls, 1u) << "proof is proof";
  EXPECT_TRUE(newcomer.hears(wire::Hashes{chunk, rubbish}));
  EXPECT_EQ(newcomer.layers_proven_calls, 1u);
}

TEST(PeerProtocolLayer, is_asked_of_a_rejecting_peer_again_after_three_seconds_not_at_once) {
  const SampleFile& file = few_pieces();
  auto peer = PlayedPeer::of_newcomer(file);
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  std::size_t requests = 0;
  for (Duration waited{}; waited < 30s; waited += 100ms) {
    for (const wire::HashRange& asked : asked_for(peer)) {
      ++requests;
      ASSERT_TRUE(peer.hears(wire::HashReject{asked}));
      ASSERT_TRUE(peer.hears(wire::HashReject{asked}));
    }
    peer.now += 100ms;
  }
  EXPECT_EQ(requests, 10u);
}

TEST(PeerProtocolLayer, is_asked_for_again_after_three_seconds_and_more_of_a_peer_that_is_mute) {
  const SampleFile& file = few_pieces();
  auto peer = PlayedPeer::of_newcomer(file);
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  EXPECT_EQ(asked_for(peer).size(), 1u);
  ASSERT_TRUE(peer.waits(2500ms));
  EXPECT_THAT(peer.says_of<wire::HashRequest>(), IsEmpty());
  ASSERT_TRUE(peer.waits(1000ms));
  EXPECT_EQ(peer.says_of<wire::HashRequest>().size(), 1u);
}

TEST(PeerProtocolLayer, is_asked_of_others_when_the_peer_leaves) {
  const SampleFile& file = few_pieces();
  auto peer = PlayedPeer::of_newcomer(file);
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  ASSERT_EQ(asked_for(peer).size(), 1u);
  const Bitfield all = file.whole().have();
  EXPECT_FALSE(peer.download().layers_fetch().next(ConnectionKey{2}, all, peer.now));
  peer.protocol().ended();
  EXPECT_TRUE(peer.download().layers_fetch().next(ConnectionKey{2}, all, peer.now));
}

}  // namespace
}  // namespace shoal::torrent::peer_protocol_hashes_test
