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

/// Fills what is left of the table: `each` files of each of so many addresses.
void fill(World& world, int addresses, int each, const std::string& network = "203.0.113.") {
  for (int at = 0; at < addresses; ++at)
    for (int i = 0; i < each; ++i) {
      const std::string name = network + std::to_string(at) + " " + std::to_string(i);
      (void)world.add(peer(1000 + at, network + std::to_string(at)), file(name));
    }
}

/// One file of somebody who has nothing else, each from an address and a network of its own.
bool newcomer(World& world, int number) {
  return world
      .add(peer(number,
                "10." + std::to_string(number / 200) + "." + std::to_string(number % 200) + ".1"),
           file("new " + std::to_string(number)))
      .has_value();
}

TEST(Crowds, ten_addresses_that_hold_the_whole_table_keep_no_newcomer_out) {
  World world({.max_files = 1000, .max_per_address = 100});
  fill(world, 10, 100);
  ASSERT_EQ(world.registry.files(), 1000u);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(newcomer(world, i)) << i;
  EXPECT_EQ(world.registry.files(), 1000u);
  for (int i = 0; i < 300; ++i)
    EXPECT_TRUE(world.find("new " + std::to_string(i), peer(9999, "192.0.2.1"))) << i;
}

TEST(Crowds, a_full_table_takes_from_who_holds_most_and_tells_it_by_its_heartbeat) {
  World world({.max_files = 300, .max_per_address = 200});
  Peer many = peer(1, "203.0.113.66");
  std::vector<Peer> few;
  for (int i = 0; i < 50; ++i) {
    few.push_back(peer(100 + i, "198.51.100." + std::to_string(i)));
    for (const char* name : {"a", "b"})
      ASSERT_TRUE(world.offer(few.back(), file(name + std::to_string(i))));
  }
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(world.offer(many, file("m" + std::to_string(i))));
  EXPECT_TRUE(world.beat(many));
  for (int i = 0; i < 150; ++i) ASSERT_TRUE(newcomer(world, i)) << i;
  for (const Peer& one : few) EXPECT_TRUE(world.beat(one)) << "nobody small lost anything";
  EXPECT_FALSE(world.beat(many)) << "it is to register again, and then to wait";
  EXPECT_EQ(world.add(many, file("m0")).has_value(),
            world.find("m0", peer(9999, "192.0.2.1")).has_value())
      << "what it still holds it may renew, and more it gets from nobody";
}

TEST(Crowds, parties_that_hold_the_same_take_nothing_from_each_other) {
  World world({.max_files = 100});
  Peer one = peer(1, "203.0.113.1"), other = peer(2, "198.51.100.1");
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(world.offer(one, file("one" + std::to_string(i))));
    ASSERT_TRUE(world.offer(other, file("other" + std::to_string(i))));
  }
  for (int i = 50; i < 60; ++i) {
    EXPECT_EQ(world.add(one, file("one" + std::to_string(i))).error().reason,
              datagram::RefuseReason::table_full);
    EXPECT_FALSE(world.add(other, file("other" + std::to_string(i))));
  }
  EXPECT_TRUE(world.beat(one));
  EXPECT_TRUE(world.beat(other));
}

TEST(Crowds, a_thousand_addresses_of_one_network_keep_nobody_out_either) {
  World world({.max_files = 1000});
  for (int i = 0; i < 4; ++i) fill(world, 250, 1, "203.0." + std::to_string(i) + ".");
  ASSERT_EQ(world.registry.files(), 1000u);
  int in = 0;
  for (int i = 0; i < 100; ++i) in += newcomer(world, i) ? 1 : 0;
  EXPECT_EQ(in, 100);
  EXPECT_FALSE(world.add(peer(1, "203.0.0.255"), file("more of the same")));
}

TEST(Crowds, addresses_of_one_48_are_one_network) {
  World world({.max_files = 200});
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(world.add(peer(i, "2001:db8:1:" + std::to_string(i) + "::1"),
                          file("f" + std::to_string(i))));
  EXPECT_TRUE(world.add(peer(900, "2001:db8:2::1"), file("new")));
  EXPECT_FALSE(world.add(peer(901, "2001:db8:1:900::1"), file("more of the same")));
}

TEST(Crowds, files_that_two_addresses_register_each_give_way_as_well) {
  World world({.max_files = 500});
  for (int at = 0; at < 10; ++at)
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(world.add(peer(1000 + at, "203.0.113." + std::to_string(at)),
                            file(std::to_string(at / 2) + " " + std::to_string(i))));
  ASSERT_EQ(world.registry.files(), 500u);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(newcomer(world, i)) << i;
}

TEST(Crowds, places_for_peers_are_given_up_in_the_same_way_and_no_file_goes_for_them) {
  World world({.max_peers = 220});
  for (int at = 0; at < 10; ++at)
    for (int port_number = 0; port_number < 20; ++port_number)
      ASSERT_TRUE(world.add(
          peer(20 * at + port_number, "203.0.113." + std::to_string(at), port(port_number)),
          file("crowded")));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(newcomer(world, i));
  EXPECT_EQ(world.registry.peers(), 220u);
  for (int i = 20; i < 120; ++i) ASSERT_TRUE(newcomer(world, i)) << i;
  EXPECT_EQ(world.registry.peers(), 220u);
  EXPECT_EQ(world.registry.files(), 121u);
}

TEST(Crowds, long_names_give_way_to_a_newcomers_name_and_no_more_are_held_than_that) {
  World world({.max_name_bytes = 10'000});
  Peer many = peer(1, "203.0.113.66");
  for (int i = 0; i < 100; ++i)
    (void)world.add(many, file(std::to_string(i) + std::string(240, 'x')));
  EXPECT_EQ(world.registry.files(), 41u);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(newcomer(world, i)) << i;
  EXPECT_LT(world.registry.files(), 41u + 30u);
  EXPECT_TRUE(world.find("new 0", peer(9999, "192.0.2.1")));
}

TEST(Crowds, an_open_tracker_full_of_announced_hashes_takes_a_newcomers_file) {
  World world({.max_files = 400, .open = true});
  for (int at = 0; at < 4; ++at)
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(world.announce(peer(at, "203.0.113." + std::to_string(at)),
                                 file(std::to_string(at) + " " + std::to_string(i)), 0));
  EXPECT_TRUE(newcomer(world, 1));
  EXPECT_TRUE(world.announce(peer(9, "198.51.100.1"), file("announced"), 1));
  EXPECT_EQ(world.registry.files(), 400u);
}

TEST(Crowds, thirty_hosts_behind_one_address_keep_their_files_in_a_full_table) {
  World world({.max_files = 1000, .max_per_address = 100});
  std::vector<Peer> hosts;
  for (int i = 0; i < 30; ++i) {
    hosts.push_back(peer(10 + i, "198.51.100.1", port(i)));
    for (const char* name : {"a", "b"})
      ASSERT_TRUE(world.offer(hosts.back(), file(name + std::to_string(i))));
  }
  fill(world, 10, 100);
  ASSERT_EQ(world.registry.files(), 1000u);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(newcomer(world, i)) << i;
  for (const Peer& one : hosts) EXPECT_TRUE(world.beat(one));
}

TEST(Crowds, one_host_alone_may_fill_the_table) {
  World world({.max_files = 2000});
  Peer many = peer(1, "203.0.113.66");
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(world.offer(many, file("m" + std::to_string(i))));
  EXPECT_TRUE(world.beat(many));
  EXPECT_EQ(world.add(many, file("one more")).error().reason, datagram::RefuseReason::table_full);
  EXPECT_TRUE(world.beat(many)) << "nothing gave way to its own";
}

TEST(Crowds, who_comes_back_every_heartbeat_is_in_though_others_keep_coming) {
  World world({.max_files = 1000, .max_per_address = 100});
  fill(world, 10, 100);
  Peer seeder = peer(1, "198.51.100.1");
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(world.offer(seeder, file("mine " + std::to_string(round))));
    for (int at = 0; at < 10; ++at)  // what was taken from them they ask for again, and more
      for (int i = 0; i < 120; ++i)
        (void)world.add(peer(1000 + at, "203.0.113." + std::to_string(at)),
                        file("203.0.113." + std::to_string(at) + " " + std::to_string(i)));
    world.now += seconds(30);
    ASSERT_TRUE(world.beat(seeder)) << round;
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
