// One host in both address families.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

namespace shoal::registry::families_test {
namespace {

using namespace world;
using testing::Contains;
using testing::UnorderedElementsAre;

const Peer kAsker = peer(999, "203.0.113.9");
const Peer kAsker6 = peer(998, "2001:db8::999");

TEST(Families, a_host_in_both_counts_once_and_is_found_in_both) {
  World world;
  const Peer four = peer(1, "192.0.2.1"), six = peer(1, "2001:db8::1");
  ASSERT_TRUE(world.add(four, file("a")));
  ASSERT_TRUE(world.add(six, file("a")));
  for (const Peer& asker : {kAsker, kAsker6}) {
    const auto found = world.find("a", asker);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->seeders, 1u);
    EXPECT_EQ(found->leechers, 0u);
    EXPECT_THAT(found->peers, UnorderedElementsAre(four.endpoint(), six.endpoint()));
  }
  EXPECT_EQ(world.scrape(file("a")), (datagram::ScrapeEntry{1, 0, 0}));
  datagram::ListReply list;
  world.registry.list({"", ""}, list);
  ASSERT_EQ(list.files.size(), 1u);
  EXPECT_EQ(list.files[0].seeders, 1u);
}

TEST(Families, two_hosts_are_two_whatever_their_families) {
  World world;
  ASSERT_TRUE(world.add(peer(1, "192.0.2.1"), file("a")));
  ASSERT_TRUE(world.add(peer(2, "2001:db8::1"), file("a")));
  ASSERT_TRUE(world.add(peer(3, "192.0.2.3"), file("a"), false));
  const auto found = world.find("a", kAsker);
  EXPECT_EQ(found->seeders, 2u);
  EXPECT_EQ(found->leechers, 1u);
}

TEST(Families, who_is_left_in_one_of_them_still_counts) {
  for (const bool first_leaves : {true, false}) {
    World world;
    const Peer four = peer(1, "192.0.2.1"), six = peer(1, "2001:db8::1");
    ASSERT_TRUE(world.add(four, file("a")));
    ASSERT_TRUE(world.add(six, file("a")));
    world.withdraw(first_leaves ? four : six);
    EXPECT_EQ(world.find("a", kAsker)->seeders, 1u);
    EXPECT_EQ(world.find("a", kAsker)->leechers, 0u);
    world.withdraw(first_leaves ? six : four);
    EXPECT_FALSE(world.find("a", kAsker));
  }
}

TEST(Families, a_silent_one_is_forgotten_alone) {
  World world;
  Peer four = peer(1, "192.0.2.1"), six = peer(1, "2001:db8::1");
  ASSERT_TRUE(world.offer(four, file("a")));
  ASSERT_TRUE(world.offer(six, file("a")));
  for (int i = 0; i < 3; ++i) {
    world.pass(seconds(30));
    ASSERT_TRUE(world.beat(six));
  }
  EXPECT_EQ(world.find("a", kAsker)->seeders, 1u);
  EXPECT_THAT(world.find("a", kAsker)->peers, UnorderedElementsAre(six.endpoint()));
}

TEST(Families, a_leecher_that_has_finished_is_one_seeder_and_one_download) {
  World world;
  const Peer four = peer(1, "192.0.2.1"), six = peer(1, "2001:db8::1");
  ASSERT_TRUE(world.add(four, file("a"), false));
  ASSERT_TRUE(world.add(six, file("a"), false));
  EXPECT_EQ(world.scrape(file("a")), (datagram::ScrapeEntry{0, 0, 1}));
  ASSERT_TRUE(world.add(six, file("a"), true));
  ASSERT_TRUE(world.add(four, file("a"), true));
  EXPECT_EQ(world.scrape(file("a")), (datagram::ScrapeEntry{1, 1, 0}));
  world.withdraw(four);
  EXPECT_EQ(world.scrape(file("a")), (datagram::ScrapeEntry{1, 1, 0}));
}

TEST(Families, a_host_that_moves_in_one_is_one_again_once_the_old_address_is_forgotten) {
  World world;
  Peer old = peer(1, "192.0.2.1"), moved = peer(1, "192.0.2.2"), six = peer(1, "2001:db8::1");
  ASSERT_TRUE(world.offer(old, file("a")));
  ASSERT_TRUE(world.offer(six, file("a")));
  world.pass(seconds(20));
  ASSERT_TRUE(world.offer(moved, file("a")));
  ASSERT_TRUE(world.beat(six));
  EXPECT_EQ(world.find("a", kAsker)->seeders, 2u) << "the old address is not known to be dead yet";
  world.pass(seconds(30));
  EXPECT_EQ(world.find("a", kAsker)->seeders, 1u);
  EXPECT_THAT(world.find("a", kAsker)->peers,
              UnorderedElementsAre(moved.endpoint(), six.endpoint()));
}

/// Peer ids are no secret: peers tell them each other.
TEST(Families, a_stranger_with_the_same_peer_id_ends_nothing) {
  World world;
  Peer four = peer(1, "192.0.2.1"), stranger = peer(1, "2001:db8::666");
  ASSERT_TRUE(world.offer(four, file("a")));
  ASSERT_TRUE(world.offer(stranger, file("a")));
  world.withdraw(stranger);
  EXPECT_EQ(world.find("a", kAsker)->seeders, 1u);
  EXPECT_THAT(world.find("a", kAsker)->peers, Contains(four.endpoint()));
  EXPECT_TRUE(world.beat(four));
}

TEST(Families, many_hosts_of_one_peer_id_leave_nothing_behind) {
  World world;
  for (int i = 0; i < 3000; ++i) {
    const auto port = static_cast<std::uint16_t>(1000 + i);
    ASSERT_TRUE(world.add(peer(1, i % 2 == 0 ? "192.0.2.1" : "2001:db8::1", port), file("a")));
  }
  for (int i = 0; i < 3000; ++i) {
    const auto port = static_cast<std::uint16_t>(1000 + (i * 7) % 3000);
    world.withdraw(peer(1, port % 2 == 0 ? "192.0.2.1" : "2001:db8::1", port));
  }
  EXPECT_EQ(world.registry.peers(), 0u);
  EXPECT_EQ(world.registry.files(), 0u);
  ASSERT_TRUE(world.add(peer(1, "192.0.2.1"), file("a")));
  EXPECT_EQ(world.find("a", kAsker)->seeders, 1u);
}

}  // namespace
}  // namespace shoal::registry::families_test
