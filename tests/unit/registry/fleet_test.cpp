#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

/// What the registry offers to a fleet's trackers.
namespace shoal::registry::fleet_test {
namespace {

using namespace world;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kPatience = seconds(22);

std::optional<Endpoint> speaker(const World& world, const Peer& who) {
  return world.registry.speaker(who.from, who.port, who.said, who.id, who.proof);
}

TEST(Speaker, is_the_host_itself_and_nobody_else_at_its_place) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  host.proof = datagram::Proof{5};
  EXPECT_FALSE(speaker(world, host));
  ASSERT_TRUE(world.offer(host, file("a")));
  EXPECT_EQ(speaker(world, host), host.endpoint());
  Peer other = host;
  other.proof = datagram::Proof{6};
  EXPECT_FALSE(speaker(world, other));
  other = host;
  other.id = peer_id(2);
  EXPECT_FALSE(speaker(world, other));
}

TEST(Speaker, who_says_to_be_elsewhere_is_known_by_that_place) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  host.said = Endpoint{address("10.0.0.9"), 7000};
  ASSERT_TRUE(world.offer(host, file("a")));
  EXPECT_EQ(speaker(world, host), host.said);
}

TEST(Compare, tells_what_a_host_did_not_register_again_and_drops_nothing) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(world.offer(host, file(name)));
  std::vector<InfoHash> stale;
  const auto compare = [&] {
    return world.registry.compare(host.endpoint(), host.set, kPatience, world.now, stale);
  };
  EXPECT_TRUE(compare());
  host.set.remove(info_hash(file("b")));
  EXPECT_FALSE(compare());
  ASSERT_TRUE(world.add(host, file("a")));
  ASSERT_TRUE(world.add(host, file("c")));
  world.now += seconds(5);
  EXPECT_FALSE(compare()) << "the same heartbeat once more";
  EXPECT_THAT(stale, IsEmpty());
  world.now += seconds(30);
  EXPECT_TRUE(compare()) << "without it both agree";
  EXPECT_THAT(stale, ElementsAre(info_hash(file("b"))));
  EXPECT_THAT(world.names(), ElementsAre("a", "b", "c"));
  world.registry.withdraw(host.endpoint(), stale.front());
  EXPECT_THAT(world.names(), ElementsAre("a", "c"));
  stale.clear();
  EXPECT_TRUE(compare());
  EXPECT_THAT(stale, IsEmpty());
}

TEST(Compare, of_an_unknown_host_says_no) {
  World world;
  std::vector<InfoHash> stale;
  EXPECT_FALSE(
      world.registry.compare(peer(1, "10.0.0.1").endpoint(), {}, kPatience, world.now, stale));
}

TEST(Withdraw, by_endpoint_takes_one_file_or_all_and_no_strangers) {
  World world;
  Peer host = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  for (const char* name : {"a", "b"}) ASSERT_TRUE(world.offer(host, file(name)));
  ASSERT_TRUE(world.offer(other, file("c")));
  world.registry.withdraw(host.endpoint(), info_hash(file("c")));
  world.registry.withdraw(Endpoint{address("10.0.0.3"), 1}, {});
  EXPECT_THAT(world.names(), ElementsAre("a", "b", "c"));
  world.registry.withdraw(host.endpoint(), info_hash(file("a")));
  EXPECT_THAT(world.names(), ElementsAre("b", "c"));
  world.registry.withdraw(host.endpoint(), {});
  EXPECT_THAT(world.names(), ElementsAre("c"));
}

TEST(Forget, ends_all_peers_of_a_name) {
  World world;
  Peer host = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  for (Peer* who : {&host, &other}) ASSERT_TRUE(world.offer(*who, file("a")));
  ASSERT_TRUE(world.offer(host, file("b")));
  world.registry.forget(world.registry.catalogue().find("a"));
  EXPECT_THAT(world.names(), ElementsAre("b"));
  EXPECT_EQ(world.registry.peers(), 1u);
  EXPECT_FALSE(speaker(world, other));
}

}  // namespace
}  // namespace shoal::registry::fleet_test
