#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

namespace shoal::registry::announce_test {
namespace {

using namespace world;
using datagram::AnnounceEvent;
using datagram::ScrapeEntry;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

const Peer kAsker = peer(999, "203.0.113.9");

TEST(Announce, joins_the_swarm_of_a_registered_file) {
  World world;
  const Peer host = peer(1, "10.0.0.1"), client = peer(2, "10.0.0.2");
  ASSERT_TRUE(world.add(host, file("a")));
  const auto reply = world.announce(client, file("a"), 16384, AnnounceEvent::started);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->seeders, 1u);
  EXPECT_EQ(reply->leechers, 1u);
  EXPECT_THAT(reply->peers, ElementsAre(host.endpoint()));
  EXPECT_THAT(world.find("a", kAsker)->peers,
              UnorderedElementsAre(host.endpoint(), client.endpoint()));
}

TEST(Announce, of_an_unregistered_info_hash_is_an_error_and_leaves_nothing) {
  World world;
  EXPECT_EQ(world.announce(peer(1, "10.0.0.1"), file("a"), 0).error().code, Errc::not_found);
  EXPECT_EQ(world.registry.files(), 0u);
}

TEST(Announce, of_an_unregistered_info_hash_begins_a_swarm_on_an_open_tracker) {
  World world({.open = true});
  const Peer client = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  ASSERT_TRUE(world.announce(client, file("a"), 0));
  EXPECT_THAT(world.announce(other, file("a"), 5)->peers, ElementsAre(client.endpoint()));
  EXPECT_FALSE(world.find("a", kAsker)) << "nobody has said a name";
  EXPECT_TRUE(world.names().empty());
  ASSERT_TRUE(world.add(peer(3, "10.0.0.3"), file("a")));
  EXPECT_EQ(world.find("a", kAsker)->peers.size(), 3u);
  EXPECT_THAT(world.names(), ElementsAre("a"));
}

TEST(Announce, with_stopped_removes_and_is_answered_without_peers) {
  World world;
  const Peer host = peer(1, "10.0.0.1"), client = peer(2, "10.0.0.2");
  ASSERT_TRUE(world.add(host, file("a")));
  ASSERT_TRUE(world.announce(client, file("a"), 5));
  for (int i = 0; i < 2; ++i) {
    const auto reply = world.announce(client, file("a"), 5, AnnounceEvent::stopped);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->seeders, 1u);
    EXPECT_EQ(reply->leechers, 0u);
    EXPECT_TRUE(reply->peers.empty());
  }
  World open({.open = true});
  ASSERT_TRUE(open.announce(client, file("a"), 5));
  ASSERT_TRUE(open.announce(client, file("a"), 5, AnnounceEvent::stopped));
  EXPECT_EQ(open.registry.files(), 0u);
  ASSERT_TRUE(open.announce(client, file("a"), 5, AnnounceEvent::stopped));
  EXPECT_EQ(open.registry.files(), 0u);
}

TEST(Announce, with_completed_counts_once_and_left_0_is_a_seeder) {
  World world;
  const Peer client = peer(2, "10.0.0.2");
  ASSERT_TRUE(world.add(peer(1, "10.0.0.1"), file("a")));
  ASSERT_TRUE(world.announce(client, file("a"), 5, AnnounceEvent::started));
  EXPECT_EQ(world.scrape(file("a")), (ScrapeEntry{1, 0, 1}));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(world.announce(client, file("a"), 0, AnnounceEvent::completed));
  EXPECT_EQ(world.scrape(file("a")), (ScrapeEntry{2, 1, 0}));
  EXPECT_EQ(world.scrape(file("unknown")), ScrapeEntry{});
}

TEST(Announce, keeps_a_client_for_two_point_two_intervals) {
  World world({.open = true});
  const Peer client = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.announce(client, file("a"), 0));
  world.pass(seconds(1800));
  ASSERT_TRUE(world.announce(client, file("a"), 0));
  EXPECT_EQ(world.registry.next_deadline(), world.now + seconds(3960));
  world.pass(seconds(3960) - milliseconds(1));
  EXPECT_EQ(world.registry.peers(), 1u);
  world.pass(milliseconds(1));
  EXPECT_EQ(world.registry.peers(), 0u);
  EXPECT_EQ(world.registry.files(), 0u);
}

TEST(Announce, keeps_a_name_alive_after_its_hosts_are_gone) {
  World world;
  ASSERT_TRUE(world.add(peer(1, "10.0.0.1"), file("a")));
  ASSERT_TRUE(world.announce(peer(2, "10.0.0.2"), file("a"), 0));
  world.pass(seconds(45));
  EXPECT_EQ(world.find("a", kAsker)->seeders, 1u);
  EXPECT_FALSE(world.add(peer(1, "10.0.0.1"), file("a", 1000, 2)));
}

TEST(Announce, gives_peers_of_the_askers_family_only) {
  World world;
  const Peer four = peer(1, "10.0.0.1"), six = peer(2, "2001:db8::2");
  ASSERT_TRUE(world.add(four, file("a")));
  ASSERT_TRUE(world.add(six, file("a")));
  EXPECT_THAT(world.announce(peer(3, "10.0.0.3"), file("a"), 5)->peers,
              ElementsAre(four.endpoint()));
  EXPECT_THAT(world.announce(peer(4, "2001:db8::4"), file("a"), 5)->peers,
              ElementsAre(six.endpoint()));
}

TEST(Announce, tells_foreign_clients_elsewhere_of_no_peers_at_loopback) {
  World world;
  const Peer near4 = peer(1, "127.0.0.1"), near6 = peer(2, "::1");
  const Peer far4 = peer(3, "10.0.0.1"), far6 = peer(4, "2001:db8::1");
  for (const Peer& host : {near4, near6, far4, far6}) ASSERT_TRUE(world.add(host, file("a")));
  const auto told = [&](const Peer& asker) { return world.announce(asker, file("a"), 5)->peers; };
  EXPECT_THAT(told(peer(5, "10.0.0.2")), ElementsAre(far4.endpoint()));
  EXPECT_THAT(told(peer(6, "2001:db8::2")), ElementsAre(far6.endpoint()));
  EXPECT_EQ(world.announce(peer(5, "10.0.0.2"), file("a"), 5)->seeders, 4u);
  // Who is on the same machine reaches them, and so do our own, by way of the tracker's address.
  EXPECT_THAT(
      told(peer(7, "127.0.0.1", 7000)),
      UnorderedElementsAre(near4.endpoint(), far4.endpoint(), peer(5, "10.0.0.2").endpoint()));
  Peer ours = peer(8, "2001:db8::3");
  std::ranges::copy(as_bytes("-SL0200-"), ours.id.bytes.begin());
  EXPECT_THAT(told(ours), UnorderedElementsAre(near6.endpoint(), far6.endpoint(),
                                               peer(6, "2001:db8::2").endpoint()));
}

TEST(Announce, gives_as_many_peers_as_asked_for_and_as_fit) {
  World world;
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_TRUE(world.add(
        peer(i, "10.1." + std::to_string(i / 100) + "." + std::to_string(i % 100)), file("a")));
    ASSERT_TRUE(world.add(peer(i, "2001:db8:1:" + number + "::1"), file("a")));
  }
  const auto count = [&](std::string_view from, std::int32_t want) {
    return world.announce(peer(9999, from), file("a"), 5, AnnounceEvent::none, want)->peers.size();
  };
  EXPECT_EQ(count("10.0.0.2", 0), 0u);
  EXPECT_EQ(count("10.0.0.2", 7), 7u);
  EXPECT_EQ(count("10.0.0.2", -1), 50u);
  EXPECT_EQ(count("10.0.0.2", 0x7fffffff), 196u);
  EXPECT_EQ(count("2001:db8::2", 0x7fffffff), 65u);
  EXPECT_EQ(world.find("a", kAsker)->peers.size(), datagram::kMaxLookupPeers);
}

TEST(Announce, without_a_port_is_answered_but_not_listed) {
  World world;
  ASSERT_TRUE(world.add(peer(1, "10.0.0.1"), file("a")));
  const auto reply = world.announce(peer(2, "10.0.0.2", 0), file("a"), 5);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->peers.size(), 1u);
  EXPECT_EQ(world.registry.peers(), 1u);
  World open({.open = true});
  ASSERT_TRUE(open.announce(peer(2, "10.0.0.2", 0), file("a"), 5));
  EXPECT_EQ(open.registry.files(), 0u);
}

TEST(Announce, is_refused_when_a_table_is_full) {
  World world({.max_files = 1, .max_peers = 2, .max_per_address = 1, .open = true});
  ASSERT_TRUE(world.announce(peer(1, "10.0.0.1"), file("a"), 5));
  EXPECT_EQ(world.announce(peer(2, "10.0.0.2"), file("b"), 5).error().code, Errc::table_full);
  EXPECT_FALSE(world.announce(peer(3, "10.0.0.1", 7000), file("a"), 5)) << "address";
  ASSERT_TRUE(world.announce(peer(2, "10.0.0.2"), file("a"), 5));
  EXPECT_FALSE(world.announce(peer(4, "10.0.0.4"), file("a"), 5)) << "peers";
  EXPECT_TRUE(world.announce(peer(1, "10.0.0.1"), file("a"), 0)) << "who is in can renew";
}

TEST(Announce, replayed_many_times_adds_one_peer) {
  World world({.open = true});
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(world.announce(peer(1, "10.0.0.1"), file("a"), 5));
  EXPECT_EQ(world.registry.peers(), 1u);
}

TEST(Announce, from_a_registered_host_is_the_same_peer_and_lives_by_heartbeats) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  ASSERT_TRUE(world.announce(host, file("a"), 5));
  EXPECT_EQ(world.scrape(file("a")), (ScrapeEntry{0, 0, 1}));
  EXPECT_TRUE(world.beat(host));
  world.pass(seconds(45));
  EXPECT_EQ(world.registry.peers(), 0u);

  ASSERT_TRUE(world.add(host, file("a")));
  ASSERT_TRUE(world.announce(host, file("a"), 0, AnnounceEvent::stopped));
  EXPECT_EQ(world.registry.peers(), 0u);
  EXPECT_FALSE(world.beat(host));
}

TEST(Announce, with_stopped_ends_a_hosts_file_only_under_its_own_peer_id) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  const Peer other = peer(2, "10.0.0.1");
  const auto reply = world.announce(other, file("a"), 0, AnnounceEvent::stopped);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->seeders, 1u);
  EXPECT_EQ(world.scrape(file("a")), (ScrapeEntry{1, 0, 0}));
  EXPECT_TRUE(world.beat(host));
  ASSERT_TRUE(world.announce(host, file("a"), 0, AnnounceEvent::stopped));
  EXPECT_EQ(world.registry.peers(), 0u);
}

TEST(Announce, before_registration_turns_into_a_host) {
  World world({.open = true});
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.announce(host, file("a"), 5));
  ASSERT_TRUE(world.announce(peer(2, "10.0.0.2"), file("a"), 5));
  ASSERT_TRUE(world.offer(host, file("a")));
  EXPECT_EQ(world.registry.peers(), 2u);
  EXPECT_TRUE(world.beat(host));
  world.pass(seconds(45));
  EXPECT_EQ(world.registry.peers(), 1u);
  world.pass(seconds(3915));
  EXPECT_EQ(world.registry.peers(), 0u);
}

TEST(List, is_in_byte_order_by_prefix_and_page) {
  World world;
  const Peer host = peer(1, "10.0.0.1");
  for (const char* name : {"b", "ab", "a", "\xc3\xa4", "abc", "Z", "abd"})
    ASSERT_TRUE(world.add(host, file(name)));
  EXPECT_THAT(world.names(), ElementsAre("Z", "a", "ab", "abc", "abd", "b", "\xc3\xa4"));
  EXPECT_THAT(world.names("ab"), ElementsAre("ab", "abc", "abd"));
  EXPECT_THAT(world.names("ab", "ab"), ElementsAre("abc", "abd"));
  EXPECT_THAT(world.names("ab", "aa"), ElementsAre("ab", "abc", "abd"));
  EXPECT_THAT(world.names("ab", "b"), ElementsAre());
  EXPECT_THAT(world.names("", "abd"), ElementsAre("b", "\xc3\xa4"));
  EXPECT_THAT(world.names("nothing"), ElementsAre());
}

TEST(List, walks_a_large_catalogue_in_pages_that_fit_a_datagram) {
  World world;
  const Peer host = peer(1, "10.0.0.1");
  for (int i = 0; i < 500; ++i) {
    const std::string name =
        std::to_string(1000 + i) + std::string(static_cast<std::size_t>(i) % 200, 'x');
    ASSERT_TRUE(world.add(host, file(name, 7, i % 2)));
  }
  std::vector<std::string> all;
  datagram::ListReply page;
  datagram::ListRequest request;
  int pages = 0;
  do {
    world.registry.list(request, page);
    ASSERT_FALSE(page.files.empty());
    Bytes bytes;
    datagram::encode({datagram::TransactionId{}, page}, bytes);
    ASSERT_EQ(datagram::decode_reply(bytes, false)->reply, datagram::Reply{page});
    for (const auto& entry : page.files) all.push_back(entry.name);
    EXPECT_EQ(page.files[0].length, 7u);
    EXPECT_EQ(page.files[0].seeders, 1u);
    request.after = all.back();
    ++pages;
  } while (page.more);
  EXPECT_EQ(all.size(), 500u);
  EXPECT_TRUE(std::ranges::is_sorted(all));
  EXPECT_GT(pages, 20);
}

}  // namespace
}  // namespace shoal::registry::announce_test
