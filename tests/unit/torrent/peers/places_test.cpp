#include "torrent/peers/places.hpp"

#include <string>

#include <gtest/gtest.h>

#include "torrent/peer/peer_protocol.hpp"
#include "torrent/peer_limits.hpp"

namespace shoal::torrent::places_test {
namespace {

using namespace std::chrono_literals;

Party of(const std::string& address) {
  return Party::of(*IpAddress::parse(address));
}

/// Places and a clock; connections have the numbers from 1 on.
struct Room {
  explicit Room(std::size_t most) : places(most) {}

  Place& joins(const std::string& address, std::uint64_t blocks = 0, bool accepted = true) {
    Place& place = places.enter({.key = ConnectionKey{++last},
                                 .swarm = SwarmKey{1},
                                 .party = of(address),
                                 .accepted = accepted,
                                 .since = now});
    place.use.moved(blocks * kBlockLength, now);
    return place;
  }
  void join(std::size_t count, const std::string& address, std::uint64_t blocks = 0) {
    for (std::size_t i = 0; i < count; ++i) joins(address, blocks);
  }
  /// As 10.0.0.1, 10.0.1.1 and so on, each in a network of its own.
  void join_strangers(int count, std::uint64_t blocks = 0) {
    for (int i = 0; i < count; ++i) joins("10.0." + std::to_string(i) + ".1", blocks);
  }
  /// 0: nobody.
  std::uint64_t leaves_for(const std::string& address) {
    const Place* const place = places.whom_to_leave(of(address), now);
    return place == nullptr ? 0 : static_cast<std::uint64_t>(place->key);
  }

  Places places;
  Time now{1h};
  std::uint64_t last = 0;
};

TEST(Places, there_are_until_all_are_taken_and_again_when_somebody_has_left) {
  Room room(2);
  const Place& first = room.joins("192.0.2.1");
  EXPECT_TRUE(room.places.has_room_for(of("192.0.2.1")));
  room.joins("192.0.2.2");
  EXPECT_FALSE(room.places.has_room_for(of("192.0.2.3")));
  room.places.leave(first);
  EXPECT_TRUE(room.places.has_room_for(of("192.0.2.3")));
}

TEST(Places, may_become_fewer_and_more_again) {
  Room room(5);
  room.join(3, "192.0.2.1", 1);
  room.places.set_most(room.places.taken());
  EXPECT_FALSE(room.places.has_room_for(of("192.0.2.2")));
  EXPECT_EQ(room.leaves_for("192.0.2.2"), 1u);
  room.places.set_most(5);
  EXPECT_TRUE(room.places.has_room_for(of("192.0.2.2")));
}

TEST(Places, a_party_gets_nine_tenths_of_by_coming_and_all_of_by_being_dialled) {
  Room room(20);
  room.join(18, "2001:db8::1");
  EXPECT_FALSE(room.places.has_room_for(of("2001:db8::2"))) << "the same /64";
  EXPECT_TRUE(room.places.has_room_for(of("2001:db8:0:1::1")));
  Room dialled(20);
  for (int i = 0; i < 19; ++i) dialled.joins("192.0.2.1", 0, false);
  EXPECT_TRUE(dialled.places.has_room_for(of("192.0.2.1")));
  EXPECT_TRUE(Places(1).has_room_for(of("192.0.2.1")));
}

TEST(Places, an_idle_one_is_for_anybody) {
  Room room(2);
  room.joins("192.0.2.1");
  room.now += 1s;
  room.joins("192.0.2.2");
  room.now += 8s;
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 0u) << "they have just come";
  room.now += 1s;
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 1u);
  EXPECT_EQ(room.leaves_for("192.0.2.1"), 1u) << "of the same party too";
  room.now += 1s;
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 1u) << "the first of several";
}

TEST(Places, one_that_waits_for_a_limit_of_ours_is_not_idle) {
  Room room(2);
  room.joins("192.0.2.1").held_back = true;
  room.joins("192.0.2.2");
  room.now += Places::kTrial;
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 2u);
  room.joins("192.0.2.4").held_back = true;
  room.now += Places::kTrial;
  room.places.whom_to_leave(of("192.0.2.3"), room.now)->leaving = true;
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 0u);
}

TEST(Places, less_than_a_block_lately_is_idle) {
  Room room(2);
  Place& nibbles = room.joins("192.0.2.1");
  Place& slow = room.joins("192.0.2.2");
  for (int i = 0; i < 20; ++i) {
    room.now += 5s;
    nibbles.use.moved(1, room.now);
    if (i % 2 == 0) slow.use.moved(kBlockLength, room.now);
  }
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 1u);
  room.places.leave(nibbles);
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 0u);
  room.now += 20s;
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 2u) << "that was long ago";
}

TEST(Places, of_the_idle_the_party_with_most_loses_one_and_who_is_of_use_does_not_count) {
  Room room(8);
  room.join(1, "192.0.2.1");  // 1
  room.join(2, "192.0.2.2");  // 2, 3
  room.now += 10s;
  room.join(5, "192.0.2.1", 1);
  EXPECT_EQ(room.leaves_for("192.0.2.9"), 2u);
}

TEST(Places, of_idle_parties_of_one_each_the_network_with_most_loses_one) {
  Room room(5);
  room.join_strangers(3);  // 1 to 3
  room.now += 1s;
  room.joins("198.51.100.1");  // 4
  room.joins("198.51.100.2");  // 5
  room.now += 20s;
  EXPECT_EQ(room.leaves_for("192.0.2.1"), 4u);
}

TEST(Places, where_all_are_of_use_the_largest_party_gives_its_least_useful_one_at_once) {
  Room room(6);
  room.joins("192.0.2.1", 1);    // 1
  room.join(2, "192.0.2.2", 9);  // 2, 3
  room.joins("192.0.2.2", 7);    // 4
  room.join(2, "192.0.2.2", 8);  // 5, 6
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 4u);
  EXPECT_EQ(room.leaves_for("192.0.2.1"), 4u) << "it has fewer still";
  EXPECT_EQ(room.leaves_for("192.0.2.2"), 0u);
}

TEST(Places, two_parties_do_not_go_on_taking_one_from_each_other) {
  Room room(5);
  room.join(3, "192.0.2.1", 1);
  room.join(2, "192.0.2.2", 1);
  EXPECT_EQ(room.leaves_for("192.0.2.2"), 0u);
  Room strangers(5);
  strangers.join_strangers(5, 1);
  EXPECT_EQ(strangers.leaves_for("192.0.2.1"), 0u) << "each has one, and uses it";
}

TEST(Places, a_network_full_of_parties_is_a_crowd) {
  Room room(5);
  room.join_strangers(2, 1);
  for (int i = 1; i <= 3; ++i) room.joins("198.51.100." + std::to_string(i), 2);
  EXPECT_EQ(room.leaves_for("192.0.2.1"), 3u);
  EXPECT_EQ(room.leaves_for("198.51.100.9"), 0u);
}

TEST(Places, who_leaves_already_is_not_asked_again) {
  Room room(2);
  room.joins("192.0.2.1").leaving = true;
  room.joins("192.0.2.2");
  room.now += 20s;
  EXPECT_EQ(room.leaves_for("192.0.2.3"), 2u);
}

TEST(Places, a_party_that_has_all_it_may_gets_no_more_by_idle_ones_of_others) {
  Room room(10);
  room.joins("192.0.2.2");  // idle soon
  room.now += 20s;
  room.join(9, "192.0.2.1", 1);
  EXPECT_EQ(room.leaves_for("192.0.2.1"), 0u);
  room.now += 20s;
  EXPECT_EQ(room.leaves_for("192.0.2.1"), 2u) << "but one of its own";
}

TEST(Places, and_what_else_a_peer_may_take_have_the_bounds_that_docs_security_md_tells) {
  EXPECT_EQ(Places::kTrial, 10s);
  EXPECT_EQ(Places::kLeastUse, 16u << 10);
  EXPECT_EQ(Use::kWindow, 10s);
  EXPECT_EQ(Places(500).most_of_a_party(), 450u);
  EXPECT_EQ(PeerProtocol::kMostAnswers, 64u << 10);
  EXPECT_EQ(kMostBeingWritten, 64u << 20);
  EXPECT_EQ(kAlwaysBlocks * kBlockLength, 64u << 10);
}

}  // namespace
}  // namespace shoal::torrent::places_test
