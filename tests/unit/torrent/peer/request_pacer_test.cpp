#include "torrent/peer/request_pacer.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace shoal::torrent::request_pacer_test {
namespace {

using namespace std::chrono_literals;
using Verdict = RequestPacer::Verdict;

constexpr Time kStart{1h};

/// One request, alone, answered after `rtt`.
void exchange(RequestPacer& pacer, Time asked, Duration rtt) {
  pacer.on_requested(1, asked);
  pacer.on_received(asked + rtt);
}

TEST(RequestPacer, starts_with_eight) {
  RequestPacer pacer;
  EXPECT_EQ(pacer.depth(kStart), 8u);
  pacer.on_requested(3, kStart);
  EXPECT_EQ(pacer.room(kStart), 5u);
}

TEST(RequestPacer, adds_two_to_the_blocks_of_the_last_rtt_and_30_ms) {
  RequestPacer pacer;
  pacer.on_requested(5, kStart);
  for (int i = 0; i < 5; ++i) pacer.on_received(kStart + 100ms);
  EXPECT_EQ(pacer.rtt(), 100ms);
  EXPECT_EQ(pacer.depth(kStart + 225ms), 2u + 5u);
  EXPECT_EQ(pacer.depth(kStart + 240ms), 2u);
}

TEST(RequestPacer, holds_two_stale_requests_at_an_idle_peer) {
  RequestPacer pacer;
  exchange(pacer, kStart, 10ms);
  EXPECT_EQ(pacer.depth(kStart + 1h), 2u);
}

TEST(RequestPacer, doubles_with_every_round_trip_while_the_peer_keeps_up) {
  RequestPacer pacer;
  Time now = kStart;
  std::vector<std::size_t> depths;
  for (int round = 0; round < 6; ++round) {
    const std::size_t blocks = pacer.room(now);
    depths.push_back(blocks);
    pacer.on_requested(blocks, now);
    now += 100ms;
    for (std::size_t i = 0; i < blocks; ++i) pacer.on_received(now);
  }
  for (std::size_t i = 2; i < depths.size(); ++i) {
    EXPECT_GE(depths[i], depths[i - 1] * 3 / 2) << i;
  }
  EXPECT_GE(depths.back(), 64u);
}

TEST(RequestPacer, fetches_a_mebibyte_over_loopback_in_four_round_trips) {
  RequestPacer pacer;
  Time now = kStart;
  std::size_t fetched = 0;
  int rounds = 0;
  for (; fetched < 64; ++rounds) {
    const std::size_t blocks = pacer.room(now);
    pacer.on_requested(blocks, now);
    now += 200us;
    for (std::size_t i = 0; i < blocks; ++i) pacer.on_received(now);
    fetched += blocks;
  }
  EXPECT_LE(rounds, 4);
}

TEST(RequestPacer, never_asks_for_more_than_the_peer_queues) {
  RequestPacer pacer;
  pacer.limit_to(4);
  EXPECT_EQ(pacer.depth(kStart), 4u);
  for (int i = 0; i < 50; ++i) exchange(pacer, kStart, 0ms);
  EXPECT_EQ(pacer.depth(kStart), 4u);
}

TEST(RequestPacer, never_asks_for_more_than_its_own_limit) {
  RequestPacer pacer;
  pacer.limit_to(1'000'000);
  for (int i = 0; i < 2000; ++i) exchange(pacer, kStart, 0ms);
  EXPECT_EQ(pacer.depth(kStart), kMaxDepth);
}

TEST(RequestPacer, asks_for_one_at_a_peer_that_claims_to_queue_none) {
  RequestPacer pacer;
  pacer.limit_to(0);
  EXPECT_EQ(pacer.depth(kStart), 1u);
}

TEST(RequestPacer, measures_the_rtt_from_the_request_to_its_own_block) {
  RequestPacer pacer;
  pacer.on_requested(2, kStart);
  pacer.on_received(kStart + 80ms);  // the first of two
  EXPECT_EQ(pacer.rtt(), 80ms);
  pacer.on_requested(1, kStart + 85ms);  // behind the second
  pacer.on_received(kStart + 90ms);
  EXPECT_EQ(pacer.rtt(), 80ms) << "the second block is no answer to the third request";
  pacer.on_received(kStart + 135ms);
  EXPECT_EQ(pacer.rtt(), 50ms);
}

TEST(RequestPacer, keeps_the_smallest_rtt_for_ten_seconds) {
  RequestPacer pacer;
  exchange(pacer, kStart, 20ms);
  exchange(pacer, kStart + 5s, 90ms);
  EXPECT_EQ(pacer.rtt(), 20ms);
  exchange(pacer, kStart + 11s, 90ms);
  EXPECT_EQ(pacer.rtt(), 90ms);
}

TEST(RequestPacer, does_not_take_its_own_queue_for_distance) {
  RequestPacer pacer;
  exchange(pacer, kStart, 20ms);
  pacer.on_requested(5, kStart + 11s);
  pacer.on_requested(1, kStart + 11s);
  for (int i = 0; i < 5; ++i) pacer.on_received(kStart + 11s + 20ms);
  pacer.on_requested(1, kStart + 11s + 20ms);
  pacer.on_received(kStart + 12s);
  EXPECT_EQ(pacer.rtt(), 20ms);
}

TEST(RequestPacer, does_not_grow_its_queue_at_a_slow_peer_for_ever) {
  // 50 blocks a second, 20 ms away, in the order of the requests; two minutes.
  RequestPacer pacer;
  std::deque<Time> arrivals;
  Time busy_until = kStart;
  Time now = kStart;
  std::size_t deepest = 0;
  while (now < kStart + 2min) {
    const std::size_t blocks = pacer.room(now);
    pacer.on_requested(blocks, now);
    for (std::size_t i = 0; i < blocks; ++i) {
      busy_until = std::max(busy_until, now + 10ms) + 20ms;
      arrivals.push_back(busy_until + 10ms);
    }
    if (now > kStart + 5s) deepest = std::max(deepest, pacer.outstanding());
    now = arrivals.front();
    arrivals.pop_front();
    pacer.on_received(now);
  }
  EXPECT_LE(deepest, 8u);
  EXPECT_GE(deepest, 3u);
}

TEST(RequestPacer, forgets_a_measurement_that_a_reject_or_cancel_disturbs) {
  RequestPacer pacer;
  pacer.on_requested(3, kStart);
  pacer.on_rejected(1, kStart + 1ms);
  pacer.on_received(kStart + 2ms);
  EXPECT_EQ(pacer.rtt(), std::nullopt);
  EXPECT_EQ(pacer.outstanding(), 1u);
  pacer.on_cancelled(1);
  EXPECT_EQ(pacer.outstanding(), 0u);
}

TEST(RequestPacer, does_not_count_below_nothing) {
  RequestPacer pacer;
  pacer.on_received(kStart);
  pacer.on_rejected(3, kStart);
  pacer.on_cancelled(1);
  EXPECT_EQ(pacer.outstanding(), 0u);
}

TEST(RequestPacer, waits_for_nothing_while_nothing_is_owed) {
  RequestPacer pacer;
  EXPECT_EQ(pacer.next_deadline(), std::nullopt);
  exchange(pacer, kStart, 1ms);
  EXPECT_EQ(pacer.next_deadline(), std::nullopt);
  EXPECT_EQ(pacer.verdict(kStart + 1h), Verdict::fine);
}

TEST(RequestPacer, snubs_a_peer_that_sends_no_owed_block_for_ten_seconds) {
  RequestPacer pacer;
  pacer.on_requested(8, kStart);
  EXPECT_EQ(pacer.next_deadline(), kStart + 10s);
  EXPECT_EQ(pacer.verdict(kStart + 10s - 1ns), Verdict::fine);
  EXPECT_EQ(pacer.verdict(kStart + 10s), Verdict::snub);
}

TEST(RequestPacer, waits_anew_after_each_block_and_each_reject) {
  RequestPacer pacer;
  pacer.on_requested(8, kStart);
  pacer.on_received(kStart + 9s);
  EXPECT_EQ(pacer.next_deadline(), kStart + 19s);
  pacer.on_rejected(1, kStart + 12s);
  EXPECT_EQ(pacer.next_deadline(), kStart + 22s);
}

TEST(RequestPacer, does_not_wait_anew_when_more_is_asked_for) {
  RequestPacer pacer;
  pacer.on_requested(1, kStart);
  pacer.on_requested(1, kStart + 9s);
  EXPECT_EQ(pacer.next_deadline(), kStart + 10s);
}

TEST(RequestPacer, doubts_a_peer_after_a_second_until_something_comes) {
  RequestPacer pacer;
  EXPECT_TRUE(pacer.answers(kStart));
  pacer.on_requested(2, kStart);
  EXPECT_TRUE(pacer.answers(kStart + 1s));
  EXPECT_FALSE(pacer.answers(kStart + 1001ms));
  pacer.on_received(kStart + 2s);
  EXPECT_TRUE(pacer.answers(kStart + 3s));
  EXPECT_FALSE(pacer.answers(kStart + 3001ms));
  pacer.on_rejected(1, kStart + 4s);
  EXPECT_TRUE(pacer.answers(kStart + 1h));
}

TEST(RequestPacer, still_doubts_a_peer_when_what_it_owed_was_cancelled) {
  RequestPacer pacer;
  pacer.on_requested(1, kStart);
  pacer.on_cancelled(1);
  pacer.on_requested(1, kStart + 1001ms);
  EXPECT_FALSE(pacer.answers(kStart + 1001ms));
}

TEST(RequestPacer, asks_a_snubbed_peer_for_one_block_and_drops_it_after_a_minute_in_all) {
  RequestPacer pacer;
  pacer.on_requested(8, kStart);
  pacer.snub();
  EXPECT_EQ(pacer.outstanding(), 0u);
  EXPECT_EQ(pacer.room(kStart + 10s), 1u);
  pacer.on_requested(1, kStart + 10s);
  EXPECT_EQ(pacer.verdict(kStart + 59s), Verdict::fine);
  EXPECT_EQ(pacer.next_deadline(), kStart + 60s);
  EXPECT_EQ(pacer.verdict(kStart + 60s), Verdict::drop);
}

TEST(RequestPacer, forgives_a_snubbed_peer_that_sends_a_block) {
  RequestPacer pacer;
  pacer.on_requested(8, kStart);
  pacer.snub();
  pacer.on_requested(1, kStart + 10s);
  pacer.on_received(kStart + 30s);
  EXPECT_FALSE(pacer.snubbed());
  EXPECT_GT(pacer.depth(kStart + 30s), 1u);
  pacer.on_requested(1, kStart + 30s);
  EXPECT_EQ(pacer.next_deadline(), kStart + 40s);
}

TEST(RequestPacer, waits_anew_for_what_is_owed_when_we_were_stopped) {
  RequestPacer pacer;
  pacer.on_requested(2, kStart);
  pacer.resumed(kStart + 9s);
  EXPECT_EQ(pacer.verdict(kStart + 18s), Verdict::fine);
  EXPECT_EQ(pacer.verdict(kStart + 19s), Verdict::snub);
  EXPECT_TRUE(pacer.answers(kStart + 10s));
  pacer.on_received(kStart + 20s);
  EXPECT_EQ(pacer.rtt(), std::nullopt) << "that was no round trip";
}

}  // namespace
}  // namespace shoal::torrent::request_pacer_test
