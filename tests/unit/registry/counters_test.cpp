// What is counted of a tracker's requests and peers.
#include <gtest/gtest.h>

#include "registry/responder.hpp"
#include "unit/registry/world.hpp"

namespace shoal::registry::counters_test {
namespace {

using namespace world;
using datagram::ConnectionId;

constexpr Time kNow = Time{} + std::chrono::hours(1);
const Endpoint kV4 = Endpoint::parse("10.0.0.1:40001").value();
const Endpoint kV6 = Endpoint::parse("[2001:db8::2]:40002").value();

class Counters : public testing::Test {
 protected:
  bool send(const Endpoint& from, ConnectionId id, const datagram::Request& request) {
    Bytes bytes;
    datagram::encode({id, datagram::TransactionId{1}, request}, bytes);
    return responder.answer(bytes, from, kNow, out);
  }
  ConnectionId connect(const Endpoint& from) {
    EXPECT_TRUE(send(from, {}, datagram::ConnectRequest{}));
    const auto reply = datagram::decode_reply(out, !from.address.is_v4());
    return std::get<datagram::ConnectReply>(reply->reply).connection;
  }
  [[nodiscard]] const TrackerCounters::Families& of(TrackerAction action) const {
    return responder.counters().of(action);
  }

  Responder responder{{}, {std::byte{42}}};
  Bytes out;
};

TEST_F(Counters, tell_actions_families_and_results_apart) {
  const ConnectionId v4 = connect(kV4);
  const ConnectionId v6 = connect(kV6);
  send(kV4, v4, datagram::RegisterRequest{peer_id(1), 6881, true, file("a.bin")});
  send(kV4, v4, datagram::LookupRequest{peer_id(1), "a.bin"});
  send(kV6, v6, datagram::LookupRequest{peer_id(2), "b.bin"});
  send(kV6, v6, datagram::LookupRequest{peer_id(2), "a.bin", datagram::Kinds::all});
  datagram::AnnounceRequest unknown;
  unknown.port = 1;
  send(kV6, v6, unknown);
  EXPECT_EQ(of(TrackerAction::connect).v4.answered, 1u);
  EXPECT_EQ(of(TrackerAction::connect).v6.answered, 1u);
  EXPECT_EQ(of(TrackerAction::register_file).v4.answered, 1u);
  EXPECT_EQ(of(TrackerAction::lookup).v4.answered, 1u);
  EXPECT_EQ(of(TrackerAction::lookup).v6.answered, 1u);
  EXPECT_EQ(of(TrackerAction::lookup).v6.refused, 1u);
  EXPECT_EQ(of(TrackerAction::announce).v6.refused, 1u);
  EXPECT_EQ(responder.answered(), 7u);
}

TEST_F(Counters, know_what_is_malformed_and_what_is_dropped) {
  const ConnectionId id = connect(kV4);
  Bytes odd(16);
  store_be(static_cast<std::uint64_t>(id), odd.data());
  store_be(std::uint32_t{0x12345678}, odd.data() + 8);
  EXPECT_TRUE(responder.answer(odd, kV4, kNow, out));
  EXPECT_EQ(of(TrackerAction::unknown).v4.refused, 1u);
  EXPECT_FALSE(responder.answer(Bytes(3), kV4, kNow, out));
  EXPECT_FALSE(responder.answer(Bytes(16), kV4, kNow, out));
  EXPECT_EQ(responder.counters().of(TrackerDrop::no_request), 1u);
  EXPECT_EQ(responder.counters().of(TrackerDrop::wrong_connection_id), 1u);
  EXPECT_EQ(responder.dropped(), 2u);
}

TEST(PeerCounts, follow_peers_that_come_become_seeders_and_go) {
  World world;
  Peer v4 = peer(1, "10.0.0.1");
  const Peer v6 = peer(2, "2001:db8::2");
  const TrackerPeers& counts = world.registry.peers_by_role();
  world.add(v4, file("a"), false);
  world.add(v6, file("a"), true);
  EXPECT_EQ(counts.v4.leechers, 1u);
  EXPECT_EQ(counts.v6.seeders, 1u);
  world.add(v4, file("a"), true);
  EXPECT_EQ(counts.v4.leechers, 0u);
  EXPECT_EQ(counts.v4.seeders, 1u);
  ASSERT_TRUE(world.announce(peer(3, "10.0.0.3", 7000), file("a"), 5));
  EXPECT_EQ(counts.v4.leechers, 1u);
  ASSERT_TRUE(world.announce(peer(3, "10.0.0.3", 7000), file("a"), 0));
  EXPECT_EQ(counts.v4.leechers, 0u);
  EXPECT_EQ(counts.v4.seeders, 2u);
  world.withdraw(v4);
  EXPECT_EQ(counts.v4.seeders, 1u);
  world.pass(std::chrono::hours(2));
  EXPECT_EQ(counts.v4.seeders + counts.v4.leechers + counts.v6.seeders + counts.v6.leechers, 0u);
}

TEST(PeerCounts, have_a_host_in_both_families_once_in_each) {
  World world;
  world.add(peer(1, "10.0.0.1"), file("a"));
  world.add(peer(1, "2001:db8::1"), file("a"));
  EXPECT_EQ(world.registry.peers_by_role().v4.seeders, 1u);
  EXPECT_EQ(world.registry.peers_by_role().v6.seeders, 1u);
  world.pass(std::chrono::hours(2));
  EXPECT_EQ(world.registry.peers_by_role().v4.seeders, 0u);
  EXPECT_EQ(world.registry.peers_by_role().v6.seeders, 0u);
}

}  // namespace
}  // namespace shoal::registry::counters_test
