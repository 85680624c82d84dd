#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

namespace shoal::registry::heartbeat_test {
namespace {

using namespace world;
using testing::ElementsAre;

const Peer kAsker = peer(999, "203.0.113.9");

TEST(Heartbeat, every_30_seconds_keeps_all_files_of_a_host) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(world.offer(host, file("f" + std::to_string(i))));
  for (int i = 0; i < 50; ++i) {
    world.pass(seconds(30));
    EXPECT_TRUE(world.beat(host));
  }
  EXPECT_EQ(world.registry.files(), 100u);
}

TEST(Heartbeat, that_stays_away_for_45_seconds_ends_a_host_and_frees_its_names) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  world.pass(seconds(30));
  ASSERT_TRUE(world.beat(host));
  EXPECT_EQ(world.registry.next_deadline(), world.now + seconds(45));
  world.pass(seconds(45) - milliseconds(1));
  EXPECT_TRUE(world.find("a", kAsker));
  world.pass(milliseconds(1));
  EXPECT_FALSE(world.find("a", kAsker));
  EXPECT_EQ(world.registry.peers(), 0u);
  EXPECT_EQ(world.registry.next_deadline(), std::nullopt);
  EXPECT_FALSE(world.beat(host)) << "it has to register again";
}

TEST(Heartbeat, ends_only_the_silent_ones) {
  World world;
  Peer silent = peer(1, "10.0.0.1"), alive = peer(2, "10.0.0.2");
  ASSERT_TRUE(world.offer(silent, file("a")));
  ASSERT_TRUE(world.offer(alive, file("a")));
  world.pass(seconds(30));
  ASSERT_TRUE(world.beat(alive));
  world.pass(seconds(15));
  EXPECT_THAT(world.find("a", kAsker)->peers, ElementsAre(alive.endpoint()));
}

TEST(Heartbeat, after_a_restart_of_the_tracker_asks_for_registration) {
  Peer host = peer(1, "10.0.0.1");
  {
    World before;
    ASSERT_TRUE(before.offer(host, file("a")));
    ASSERT_TRUE(before.beat(host));
  }
  World after;
  EXPECT_FALSE(after.beat(host));
  EXPECT_EQ(after.registry.peers(), 0u);
  ASSERT_TRUE(after.add(host, file("a")));
  EXPECT_TRUE(after.beat(host));
}

TEST(Heartbeat, with_another_set_keeps_the_host_but_asks_for_registration) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  host.set.add(info_hash(file("b")));
  world.pass(seconds(30));
  EXPECT_FALSE(world.beat(host));
  world.pass(seconds(30));
  EXPECT_TRUE(world.find("a", kAsker));
  ASSERT_TRUE(world.add(host, file("a")));
  ASSERT_TRUE(world.add(host, file("b")));
  EXPECT_TRUE(world.beat(host));
}

TEST(Heartbeat, drops_what_a_host_did_not_register_again_when_asked) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  ASSERT_TRUE(world.offer(host, file("b")));
  ASSERT_TRUE(world.offer(host, file("c")));
  host.set.remove(info_hash(file("b")));  // its withdrawal was lost on the way
  EXPECT_FALSE(world.beat(host));
  ASSERT_TRUE(world.add(host, file("a")));
  ASSERT_TRUE(world.add(host, file("c")));
  world.pass(seconds(30));
  EXPECT_TRUE(world.beat(host));
  EXPECT_THAT(world.names(), ElementsAre("a", "c"));
}

TEST(Heartbeat, with_another_set_that_is_sent_again_at_once_drops_nothing) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  host.set = {};
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(world.beat(host));
    world.pass(seconds(4));
  }
  EXPECT_THAT(world.names(), ElementsAre("a"));
}

TEST(Heartbeat, ends_a_host_that_registers_nothing_again) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  ASSERT_TRUE(world.offer(host, file("b")));
  host.set = {};
  EXPECT_FALSE(world.beat(host));
  world.pass(seconds(30));
  EXPECT_FALSE(world.beat(host));
  EXPECT_EQ(world.registry.peers(), 0u);
  EXPECT_EQ(world.registry.next_deadline(), std::nullopt);
}

TEST(Heartbeat, that_agrees_again_drops_nothing) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  Peer early = host;  // a heartbeat that was under way before the registration
  early.set = {};
  for (int i = 0; i < 300; ++i) {
    EXPECT_FALSE(world.beat(early));
    EXPECT_TRUE(world.beat(host));
  }
  EXPECT_THAT(world.names(), ElementsAre("a"));
}

TEST(Heartbeat, of_another_peer_id_at_the_endpoint_keeps_nothing_alive) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  Peer restarted = host;
  restarted.id = peer_id(2);
  world.pass(seconds(30));
  EXPECT_FALSE(world.beat(restarted));
  world.pass(seconds(15));
  EXPECT_FALSE(world.find("a", kAsker));
}

TEST(Heartbeat, from_a_new_address_has_the_host_register_there_and_takes_nothing_from_the_old_one) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  ASSERT_TRUE(world.offer(host, file("b")));
  Peer moved = host;
  moved.from = address("10.0.0.2");
  // Peer ids are no secret: who has heard one must not get its owner's files.
  EXPECT_FALSE(world.beat(moved));
  EXPECT_THAT(world.find("a", kAsker)->peers, ElementsAre(host.endpoint()));
  ASSERT_TRUE(world.add(moved, file("a")));
  ASSERT_TRUE(world.add(moved, file("b")));
  EXPECT_TRUE(world.beat(moved)) << "the next one is all it takes";
  world.pass(seconds(30));
  ASSERT_TRUE(world.beat(moved));
  world.pass(seconds(15));
  EXPECT_THAT(world.find("a", kAsker)->peers, ElementsAre(moved.endpoint()));
  EXPECT_THAT(world.find("b", kAsker)->peers, ElementsAre(moved.endpoint()));
}

TEST(Withdraw, takes_away_one_file_or_all_and_can_be_repeated) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(world.offer(host, file(name)));
  for (int i = 0; i < 2; ++i) world.withdraw(host, info_hash(file("b")));
  EXPECT_THAT(world.names(), ElementsAre("a", "c"));
  host.set.remove(info_hash(file("b")));
  EXPECT_TRUE(world.beat(host));
  for (int i = 0; i < 2; ++i) world.withdraw(host);
  EXPECT_EQ(world.registry.files(), 0u);
  EXPECT_EQ(world.registry.peers(), 0u);
}

TEST(Withdraw, of_others_files_does_nothing) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  world.withdraw(peer(1, "10.0.0.2"));                      // other address
  world.withdraw(peer(1, "10.0.0.1", 6882));                // other port
  world.withdraw(peer(2, "10.0.0.1"));                      // other peer id
  world.withdraw(host, info_hash(file("never heard of")));  // other file
  Peer other = peer(3, "10.0.0.3");
  ASSERT_TRUE(world.offer(other, file("b")));
  world.withdraw(other, info_hash(file("a")));
  EXPECT_THAT(world.names(), ElementsAre("a", "b"));
}

TEST(Expire, does_at_most_so_much_at_once_and_goes_on_next_time) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(world.offer(host, file("f" + std::to_string(i))));
  world.now += seconds(45);
  world.registry.expire(world.now, 4);
  EXPECT_EQ(world.registry.peers(), 6u);
  EXPECT_EQ(world.registry.next_deadline(), world.now);
  world.registry.expire(world.now, 100);
  EXPECT_EQ(world.registry.peers(), 0u);
}

TEST(Heartbeat, that_could_not_be_heard_ends_nobody) {
  World world;
  Peer silent = peer(1, "10.0.0.1");
  Peer alive = peer(2, "10.0.0.2");
  ASSERT_TRUE(world.offer(silent, file("silent")));
  ASSERT_TRUE(world.offer(alive, file("alive")));
  world.pass(seconds(44));
  world.registry.spare(world.now);
  world.pass(seconds(2));
  EXPECT_THAT(world.names(), ElementsAre("alive", "silent"));
  EXPECT_TRUE(world.beat(alive));
  EXPECT_EQ(world.registry.next_deadline(), world.now + seconds(43));
  world.pass(seconds(42));
  EXPECT_THAT(world.names(), ElementsAre("alive", "silent"));
  world.pass(seconds(1));
  EXPECT_THAT(world.names(), ElementsAre("alive"));
}

}  // namespace
}  // namespace shoal::registry::heartbeat_test
