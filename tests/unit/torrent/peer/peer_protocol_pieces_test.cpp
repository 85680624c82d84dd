// What both sides say they have, and interest.
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/played_peer.hpp"

namespace shoal::torrent::peer_protocol_pieces_test {
namespace {

using namespace std::chrono_literals;
using test::PlayedPeer;
using test::SampleFile;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// 11 pieces: a bitfield of two bytes, with five spare bits.
const SampleFile& file() {
  static const SampleFile file(10 * 32768 + 1, 32768);
  return file;
}

Bytes bits(std::uint8_t first, std::uint8_t second) {
  return {std::byte{first}, std::byte{second}};
}

template <class Kind>
bool has(const std::vector<wire::Message>& messages) {
  return std::ranges::any_of(messages,
                             [](const auto& m) { return std::holds_alternative<Kind>(m); });
}

// ---- hello

TEST(PeerProtocolHello, of_a_seeder_says_have_all_after_the_extension_handshake_then_unchoke) {
  auto peer = PlayedPeer::of_seeder(file());
  const auto messages = peer.says();
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<wire::Extended>(messages[0]));
  EXPECT_TRUE(std::holds_alternative<wire::HaveAll>(messages[1]));
  EXPECT_TRUE(std::holds_alternative<wire::Unchoke>(messages[2]));
}

TEST(PeerProtocolHello, of_a_leecher_without_pieces_says_have_none) {
  auto peer = PlayedPeer::of_leecher(file());
  EXPECT_TRUE(has<wire::HaveNone>(peer.says()));
}

TEST(PeerProtocolHello, of_a_leecher_with_some_pieces_sends_its_bitfield) {
  constexpr std::array<std::uint32_t, 2> kPieces{0, 10};
  PlayedPeer peer(file(), file().with(kPieces), true, {});
  const auto sent = peer.says_of<wire::BitfieldMessage>();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(Bytes(sent[0].bits.begin(), sent[0].bits.end()), bits(0x80, 0x20));
}

TEST(PeerProtocolHello, uses_no_fast_message_towards_a_peer_without_that_extension) {
  auto seeder = PlayedPeer::of_seeder(file(), {.fast = false});
  const auto messages = seeder.says();
  EXPECT_FALSE(has<wire::HaveAll>(messages));
  EXPECT_TRUE(has<wire::BitfieldMessage>(messages));
  auto leecher = PlayedPeer::of_leecher(file(), {.fast = false});
  const auto few = leecher.says();
  EXPECT_FALSE(has<wire::HaveNone>(few));
  EXPECT_FALSE(has<wire::BitfieldMessage>(few));
}

TEST(PeerProtocolHello, has_the_fields_that_stock_clients_look_for) {
  auto peer = PlayedPeer::of_seeder(file(), {.dialled = true, .listen_port = 7000});
  const auto sent = peer.says_of<wire::Extended>();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].id, wire::kExtendedHandshakeId);
  const auto hello = *wire::decode_extended_handshake(sent[0].payload);
  EXPECT_EQ(hello.metadata_id, wire::kOurMetadataId);
  EXPECT_EQ(hello.pex_id, wire::kOurPexId);
  EXPECT_EQ(hello.metadata_size, peer.content().info_dictionary().size());
  EXPECT_EQ(hello.request_queue, UploadQueue::kCapacity);
  EXPECT_EQ(hello.listen_port, 7000);
  EXPECT_TRUE(hello.upload_only);
}

TEST(PeerProtocolHello, tells_the_listening_port_only_on_connections_that_we_made) {
  auto peer = PlayedPeer::of_leecher(file(), {.dialled = false, .listen_port = 7000});
  const auto hello = *wire::decode_extended_handshake(peer.says_of<wire::Extended>().at(0).payload);
  EXPECT_FALSE(hello.listen_port);
  EXPECT_FALSE(hello.upload_only);
}

// libtorrent leaves a peer that only uploads and has nothing, as soon as it has the metadata.
TEST(PeerProtocolHello, of_a_seeder_that_reveals_its_pieces_does_not_say_upload_only) {
  auto peer = PlayedPeer::of_seeder(file(), {.reveals = true});
  const auto messages = peer.says();
  EXPECT_TRUE(has<wire::HaveNone>(messages));
  const auto* extended = std::get_if<wire::Extended>(&messages.at(0));
  ASSERT_NE(extended, nullptr);
  EXPECT_FALSE(wire::decode_extended_handshake(extended->payload)->upload_only);
}

TEST(PeerProtocolHello, sends_no_extension_handshake_to_a_peer_that_does_not_know_them) {
  auto peer = PlayedPeer::of_seeder(file(), {.extended = false});
  EXPECT_FALSE(has<wire::Extended>(peer.says()));
}

// ---- what the peer has

TEST(PeerProtocolPieces, takes_a_bitfield_and_counts_it) {
  auto peer = PlayedPeer::of_leecher(file());
  ASSERT_TRUE(peer.hears(wire::BitfieldMessage{bits(0x81, 0x20)}));
  EXPECT_EQ(peer.protocol().pieces().count(), 3u);
  EXPECT_EQ(peer.download().picker().availability(PieceIndex{7}), 1u);
  EXPECT_EQ(peer.download().picker().availability(PieceIndex{1}), 0u);
}

TEST(PeerProtocolPieces, ends_the_connection_over_a_bitfield_of_a_wrong_size) {
  for (const std::size_t size : {0u, 1u, 3u, 100u}) {
    auto peer = PlayedPeer::of_leecher(file());
    const Bytes wrong(size);
    EXPECT_FALSE(peer.hears(wire::BitfieldMessage{wrong})) << size;
  }
}

TEST(PeerProtocolPieces, ends_the_connection_over_a_spare_bit) {
  for (int bit = 0; bit < 5; ++bit) {
    auto peer = PlayedPeer::of_leecher(file());
    EXPECT_FALSE(
        peer.hears(wire::BitfieldMessage{bits(0xff, static_cast<std::uint8_t>(1 << bit))}));
    EXPECT_TRUE(peer.protocol().pieces().none());
  }
}

TEST(PeerProtocolPieces, ends_the_connection_when_told_twice) {
  const Bytes some = bits(0x80, 0);
  const std::array<wire::Message, 3> ways{wire::BitfieldMessage{some}, wire::HaveAll{},
                                          wire::HaveNone{}};
  for (const wire::Message& first : ways) {
    for (const wire::Message& second : ways) {
      auto peer = PlayedPeer::of_leecher(file());
      ASSERT_TRUE(peer.hears(first));
      EXPECT_FALSE(peer.hears(second));
    }
  }
  auto peer = PlayedPeer::of_leecher(file());
  ASSERT_TRUE(peer.hears(wire::Have{0}));
  EXPECT_FALSE(peer.hears(wire::BitfieldMessage{some}));
  EXPECT_EQ(peer.download().picker().availability(PieceIndex{0}), 1u);
}

TEST(PeerProtocolPieces, ends_the_connection_over_fast_messages_of_a_peer_that_is_not_fast) {
  for (const wire::Message& message : {wire::Message{wire::HaveAll{}}, {wire::HaveNone{}}}) {
    auto peer = PlayedPeer::of_leecher(file(), {.fast = false});
    EXPECT_FALSE(peer.hears(message));
  }
}

TEST(PeerProtocolPieces, ends_the_connection_over_a_have_out_of_range) {
  for (const std::uint32_t piece : {11u, 0x80000000u, 0xffffffffu}) {
    auto peer = PlayedPeer::of_leecher(file());
    EXPECT_FALSE(peer.hears(wire::Have{piece})) << piece;
  }
}

TEST(PeerProtocolPieces, counts_a_repeated_have_once) {
  auto peer = PlayedPeer::of_leecher(file());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(peer.hears(wire::Have{4}));
  EXPECT_EQ(peer.download().picker().availability(PieceIndex{4}), 1u);
}

TEST(PeerProtocolPieces, are_no_longer_counted_when_the_connection_ends) {
  for (const bool at_once : {true, false}) {
    auto peer = PlayedPeer::of_leecher(file());
    if (at_once) {
      ASSERT_TRUE(peer.hears(wire::HaveAll{}));
    }
    for (std::uint32_t i = 0; i < 11; ++i) ASSERT_TRUE(peer.hears(wire::Have{i}));
    EXPECT_EQ(peer.download().picker().availability(PieceIndex{3}), 1u);
    peer.protocol().ended();
    EXPECT_EQ(peer.download().picker().availability(PieceIndex{3}), 0u);
  }
}

TEST(PeerProtocolPieces, a_full_bitfield_is_a_seed_and_so_is_the_last_have) {
  auto peer = PlayedPeer::of_leecher(file());
  ASSERT_TRUE(peer.hears(wire::BitfieldMessage{bits(0xff, 0xc0)}));
  EXPECT_FALSE(peer.protocol().is_seed());
  ASSERT_TRUE(peer.hears(wire::Have{10}));
  EXPECT_TRUE(peer.protocol().is_seed());
}

// ---- interest and announcements

TEST(PeerProtocolInterest, is_said_for_a_piece_we_lack_and_not_for_one_we_have) {
  constexpr std::array<std::uint32_t, 1> kPieces{5};
  PlayedPeer peer(file(), file().with(kPieces), true, {});
  ASSERT_TRUE(peer.hears(wire::Have{5}));
  EXPECT_FALSE(has<wire::Interested>(peer.says()));
  ASSERT_TRUE(peer.hears(wire::Have{6}));
  ASSERT_TRUE(peer.hears(wire::Have{7}));
  EXPECT_EQ(peer.says_of<wire::Interested>().size(), 1u) << "once";
}

TEST(PeerProtocolInterest, ends_when_the_peer_has_nothing_more_for_us_and_comes_back_with_a_have) {
  auto peer = PlayedPeer::of_leecher(file());
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));
  ASSERT_TRUE(peer.hears(wire::Have{10}));
  EXPECT_THAT(peer.asks(), ElementsAre(BlockRef{PieceIndex{10}, 0}));
  ASSERT_TRUE(peer.hears_block({PieceIndex{10}, 0}));
  ASSERT_TRUE(peer.stores().at(0).proven);
  EXPECT_THAT(peer.asks(), IsEmpty());
  ASSERT_TRUE(peer.hears(wire::Have{10}));
  peer.protocol().ask_for_more(peer.now);
  EXPECT_FALSE(has<wire::Interested>(peer.says()));
  ASSERT_TRUE(peer.hears(wire::Have{0}));
  EXPECT_TRUE(has<wire::Interested>(peer.says()));
}

TEST(PeerProtocolInterest, not_interested_is_said_before_a_seed_drops_us_for_asking_nothing) {
  auto peer = PlayedPeer::of_leecher(file());
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));
  ASSERT_TRUE(peer.hears(wire::Have{10}));
  (void)peer.asks();
  ASSERT_TRUE(peer.hears_block({PieceIndex{10}, 0}));
  (void)peer.stores();
  ASSERT_TRUE(peer.waits(1s));
  EXPECT_TRUE(has<wire::NotInterested>(peer.says()));
}

TEST(PeerProtocolInterest, is_never_said_by_a_seeder) {
  auto peer = PlayedPeer::of_seeder(file());
  ASSERT_TRUE(peer.hears(wire::Have{3}));
  EXPECT_FALSE(has<wire::Interested>(peer.says()));
}

TEST(PeerProtocolAnnouncements, go_also_to_a_peer_that_has_the_piece) {
  auto peer = PlayedPeer::of_leecher(file());
  ASSERT_TRUE(peer.hears(wire::Have{4}));
  peer.protocol().announce(PieceIndex{4});
  peer.protocol().announce(PieceIndex{5});
  peer.protocol().tell_haves();
  const auto haves = peer.says_of<wire::Have>();
  ASSERT_EQ(haves.size(), 2u);
  EXPECT_EQ(haves[0].piece, 4u);
  EXPECT_EQ(haves[1].piece, 5u);
}

TEST(PeerProtocolAnnouncements, wait_until_they_are_told_together) {
  auto peer = PlayedPeer::of_leecher(file());
  peer.says();
  peer.protocol().announce(PieceIndex{4});
  EXPECT_TRUE(peer.protocol().outbox().empty());
  peer.protocol().announce(PieceIndex{5});
  peer.protocol().tell_haves();
  EXPECT_EQ(peer.says_of<wire::Have>().size(), 2u);
  peer.protocol().tell_haves();
  EXPECT_TRUE(peer.protocol().outbox().empty());
}

TEST(PeerProtocolOrigin, is_told_by_those_who_had_the_file_from_the_start) {
  const auto said_by = [](const PlayedPeer::Options& options) {
    auto peer = PlayedPeer::of_seeder(file(), options);
    const auto extended = peer.says_of<wire::Extended>();
    return !extended.empty() && wire::decode_extended_handshake(extended[0].payload)->origin;
  };
  EXPECT_TRUE(said_by({.origin = true}));
  EXPECT_FALSE(said_by({}));
}

TEST(PeerProtocolTick, ends_a_connection_of_two_seeds) {
  auto peer = PlayedPeer::of_seeder(file());
  ASSERT_TRUE(peer.waits(10s));
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  EXPECT_FALSE(peer.waits(1s));
}

}  // namespace
}  // namespace shoal::torrent::peer_protocol_pieces_test
