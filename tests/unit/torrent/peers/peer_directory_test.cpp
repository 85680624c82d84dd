#include "torrent/peers/peer_directory.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace shoal::torrent::peer_directory_test {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow{1h};

Endpoint peer(std::uint32_t number) {
  return {IpAddress(IpAddress::V4{std::byte{10}, std::byte(number >> 16), std::byte(number >> 8),
                                  std::byte(number)}),
          6881};
}

PeerDirectory full_of_fresh_peers() {
  PeerDirectory directory(1);
  for (std::uint32_t i = 1; i <= PeerDirectory::kCapacity; ++i) directory.add(peer(i));
  return directory;
}

Endpoint port(std::uint16_t number) {
  return {peer(1).address, number};
}

TEST(PeerDirectory, hands_out_each_address_once_while_it_is_busy) {
  PeerDirectory directory(1);
  for (std::uint32_t i = 1; i <= 5; ++i) directory.add(peer(i));
  std::set<Endpoint> dialled;
  while (const auto next = directory.next_to_dial(kNow)) dialled.insert(*next);
  EXPECT_EQ(dialled.size(), 5u);
}

TEST(PeerDirectory, takes_them_at_random) {
  std::set<Endpoint> first;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    PeerDirectory directory(seed * 7919);
    for (std::uint32_t i = 1; i <= 4; ++i) directory.add(peer(i));
    first.insert(*directory.next_to_dial(kNow));
  }
  EXPECT_EQ(first.size(), 4u);
}

TEST(PeerDirectory, ignores_what_is_no_address_to_dial) {
  PeerDirectory directory(1);
  directory.add({peer(1).address, 0});
  directory.add({IpAddress(), 6881});
  directory.add({IpAddress::parse("fe80::1").value(), 6881});  // on a link that nobody named
  directory.add(peer(1));
  directory.add(peer(1));
  EXPECT_EQ(directory.size(), 1u);
}

TEST(PeerDirectory, of_another_place_in_the_network_forgets_failures_but_no_bans) {
  PeerDirectory directory(1);
  for (std::uint32_t i = 1; i <= 2; ++i) directory.add(peer(i));
  directory.ban(peer(2), 1h, kNow);
  for (int failures = 0; failures < 5; ++failures) directory.ended(peer(1), false, kNow);
  ASSERT_FALSE(directory.next_to_dial(kNow));
  directory.start_anew();
  EXPECT_EQ(directory.next_to_dial(kNow), peer(1));
  EXPECT_FALSE(directory.next_to_dial(kNow));
  directory.ended(peer(1), false, kNow);
  EXPECT_EQ(directory.next_to_dial(kNow + 1s), peer(1));
}

TEST(PeerDirectory, waits_twice_as_long_after_each_failure_up_to_two_minutes) {
  PeerDirectory directory(1);
  directory.add(peer(1));
  Time now = kNow;
  for (const Duration wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 120s, 120s, 120s}) {
    ASSERT_TRUE(directory.next_to_dial(now));
    directory.ended(peer(1), false, now);
    EXPECT_FALSE(directory.next_to_dial(now + wait - 1ms));
    now += wait;
  }
}

TEST(PeerDirectory, tries_a_peer_that_was_of_use_again_after_a_second) {
  PeerDirectory directory(1);
  directory.add(peer(1));
  for (int i = 0; i < 5; ++i) directory.ended(peer(1), false, kNow);
  directory.ended(peer(1), true, kNow);
  EXPECT_FALSE(directory.next_to_dial(kNow + 999ms));
  EXPECT_TRUE(directory.next_to_dial(kNow + 1s));
}

TEST(PeerDirectory, does_not_dial_who_is_connected_already) {
  PeerDirectory directory(1);
  directory.connected(peer(1));
  EXPECT_FALSE(directory.next_to_dial(kNow));
  EXPECT_FALSE(directory.next_to_dial(kNow + 24h));
  directory.ended(peer(1), true, kNow);
  EXPECT_TRUE(directory.next_to_dial(kNow + 1s));
}

TEST(PeerDirectory, does_not_dial_who_sent_blocks_before_all_of_them_are_judged) {
  PeerDirectory directory(1);
  directory.connected(peer(1));
  directory.ended(peer(1), true, kNow);
  directory.awaits_verdicts(peer(1), 2);
  directory.start_anew();
  EXPECT_FALSE(directory.anybody_due(kNow + 1h));
  directory.judged(peer(1));
  EXPECT_FALSE(directory.next_to_dial(kNow + 1h));
  directory.judged(peer(1));
  EXPECT_EQ(directory.next_to_dial(kNow + 1h), peer(1));
}

TEST(PeerDirectory, forgets_nobody_whose_blocks_are_not_judged) {
  PeerDirectory directory(1);
  directory.add(peer(9999));
  for (int i = 0; i < 9; ++i) directory.ended(peer(9999), false, kNow);
  directory.awaits_verdicts(peer(9999), 1);
  for (std::uint32_t i = 1; i <= 2 * PeerDirectory::kCapacity; ++i) {
    directory.add(peer(i));
    directory.ended(peer(i), false, kNow);
  }
  directory.judged(peer(9999));
  std::set<Endpoint> dialled;
  while (const auto next = directory.next_to_dial(kNow + 1h)) dialled.insert(*next);
  EXPECT_TRUE(dialled.contains(peer(9999))) << "or it could be told again, and dialled at once";
}

TEST(PeerDirectory, leaves_a_banned_address_alone_until_the_ban_is_over) {
  PeerDirectory directory(1);
  directory.ban(peer(1), 10min, kNow);
  EXPECT_TRUE(directory.banned(peer(1), kNow + 10min - 1s));
  EXPECT_FALSE(directory.next_to_dial(kNow + 10min - 1s));
  EXPECT_FALSE(directory.banned(peer(1), kNow + 10min));
  EXPECT_EQ(directory.next_to_dial(kNow + 10min), peer(1));
  EXPECT_FALSE(directory.banned(peer(2), kNow));
}

TEST(PeerDirectory, bans_the_endpoint_of_a_liar_where_it_was_dialled_and_no_port_that_one_names) {
  PeerDirectory directory(1);
  directory.add(port(7001));
  directory.add(port(7002));
  directory.lied(port(7001), true, 10min, kNow);
  EXPECT_TRUE(directory.banned(port(7001), kNow + 9min));
  EXPECT_FALSE(directory.banned(port(7002), kNow));
  EXPECT_FALSE(directory.banned(Party::of(port(7001).address), kNow)) << "its neighbours may come";
  PeerDirectory other(1);
  other.lied(port(50000), false, 10min, kNow);
  EXPECT_FALSE(other.banned(port(50000), kNow)) << "somebody may listen there";
}

TEST(PeerDirectory, bans_the_party_of_a_second_liar_but_may_dial_its_neighbours) {
  const Party party = Party::of(port(1).address);
  PeerDirectory directory(1);
  directory.add(port(7001));
  directory.lied(port(50000), false, 10min, kNow);
  directory.lied(port(50000), false, 10min, kNow);
  EXPECT_FALSE(directory.banned(party, kNow)) << "two wrong pieces of one";
  directory.lied(port(50001), false, 10min, kNow + 1min);
  EXPECT_TRUE(directory.banned(party, kNow + 10min));
  EXPECT_FALSE(directory.banned(Party::of(peer(2).address), kNow + 2min));
  EXPECT_TRUE(directory.anybody_due(kNow + 2min));
  EXPECT_FALSE(directory.banned(party, kNow + 11min));
}

TEST(PeerDirectory, forgets_an_offence_after_a_while) {
  PeerDirectory directory(1);
  directory.lied(port(50000), false, 10min, kNow);
  EXPECT_TRUE(directory.has_lied(port(50000), kNow));
  EXPECT_FALSE(directory.has_lied(port(50001), kNow));
  EXPECT_FALSE(directory.has_lied(port(50000), kNow + 10min));
  directory.lied(port(50001), false, 10min, kNow + 10min);
  EXPECT_FALSE(directory.banned(Party::of(port(1).address), kNow + 10min));
}

TEST(PeerDirectory, knows_whether_anybody_could_be_dialled) {
  PeerDirectory directory(1);
  const Time now{std::chrono::seconds(1000)};
  EXPECT_FALSE(directory.anybody_due(now));
  const Endpoint peer = *Endpoint::parse("192.0.2.1:7001");
  directory.add(peer);
  EXPECT_TRUE(directory.anybody_due(now));
  ASSERT_EQ(directory.next_to_dial(now), peer);
  EXPECT_FALSE(directory.anybody_due(now));
  directory.ended(peer, false, now);
  EXPECT_FALSE(directory.anybody_due(now));
  EXPECT_TRUE(directory.anybody_due(now + std::chrono::seconds(2)));
}

TEST(PeerDirectory, ignores_new_addresses_when_it_is_full_of_untried_ones) {
  PeerDirectory directory = full_of_fresh_peers();
  directory.add(peer(5000));
  EXPECT_EQ(directory.size(), PeerDirectory::kCapacity);
  std::set<Endpoint> dialled;
  while (const auto next = directory.next_to_dial(kNow)) dialled.insert(*next);
  EXPECT_FALSE(dialled.contains(peer(5000)));
  directory.add(peer(5000));  // all are in use
  EXPECT_EQ(directory.size(), PeerDirectory::kCapacity);
  EXPECT_FALSE(directory.next_to_dial(kNow));
}

TEST(PeerDirectory, gives_up_the_address_that_failed_most_for_a_new_one) {
  PeerDirectory directory = full_of_fresh_peers();
  directory.ended(peer(1), false, kNow);
  directory.ended(peer(2), false, kNow);
  directory.ended(peer(2), false, kNow);
  directory.add(peer(5000));
  EXPECT_EQ(directory.size(), PeerDirectory::kCapacity);
  std::set<Endpoint> dialled;
  while (const auto next = directory.next_to_dial(kNow + 1h)) dialled.insert(*next);
  EXPECT_TRUE(dialled.contains(peer(5000)));
  EXPECT_TRUE(dialled.contains(peer(1)));
  EXPECT_FALSE(dialled.contains(peer(2)));
}

TEST(PeerDirectory, remembers_bans_however_many_addresses_it_is_told) {
  PeerDirectory directory(1);
  directory.add(peer(9999));
  for (int i = 0; i < 9; ++i) directory.ended(peer(9999), false, kNow);
  directory.ban(peer(9999), 10min, kNow);
  for (std::uint32_t i = 1; i <= 3 * PeerDirectory::kCapacity; ++i) {
    directory.add(peer(i));
    directory.ended(peer(i), false, kNow);
  }
  EXPECT_EQ(directory.size(), PeerDirectory::kCapacity);
  EXPECT_TRUE(directory.banned(peer(9999), kNow));
}

TEST(PeerDirectory, bans_an_address_it_does_not_know_even_when_it_is_full) {
  PeerDirectory directory = full_of_fresh_peers();
  directory.ban(peer(5000), 10min, kNow);
  EXPECT_TRUE(directory.banned(peer(5000), kNow));
  EXPECT_EQ(directory.size(), PeerDirectory::kCapacity);
}

TEST(PeerDirectory, forgets_an_expired_ban_once_the_address_was_dialled) {
  PeerDirectory directory(1);
  directory.ban(peer(9999), 1min, kNow);
  ASSERT_EQ(directory.next_to_dial(kNow + 2min), peer(9999));
  for (int i = 0; i < 9; ++i) directory.ended(peer(9999), false, kNow + 2min);
  for (std::uint32_t i = 1; i <= PeerDirectory::kCapacity; ++i) directory.add(peer(i));
  EXPECT_EQ(directory.size(), PeerDirectory::kCapacity);
  std::set<Endpoint> dialled;
  while (const auto next = directory.next_to_dial(kNow + 1h)) dialled.insert(*next);
  EXPECT_FALSE(dialled.contains(peer(9999))) << "it had failed most";
}

TEST(PeerDirectory, tells_what_became_of_the_last_attempt_at_each_address) {
  PeerDirectory directory(1);
  for (std::uint32_t i = 1; i <= 8; ++i) directory.add(peer(i));
  EXPECT_EQ(directory.known(), (KnownPeers{.known = 8})) << "not tried yet";
  for (const auto& [number, why] :
       {std::pair(1u, PeerTrouble::refused), std::pair(2u, PeerTrouble::refused),
        std::pair(3u, PeerTrouble::unreachable), std::pair(4u, PeerTrouble::silent),
        std::pair(5u, PeerTrouble::no_handshake), std::pair(6u, PeerTrouble::left)}) {
    directory.ended(peer(number), false, kNow, why);
  }
  directory.ban(peer(7), 10min, kNow, PeerTrouble::wrong_data);
  directory.ended(peer(7), false, kNow, PeerTrouble::left);
  directory.ban(peer(8), 1min, kNow, PeerTrouble::shut_out);
  const KnownPeers all{.known = 8,
                       .refused = 2,
                       .unreachable = 1,
                       .silent = 1,
                       .no_handshake = 1,
                       .left = 1,
                       .wrong_data = 1,
                       .shut_out = 1};
  EXPECT_EQ(directory.known(), all);
  directory.connected(peer(1));
  directory.ended(peer(2), false, kNow, PeerTrouble::silent);
  EXPECT_EQ(directory.known().refused, 0u);
  EXPECT_EQ(directory.known().silent, 2u);
}

TEST(PeerDirectory, does_not_count_ourselves_among_the_peers) {
  PeerDirectory directory(1);
  directory.add(peer(1));
  directory.ban(peer(1), 10min, kNow, PeerTrouble::ourselves);
  EXPECT_EQ(directory.known(), KnownPeers{});
}

TEST(PeerDirectory, ignores_the_end_of_a_connection_it_never_heard_of) {
  PeerDirectory directory(1);
  directory.ended(peer(1), false, kNow);
  EXPECT_EQ(directory.size(), 0u);
}

TEST(PeerDirectory, hands_out_who_failed_at_once_when_we_were_stopped_but_nobody_who_lied) {
  PeerDirectory directory(1);
  directory.add(peer(1));
  directory.add(peer(2));
  directory.ban(peer(2), 10min, kNow, PeerTrouble::wrong_data);
  ASSERT_EQ(directory.next_to_dial(kNow), peer(1));
  directory.ended(peer(1), false, kNow);
  ASSERT_FALSE(directory.anybody_due(kNow));
  directory.start_anew();
  EXPECT_EQ(directory.next_to_dial(kNow), peer(1));
  EXPECT_EQ(directory.next_to_dial(kNow), std::nullopt);
}

// ---- on others' word ----

TEST(PeerDirectory, dials_a_few_dozen_ports_of_a_host_however_many_a_tracker_names) {
  PeerDirectory directory(1);
  for (std::uint16_t i = 0; i < 4096; ++i) {
    directory.add(port(static_cast<std::uint16_t>(7000 + i)));
  }
  directory.add(peer(2));
  int dialled = 0;
  while (directory.next_to_dial(kNow)) ++dialled;
  EXPECT_EQ(dialled, int{PeerDirectory::kMostNamedPortsOfAParty} + 1);
}

TEST(PeerDirectory, gives_up_a_port_that_failed_for_another_one_that_is_named) {
  PeerDirectory directory(1);
  for (std::uint16_t i = 0; i < PeerDirectory::kMostNamedPortsOfAParty; ++i) {
    directory.add(port(static_cast<std::uint16_t>(7000 + i)));
  }
  directory.add(port(9000));
  directory.ended(port(7001), false, kNow);
  directory.add(port(9001));
  std::set<Endpoint> dialled;
  while (const auto next = directory.next_to_dial(kNow + 1h)) dialled.insert(*next);
  EXPECT_EQ(dialled.size(), PeerDirectory::kMostNamedPortsOfAParty);
  EXPECT_FALSE(dialled.contains(port(9000)));
  EXPECT_TRUE(dialled.contains(port(9001)));
  EXPECT_FALSE(dialled.contains(port(7001)));
}

TEST(PeerDirectory, dials_any_number_behind_one_address_as_they_answer) {
  PeerDirectory directory(1);
  for (std::uint16_t i = 0; i < 200; ++i) {
    const Endpoint one = port(static_cast<std::uint16_t>(7000 + i));
    directory.add(one);
    EXPECT_EQ(directory.next_to_dial(kNow), one);
    directory.connected(one);
  }
}

Party teller(std::uint32_t number) {
  return Party::of(peer(1 << 20 | number).address);
}

TEST(PeerDirectory, dials_two_ports_of_a_host_on_peers_word_whoever_tells_more) {
  PeerDirectory directory(1);
  for (std::uint16_t i = 0; i < 100; ++i) {
    directory.add_told(port(static_cast<std::uint16_t>(7000 + i)), teller(i % 10));
  }
  EXPECT_EQ(directory.size(), 2u);
  directory.add(port(9000));
  EXPECT_EQ(directory.size(), 3u) << "what others say is bounded elsewhere";
}

TEST(PeerDirectory, dials_more_ports_of_a_host_once_those_told_first_have_answered) {
  PeerDirectory directory(1);
  for (const std::uint16_t one : std::initializer_list<std::uint16_t>{7000, 7001, 7002})
    directory.add_told(port(one), teller(1));
  ASSERT_EQ(directory.size(), 2u);
  directory.connected(port(7000));
  directory.add_told(port(7002), teller(1));
  EXPECT_EQ(directory.size(), 3u);
}

TEST(PeerDirectory, gives_each_teller_a_tenth_of_its_places) {
  PeerDirectory directory(1);
  for (std::uint32_t i = 1; i <= 500; ++i) directory.add_told(peer(i), teller(1));
  EXPECT_EQ(directory.size(), PeerDirectory::kMostFromATeller);
  directory.add_told(peer(501), teller(2));
  EXPECT_EQ(directory.size(), PeerDirectory::kMostFromATeller + 1);
}

TEST(PeerDirectory, forgets_who_was_told_and_never_answers_so_that_others_can_be_told) {
  PeerDirectory directory(1);
  directory.add_told(peer(1), teller(1));
  directory.add(peer(2));
  for (int i = 0; i < PeerDirectory::kMostFailuresOfTold; ++i) {
    ASSERT_EQ(directory.size(), 2u);
    directory.ended(peer(1), false, kNow);
    directory.ended(peer(2), false, kNow);
  }
  EXPECT_EQ(directory.size(), 1u) << "the one that a tracker named stays";
}

TEST(PeerDirectory, does_not_call_ports_of_services_on_peers_word) {
  PeerDirectory directory(1);
  for (const std::uint16_t one : std::initializer_list<std::uint16_t>{22, 80, 443, 1023})
    directory.add_told(port(one), teller(1));
  EXPECT_EQ(directory.size(), 0u);
  directory.add_told(port(1024), teller(1));
  EXPECT_EQ(directory.size(), 1u);
}

TEST(PeerDirectory, calls_ten_a_second_for_the_first_time_of_those_that_peers_told) {
  PeerDirectory directory(1);
  for (std::uint32_t i = 1; i <= 50; ++i) directory.add_told(peer(i), teller(i));
  const auto dialled = [&](Time now) {
    int count = 0;
    while (directory.next_to_dial(now)) ++count;
    return count;
  };
  EXPECT_EQ(dialled(kNow), 10);
  EXPECT_FALSE(directory.anybody_due(kNow + 999ms));
  EXPECT_EQ(dialled(kNow + 1s), 10);
  directory.add(peer(60));
  EXPECT_EQ(dialled(kNow + 1s), 1) << "those that a tracker names do not wait";
}

}  // namespace
}  // namespace shoal::torrent::peer_directory_test
