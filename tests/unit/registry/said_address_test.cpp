// Hosts that say where others reach them.
#include "registry/said_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

namespace shoal::registry::said_address_test {
namespace {

using namespace world;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

const Peer kAsker = peer(999, "10.9.9.9");

Endpoint at(std::string_view text) {
  return Endpoint::parse(text).value();
}

Peer saying(int number, std::string_view from, std::string_view said) {
  Peer one = peer(number, from);
  one.said = at(said);
  return one;
}

TEST(SaidAddress, in_an_open_swarm_is_a_private_one_said_from_a_private_one) {
  const auto may = [](std::string_view said, std::string_view from) {
    return may_say(at(said), address(from), false);
  };
  EXPECT_TRUE(may("10.9.0.2:7001", "172.17.0.1"));
  EXPECT_TRUE(may("192.168.1.2:7001", "10.0.0.1"));
  EXPECT_TRUE(may("172.31.255.1:7001", "192.168.0.1"));
  EXPECT_TRUE(may("[fd00::2]:7001", "fdff::1"));
  EXPECT_TRUE(may("10.9.0.2:7001", "127.0.0.1"));
  EXPECT_TRUE(may("127.0.0.2:7001", "127.0.0.1"));
  EXPECT_TRUE(may("198.51.100.1:9", "198.51.100.1")) << "another port of its own";

  EXPECT_FALSE(may("198.51.100.1:7001", "10.0.0.1")) << "a third party";
  EXPECT_FALSE(may("10.9.0.2:7001", "198.51.100.1"));
  EXPECT_FALSE(may("198.51.100.1:7001", "198.51.100.2"));
  EXPECT_FALSE(may("[2001:db8::1]:7001", "fd00::1"));
  EXPECT_FALSE(may("172.32.0.1:7001", "10.0.0.1"));
  EXPECT_FALSE(may("172.15.0.1:7001", "10.0.0.1"));
  EXPECT_FALSE(may("127.0.0.1:7001", "10.0.0.1")) << "the tracker's own machine";
}

TEST(SaidAddress, in_a_closed_swarm_is_any_that_one_host_can_have) {
  const auto may = [](std::string_view said, std::string_view from) {
    return may_say(at(said), address(from), true);
  };
  EXPECT_TRUE(may("198.51.100.1:7001", "172.17.0.1"));
  EXPECT_TRUE(may("[2001:db8::1]:7001", "198.51.100.2"));
  for (const char* no : {"0.0.0.0:7001", "0.1.2.3:7001", "224.0.0.1:7001", "255.255.255.255:7001",
                         "169.254.1.1:7001", "[::]:7001", "[ff02::1]:7001", "[fe80::1]:7001",
                         "127.0.0.1:7001", "198.51.100.1:0"})
    EXPECT_FALSE(may(no, "172.17.0.1")) << no;
}

TEST(SaidAddress, is_where_others_find_the_host_as_long_as_its_heartbeats_come) {
  World world;
  Peer host = saying(1, "172.17.0.1", "10.9.0.2:7001");
  EXPECT_EQ(world.add(host, file("a")), at("10.9.0.2:7001"));
  ASSERT_TRUE(world.offer(host, file("a")));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(world.find("a", kAsker)->peers, ElementsAre(at("10.9.0.2:7001")));
    world.pass(seconds(30));
    ASSERT_TRUE(world.beat(host));
  }
  world.withdraw(host);
  EXPECT_FALSE(world.find("a", kAsker));
}

TEST(SaidAddress, that_may_not_be_said_leaves_the_host_where_it_is_seen) {
  World world;
  Peer host = saying(1, "172.17.0.1", "198.51.100.1:7001");
  ASSERT_TRUE(world.offer(host, file("a")));
  EXPECT_EQ(world.add(host, file("a")), host.endpoint());
  EXPECT_THAT(world.find("a", kAsker)->peers, ElementsAre(host.endpoint()));
  EXPECT_TRUE(world.beat(host));
}

TEST(SaidAddress, tells_apart_hosts_that_are_seen_at_one_address_and_port) {
  World world;
  Peer one = saying(1, "172.17.0.1", "10.9.0.2:7001");
  Peer two = saying(2, "172.17.0.1", "10.9.0.3:7001");
  ASSERT_TRUE(world.offer(one, file("a")));
  ASSERT_TRUE(world.offer(two, file("a")));
  EXPECT_THAT(world.find("a", kAsker)->peers,
              UnorderedElementsAre(at("10.9.0.2:7001"), at("10.9.0.3:7001")));
  EXPECT_TRUE(world.beat(one));
  EXPECT_TRUE(world.beat(two));
}

TEST(SaidAddress, takes_nothing_from_who_is_really_there) {
  World world;
  Peer there = peer(1, "10.9.0.2", 7001);
  ASSERT_TRUE(world.offer(there, file("a")));
  for (const int id : {1, 2}) {
    Peer liar = saying(id, "10.9.0.66", "10.9.0.2:7001");
    EXPECT_EQ(world.add(liar, file("b")), liar.endpoint());
    liar.set = there.set;
    EXPECT_FALSE(world.beat(liar));
    world.withdraw(liar);
    EXPECT_THAT(world.find("a", kAsker)->peers, ElementsAre(there.endpoint()));
    EXPECT_TRUE(world.beat(there));
  }
}

TEST(SaidAddress, gives_way_to_who_is_really_there) {
  World world;
  Peer claims = saying(1, "10.9.0.66", "10.9.0.2:7001");
  ASSERT_TRUE(world.offer(claims, file("a")));
  Peer there = peer(2, "10.9.0.2", 7001);
  ASSERT_TRUE(world.offer(there, file("b")));
  EXPECT_FALSE(world.beat(claims));
  EXPECT_TRUE(world.beat(there));
  EXPECT_THAT(world.find("b", kAsker)->peers, ElementsAre(there.endpoint()));
}

TEST(SaidAddress, gives_way_to_who_announces_from_there) {
  World world({.open = true});
  Peer claims = saying(1, "10.9.0.66", "10.9.0.2:7001");
  ASSERT_TRUE(world.offer(claims, file("a")));
  const Peer there = peer(2, "10.9.0.2", 7001);
  ASSERT_TRUE(world.announce(there, file("a"), 0));
  EXPECT_FALSE(world.beat(claims));
  world.withdraw(claims);
  const auto told = world.announce(kAsker, file("a"), 1);
  ASSERT_TRUE(told);
  EXPECT_THAT(told->peers, ElementsAre(there.endpoint()));
}

TEST(SaidAddress, that_goes_leaves_no_swarm_behind_in_a_tracker_of_registered_files) {
  World world;
  ASSERT_TRUE(world.add(saying(1, "10.9.0.66", "10.9.0.2:7001"), file("a")));
  EXPECT_FALSE(world.announce(peer(2, "10.9.0.2", 7001), file("a"), 0));
  EXPECT_EQ(world.registry.files(), 0u);
  EXPECT_EQ(world.registry.peers(), 0u);
}

TEST(SaidAddress, takes_over_no_announcer) {
  World world({.open = true});
  const Peer announces = peer(1, "10.9.0.2", 7001);
  ASSERT_TRUE(world.announce(announces, file("a"), 0));
  const auto refused = world.add(saying(2, "10.9.0.66", "10.9.0.2:7001"), file("a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, datagram::RefuseReason::bad_request);
}

TEST(SaidAddress, counts_for_the_address_that_said_it) {
  World world({.max_per_address = 2});
  ASSERT_TRUE(world.add(saying(1, "10.9.0.66", "10.9.0.2:7001"), file("a")));
  ASSERT_TRUE(world.add(saying(2, "10.9.0.66", "10.9.0.3:7001"), file("a")));
  EXPECT_FALSE(world.add(saying(3, "10.9.0.66", "10.9.0.4:7001"), file("a")));
  EXPECT_TRUE(world.add(peer(4, "10.9.0.2", 7002), file("b")));
  world.withdraw(saying(1, "10.9.0.66", "10.9.0.2:7001"));
  EXPECT_TRUE(world.add(saying(3, "10.9.0.66", "10.9.0.4:7001"), file("a")));
  EXPECT_TRUE(world.add(peer(5, "10.9.0.2", 7003), file("b")));
  EXPECT_FALSE(world.add(peer(6, "10.9.0.2", 7004), file("b")));
}

}  // namespace
}  // namespace shoal::registry::said_address_test
