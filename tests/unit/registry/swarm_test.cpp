#include "registry/swarm.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.hpp"

namespace shoal::registry::swarm_test {
namespace {

using testing::Contains;
using testing::SizeIs;

const Asker kStranger{IpAddress::parse("203.0.113.1").value(), 0xffffffff};
const Asker kStranger6{IpAddress::parse("2001:db8:ffff::1").value(), 0xffffffff};

Endpoint v4(std::uint32_t host) {
  IpAddress::V4 bytes;
  store_be(0x0a000000u + host, bytes.data());
  return {IpAddress(bytes), 6881};
}

Endpoint v6(std::uint32_t host) {
  IpAddress::V6 bytes{std::byte{0x20}, std::byte{0x01}};
  store_be(host, bytes.data() + 12);
  return {IpAddress(bytes), 6881};
}

Swarm::Place add(Swarm& swarm, const Endpoint& endpoint, bool seeder, std::uint32_t number,
                 bool head = true) {
  Move moved;
  return swarm.add(endpoint, seeder, number, number, head, moved);
}

/// `ports` of one party, which is not that of any v4() or v6().
void fill_party(Swarm& swarm, std::uint16_t ports) {
  for (std::uint16_t i = 0; i < ports; ++i)
    add(swarm, {IpAddress::parse("192.0.2.66").value(), static_cast<std::uint16_t>(10'000 + i)},
        true, 100'000u + i, i == 0);
}

void fill(Swarm& swarm, std::uint32_t count4, std::uint32_t count6) {
  for (std::uint32_t i = 0; i < count4; ++i) add(swarm, v4(i), false, i);
  for (std::uint32_t i = 0; i < count6; ++i) add(swarm, v6(i), false, count4 + i);
}

TEST(Swarm, samples_are_different_peers_for_every_size) {
  Random random(1);
  for (std::uint32_t size = 0; size <= 150; ++size) {
    Swarm swarm;
    fill(swarm, size, 0);
    for (const std::size_t want : {0, 1, 2, 50}) {
      std::vector<Endpoint> out;
      swarm.sample_family(want, kStranger, random, out);
      EXPECT_EQ(out.size(), std::min<std::size_t>(want, size));
      EXPECT_EQ(std::set(out.begin(), out.end()).size(), out.size());
    }
  }
}

TEST(Swarm, samples_reach_every_peer_about_equally_often) {
  Random random(2);
  Swarm swarm;
  fill(swarm, 100, 0);
  std::map<Endpoint, int> seen;
  for (int i = 0; i < 2000; ++i) {
    std::vector<Endpoint> out;
    swarm.sample_family(10, kStranger, random, out);
    for (const Endpoint& peer : out) ++seen[peer];
  }
  EXPECT_EQ(seen.size(), 100u);
  for (const auto& [peer, times] : seen) {
    EXPECT_GT(times, 100) << peer.to_string();  // 200 expected
    EXPECT_LT(times, 300) << peer.to_string();
  }
}

TEST(Swarm, samples_leave_out_the_asker_and_are_full_all_the_same) {
  Random random(3);
  Swarm swarm;
  fill(swarm, 51, 0);
  for (std::uint32_t asker = 0; asker < 51; ++asker) {
    std::vector<Endpoint> out;
    swarm.sample_family(50, {v4(asker).address, asker}, random, out);
    EXPECT_EQ(out.size(), 50u);
    EXPECT_EQ(std::ranges::count(out, v4(asker)), 0);
  }
}

TEST(Swarm, samples_keep_others_at_the_askers_address) {
  Random random(3);
  Swarm swarm;
  fill(swarm, 2, 0);
  std::vector<Endpoint> out;
  swarm.sample_family(50, {v4(0).address, 77}, random, out);
  EXPECT_EQ(out.size(), 2u);
}

TEST(Swarm, samples_of_one_family_have_no_peers_of_the_other) {
  Random random(4);
  Swarm swarm;
  fill(swarm, 20, 30);
  std::vector<Endpoint> out;
  swarm.sample_family(100, kStranger6, random, out);
  EXPECT_EQ(out.size(), 30u);
  for (const Endpoint& peer : out) EXPECT_FALSE(peer.address.is_v4());
}

TEST(Swarm, samples_have_link_local_peers_only_for_those_who_may_be_on_their_link) {
  Random random(6);
  Swarm swarm;
  fill(swarm, 0, 3);
  const Endpoint on_a_link{IpAddress::parse("fe80::1").value(), 6881};
  add(swarm, on_a_link, true, 100);
  const auto told = [&](const char* asker) {
    std::vector<Endpoint> out;
    swarm.sample_family(50, {IpAddress::parse(asker).value(), 0xffffffff}, random, out);
    return out;
  };
  EXPECT_THAT(told("2001:db8:ffff::1"), SizeIs(3));
  EXPECT_THAT(told("2001:db8:ffff::1"), testing::Not(Contains(on_a_link)));
  for (const char* asker : {"fe80::2", "::1"}) EXPECT_THAT(told(asker), Contains(on_a_link));
}

TEST(Swarm, samples_of_both_families_favour_the_askers) {
  Random random(5);
  const auto mix = [&](std::uint32_t count4, std::uint32_t count6, const Asker& asker) {
    Swarm swarm;
    fill(swarm, count4, count6);
    std::vector<Endpoint> out;
    swarm.sample(60, asker, random, out);
    const auto own = std::ranges::count_if(
        out, [&](const Endpoint& peer) { return peer.address.is_v4() == asker.address.is_v4(); });
    return std::pair<std::size_t, std::size_t>(own, out.size());
  };
  using Mix = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(mix(100, 100, kStranger), Mix(45, 60));
  EXPECT_EQ(mix(100, 100, kStranger6), Mix(45, 60));
  EXPECT_EQ(mix(100, 3, kStranger), Mix(57, 60));
  EXPECT_EQ(mix(5, 100, kStranger), Mix(5, 60));
  EXPECT_EQ(mix(5, 3, kStranger), Mix(5, 8));
}

TEST(Swarm, a_party_of_thousands_of_ports_hides_nobody) {
  Random random(7);
  Swarm swarm;
  fill_party(swarm, 5000);
  fill(swarm, 3, 0);
  for (int i = 0; i < 100; ++i) {
    std::vector<Endpoint> out;
    swarm.sample(60, kStranger, random, out);
    for (std::uint32_t host = 0; host < 3; ++host) EXPECT_THAT(out, Contains(v4(host)));
    EXPECT_EQ(out.size(), 3 + kMostOfParty);
    EXPECT_EQ(std::set(out.begin(), out.end()).size(), out.size());
  }
}

TEST(Swarm, every_party_is_told_about_equally_often_whatever_it_has) {
  Random random(8);
  Swarm swarm;
  fill_party(swarm, 1000);
  fill(swarm, 99, 0);
  std::map<IpAddress, int> seen;
  for (int i = 0; i < 2000; ++i) {
    std::vector<Endpoint> out;
    swarm.sample(10, kStranger, random, out);
    for (const Endpoint& peer : out) ++seen[peer.address];
  }
  EXPECT_EQ(seen.size(), 100u);
  for (const auto& [address, times] : seen) {
    EXPECT_GT(times, 100) << address.to_string();  // 200 expected
    EXPECT_LT(times, 300) << address.to_string();
  }
}

TEST(Swarm, tells_all_that_an_address_translator_hides_where_there_is_room) {
  Random random(9);
  Swarm swarm;
  fill_party(swarm, 16);
  fill(swarm, 1, 0);
  std::vector<Endpoint> out;
  swarm.sample(60, kStranger, random, out);
  EXPECT_EQ(out.size(), 17u);
}

TEST(Swarm, counts_seeders_as_peers_come_change_and_go) {
  Swarm swarm;
  const auto first = add(swarm, v4(1), true, 10);
  const auto second = add(swarm, v4(2), false, 11);
  const auto third = add(swarm, v6(3), true, 12);
  EXPECT_EQ(swarm.seeders(), 2u);
  EXPECT_EQ(swarm.leechers(), 1u);
  EXPECT_TRUE(swarm.update(second, true, 2));
  EXPECT_FALSE(swarm.update(second, true, 2));
  EXPECT_EQ(swarm.seeders(), 3u);
  EXPECT_FALSE(swarm.update(third, false, 3));
  EXPECT_EQ(swarm.seeders(), 2u);
  std::array<Move, 2> moved;
  swarm.remove(first, moved);
  EXPECT_EQ(moved[0].member, 11u) << "the last of the family moves into the gap";
  EXPECT_EQ(moved[0].position, first.position);
  EXPECT_EQ(swarm.endpoint(first), v4(2));
  swarm.remove(first, moved);
  swarm.remove(third, moved);
  EXPECT_EQ(swarm.size(), 0u);
  EXPECT_EQ(swarm.seeders(), 0u);
}

}  // namespace
}  // namespace shoal::registry::swarm_test
