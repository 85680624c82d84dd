// What peers ask of us: blocks, metadata, and things we do not know.
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/played_peer.hpp"

namespace shoal::torrent::peer_protocol_uploads_test {
namespace {

using namespace std::chrono_literals;
using test::PlayedPeer;
using test::SampleFile;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Three pieces of 64 KiB, then one of 20,000 bytes.
const SampleFile& file() {
  static const SampleFile file(3 * 65536 + 20'000, 65536);
  return file;
}

std::vector<wire::BlockRange> queued(PlayedPeer& peer) {
  std::vector<wire::BlockRange> ranges;
  peer.protocol().uploads().take(10'000, ranges);
  return ranges;
}

TEST(PeerProtocolUploads, of_what_others_may_have_changed_wait_until_it_is_proven_again) {
  constexpr wire::BlockRange kBlock{0, 0, 16384};
  const std::array<std::uint32_t, 1> here{0};
  PlayedPeer peer(file(), file().with(here), true, {});
  peer.says();
  peer.download().doubt();
  ASSERT_TRUE(peer.hears(wire::Request{kBlock}));
  EXPECT_THAT(queued(peer), IsEmpty());
  EXPECT_EQ(peer.says_of<wire::Reject>().size(), 1u);
  ASSERT_EQ(peer.download().take_doubt(), PieceIndex{0});
  ASSERT_TRUE(peer.hears(wire::Request{kBlock}));
  EXPECT_THAT(queued(peer), ElementsAre(kBlock));
}

Bytes metadata_of(PlayedPeer& peer) {
  const auto answers = peer.says_of<wire::Extended>();
  if (answers.size() != 1) return {};
  return {answers[0].payload.begin(), answers[0].payload.end()};
}

/// A seeder whose peer wants metadata and peers under its own ids, 9 and 8.
class PeerProtocolExtensions : public ::testing::Test {
 protected:
  PeerProtocolExtensions() {
    wire::ExtendedHandshake hello;
    hello.metadata_id = 9;
    hello.pex_id = 8;
    says_hello(peer, hello);
    peer.says();
  }
  static void says_hello(PlayedPeer& to, const wire::ExtendedHandshake& hello) {
    const Bytes payload = wire::encode(hello);
    ASSERT_TRUE(to.hears(wire::Extended{wire::kExtendedHandshakeId, payload}));
  }
  static void says_port(PlayedPeer& to, std::uint16_t port) {
    wire::ExtendedHandshake hello;
    hello.listen_port = port;
    says_hello(to, hello);
  }
  Result<void> hears(std::uint8_t id, std::string_view payload) {
    return peer.hears(wire::Extended{id, as_bytes(payload)});
  }

  PlayedPeer peer = PlayedPeer::of_seeder(file());
};

// ---- blocks

TEST(PeerProtocolUploads, queue_every_range_inside_a_piece) {
  auto peer = PlayedPeer::of_seeder(file());
  const std::vector<wire::BlockRange> fine{{0, 0, 16384}, {2, 49152, 16384}, {1, 1000, 1},
                                           {1, 65535, 1}, {3, 16384, 3616},  {0, 5, 16384}};
  for (const wire::BlockRange& range : fine) ASSERT_TRUE(peer.hears(wire::Request{range}));
  EXPECT_EQ(queued(peer), fine);
}

TEST(PeerProtocolUploads, queue_the_block_that_crosses_the_end_of_the_file) {
  auto peer = PlayedPeer::of_seeder(file());
  ASSERT_TRUE(peer.hears(wire::Request{{3, 16384, 16384}}));
  EXPECT_THAT(queued(peer), ElementsAre(wire::BlockRange{3, 16384, 16384}));
}

TEST(PeerProtocolUploads, reject_what_is_out_of_range_and_go_on) {
  for (const wire::BlockRange& wrong : {wire::BlockRange{4, 0, 16384},
                                        {0xffffffff, 0, 16384},
                                        {0, 0, 0},
                                        {0, 0, 16385},
                                        {0, 0, 0xffffffff},
                                        {0, 65536, 1},
                                        {0, 65535, 2},
                                        {0, 0xffffffff, 1},
                                        {0, 0xfffffff0, 0x20},
                                        {3, 20'000, 1},
                                        {3, 32768, 16384}}) {
    auto peer = PlayedPeer::of_seeder(file());
    ASSERT_TRUE(peer.hears(wire::Request{wrong}));
    const auto rejects = peer.says_of<wire::Reject>();
    ASSERT_EQ(rejects.size(), 1u) << wrong.piece << ' ' << wrong.begin << ' ' << wrong.length;
    EXPECT_EQ(rejects[0].range, wrong);
    EXPECT_TRUE(peer.protocol().uploads().empty());
  }
}

TEST(PeerProtocolUploads, reject_pieces_that_are_not_here_yet) {
  constexpr std::array<std::uint32_t, 1> kPieces{1};
  PlayedPeer peer(file(), file().with(kPieces), true, {});
  ASSERT_TRUE(peer.hears(wire::Request{{0, 0, 16384}}));
  ASSERT_TRUE(peer.hears(wire::Request{{1, 0, 16384}}));
  EXPECT_EQ(peer.says_of<wire::Reject>().size(), 1u);
  EXPECT_THAT(queued(peer), ElementsAre(wire::BlockRange{1, 0, 16384}));
}

TEST(PeerProtocolUploads,
     are_rejected_when_the_piece_turns_out_to_be_wrong_and_it_is_wanted_again) {
  PlayedPeer peer(file(), file().whole(), true, {});
  peer.says();
  const wire::BlockRange wrong{1, 0, kBlockLength};
  const wire::BlockRange right{2, 0, kBlockLength};
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  ASSERT_TRUE(peer.hears(wire::Request{wrong}));
  ASSERT_TRUE(peer.hears(wire::Request{right}));
  peer.download().lost(PieceIndex{1});
  peer.protocol().lost(PieceIndex{1});
  const auto said = peer.says();
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(std::get<wire::Reject>(said[0]).range, wrong);
  EXPECT_TRUE(std::holds_alternative<wire::Interested>(said[1]));
  EXPECT_THAT(queued(peer), ElementsAre(right));
  ASSERT_TRUE(peer.hears(wire::Request{wrong}));
  EXPECT_EQ(peer.says_of<wire::Reject>().size(), 1u);
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));
  for (const BlockRef block : peer.asks()) EXPECT_EQ(block.piece, PieceIndex{1});
}

TEST(PeerProtocolUploads, drop_silently_where_the_peer_knows_no_rejects) {
  auto peer = PlayedPeer::of_seeder(file(), {.fast = false});
  peer.says();
  ASSERT_TRUE(peer.hears(wire::Request{{4, 0, 16384}}));
  ASSERT_TRUE(peer.hears(wire::Request{{0, 0, 16384}}));
  ASSERT_TRUE(peer.hears(wire::Cancel{{0, 0, 16384}}));
  EXPECT_THAT(peer.says(), IsEmpty());
}

TEST(PeerProtocolUploads, reject_requests_beyond_the_announced_queue) {
  auto peer = PlayedPeer::of_seeder(file());
  for (std::uint32_t i = 0; i < 2500; ++i) ASSERT_TRUE(peer.hears(wire::Request{{0, i, 1}}));
  EXPECT_EQ(peer.says_of<wire::Reject>().size(), 2500 - UploadQueue::kCapacity);
  EXPECT_EQ(queued(peer).size(), UploadQueue::kCapacity);
}

TEST(PeerProtocolUploads, answer_a_cancel_with_a_reject_if_the_block_was_not_sent_yet) {
  auto peer = PlayedPeer::of_seeder(file());
  ASSERT_TRUE(peer.hears(wire::Request{{0, 0, 16384}}));
  ASSERT_TRUE(peer.hears(wire::Cancel{{0, 0, 16384}}));
  ASSERT_TRUE(peer.hears(wire::Cancel{{0, 0, 16384}}));
  ASSERT_TRUE(peer.hears(wire::Cancel{{0xffffffff, 0, 0}}));
  const auto rejects = peer.says_of<wire::Reject>();
  ASSERT_EQ(rejects.size(), 1u);
  EXPECT_EQ(rejects[0].range, (wire::BlockRange{0, 0, 16384}));
  EXPECT_THAT(queued(peer), IsEmpty());
}

TEST(PeerProtocolUploads, end_with_a_peer_that_asks_without_reading_and_hold_little_for_it) {
  auto peer = PlayedPeer::of_seeder(file());
  Result<void> result;
  for (int i = 0; i < 1'000'000 && result; ++i) result = peer.hears(wire::Request{{9, 0, 1}});
  EXPECT_FALSE(result);
  EXPECT_LE(peer.protocol().outbox().size(), (1u << 20) + 1000);
}

// ---- extensions

TEST_F(PeerProtocolExtensions, hand_out_the_info_dictionary_under_the_id_that_the_peer_chose) {
  ASSERT_TRUE(hears(wire::kOurMetadataId, "d8:msg_typei0e5:piecei0ee"));
  const auto answers = peer.says_of<wire::Extended>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].id, 9);
  const auto message = *wire::decode_metadata(answers[0].payload);
  const auto& data = std::get<wire::MetadataData>(message);
  EXPECT_EQ(data.piece, 0u);
  EXPECT_EQ(data.total_size, peer.content().info_dictionary().size());
  EXPECT_EQ(sha256(data.data).bytes, peer.content().info_hash().bytes);
}

TEST_F(PeerProtocolExtensions, reject_metadata_pieces_that_do_not_exist) {
  for (const std::string_view number : {"1", "2", "4294967295", "262144"}) {
    ASSERT_TRUE(hears(wire::kOurMetadataId, "d8:msg_typei0e5:piecei" + std::string(number) + "ee"));
    const auto message = wire::decode_metadata(metadata_of(peer));
    ASSERT_TRUE(message) << number;
    EXPECT_EQ(std::to_string(std::get<wire::MetadataReject>(*message).piece), number);
  }
}

TEST_F(PeerProtocolExtensions, ignore_metadata_messages_that_are_wrong_or_ask_nothing) {
  for (const std::string_view odd :
       {"", "x", "d", "de", "d8:msg_typei0ee", "d8:msg_typei0e5:piecei-1ee",
        "d8:msg_typei0e5:piecei4294967296ee", "d8:msg_typei2e5:piecei0ee", "d8:msg_typei7ee",
        "d8:msg_typei1e5:piecei0e10:total_sizei3eeabc", "i0e", "d5:piecei0ee"}) {
    if (odd.empty()) continue;  // no such frame
    EXPECT_TRUE(hears(wire::kOurMetadataId, odd)) << odd;
    EXPECT_THAT(peer.says(), IsEmpty()) << odd;
  }
}

TEST_F(PeerProtocolExtensions, send_no_metadata_to_a_peer_that_named_no_id_for_it) {
  auto silent = PlayedPeer::of_seeder(file());
  silent.says();
  ASSERT_TRUE(
      silent.hears(wire::Extended{wire::kOurMetadataId, as_bytes("d8:msg_typei0e5:piecei0ee")}));
  EXPECT_THAT(silent.says(), IsEmpty());
}

TEST_F(PeerProtocolExtensions, hold_little_for_a_peer_that_asks_for_metadata_without_reading) {
  Result<void> result;
  for (int i = 0; i < 100'000 && result; ++i) {
    result = hears(wire::kOurMetadataId, "d8:msg_typei0e5:piecei0ee");
  }
  EXPECT_FALSE(result);
  EXPECT_LE(peer.protocol().outbox().size(), (1u << 20) + 1000);
}

TEST_F(PeerProtocolExtensions, ignore_ids_that_we_did_not_offer_and_messages_that_we_do_not_know) {
  using Ids = std::initializer_list<std::uint8_t>;
  for (const std::uint8_t id : Ids{4, 7, 9, 100, 255}) EXPECT_TRUE(hears(id, "whatever"));
  for (const std::uint8_t id : Ids{10, 12, 18, 24, 255}) EXPECT_TRUE(peer.hears(wire::Unknown{id}));
  EXPECT_TRUE(peer.hears(wire::Port{6881}));
  EXPECT_TRUE(peer.hears(wire::Suggest{0xffffffff}));
  EXPECT_TRUE(peer.hears(wire::AllowedFast{0xffffffff}));
  EXPECT_TRUE(peer.hears(wire::Interested{}));
  EXPECT_TRUE(peer.hears(wire::NotInterested{}));
  EXPECT_THAT(peer.says(), IsEmpty());
}

TEST_F(PeerProtocolExtensions, end_the_connection_over_a_handshake_that_is_no_dictionary) {
  for (const std::string_view wrong : {"x", "i1e", "d", "d1:md", "l", "d1:v5:abce"}) {
    EXPECT_FALSE(hears(wire::kExtendedHandshakeId, wrong)) << wrong;
  }
}

TEST_F(PeerProtocolExtensions, tell_where_the_peer_listens_but_only_the_first_time) {
  auto incoming = PlayedPeer::of_seeder(file());
  for (std::uint16_t port = 5000; port < 5010; ++port) says_port(incoming, port);
  ASSERT_EQ(incoming.told_ports.size(), 1u);
  EXPECT_EQ(incoming.told_ports[0], Endpoint::parse("192.0.2.7:5000"));
}

TEST_F(PeerProtocolExtensions, believe_no_port_of_a_peer_that_we_dialled_and_know_already) {
  auto dialled = PlayedPeer::of_leecher(file(), {.dialled = true});
  says_port(dialled, 5000);
  EXPECT_THAT(dialled.told_ports, IsEmpty());
}

TEST_F(PeerProtocolExtensions, learn_of_other_peers_about_once_a_minute_while_they_fetch) {
  auto leecher = PlayedPeer::of_leecher(file());
  const Bytes pex = wire::encode(wire::Pex{{{*Endpoint::parse("192.0.2.8:1"), 0}}, {}});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(leecher.hears(wire::Extended{wire::kOurPexId, pex}));
    leecher.now += 1s;
  }
  EXPECT_EQ(leecher.pex_messages, 2u);
  ASSERT_TRUE(leecher.hears(wire::Extended{wire::kOurPexId, as_bytes("d5:added3:abce")}));
  ASSERT_TRUE(peer.hears(wire::Extended{wire::kOurPexId, pex}));
  EXPECT_EQ(peer.pex_messages, 0u) << "a seeder dials nobody";
}

TEST(PeerProtocolChoke, is_lifted_at_once_where_everybody_is_served) {
  auto peer = PlayedPeer::of_seeder(file());
  EXPECT_EQ(peer.says_of<wire::Unchoke>().size(), 1u);
}

TEST(PeerProtocolChoke, holds_until_there_is_a_slot) {
  auto peer = PlayedPeer::of_seeder(file(), {.chokes = true});
  EXPECT_EQ(peer.says_of<wire::Unchoke>().size(), 0u);
  ASSERT_TRUE(peer.hears(wire::Request{{0, 0, 16384}}));
  EXPECT_THAT(queued(peer), IsEmpty());
  EXPECT_EQ(peer.says_of<wire::Reject>().size(), 1u);
  peer.protocol().set_choked(false);
  EXPECT_EQ(peer.says_of<wire::Unchoke>().size(), 1u);
  ASSERT_TRUE(peer.hears(wire::Request{{0, 0, 16384}}));
  EXPECT_EQ(queued(peer).size(), 1u);
}

TEST(PeerProtocolChoke, is_told_once_and_rejects_what_was_asked_for) {
  auto peer = PlayedPeer::of_seeder(file());
  ASSERT_TRUE(peer.hears(wire::Request{{0, 0, 16384}}));
  ASSERT_TRUE(peer.hears(wire::Request{{1, 16384, 16384}}));
  peer.says();
  peer.protocol().set_choked(true);
  peer.protocol().set_choked(true);
  EXPECT_THAT(queued(peer), IsEmpty());
  const auto rejects = peer.says_of<wire::Reject>();
  ASSERT_EQ(rejects.size(), 2u);
  EXPECT_EQ(rejects[1].range, (wire::BlockRange{1, 16384, 16384}));
}

TEST(PeerProtocolChoke, needs_no_rejects_towards_a_peer_without_the_fast_extension) {
  auto peer = PlayedPeer::of_seeder(file(), {.fast = false});
  ASSERT_TRUE(peer.hears(wire::Request{{0, 0, 16384}}));
  peer.says();
  peer.protocol().set_choked(true);
  EXPECT_THAT(queued(peer), IsEmpty());
  ASSERT_TRUE(peer.hears(wire::Request{{0, 0, 16384}}));
  EXPECT_THAT(queued(peer), IsEmpty());
  EXPECT_EQ(peer.says().size(), 1u);  // choke
}

// ---- doubts of the peer

/// Asks for a piece and gets all of it.
void takes(PlayedPeer& peer, std::uint32_t piece) {
  for (std::uint32_t begin = 0; begin < file().geometry().size(PieceIndex{piece}); begin += 16384) {
    const std::uint32_t rest = file().geometry().size(PieceIndex{piece}) - begin;
    ASSERT_TRUE(peer.hears(wire::Request{{piece, begin, std::min(rest, 16384u)}}));
  }
  peer.protocol().sent(queued(peer));
}

TEST(PeerProtocolUploads, tell_of_a_piece_that_is_asked_for_again_after_it_was_sent_whole) {
  auto peer = PlayedPeer::of_seeder(file());
  ASSERT_TRUE(peer.hears(wire::Request{{1, 0, 16384}}));
  ASSERT_TRUE(peer.hears(wire::Cancel{{1, 0, 16384}}));
  for (const std::uint32_t piece : {0u, 1u, 3u}) takes(peer, piece);
  EXPECT_THAT(peer.pieces_asked_twice, IsEmpty());
  for (const std::uint32_t piece : {3u, 1u}) takes(peer, piece);
  EXPECT_THAT(peer.pieces_asked_twice, ElementsAre(PieceIndex{3}, PieceIndex{1}));
}

TEST(PeerProtocolUploads, know_the_last_pieces_that_the_peer_does_not_say_it_has) {
  auto peer = PlayedPeer::of_seeder(file());
  EXPECT_THAT(peer.protocol().sent_in_vain(), IsEmpty());
  for (const std::uint32_t piece : {0u, 1u, 2u}) takes(peer, piece);
  ASSERT_TRUE(peer.hears(wire::Have{1}));
  EXPECT_THAT(peer.protocol().sent_in_vain(), ElementsAre(PieceIndex{0}, PieceIndex{2}));
}

}  // namespace
}  // namespace shoal::torrent::peer_protocol_uploads_test
