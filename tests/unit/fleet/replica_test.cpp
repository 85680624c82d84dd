#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_fleet.hpp"

/// What a fleet promises while all is well.
namespace shoal::fleet::replica_test {
namespace {

using namespace registry::world;
using datagram::RefuseReason;

/// Trackers that have found each other.
struct Fleet : FakeFleet {
  explicit Fleet(std::size_t size = 3) : FakeFleet(size) { pass(seconds(4)); }
};

TEST(Fleet, whose_trackers_all_start_at_once_opens_empty_within_four_seconds) {
  FakeFleet fleet(3);
  EXPECT_FALSE(fleet.lives(0));
  fleet.pass(seconds(4));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(fleet.lives(i));
    EXPECT_TRUE(fleet[i].status(fleet.now).filled);
    EXPECT_EQ(fleet[i].status(fleet.now).others, 2u);
  }
}

TEST(Fleet, knows_everywhere_what_a_host_registered_anywhere) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  EXPECT_EQ(fleet.offer(0, host, file("a")), host.endpoint());
  fleet.pass(milliseconds(50));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(fleet.knows(i, "a"));
  EXPECT_TRUE(fleet.equal());
  EXPECT_EQ(fleet[0].status(fleet.now).granted_alone, 0u);
}

TEST(Fleet, grants_a_name_when_its_record_is_read_back_and_not_before) {
  Fleet fleet;
  fleet.feed(0).read_delay = milliseconds(100);
  Peer host = peer(1, "10.0.0.1");
  const auto ticket = std::get<Ticket>(fleet.send(0, host, file("a")));
  fleet.pass(milliseconds(80));
  EXPECT_FALSE(fleet.answer(0, ticket));
  EXPECT_FALSE(fleet.knows(0, "a"));
  EXPECT_TRUE(fleet.knows(1, "a")) << "it is in the log";
  fleet.pass(milliseconds(40));
  EXPECT_TRUE(fleet.answer(0, ticket)->has_value());
}

TEST(Fleet, grants_a_name_that_is_claimed_twice_at_once_to_the_first_in_the_log) {
  Fleet fleet;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "f" + std::to_string(i);
    Peer one = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
    const auto at_0 = std::get<Ticket>(fleet.send(0, one, file(name, 1000, 1)));
    const auto at_1 = std::get<Ticket>(fleet.send(1, other, file(name, 1000, 2)));
    fleet.pass(milliseconds(30));
    const auto first = fleet.answer(0, at_0), second = fleet.answer(1, at_1);
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->has_value(), second->has_value());
    const auto& refused = first->has_value() ? *second : *first;
    EXPECT_EQ(refused.error().reason, RefuseReason::name_taken);
  }
  EXPECT_TRUE(fleet.equal());
}

TEST(Fleet, says_at_once_that_a_heartbeat_is_known_wherever_it_comes) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.pass(milliseconds(50));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(fleet.beat(i, host));
  host.set = {};
  EXPECT_FALSE(fleet.beat(2, host));
}

TEST(Fleet, keeps_a_host_everywhere_by_its_heartbeats_at_one) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  for (int i = 0; i < 10; ++i) {
    fleet.pass(seconds(30));
    EXPECT_TRUE(fleet.beat(0, host));
  }
  fleet.pass(seconds(30));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(fleet.knows(i, "a"));
}

TEST(Fleet, forgets_a_silent_host_everywhere_after_45_seconds_as_its_home_says) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.pass(seconds(44));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(fleet.knows(i, "a"));
  fleet.pass(seconds(2));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(fleet.knows(i, "a"));
}

TEST(Fleet, has_a_host_whose_tracker_dies_go_on_at_another_one) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.pass(seconds(28));
  fleet.kill(0);
  fleet.pass(seconds(3));
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(fleet.beat(1, host)) << "nothing has to be registered again";
    fleet.pass(seconds(30));
    EXPECT_TRUE(fleet.knows(1, "a"));
    EXPECT_TRUE(fleet.knows(2, "a"));
  }
}

TEST(Fleet, forgets_the_hosts_of_a_dead_tracker_that_call_no_other_one_15_seconds_later) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.kill(0);
  fleet.pass(seconds(59));
  EXPECT_TRUE(fleet.knows(1, "a"));
  EXPECT_TRUE(fleet.knows(2, "a"));
  fleet.pass(seconds(6));
  EXPECT_FALSE(fleet.knows(1, "a"));
  EXPECT_FALSE(fleet.knows(2, "a"));
}

TEST(Fleet, withdraws_everywhere) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  for (const char* name : {"a", "b"}) ASSERT_TRUE(fleet.offer(0, host, file(name)));
  fleet.withdraw(1, host, info_hash(file("a")));
  fleet.pass(milliseconds(50));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(fleet.knows(i, "a"));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(fleet.knows(i, "b"));
  fleet.withdraw(2, host);
  fleet.pass(milliseconds(50));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(fleet.knows(i, "b"));
}

TEST(Fleet, drops_everywhere_what_a_host_did_not_register_again) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  for (const char* name : {"a", "b"}) ASSERT_TRUE(fleet.offer(0, host, file(name)));
  host.set.remove(info_hash(file("b")));
  EXPECT_FALSE(fleet.beat(0, host));
  Peer again = host;
  ASSERT_TRUE(fleet.offer(0, again, file("a")));
  fleet.pass(seconds(30));
  EXPECT_TRUE(fleet.beat(0, host));
  fleet.pass(milliseconds(50));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(fleet.knows(i, "a"));
    EXPECT_FALSE(fleet.knows(i, "b"));
  }
}

TEST(Fleet, tells_announcers_everywhere_and_answers_them_at_once) {
  Fleet fleet;
  datagram::AnnounceRequest request;
  request.info_hash = truncated(info_hash(file("a")));
  request.peer_id = peer_id(1);
  request.port = 6881;
  datagram::AnnounceReply reply;
  ASSERT_TRUE(fleet[0].hear(request, address("10.0.0.1"), fleet.now, reply));
  EXPECT_TRUE(reply.peers.empty());
  fleet.pass(milliseconds(50));
  request.peer_id = peer_id(2);
  ASSERT_TRUE(fleet[1].hear(request, address("10.0.0.2"), fleet.now, reply));
  EXPECT_EQ(reply.peers, std::vector<Endpoint>{*Endpoint::parse("10.0.0.1:6881")});
  EXPECT_EQ(reply.seeders, 1u);
  request.event = datagram::AnnounceEvent::stopped;
  ASSERT_TRUE(fleet[2].hear(request, address("10.0.0.2"), fleet.now, reply));
  fleet.pass(milliseconds(50));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(fleet[i].registry().peers(), 1u);
}

TEST(Fleet, has_one_host_where_a_restarted_one_comes_to_another_tracker) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  for (const char* name : {"a", "b"}) ASSERT_TRUE(fleet.offer(0, host, file(name)));
  Peer restarted = peer(2, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(1, restarted, file("a")));
  fleet.pass(milliseconds(50));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(fleet.knows(i, "b"));
  EXPECT_TRUE(fleet.beat(2, restarted));
  EXPECT_TRUE(fleet.equal());
}

TEST(Fleet, does_not_ask_for_a_host_again_and_again_that_registers_much) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(fleet.offer(0, host, file("f" + std::to_string(i))));
    const auto sent = fleet.send(0, host, file("g" + std::to_string(i)));
    host.set.add(info_hash(file("g" + std::to_string(i))));
    EXPECT_TRUE(std::holds_alternative<Ticket>(sent));
    EXPECT_TRUE(fleet.beat(0, host)) << "one registration is still on its way";
    fleet.pass(seconds(1));
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(fleet[i].status(fleet.now).wanted, 0u);
  EXPECT_TRUE(fleet.equal());
}

TEST(Fleet, of_one_tracker_is_like_a_tracker) {
  FakeFleet fleet(1);
  fleet.pass(seconds(4));
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.pass_with_heartbeats(minutes(5), {{0, &host}});
  EXPECT_TRUE(fleet.knows(0, "a"));
  fleet.pass(seconds(46));
  EXPECT_FALSE(fleet.knows(0, "a"));
}

}  // namespace
}  // namespace shoal::fleet::replica_test
