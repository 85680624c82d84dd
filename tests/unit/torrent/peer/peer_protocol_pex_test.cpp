#include <gmock/gmock.h>

#include "base/bencode.hpp"
#include "metainfo/info_dict.hpp"
#include "support/played_peer.hpp"

/// ut_pex (BEP 11) on one connection.
namespace shoal::torrent::peer_protocol_pex_test {
namespace {

using namespace std::chrono_literals;
using test::PlayedPeer;
using test::SampleFile;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint8_t kTheirPexId = 9;
const Endpoint kPeer = *Endpoint::parse("192.0.2.7:7000");
const Endpoint kOther = *Endpoint::parse("192.0.2.8:7000");

/// An extension handshake with that id for ut_pex.
Bytes hello(std::uint8_t pex_id) {
  wire::ExtendedHandshake handshake;
  handshake.pex_id = pex_id;
  return wire::encode(handshake);
}

std::vector<wire::Pex> told(PlayedPeer& peer) {
  std::vector<wire::Pex> all;
  for (const auto& extended : peer.says_of<wire::Extended>()) {
    if (extended.id == kTheirPexId) all.push_back(wire::decode_pex(extended.payload).value());
  }
  return all;
}

class PeerProtocolPexTest : public testing::Test {
 protected:
  void say_hello(PlayedPeer& peer, std::uint8_t pex_id) {
    const Bytes payload = hello(pex_id);
    ASSERT_TRUE(peer.hears(wire::Extended{wire::kExtendedHandshakeId, payload}));
  }
  void tell(PlayedPeer& peer, const std::vector<wire::PexPeer>& connected) {
    peer.protocol().tell_peers(connected, kPeer, peer.now);
  }
  const SampleFile file{100'000, 16384};
};

TEST_F(PeerProtocolPexTest, tells_a_peer_that_asked_for_it_under_the_id_it_wants) {
  PlayedPeer peer = PlayedPeer::of_seeder(file);
  EXPECT_FALSE(peer.protocol().wants_peers(peer.now)) << "nothing is known of it";
  say_hello(peer, kTheirPexId);
  EXPECT_TRUE(peer.protocol().wants_peers(peer.now));
  tell(peer, {{kPeer, 0}, {kOther, wire::kPexSeed}});
  const auto pex = told(peer);
  ASSERT_EQ(pex.size(), 1u);
  EXPECT_THAT(pex[0].added, ElementsAre(wire::PexPeer{kOther, wire::kPexSeed}));
  EXPECT_THAT(pex[0].dropped, IsEmpty());
}

TEST_F(PeerProtocolPexTest, tells_what_has_changed_once_a_minute) {
  PlayedPeer peer = PlayedPeer::of_seeder(file);
  say_hello(peer, kTheirPexId);
  tell(peer, {{kOther, 0}});
  ASSERT_EQ(told(peer).size(), 1u);
  peer.now += 59s;
  EXPECT_FALSE(peer.protocol().wants_peers(peer.now));
  tell(peer, {});
  EXPECT_THAT(told(peer), IsEmpty());
  peer.now += 1s;
  tell(peer, {});
  const auto pex = told(peer);
  ASSERT_EQ(pex.size(), 1u);
  EXPECT_THAT(pex[0].dropped, ElementsAre(kOther));
}

TEST_F(PeerProtocolPexTest, a_peer_that_does_not_offer_it_is_told_nothing) {
  PlayedPeer peer = PlayedPeer::of_seeder(file);
  say_hello(peer, 0);
  EXPECT_FALSE(peer.protocol().wants_peers(peer.now));
}

TEST_F(PeerProtocolPexTest, hears_of_others_but_not_of_this_machine_s_own_addresses) {
  PlayedPeer peer = PlayedPeer::of_leecher(file);
  say_hello(peer, kTheirPexId);
  const Bytes pex =
      wire::encode(wire::Pex{{{*Endpoint::parse("127.0.0.1:22"), 0}, {kOther, 0}}, {}});
  ASSERT_TRUE(peer.hears(wire::Extended{wire::kOurPexId, pex}));
  EXPECT_THAT(peer.learned_of, ElementsAre(kOther));
}

TEST_F(PeerProtocolPexTest, a_private_torrent_has_none) {
  auto dictionary = *bencode::parse(info_dict(file.info())).value().dict();
  dictionary.emplace("private", 1);
  const Content content(file.info(), file.geometry(), bencode::encode(bencode::Value(dictionary)));
  PlayedPeer peer(file, content, true, {});
  for (const auto& extended : peer.says_of<wire::Extended>()) {
    const auto ours = wire::decode_extended_handshake(extended.payload).value();
    EXPECT_EQ(ours.pex_id, 0);
    EXPECT_NE(ours.metadata_id, 0);
  }
  say_hello(peer, kTheirPexId);
  EXPECT_FALSE(peer.protocol().wants_peers(peer.now));
  const Bytes pex = wire::encode(wire::Pex{{{kOther, 0}}, {}});
  ASSERT_TRUE(peer.hears(wire::Extended{wire::kOurPexId, pex}));
  EXPECT_EQ(peer.pex_messages, 0u);
}

}  // namespace
}  // namespace shoal::torrent::peer_protocol_pex_test
