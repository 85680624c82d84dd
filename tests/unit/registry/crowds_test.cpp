#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

/// What one hostile host can take from the others.
namespace shoal::registry::crowds_test {
namespace {

using namespace world;
using testing::Contains;

std::uint16_t port(int number) {
  return static_cast<std::uint16_t>(10'000 + number);
}

TEST(Crowds, five_thousand_announced_ports_of_one_address_leave_the_seeder_in_every_answer) {
  World world;
  const Peer seeder = peer(1, "198.51.100.1");
  ASSERT_TRUE(world.add(seeder, file("a")));
  for (int i = 0; i < 5000; ++i)
    ASSERT_TRUE(world.announce(peer(10 + i, "203.0.113.66", port(i)), file("a"), 0));
  EXPECT_EQ(world.registry.peers(), 1 + kMostOfParty);
  for (int i = 0; i < 100; ++i) {
    const auto found = world.find("a", peer(9999, "192.0.2.1"));
    EXPECT_THAT(found->peers, Contains(seeder.endpoint()));
    EXPECT_EQ(found->seeders, 1 + kMostOfParty);
  }
}

TEST(Crowds, five_thousand_addresses_of_one_64_are_one_party_too) {
  World world;
  ASSERT_TRUE(world.add(peer(1, "2001:db8::1"), file("a")));
  for (int i = 0; i < 5000; ++i) {
    const std::string address = "2001:db8:0:66::" + std::to_string(i);
    ASSERT_TRUE(world.announce(peer(10 + i, address), file("a"), 0));
  }
  EXPECT_EQ(world.registry.peers(), 1 + kMostOfParty);
}

TEST(Crowds, a_thousand_registered_ports_leave_the_seeder_in_every_answer) {
  World world;
  const Peer seeder = peer(1, "198.51.100.1");
  ASSERT_TRUE(world.add(seeder, file("a")));
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(world.add(peer(10 + i, "203.0.113.66", port(i)), file("a")));
  for (int i = 0; i < 100; ++i) {
    const auto found = world.find("a", peer(9999, "192.0.2.1"));
    EXPECT_THAT(found->peers, Contains(seeder.endpoint()));
    EXPECT_EQ(found->peers.size(), 1 + kMostOfParty);
    const auto told = world.announce(peer(8000, "192.0.2.2", 0), file("a"), 1);
    EXPECT_THAT(told->peers, Contains(seeder.endpoint()));
  }
}

TEST(Crowds, the_announcer_silent_for_longest_makes_room_for_another_of_its_party) {
  World world;
  ASSERT_TRUE(world.add(peer(1, "198.51.100.1"), file("a")));
  const int most = static_cast<int>(kMostOfParty);
  for (int i = 0; i < most; ++i) {
    ASSERT_TRUE(world.announce(peer(10 + i, "203.0.113.66", port(i)), file("a"), 1));
    world.now += seconds(1);
  }
  ASSERT_TRUE(world.announce(peer(10, "203.0.113.66", port(0)), file("a"), 1));
  ASSERT_TRUE(world.announce(peer(99, "203.0.113.66", port(99)), file("a"), 1));
  const auto peers = world.find("a", peer(9999, "192.0.2.1"))->peers;
  EXPECT_EQ(peers.size(), 1 + kMostOfParty);
  EXPECT_THAT(peers, Contains(peer(10, "203.0.113.66", port(0)).endpoint()));
  EXPECT_THAT(peers, Contains(peer(99, "203.0.113.66", port(99)).endpoint()));
  EXPECT_THAT(peers, testing::Not(Contains(peer(11, "203.0.113.66", port(1)).endpoint())));
}

TEST(Crowds, an_announcer_is_answered_where_hosts_of_its_party_have_all_places) {
  World world;
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(world.add(peer(10 + i, "203.0.113.66", port(i)), file("a")));
  const auto told = world.announce(peer(99, "203.0.113.66", port(99)), file("a"), 1);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->peers.size(), kMostOfParty);
  EXPECT_EQ(world.registry.peers(), 20u);
}

TEST(Crowds, thirty_leechers_behind_one_address_stay_known_and_hear_as_much_as_others) {
  World world;
  ASSERT_TRUE(world.add(peer(1, "198.51.100.1"), file("a")));
  std::vector<Peer> leechers;
  for (int i = 0; i < 30; ++i) {
    leechers.push_back(peer(10 + i, "203.0.113.66", port(i)));
    leechers.back().set.add(info_hash(file("a")));
    ASSERT_TRUE(world.add(leechers.back(), file("a"), false));
  }
  std::set<Endpoint> told;
  for (const Peer& one : leechers) {
    EXPECT_TRUE(world.beat(one));
    const auto found = world.find("a", one);
    EXPECT_EQ(found->leechers, 30u);
    EXPECT_THAT(found->peers, Contains(peer(1, "198.51.100.1").endpoint()));
    EXPECT_GE(found->peers.size(), kMostOfParty);
    told.insert(found->peers.begin(), found->peers.end());
  }
  EXPECT_EQ(told.size(), 31u) << "each of them is told to some";
}

TEST(Crowds, who_comes_and_goes_leaves_every_party_with_a_head) {
  World world({.open = true});
  Random random(3);
  std::set<std::pair<int, int>> there;
  const auto who = [](int address, int number) {
    return peer(100 * address + number, "10.0.0." + std::to_string(address), port(number));
  };
  for (int step = 0; step < 1500; ++step) {
    const int address = static_cast<int>(random() % 6) + 1;
    const int number = static_cast<int>(random() % 9);
    if (random() % 3 == 0) {
      (void)world.announce(who(address, number), file("a"), 1, datagram::AnnounceEvent::stopped);
      there.erase({address, number});
    } else {
      ASSERT_TRUE(world.announce(who(address, number), file("a"), 1));
      there.emplace(address, number);
    }
    std::set<int> addresses;
    for (const auto& [at, of] : there) addresses.insert(at);
    const int parties = static_cast<int>(addresses.size());
    const auto told = world.announce(peer(9999, "192.0.2.1", 0), file("a"), 1,
                                     datagram::AnnounceEvent::none, parties);
    std::set<IpAddress> heads;
    for (const Endpoint& one : told->peers) heads.insert(one.address);
    ASSERT_EQ(heads.size(), addresses.size()) << step << ": one of each comes first";
    ASSERT_EQ(told->leechers, there.size()) << step;
  }
}

TEST(Crowds, have_the_bounds_that_docs_security_md_tells) {
  EXPECT_EQ(kMostOfParty, 16u);
  const RegistryOptions options;
  EXPECT_EQ(options.max_per_address, 100'000u);
  EXPECT_EQ(options.max_files, 1'000'000u);
  EXPECT_EQ(options.max_peers, 4'000'000u);
}

}  // namespace
}  // namespace shoal::registry::crowds_test
