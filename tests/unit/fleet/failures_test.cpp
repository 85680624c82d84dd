#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_fleet.hpp"

/// What a fleet promises when trackers or the log fail.
namespace shoal::fleet::failures_test {
namespace {

using namespace registry::world;
using datagram::RefuseReason;

/// Trackers that have found each other.
struct Fleet : FakeFleet {
  explicit Fleet(std::size_t size = 3) : FakeFleet(size) { pass(seconds(4)); }

  void all_know(const std::string& name) {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      EXPECT_TRUE(nodes[i] == nullptr || knows(i, name)) << "tracker " << i;
  }
  void nobody_knows(const std::string& name) {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      EXPECT_FALSE(nodes[i] != nullptr && knows(i, name)) << "tracker " << i;
  }
};

// ---- a tracker starts

TEST(Newcomer, is_silent_until_it_knows_what_the_others_know) {
  Fleet fleet;
  std::vector<Peer> hosts;
  for (int h = 0; h < 5; ++h) {
    hosts.push_back(peer(h, "10.0.0." + std::to_string(h + 1)));
    for (int i = 0; i < 40; ++i)
      ASSERT_TRUE(fleet.offer(static_cast<std::size_t>(h % 2), hosts.back(),
                              file("f" + std::to_string(h) + "-" + std::to_string(i))));
  }
  datagram::AnnounceRequest request;
  request.info_hash = truncated(info_hash(file("announced")));
  request.port = 6881;
  datagram::AnnounceReply reply;
  ASSERT_TRUE(fleet[1].hear(request, address("10.0.0.2"), fleet.now, reply));
  fleet.kill(2);
  fleet.pass(seconds(1));
  fleet.start(2);
  int steps = 0;
  for (; !fleet.lives(2) && steps < 1000; ++steps) fleet.step();
  EXPECT_LT(steps, 200) << "two seconds";
  EXPECT_EQ(fleet[2].registry().files(), 201u);
  EXPECT_TRUE(fleet.equal());
  for (const Peer& host : hosts) EXPECT_TRUE(fleet.beat(2, host));
  fleet.pass(seconds(5));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(fleet[i].status(fleet.now).wanted, 0u);
}

TEST(Newcomer, asks_another_one_when_who_was_asked_dies) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(1, host, file("a")));
  fleet.kill(2);
  fleet.start(2);
  fleet.feed(0).write_delay = minutes(1);  // the first that is asked says nothing any more
  fleet.pass(seconds(7));
  EXPECT_TRUE(fleet.lives(2));
  EXPECT_TRUE(fleet.knows(2, "a"));
}

TEST(Newcomer, that_finds_no_log_serves_alone_after_ten_seconds_and_joins_when_it_comes) {
  FakeFleet fleet(2);
  fleet.log.away = true;
  fleet.pass(seconds(9));
  EXPECT_FALSE(fleet.lives(0));
  fleet.pass(seconds(2));
  ASSERT_TRUE(fleet.lives(0));
  Peer one = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  ASSERT_TRUE(fleet.offer(0, one, file("a")));
  ASSERT_TRUE(fleet.offer(1, other, file("b")));
  fleet.log.away = false;
  fleet.pass(seconds(4));
  EXPECT_TRUE(fleet.knows(1, "a"));
  EXPECT_TRUE(fleet.knows(0, "b"));
  EXPECT_TRUE(fleet[0].status(fleet.now).filled);
  EXPECT_EQ(fleet[0].status(fleet.now).unconfirmed, 0u);
}

TEST(Newcomer, hears_what_changes_while_it_is_told_everything) {
  Fleet fleet(2);
  std::vector<Peer> hosts;
  for (int h = 0; h < 30; ++h) {
    hosts.push_back(peer(h, "10.0.0." + std::to_string(h + 1)));
    for (int i = 0; i < 60; ++i)
      ASSERT_TRUE(
          fleet.offer(0, hosts.back(), file("f" + std::to_string(h) + "-" + std::to_string(i))));
  }
  fleet.kill(1);
  fleet.start(1);
  fleet.feed(0).write_delay = milliseconds(40);  // what is told is old when it comes
  for (int h = 0; h < 30; ++h) {
    for (int i = 0; i < 5; ++i) fleet.step();
    fleet.withdraw(0, hosts[static_cast<std::size_t>(h)],
                   info_hash(file("f" + std::to_string(h) + "-7")));
    if (h % 5 == 0) fleet.withdraw(0, hosts[static_cast<std::size_t>(h)]);
  }
  fleet.pass(seconds(4));
  ASSERT_TRUE(fleet.lives(1));
  for (Peer& host : hosts)
    host.set.remove(
        info_hash(file("f" + std::to_string(std::to_integer<int>(host.id.bytes[19])) + "-7")));
  for (const Peer& host : hosts) (void)fleet.beat(0, host);
  fleet.pass(seconds(4));
  EXPECT_TRUE(fleet.equal());
}

// ---- the log goes

TEST(LogAway, answers_go_on_and_heartbeats_are_known) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.log.away = true;
  for (int i = 0; i < 15; ++i) {
    fleet.pass(seconds(30));
    EXPECT_TRUE(fleet.beat(0, host));
    fleet.all_know("a");
  }
  EXPECT_FALSE(fleet[1].status(fleet.now).up);
}

TEST(LogAway, keeps_foreign_hosts_for_ten_minutes_and_own_ones_as_ever) {
  Fleet fleet(2);
  Peer one = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, one, file("a")));
  fleet.log.away = true;
  fleet.pass(seconds(50));
  EXPECT_FALSE(fleet.knows(0, "a"));
  EXPECT_TRUE(fleet.knows(1, "a"));
  fleet.pass(minutes(9));
  EXPECT_TRUE(fleet.knows(1, "a"));
  fleet.pass(minutes(2));
  EXPECT_FALSE(fleet.knows(1, "a"));
}

TEST(LogAway, foreign_hosts_get_a_whole_timeout_when_it_is_back) {
  Fleet fleet(2);
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.log.away = true;
  fleet.pass_with_heartbeats(minutes(3), {{0, &host}});
  fleet.kill(0);
  fleet.log.away = false;
  fleet.pass(seconds(44));
  EXPECT_TRUE(fleet.knows(1, "a"));
  fleet.pass(seconds(5));
  EXPECT_FALSE(fleet.knows(1, "a"));
}

TEST(LogAway, names_are_granted_alone_and_told_when_it_is_back) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  fleet.log.away = true;
  fleet.pass(seconds(2));
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  EXPECT_EQ(fleet[0].status(fleet.now).unconfirmed, 1u);
  EXPECT_FALSE(fleet.knows(1, "a"));
  fleet.log.away = false;
  fleet.pass(seconds(1));
  fleet.all_know("a");
  EXPECT_EQ(fleet[0].status(fleet.now).unconfirmed, 0u);
}

TEST(LogAway, of_two_contents_granted_alone_the_first_in_the_log_stays) {
  Fleet fleet;
  Peer one = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  fleet.log.away = true;
  fleet.pass(seconds(2));
  ASSERT_TRUE(fleet.offer(0, one, file("a", 1000, 9)));
  ASSERT_TRUE(fleet.offer(1, other, file("a", 1000, 1)));
  fleet.log.away = false;
  fleet.pass(seconds(1));
  fleet.all_know("a");
  EXPECT_TRUE(fleet.equal());
  const bool first_stays = fleet.beat(0, one);
  EXPECT_NE(first_stays, fleet.beat(1, other));
  Peer& loser = first_stays ? other : one;
  const auto again = fleet.offer(first_stays ? 1 : 0, loser, file("a", 1000, first_stays ? 1 : 9));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, RefuseReason::name_taken);
}

TEST(LogAway, a_withdrawal_meanwhile_is_told_when_it_is_back) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  for (const char* name : {"a", "b"}) ASSERT_TRUE(fleet.offer(0, host, file(name)));
  ASSERT_TRUE(fleet.offer(0, other, file("c")));
  fleet.log.away = true;
  fleet.pass(seconds(2));
  fleet.withdraw(0, host, info_hash(file("a")));
  fleet.withdraw(0, other);
  EXPECT_FALSE(fleet.knows(0, "a"));
  EXPECT_TRUE(fleet.knows(1, "a"));
  fleet.log.away = false;
  fleet.pass(seconds(1));
  fleet.nobody_knows("a");
  fleet.all_know("b");
  fleet.nobody_knows("c");
}

TEST(LogAway, a_host_that_went_to_another_tracker_meanwhile_stays) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.log.away = true;
  fleet.pass_with_heartbeats(minutes(3), {{1, &host}});
  EXPECT_FALSE(fleet.knows(0, "a")) << "it was silent there";
  fleet.log.away = false;
  fleet.pass(seconds(5));
  fleet.all_know("a");
  EXPECT_TRUE(fleet.beat(1, host));
}

TEST(LogAway, one_tracker_alone_cut_off_loses_a_name_that_the_log_grants) {
  Fleet fleet;
  Peer one = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  fleet.feed(0).cut = true;
  fleet.pass(seconds(2));
  ASSERT_TRUE(fleet.offer(0, one, file("a", 1000, 1)));
  ASSERT_TRUE(fleet.offer(1, other, file("a", 1000, 2)));
  fleet.feed(0).cut = false;
  fleet.pass(seconds(1));
  EXPECT_TRUE(fleet.equal());
  EXPECT_TRUE(fleet.beat(1, other));
  EXPECT_FALSE(fleet.beat(0, one));
}

TEST(LogAway, hosts_of_a_tracker_that_was_cut_off_for_long_come_back_with_it) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.feed(0).cut = true;
  fleet.pass_with_heartbeats(minutes(3), {{0, &host}});
  EXPECT_TRUE(fleet.knows(0, "a"));
  EXPECT_FALSE(fleet.knows(1, "a")) << "for the others its home has died";
  fleet.feed(0).cut = false;
  fleet.pass(seconds(5));
  fleet.all_know("a");
  EXPECT_TRUE(fleet.beat(0, host));
}

TEST(LogSlow, a_name_that_is_not_read_back_in_time_is_granted_alone) {
  Fleet fleet;
  fleet.feed(0).write_delay = seconds(1);
  Peer host = peer(1, "10.0.0.1");
  const auto ticket = std::get<Ticket>(fleet.send(0, host, file("a")));
  fleet.pass(milliseconds(240));
  EXPECT_FALSE(fleet.answer(0, ticket));
  fleet.pass(milliseconds(40));
  EXPECT_TRUE(fleet.answer(0, ticket)->has_value());
  EXPECT_EQ(fleet[0].status(fleet.now).unconfirmed, 1u);
  fleet.pass(seconds(1));
  EXPECT_EQ(fleet[0].status(fleet.now).unconfirmed, 0u);
  EXPECT_TRUE(fleet.equal());
}

TEST(LogSlow, a_name_granted_alone_gives_way_to_one_that_was_in_the_log_before) {
  Fleet fleet;
  fleet.feed(0).write_delay = fleet.feed(0).read_delay = seconds(1);
  Peer one = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  ASSERT_TRUE(fleet.offer(0, one, file("a", 1000, 1)));
  ASSERT_TRUE(fleet.offer(1, other, file("a", 1000, 2)));
  fleet.pass(seconds(3));
  EXPECT_TRUE(fleet.equal());
  EXPECT_TRUE(fleet.beat(1, other));
  EXPECT_FALSE(fleet.beat(0, one));
}

// ---- the log loses something

TEST(LogEmptied, what_was_in_it_is_told_again_where_it_is_missing) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.feed(1).read_delay = fleet.feed(2).read_delay = milliseconds(500);
  ASSERT_TRUE(fleet.offer(0, host, file("b")));
  fleet.log.empty();
  fleet.feed(1).read_delay = fleet.feed(2).read_delay = {};
  fleet.pass(seconds(1));
  EXPECT_FALSE(fleet.knows(1, "b"));
  EXPECT_TRUE(fleet.beat(0, host));
  fleet.pass(seconds(4));
  fleet.all_know("b");
  EXPECT_EQ(fleet[1].status(fleet.now).wanted, 1u);
}

TEST(LogEmptied, a_withdrawal_that_was_in_it_is_found_out) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  for (const char* name : {"a", "b"}) ASSERT_TRUE(fleet.offer(0, host, file(name)));
  fleet.pass(milliseconds(100));
  fleet.feed(1).read_delay = milliseconds(500);
  fleet.withdraw(0, host, info_hash(file("a")));
  host.set.remove(info_hash(file("a")));
  fleet.pass(milliseconds(100));
  fleet.log.empty();
  fleet.feed(1).read_delay = {};
  fleet.pass(seconds(1));
  EXPECT_TRUE(fleet.knows(1, "a"));
  EXPECT_TRUE(fleet.beat(0, host));
  fleet.pass(seconds(4));
  fleet.nobody_knows("a");
  fleet.all_know("b");
}

TEST(LogEmptied, of_two_contents_that_were_both_granted_all_keep_the_same_one) {
  for (const bool other_first : {false, true}) {
    Fleet fleet;
    Peer one = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
    fleet.feed(1).read_delay = fleet.feed(2).read_delay = milliseconds(500);
    ASSERT_TRUE(fleet.offer(0, one, file("a", 1000, other_first ? 2 : 1)));
    fleet.log.empty();  // it was read by nobody else
    fleet.feed(1).read_delay = fleet.feed(2).read_delay = {};
    ASSERT_TRUE(fleet.offer(1, other, file("a", 1000, other_first ? 1 : 2)));
    fleet.pass(seconds(1));
    EXPECT_FALSE(fleet.equal());
    for (int i = 0; i < 2; ++i) {
      (void)fleet.beat(0, one);
      (void)fleet.beat(1, other);
      fleet.pass(seconds(10));
    }
    EXPECT_TRUE(fleet.equal());
    EXPECT_NE(fleet.beat(0, one), fleet.beat(1, other));
  }
}

TEST(LogEmptied, and_the_home_dead_somebody_else_tells) {
  Fleet fleet;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.feed(2).read_delay = milliseconds(500);
  ASSERT_TRUE(fleet.offer(0, host, file("b")));
  fleet.pass(milliseconds(100));
  EXPECT_TRUE(fleet.knows(1, "b"));
  fleet.log.empty();
  fleet.feed(2).read_delay = {};
  EXPECT_TRUE(fleet.beat(0, host));
  fleet.pass(milliseconds(50));
  fleet.kill(0);
  fleet.pass(seconds(12));
  EXPECT_TRUE(fleet.knows(2, "b"));
  EXPECT_TRUE(fleet.beat(2, host));
}

TEST(LogTrimmed, past_a_reader_that_comes_back_tells_it_everything_and_it_stays_open) {
  Fleet fleet;
  Peer gone = peer(1, "10.0.0.1"), come = peer(2, "10.0.0.2"), own = peer(3, "10.0.0.3");
  ASSERT_TRUE(fleet.offer(1, gone, file("gone")));
  ASSERT_TRUE(fleet.offer(0, own, file("own")));
  fleet.pass(milliseconds(50));
  fleet.feed(0).cut = true;
  fleet.pass(seconds(2));
  fleet.withdraw(1, gone);
  ASSERT_TRUE(fleet.offer(1, come, file("come")));
  fleet.pass(seconds(10));
  fleet.log.trim(fleet.now);
  fleet.feed(0).cut = false;
  fleet.step();
  EXPECT_TRUE(fleet.lives(0));
  EXPECT_TRUE(fleet.knows(0, "gone")) << "it does not know better yet";
  fleet.pass(seconds(4));
  fleet.nobody_knows("gone");
  fleet.all_know("come");
  fleet.all_know("own");
  EXPECT_TRUE(fleet.beat(0, own));
  EXPECT_TRUE(fleet.equal());
}

TEST(LogTrimmed, a_name_given_to_another_meanwhile_is_lost) {
  Fleet fleet;
  Peer one = peer(1, "10.0.0.1"), other = peer(2, "10.0.0.2");
  ASSERT_TRUE(fleet.offer(0, one, file("a", 1000, 1)));
  fleet.feed(0).cut = true;
  fleet.pass_with_heartbeats(minutes(2), {{0, &one}});
  ASSERT_TRUE(fleet.offer(1, other, file("a", 1000, 2))) << "its holder is dead to the others";
  fleet.pass(seconds(1));
  fleet.log.trim(fleet.now);
  fleet.feed(0).cut = false;
  fleet.pass(seconds(6));
  EXPECT_TRUE(fleet.equal());
  EXPECT_TRUE(fleet.beat(1, other));
  EXPECT_FALSE(fleet.beat(0, one));
}

// ---- batches twice, and late

TEST(LogBatch, that_comes_twice_counts_once) {
  Fleet fleet;
  fleet.feed(0).doubles = true;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.withdraw(0, host);
  fleet.pass(milliseconds(50));
  Peer again = peer(2, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, again, file("b")));
  fleet.pass(seconds(1));
  fleet.nobody_knows("a");
  EXPECT_GT(fleet[1].status(fleet.now).doubled, 2u);
  EXPECT_TRUE(fleet.equal());
}

TEST(LogBatch, that_cannot_be_read_is_counted_and_changes_nothing) {
  Fleet fleet;
  fleet.log.append(Bytes(100, std::byte{7}), fleet.now);
  fleet.pass(milliseconds(50));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(fleet[i].status(fleet.now).unreadable, 1u);
  EXPECT_TRUE(fleet.equal());
}

TEST(LogBatch, with_a_heartbeat_older_than_fifteen_seconds_keeps_nobody_alive) {
  Fleet fleet(2);
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(fleet.offer(0, host, file("a")));
  fleet.pass(milliseconds(50));
  fleet.feed(1).read_delay = seconds(20);
  fleet.pass_with_heartbeats(seconds(55), {{0, &host}});
  fleet.kill(0);
  fleet.feed(1).read_delay = {};
  fleet.pass(seconds(4));
  EXPECT_TRUE(fleet.knows(1, "a"));
  fleet.pass(seconds(8));
  EXPECT_FALSE(fleet.knows(1, "a"));
}

}  // namespace
}  // namespace shoal::fleet::failures_test
