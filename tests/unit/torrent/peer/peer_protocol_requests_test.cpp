// Asking a peer for blocks, and whatever it does instead of sending them.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/played_peer.hpp"
#include "torrent/peer_limits.hpp"

namespace shoal::torrent::peer_protocol_requests_test {
namespace {

using namespace std::chrono_literals;
using test::PlayedPeer;
using test::SampleFile;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Pieces of 4 blocks; the last one is of one block of 100 bytes.
const SampleFile& file() {
  static const SampleFile file(16 * 65536 + 100, 65536);
  return file;
}
constexpr BlockRef kLast{PieceIndex{16}, 0};

/// A leecher whose peer has all and lets it ask.
class PeerProtocolRequests : public ::testing::Test {
 protected:
  PeerProtocolRequests() : PeerProtocolRequests(PlayedPeer::Options{}) {}
  explicit PeerProtocolRequests(PlayedPeer::Options options)
      : peer(PlayedPeer::of_leecher(file(), options)) {
    Bitfield all(file().geometry().pieces());
    all.set_all();
    const Bytes bits = all.to_wire();
    EXPECT_TRUE(peer.hears(wire::BitfieldMessage{bits}));
    EXPECT_TRUE(peer.hears(wire::Unchoke{}));
    peer.says();
  }
  static wire::BlockRange range(BlockRef block) {
    return {value(block.piece), block.block * kBlockLength, file().geometry().size(block)};
  }
  /// What another peer that has all would be asked for.
  std::vector<BlockRef> another_is_asked(std::size_t count) {
    Bitfield all(file().geometry().pieces());
    all.set_all();
    std::vector<BlockRef> blocks;
    peer.download().picker().pick({ConnectionKey{2}, all, 0}, count, peer.now, blocks);
    return blocks;
  }
  /// It asks, is answered, and so on, until all blocks have come.
  void fetch_all() {
    for (int i = 0; i < 1000 && !peer.content().complete(); ++i) {
      for (const BlockRef block : peer.asks()) ASSERT_TRUE(peer.hears_block(block));
      (void)peer.stores();
      peer.now += 10ms;
    }
  }

  PlayedPeer peer;
};

class PeerProtocolRequestsNotFast : public PeerProtocolRequests {
 protected:
  PeerProtocolRequestsNotFast() : PeerProtocolRequests(PlayedPeer::Options{.fast = false}) {}
};

TEST_F(PeerProtocolRequests, begin_with_a_few_blocks_that_are_all_different) {
  const auto blocks = peer.asks();
  EXPECT_EQ(blocks.size(), kStartDepth);
  EXPECT_EQ(std::set<BlockRef>(blocks.begin(), blocks.end()).size(), blocks.size());
  EXPECT_THAT(peer.asks(), IsEmpty()) << "nothing more before something came";
}

TEST_F(PeerProtocolRequests, go_on_until_every_block_was_asked_for_once_and_the_file_is_whole) {
  fetch_all();
  EXPECT_TRUE(peer.content().complete());
}

TEST_F(PeerProtocolRequests, name_the_exact_length_of_the_short_last_block) {
  (void)another_is_asked(64);  // all but one
  const auto left = peer.asks();
  ASSERT_EQ(left.size(), 1u);
  auto last = PlayedPeer::of_leecher(file());
  ASSERT_TRUE(last.hears(wire::Unchoke{}));
  ASSERT_TRUE(last.hears(wire::Have{16}));
  last.protocol().ask_for_more(last.now);
  const auto requests = last.says_of<wire::Request>();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].range, (wire::BlockRange{16, 0, 100}));
}

TEST_F(PeerProtocolRequests, obey_the_queue_length_that_the_peer_announced) {
  wire::ExtendedHandshake hello;
  hello.request_queue = 3;
  const Bytes payload = wire::encode(hello);
  ASSERT_TRUE(peer.hears(wire::Extended{wire::kExtendedHandshakeId, payload}));
  EXPECT_EQ(peer.asks().size(), 3u);
}

TEST(PeerProtocolRequestsBefore, unchoke_are_none) {
  auto peer = PlayedPeer::of_leecher(file());
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  EXPECT_THAT(peer.asks(), IsEmpty());
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));  // repeats are normal
  EXPECT_EQ(peer.asks().size(), kStartDepth);
}

TEST(PeerProtocolRequestsBefore, the_layer_is_proven_are_none) {
  PlayedPeer peer(file(), file().missing(), true, {});
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));
  EXPECT_THAT(peer.asks(), IsEmpty());
}

// ---- blocks

TEST_F(PeerProtocolRequests, accept_a_last_block_that_is_padded_to_its_full_length) {
  Bytes padded(kBlockLength);
  std::ranges::copy(file().block(kLast), padded.begin());
  std::vector<BlockRef> asked = peer.asks();
  while (std::ranges::find(asked, kLast) == asked.end()) {
    ASSERT_FALSE(asked.empty());
    for (const BlockRef block : asked) ASSERT_TRUE(peer.hears_block(block));
    asked = peer.asks();
  }
  (void)peer.stores();
  ASSERT_TRUE(peer.hears(wire::Piece{16, 0, padded}));
  ASSERT_EQ(peer.protocol().received().size(), 1u);
  EXPECT_EQ(peer.protocol().received()[0].data.size(), 100u);
  EXPECT_TRUE(peer.stores().at(0).proven);
}

TEST_F(PeerProtocolRequests, end_the_connection_over_a_block_out_of_range) {
  (void)peer.asks();
  const Bytes whole(kBlockLength);
  const Bytes part(100);
  for (const wire::Piece& wrong : {wire::Piece{17, 0, whole},
                                   {0xffffffff, 0, whole},
                                   {0, 65536, whole},
                                   {0, 1, whole},
                                   {0, 0xffffc000, whole},
                                   {0, 0, part},
                                   {16, 16384, whole},
                                   {16, 0, BytesView(part).first(99)}}) {
    const auto result = peer.hears(wrong);
    ASSERT_FALSE(result) << wrong.piece << ' ' << wrong.begin;
    EXPECT_EQ(result.error().code, Errc::bad_input);
  }
  EXPECT_THAT(peer.protocol().received(), IsEmpty());
}

TEST_F(PeerProtocolRequests, end_the_connection_over_a_block_nobody_asked_for) {
  EXPECT_FALSE(peer.hears_block({PieceIndex{0}, 0}));
  EXPECT_THAT(peer.protocol().received(), IsEmpty());
}

TEST_F(PeerProtocolRequests, end_the_connection_over_a_block_that_comes_twice) {
  const BlockRef block = peer.asks().at(0);
  ASSERT_TRUE(peer.hears_block(block));
  EXPECT_FALSE(peer.hears_block(block));
}

TEST(PeerProtocolRequestsOf, a_seeder_are_none_so_blocks_end_the_connection) {
  auto peer = PlayedPeer::of_seeder(file());
  EXPECT_FALSE(peer.hears_block({PieceIndex{0}, 0}));
}

TEST_F(PeerProtocolRequests, tell_others_to_forget_a_block_that_they_were_asked_for_too) {
  auto theirs = another_is_asked(65);  // everything; then, in the endgame, we ask as well
  peer.now += 2s;
  const auto ours = peer.asks();
  ASSERT_FALSE(ours.empty());
  ASSERT_TRUE(peer.hears_block(ours[0]));
  EXPECT_THAT(peer.cancelled_elsewhere, ElementsAre(std::pair(ConnectionKey{2}, ours[0])));
}

// ---- cancels and late blocks

TEST_F(PeerProtocolRequests, that_are_cancelled_may_be_answered_late_but_once_only) {
  const BlockRef block = peer.asks().at(0);
  (void)peer.download().picker().arrived(block, ConnectionKey{2});
  peer.protocol().cancel(block);
  const auto cancels = peer.says_of<wire::Cancel>();
  ASSERT_EQ(cancels.size(), 1u);
  EXPECT_EQ(cancels[0].range, range(block));
  ASSERT_TRUE(peer.hears_block(block));
  EXPECT_THAT(peer.protocol().received(), IsEmpty()) << "it is here already";
  EXPECT_FALSE(peer.hears_block(block));
}

TEST_F(PeerProtocolRequests, cancel_nothing_that_was_not_asked_for) {
  peer.protocol().cancel({PieceIndex{0}, 0});
  EXPECT_THAT(peer.says_of<wire::Cancel>(), IsEmpty());
  EXPECT_FALSE(peer.hears_block({PieceIndex{0}, 0}));
}

TEST_F(PeerProtocolRequests, are_cancelled_when_the_download_ends_and_late_blocks_do_no_harm) {
  const auto blocks = peer.asks();
  peer.protocol().download_ended();
  const auto messages = peer.says();
  EXPECT_EQ(std::ranges::count_if(
                messages, [](const auto& m) { return std::holds_alternative<wire::Cancel>(m); }),
            static_cast<std::ptrdiff_t>(blocks.size()));
  EXPECT_TRUE(std::holds_alternative<wire::NotInterested>(messages.back()));
  for (const BlockRef block : blocks) ASSERT_TRUE(peer.hears_block(block));
  EXPECT_THAT(peer.protocol().received(), IsEmpty());
  EXPECT_FALSE(peer.hears_block(blocks[0]));
  EXPECT_TRUE(peer.waits(60s));
}

TEST_F(PeerProtocolRequests, go_to_others_when_the_connection_ends) {
  const auto ours = peer.asks();
  EXPECT_EQ(another_is_asked(100).size(), 65 - ours.size());
  peer.protocol().ended();
  const auto theirs = another_is_asked(100);
  EXPECT_EQ(std::set<BlockRef>(theirs.begin(), theirs.end()),
            std::set<BlockRef>(ours.begin(), ours.end()));
}

// ---- rejects and chokes

TEST_F(PeerProtocolRequests, that_are_rejected_go_to_others_and_are_not_repeated_for_a_second) {
  const auto ours = peer.asks();
  for (const BlockRef block : ours) ASSERT_TRUE(peer.hears(wire::Reject{range(block)}));
  EXPECT_THAT(peer.asks(), IsEmpty());
  peer.now += 999ms;
  EXPECT_THAT(peer.asks(), IsEmpty());
  EXPECT_EQ(another_is_asked(100).size(), 65u);
}

TEST_F(PeerProtocolRequests, are_made_again_a_second_after_a_reject) {
  const auto before = peer.asks();
  for (const BlockRef block : before) ASSERT_TRUE(peer.hears(wire::Reject{range(block)}));
  peer.now += 1s;
  EXPECT_FALSE(peer.asks().empty());
}

TEST_F(PeerProtocolRequests, end_with_a_peer_that_rejects_without_end) {
  Result<void> result;
  for (int second = 0; second < 300 && result; ++second) {
    for (const BlockRef block : peer.asks()) {
      result = peer.hears(wire::Reject{range(block)});
      if (!result) break;
    }
    peer.now += 1s;
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::io) << "no crime, but no use either";
}

TEST_F(PeerProtocolRequests, survive_rejects_of_what_was_not_asked_for) {
  const auto ours = peer.asks();
  for (const wire::BlockRange& odd : {wire::BlockRange{17, 0, 16384},
                                      {0xffffffff, 0xffffffff, 0xffffffff},
                                      {0, 3, 16384},
                                      {0, 0, 0},
                                      range(kLast)}) {
    EXPECT_TRUE(peer.hears(wire::Reject{odd}));
  }
  for (const BlockRef block : ours) ASSERT_TRUE(peer.hears_block(block));
}

TEST_F(PeerProtocolRequests, are_given_back_as_the_rejects_come_after_a_choke) {
  const auto ours = peer.asks();
  ASSERT_TRUE(peer.hears(wire::Choke{}));
  ASSERT_TRUE(peer.hears_block(ours[0])) << "it was on its way";
  EXPECT_EQ(another_is_asked(100).size(), 65 - ours.size());
  for (std::size_t i = 1; i < ours.size(); ++i)
    ASSERT_TRUE(peer.hears(wire::Reject{range(ours[i])}));
  peer.now += 10s;
  EXPECT_THAT(peer.asks(), IsEmpty());
  EXPECT_EQ(another_is_asked(100).size(), ours.size() - 1);
}

TEST_F(PeerProtocolRequests, are_made_at_most_once_a_second_to_a_peer_that_chokes_and_unchokes) {
  std::size_t requests = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto asked = peer.asks();
    requests += asked.size();
    ASSERT_TRUE(peer.hears(wire::Choke{}));
    for (const BlockRef block : asked) ASSERT_TRUE(peer.hears(wire::Reject{range(block)}));
    ASSERT_TRUE(peer.hears(wire::Unchoke{}));
    peer.now += 10ms;  // ten seconds in all
  }
  EXPECT_LE(requests, 11 * kStartDepth);
  peer.now += 1s;
  EXPECT_FALSE(peer.asks().empty()) << "it has made up its mind";
}

TEST_F(PeerProtocolRequestsNotFast, are_void_at_once_after_a_choke_and_late_blocks_do_no_harm) {
  const auto ours = peer.asks();
  ASSERT_TRUE(peer.hears(wire::Choke{}));
  EXPECT_EQ(another_is_asked(100).size(), 65u);
  ASSERT_TRUE(peer.hears_block(ours[0]));
  EXPECT_EQ(peer.protocol().received().size(), 1u) << "what comes is welcome";
}

// ---- silence

TEST_F(PeerProtocolRequests, of_a_peer_that_sends_nothing_for_ten_seconds_go_to_others) {
  const auto ours = peer.asks();
  ASSERT_TRUE(peer.waits(kSnubAfter - 500ms));
  EXPECT_EQ(another_is_asked(100).size(), 65 - ours.size());
  peer.says();
  ASSERT_TRUE(peer.waits(500ms));
  const auto messages = peer.says();
  const auto count = [&]<class Kind>(const Kind&) {
    return static_cast<std::size_t>(std::ranges::count_if(
        messages, [](const auto& m) { return std::holds_alternative<Kind>(m); }));
  };
  EXPECT_EQ(count(wire::Cancel{}), ours.size());
  EXPECT_EQ(count(wire::Request{}), 1u) << "one, to see whether it comes back";
  EXPECT_EQ(another_is_asked(100).size(), ours.size() - 1);
}

TEST_F(PeerProtocolRequests, that_are_answered_after_all_count_though_others_could_have_them) {
  const auto ours = peer.asks();
  ASSERT_TRUE(peer.waits(kSnubAfter));
  for (const BlockRef block : ours) ASSERT_TRUE(peer.hears_block(block));
  EXPECT_EQ(peer.protocol().received().size(), ours.size());
  const auto theirs = another_is_asked(100);
  for (const BlockRef block : ours) {
    EXPECT_EQ(std::ranges::find(theirs, block), theirs.end()) << "it is here";
  }
}

TEST_F(PeerProtocolRequests, end_with_a_peer_that_keeps_alive_but_sends_no_block_for_a_minute) {
  (void)peer.asks();
  Result<void> result;
  Duration waited{};
  for (; waited < 5min && result; waited += 1s) {
    ASSERT_TRUE(peer.hears(wire::KeepAlive{}));
    result = peer.waits(1s);
  }
  ASSERT_FALSE(result);
  EXPECT_GE(waited, kDropAfter - 1s);
  EXPECT_LE(waited, kDropAfter + 2s);
}

TEST(PeerProtocolSilence, is_broken_by_us_once_a_minute) {
  auto peer = PlayedPeer::of_seeder(file());
  peer.says();
  for (int minute = 0; minute < 5; ++minute) {
    ASSERT_TRUE(peer.hears(wire::KeepAlive{}));
    ASSERT_TRUE(peer.waits(59s));
    EXPECT_THAT(peer.protocol().outbox(), IsEmpty());
    ASSERT_TRUE(peer.waits(2s));
    EXPECT_EQ(peer.says_of<wire::KeepAlive>().size(), 1u);
  }
}

TEST(PeerProtocolSilence, of_the_peer_is_borne_for_two_minutes_and_not_for_three) {
  auto peer = PlayedPeer::of_seeder(file());
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(peer.waits(30s));
    peer.says();
  }
  EXPECT_FALSE(peer.waits(60s));
}

TEST(PeerProtocolSilence, is_not_what_a_peer_does_that_sends_but_never_reads) {
  auto peer = PlayedPeer::of_seeder(file());
  peer.says();
  Result<void> result;
  int seconds = 0;
  for (; seconds < 600 && result; ++seconds) {
    ASSERT_TRUE(peer.hears(wire::KeepAlive{}));
    result = peer.waits(1s);  // nothing is taken from the outbox
  }
  ASSERT_FALSE(result);
  EXPECT_GE(seconds, 120);
  EXPECT_LE(seconds, 180);
  EXPECT_LE(peer.protocol().outbox().size(), 100u);
}

TEST_F(PeerProtocolRequests, are_waited_for_anew_when_we_were_stopped_and_the_peer_hears_of_us) {
  peer.asks();
  ASSERT_TRUE(peer.waits(59s));  // silent, and about to be dropped
  peer.says();
  peer.protocol().resumed(peer.now);
  EXPECT_EQ(peer.says_of<wire::KeepAlive>().size(), 1u);
  ASSERT_TRUE(peer.waits(49s));
}

// ---- pieces that came wrong

TEST_F(PeerProtocolRequests, leave_out_a_doubted_piece_until_it_is_trusted_again) {
  constexpr PieceIndex kDoubted{3};
  peer.protocol().doubt(kDoubted, peer.now);
  fetch_all();
  EXPECT_FALSE(peer.content().has(kDoubted));
  EXPECT_EQ(peer.content().have().count(), 16u) << "all the others";
  EXPECT_TRUE(peer.protocol().is_seed());
  ASSERT_TRUE(peer.hears(wire::Have{value(kDoubted)}));
  EXPECT_THAT(peer.asks(), IsEmpty()) << "because the peer says once more that it has it";
  peer.protocol().trust_again(kDoubted);
  fetch_all();
  EXPECT_TRUE(peer.content().complete());
}

TEST_F(PeerProtocolRequests, count_a_doubted_piece_as_one_that_the_peer_has_not) {
  constexpr PieceIndex kDoubted{3};
  const auto of_both = [&] {
    const PiecePicker& picker = peer.download().picker();
    return std::pair(picker.availability(kDoubted), picker.availability(PieceIndex{4}));
  };
  peer.protocol().doubt(kDoubted, peer.now);
  peer.protocol().doubt(kDoubted, peer.now);
  EXPECT_EQ(of_both(), std::pair(0u, 1u));
  peer.protocol().trust_again(kDoubted);
  EXPECT_EQ(of_both(), std::pair(1u, 1u));
  peer.protocol().doubt(kDoubted, peer.now);
  peer.protocol().ended();
  EXPECT_EQ(of_both(), std::pair(0u, 0u));
}

TEST_F(PeerProtocolRequests, tell_when_nothing_but_doubted_pieces_is_left_to_ask) {
  EXPECT_EQ(peer.protocol().idle_since_doubt(), std::nullopt);
  const auto asked = peer.asks();
  ASSERT_FALSE(asked.empty());
  const Time doubted_at = peer.now;
  peer.protocol().doubt(PieceIndex{3}, doubted_at);
  EXPECT_EQ(peer.protocol().idle_since_doubt(), std::nullopt) << "it owes us blocks";
  for (const BlockRef block : asked) ASSERT_TRUE(peer.hears_block(block));
  EXPECT_EQ(peer.protocol().idle_since_doubt(), doubted_at);
}

}  // namespace
}  // namespace shoal::torrent::peer_protocol_requests_test
