#include "torrent/peers/peer_exchange.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace shoal::torrent::peer_exchange_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Endpoint at(const std::string& text) {
  return Endpoint::parse(text).value();
}

/// Some peers, in order.
std::vector<wire::PexPeer> peers(int first, int count) {
  std::vector<wire::PexPeer> result;
  for (int i = first; i < first + count; ++i) {
    result.push_back({at("192.0.2." + std::to_string(i) + ":1"), wire::kPexReachable});
  }
  return result;
}

const Endpoint kSelf = at("198.51.100.1:7000");

class PeerExchangeTest : public testing::Test {
 protected:
  std::optional<wire::Pex> next(const std::vector<wire::PexPeer>& connected) {
    return exchange.next(connected, kSelf, now);
  }

  PeerExchange exchange;
  Time now{};
};

TEST_F(PeerExchangeTest, tells_at_once_of_those_who_are_here) {
  const auto pex = next(peers(1, 2));
  ASSERT_TRUE(pex);
  EXPECT_EQ(pex->added, peers(1, 2));
  EXPECT_THAT(pex->dropped, IsEmpty());
}

TEST_F(PeerExchangeTest, says_nothing_when_nobody_else_is_here) {
  EXPECT_FALSE(next({}));
  EXPECT_FALSE(next({{kSelf, 0}})) << "a peer is not told of itself";
}

TEST_F(PeerExchangeTest, tells_the_changes_only_and_not_more_than_once_a_minute) {
  ASSERT_TRUE(next(peers(1, 2)));
  now += 60s - 1ns;
  EXPECT_FALSE(exchange.due(now));
  EXPECT_FALSE(next(peers(2, 2)));
  now += 1ns;
  EXPECT_TRUE(exchange.due(now));
  const auto pex = next(peers(2, 2));
  ASSERT_TRUE(pex);
  EXPECT_EQ(pex->added, peers(3, 1));
  EXPECT_THAT(pex->dropped, ElementsAre(peers(1, 1)[0].endpoint));
}

TEST_F(PeerExchangeTest, waits_for_a_change_when_there_is_none_and_then_tells_it_at_once) {
  ASSERT_TRUE(next(peers(1, 1)));
  now += 10min;
  EXPECT_FALSE(next(peers(1, 1)));
  now += 1s;
  EXPECT_TRUE(next(peers(1, 2)));
  now += 59s;
  EXPECT_FALSE(next(peers(1, 3)));
}

TEST_F(PeerExchangeTest, tells_at_most_fifty_at_once_and_the_rest_later) {
  const auto all = peers(1, 120);
  std::vector<wire::PexPeer> told;
  for (const std::size_t expected : {50u, 50u, 20u}) {
    const auto pex = next(all);
    ASSERT_TRUE(pex);
    EXPECT_EQ(pex->added.size(), expected);
    told.insert(told.end(), pex->added.begin(), pex->added.end());
    now += 60s;
  }
  EXPECT_EQ(told, all);
  EXPECT_FALSE(next(all));

  for (const std::size_t expected : {50u, 50u, 20u}) {
    const auto pex = next({});
    ASSERT_TRUE(pex);
    EXPECT_THAT(pex->added, IsEmpty());
    EXPECT_EQ(pex->dropped.size(), expected);
    now += 60s;
  }
  EXPECT_FALSE(next({}));
}

TEST_F(PeerExchangeTest, one_that_came_back_is_told_again) {
  ASSERT_TRUE(next(peers(1, 1)));
  now += 60s;
  ASSERT_TRUE(next({}));
  now += 60s;
  const auto pex = next(peers(1, 1));
  ASSERT_TRUE(pex);
  EXPECT_EQ(pex->added, peers(1, 1));
}

TEST_F(PeerExchangeTest, one_that_left_before_it_was_told_is_not_dropped) {
  ASSERT_TRUE(next(peers(1, 60)));
  now += 60s;
  const auto pex = next(peers(1, 50));
  EXPECT_FALSE(pex);
}

TEST_F(PeerExchangeTest, tells_of_loopback_on_loopback_only) {
  std::vector<wire::PexPeer> local = {{at("127.0.0.1:1"), 0}, {at("[::1]:1"), 0}};
  std::ranges::sort(local, {}, &wire::PexPeer::endpoint);
  EXPECT_FALSE(next(local));
  const auto pex = exchange.next(local, at("127.0.0.1:2"), now);
  ASSERT_TRUE(pex);
  EXPECT_EQ(pex->added, local);
}

TEST_F(PeerExchangeTest, tells_nobody_of_link_local_addresses) {
  const Endpoint on_a_link{at("[fe80::1]:1").address, 1, 2};
  const std::vector<wire::PexPeer> local = {{on_a_link, 0}};
  const Endpoint beside_it{at("[fe80::2]:1").address, 1, 2};
  for (const Endpoint& told : {at("127.0.0.1:2"), at("[2001:db8::2]:1"), beside_it})
    EXPECT_FALSE(exchange.next(local, told, now)) << told.to_string();
}

TEST(PeerExchange, does_not_let_strangers_name_this_machine_or_groups) {
  const auto at = [](const char* text) { return *IpAddress::parse(text); };
  const IpAddress stranger = at("192.0.2.1");
  for (const char* bad : {"127.0.0.1", "127.8.9.10", "0.0.0.0", "224.0.0.1", "255.255.255.255",
                          "::1", "::", "ff02::1", "fe80::1"}) {
    EXPECT_FALSE(may_name(stranger, at(bad))) << bad;
  }
  for (const char* good : {"192.0.2.2", "2001:db8::1"}) {
    EXPECT_TRUE(may_name(stranger, at(good))) << good;
  }
  EXPECT_TRUE(may_name(at("127.0.0.1"), at("127.0.0.1")));
  EXPECT_FALSE(may_name(at("127.0.0.1"), at("0.0.0.0")));
  EXPECT_FALSE(may_name(at("fe80::2"), at("fe80::1")));
}

TEST(PeerExchange, lets_only_those_of_a_private_network_name_hosts_of_one) {
  const auto at = [](const char* text) { return *IpAddress::parse(text); };
  for (const char* host : {"10.0.0.1", "172.16.0.1", "172.31.255.1", "192.168.1.1", "100.64.0.1",
                           "100.127.0.1", "fd00::1"}) {
    for (const char* teller : {"192.0.2.1", "2001:db8::1"}) {
      EXPECT_FALSE(may_name(at(teller), at(host))) << teller << ' ' << host;
    }
    for (const char* teller : {"10.9.9.9", "fd00::9", "127.0.0.1", "fe80::9"}) {
      EXPECT_TRUE(may_name(at(teller), at(host))) << teller << ' ' << host;
    }
  }
  for (const char* host : {"172.32.0.1", "172.15.0.1", "100.128.0.1", "11.0.0.1"}) {
    EXPECT_TRUE(may_name(at("192.0.2.1"), at(host))) << host;
  }
}

TEST_F(PeerExchangeTest, tells_nobody_in_the_internet_of_hosts_in_a_private_network) {
  const std::vector<wire::PexPeer> local = {{at("192.168.1.2:1"), 0}};
  EXPECT_FALSE(exchange.next(local, at("192.0.2.1:1"), now));
  EXPECT_TRUE(exchange.next(local, at("192.168.1.9:1"), now));
}

}  // namespace
}  // namespace shoal::torrent::peer_exchange_test
