#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

/// What a neighbour can do to a host: somebody behind the same address, who knows its port and its
/// peer id, and not its proof.
namespace shoal::registry::ownership_test {
namespace {

using namespace world;
using datagram::Proof;
using datagram::RefuseReason;
using testing::ElementsAre;

const Peer kAsker = peer(999, "192.0.2.9");

Peer proven(int number, std::string_view from, Proof proof = Proof{77}) {
  Peer one = peer(number, from);
  one.proof = proof;
  return one;
}

/// Those who are at its address and port, and are not it.
std::vector<Peer> neighbours_of(const Peer& host) {
  Peer older = host, guesses = host, other = host, other_guesses = host;
  older.proof = datagram::kNoProof;
  guesses.proof = Proof{78};
  other.id = other_guesses.id = peer_id(500);
  other.proof = datagram::kNoProof;
  other_guesses.proof = Proof{78};
  return {older, guesses, other, other_guesses};
}

TEST(Ownership, is_not_taken_by_a_neighbour_nor_is_a_name) {
  World world;
  Peer host = proven(1, "203.0.113.1");
  ASSERT_TRUE(world.offer(host, file("a", 1000, 1)));
  for (const Peer& neighbour : neighbours_of(host)) {
    for (const FileInfo& what : {file("a", 2000, 2), file("a", 1000, 1), file("b")}) {
      const auto refused = world.add(neighbour, what);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().reason, RefuseReason::place_taken);
    }
    EXPECT_FALSE(world.beat(neighbour));
    world.withdraw(neighbour);
    world.withdraw(neighbour, info_hash(file("a", 1000, 1)));
  }
  EXPECT_TRUE(world.beat(host));
  EXPECT_EQ(world.find("a", kAsker)->length, 1000u);
  EXPECT_THAT(world.names(), ElementsAre("a"));
}

TEST(Ownership, is_not_ended_nor_changed_by_an_announce_of_a_neighbour) {
  World world;
  Peer host = proven(1, "203.0.113.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  for (const Peer& neighbour : neighbours_of(host)) {
    using enum datagram::AnnounceEvent;
    EXPECT_TRUE(world.announce(neighbour, file("a"), 1));
    EXPECT_TRUE(world.announce(neighbour, file("a"), 0, completed));
    EXPECT_TRUE(world.announce(neighbour, file("a"), 1, stopped));
  }
  EXPECT_TRUE(world.beat(host));
  EXPECT_EQ(world.scrape(file("a")), (datagram::ScrapeEntry{1, 0, 0}));
}

TEST(Ownership, is_kept_for_as_long_as_the_host_is_heard_and_free_when_it_is_forgotten) {
  World world;
  Peer host = proven(1, "203.0.113.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  const Peer other = proven(2, "203.0.113.1", Proof{78});
  for (int i = 0; i < 5; ++i) {
    world.now += seconds(44);  // nobody has looked for who was silent meanwhile
    EXPECT_FALSE(world.add(other, file("b")));
    EXPECT_TRUE(world.beat(host));
  }
  world.now += seconds(45);
  EXPECT_TRUE(world.add(other, file("b")));
  EXPECT_FALSE(world.beat(host));
  EXPECT_FALSE(world.add(host, file("a")));
}

TEST(Ownership, is_kept_while_the_tracker_itself_was_stopped) {
  World world;
  ASSERT_TRUE(world.add(proven(1, "203.0.113.1"), file("a")));
  world.now += seconds(100);
  world.registry.spare(world.now);
  EXPECT_FALSE(world.add(proven(2, "203.0.113.1", Proof{78}), file("b")));
}

TEST(Ownership, passes_at_once_to_the_host_that_was_started_again) {
  World world;
  Peer before = proven(1, "203.0.113.1"), after = proven(2, "203.0.113.1");
  ASSERT_TRUE(world.offer(before, file("a")));
  ASSERT_TRUE(world.offer(before, file("b", 1000, 1)));
  ASSERT_TRUE(world.offer(after, file("b", 2000, 2))) << "which it alone has, and has changed";
  EXPECT_TRUE(world.beat(after));
  EXPECT_FALSE(world.beat(before));
  EXPECT_THAT(world.names(), ElementsAre("b"));
}

TEST(Ownership, passes_in_both_families_to_the_host_that_was_started_again) {
  World world;
  Peer four = proven(1, "203.0.113.1"), six = proven(1, "2001:db8::1");
  for (Peer* host : {&four, &six}) ASSERT_TRUE(world.offer(*host, file("a", 1000, 1)));
  Peer new_four = proven(2, "203.0.113.1"), new_six = proven(2, "2001:db8::1");
  for (Peer* host : {&new_four, &new_six}) ASSERT_TRUE(world.offer(*host, file("a", 2000, 2)));
  for (const Peer* host : {&new_four, &new_six}) EXPECT_TRUE(world.beat(*host));
  EXPECT_EQ(world.registry.peers(), 2u);
}

TEST(Ownership, of_a_host_elsewhere_is_not_touched_by_who_takes_its_peer_id) {
  World world;
  Peer victim = proven(1, "2001:db8::1");
  Peer old_victim = peer(3, "2001:db8::3");
  for (Peer* one : {&victim, &old_victim}) ASSERT_TRUE(world.offer(*one, file("a")));
  for (const int number : {1, 3}) {
    for (const Proof proof : {Proof{78}, datagram::kNoProof}) {
      ASSERT_TRUE(world.add(proven(number, "203.0.113.66", proof), file("a")));
      ASSERT_TRUE(world.add(proven(500, "203.0.113.66", proof), file("b")));
      world.withdraw(proven(500, "203.0.113.66", proof));
    }
  }
  EXPECT_TRUE(world.beat(victim));
  EXPECT_TRUE(world.beat(old_victim));
}

TEST(Ownership, is_lost_by_nobody_for_a_registration_that_is_refused) {
  World world({.max_files = 2});
  Peer older = peer(1, "203.0.113.1"), host = proven(2, "203.0.113.2");
  ASSERT_TRUE(world.offer(older, file("a", 1000, 1)));
  ASSERT_TRUE(world.offer(host, file("b", 1000, 1)));
  for (Peer after : {peer(3, "203.0.113.1"), proven(4, "203.0.113.2")}) {
    EXPECT_EQ(world.add(after, file(after.port == 0 ? "" : "c")).error().reason,
              RefuseReason::table_full);
  }
  EXPECT_EQ(world.add(peer(3, "203.0.113.1"), file("b", 2000, 2)).error().reason,
            RefuseReason::name_taken);
  EXPECT_EQ(world.add(proven(4, "203.0.113.2"), file("a", 2000, 2)).error().reason,
            RefuseReason::name_taken);
  EXPECT_TRUE(world.beat(older));
  EXPECT_TRUE(world.beat(host));
}

TEST(Ownership, of_an_older_program_passes_as_ever_and_is_not_claimed_by_a_proof_shown_later) {
  World world;
  Peer older = peer(1, "203.0.113.1");
  ASSERT_TRUE(world.offer(older, file("a")));
  EXPECT_TRUE(world.add(proven(1, "203.0.113.1"), file("a"))) << "the same peer id";
  EXPECT_TRUE(world.beat(older));
  Peer newer = proven(2, "203.0.113.1");
  EXPECT_TRUE(world.offer(newer, file("a"))) << "started again after an upgrade";
  EXPECT_TRUE(world.beat(newer));
  EXPECT_FALSE(world.beat(older));
}

TEST(Ownership, of_a_place_is_for_who_is_heard_from_there_whatever_others_say) {
  World world({.closed = true});
  Peer says_so = proven(1, "198.51.100.1");
  says_so.said = Endpoint{address("203.0.113.1"), 6881};
  ASSERT_TRUE(world.offer(says_so, file("a")));
  Peer other = proven(2, "198.51.100.2", Proof{78});
  other.said = says_so.said;
  EXPECT_FALSE(world.add(other, file("b"))) << "it only says so, too";
  Peer there = proven(3, "203.0.113.1", Proof{79});
  ASSERT_TRUE(world.offer(there, file("a")));
  EXPECT_TRUE(world.beat(there));
  EXPECT_FALSE(world.beat(says_so));
}

TEST(Ownership, stays_with_a_host_whose_datagrams_come_from_another_address_now) {
  World world({.closed = true});
  Peer before = proven(1, "198.51.100.1");
  before.said = Endpoint{address("203.0.113.1"), 6881};
  Peer six = proven(1, "2001:db8::1");
  ASSERT_TRUE(world.offer(before, file("a")));
  ASSERT_TRUE(world.offer(six, file("a")));
  Peer after = before;
  after.from = address("198.51.100.2");
  EXPECT_FALSE(world.beat(after));
  ASSERT_TRUE(world.add(after, file("a")));
  EXPECT_TRUE(world.beat(after));
  EXPECT_TRUE(world.beat(six)) << "it was not started again";

  Peer moved = after;
  moved.from = address("198.51.100.3");
  EXPECT_EQ(world.add(moved, file("a", 2000, 2)).error().reason, RefuseReason::name_taken);
  EXPECT_EQ(world.find("a", kAsker)->length, 1000u);
  EXPECT_TRUE(world.beat(six));
}

}  // namespace
}  // namespace shoal::registry::ownership_test
