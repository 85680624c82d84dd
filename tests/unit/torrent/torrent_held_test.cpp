// What holds a download back: each cause is set up, and named.
#include <vector>

#include <gtest/gtest.h>

#include "simulation/virtual_swarm.hpp"
#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_held_test {
namespace {

using namespace std::chrono_literals;
using Key = DrivenTorrent::Key;

const SampleFile& file() {
  static const SampleFile sample(8 * 32768, 32768);
  return sample;
}

/// Part of the time from the begin to now that this has held.
double part(const DrivenTorrent& leecher, HeldCause cause) {
  return torrent::parts_of(leecher.logic.held_by(leecher.now)).of(cause);
}

DrivenTorrent begins() {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.add_peers({}, leecher.now);
  leecher.settle();
  return leecher;
}

TEST(WhatHolds, nobody_who_is_connected) {
  auto leecher = begins();
  leecher.waits(3s);
  EXPECT_DOUBLE_EQ(part(leecher, HeldCause::no_peers), 1);
}

TEST(WhatHolds, peers_with_nothing_more_to_ask_for) {
  auto leecher = begins();
  const Key key = leecher.joins("192.0.2.1:5000");
  leecher.says(key, wire::HaveNone{});
  leecher.says(key, wire::Unchoke{});
  leecher.waits(3s);
  EXPECT_DOUBLE_EQ(part(leecher, HeldCause::sources), 1);
}

TEST(WhatHolds, peers_that_serve_others) {
  auto leecher = begins();
  leecher.says(leecher.joins("192.0.2.1:5000"), wire::HaveAll{});
  leecher.waits(3s);
  EXPECT_DOUBLE_EQ(part(leecher, HeldCause::sources), 1);
}

TEST(WhatHolds, what_was_asked_for_and_is_on_its_way) {
  auto leecher = begins();
  leecher.waits(1s);
  const Key key = leecher.joins("192.0.2.1:5000");
  leecher.says(key, wire::HaveAll{});
  leecher.says(key, wire::Unchoke{});
  ASSERT_FALSE(leecher.asks(key).empty());
  leecher.waits(3s);
  EXPECT_DOUBLE_EQ(part(leecher, HeldCause::peers), 0.75);
  EXPECT_DOUBLE_EQ(part(leecher, HeldCause::no_peers), 0.25);
}

TEST(WhatHolds, the_hashes_that_are_asked_for_before_anything_else) {
  DrivenTorrent leecher(file(), file().missing(), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.logic.add_peers({}, leecher.now);
  leecher.says(leecher.joins("192.0.2.1:5000"), wire::HaveAll{});
  leecher.waits(2s);
  EXPECT_DOUBLE_EQ(part(leecher, HeldCause::peers), 1);
}

TEST(WhatHolds, our_own_limit) {
  auto leecher = begins();
  leecher.budget().down.set_rate(1, leecher.now);  // whose turn it is, nobody says
  const Key key = leecher.joins("192.0.2.1:5000");
  leecher.says(key, wire::HaveAll{});
  leecher.says(key, wire::Unchoke{});
  leecher.waits(3s);
  EXPECT_GT(part(leecher, HeldCause::own_limit), 0.99);
}

TEST(WhatHolds, the_disk_that_was_filled_before_and_is_proven) {
  DrivenTorrent leecher(file(), file().with({}), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.logic.add_peers({}, leecher.now);
  leecher.settle();
  const Key key = leecher.joins("192.0.2.1:5000");
  leecher.says(key, wire::HaveAll{});
  leecher.says(key, wire::Unchoke{});
  leecher.waits(4s);
  leecher.disk_holds({0, 1, 2});
  leecher.waits(1s);
  EXPECT_DOUBLE_EQ(part(leecher, HeldCause::hashing), 0.8);
  EXPECT_DOUBLE_EQ(part(leecher, HeldCause::peers), 0.2);
}

/// All that is asked for comes at once, and a worker has it for three seconds.
DrivenTorrent waits_for_a_worker(Duration hashing, Duration writing) {
  auto leecher = begins();
  const Key key = leecher.joins("192.0.2.1:5000");
  leecher.says(key, wire::HaveAll{});
  leecher.says(key, wire::Unchoke{});
  for (;;) {
    const auto asked = leecher.asks(key);
    if (asked.empty()) break;
    for (const BlockRef block : asked) leecher.sends_block(key, block);
  }
  leecher.drains(key);
  leecher.waits(3s);
  for (const auto& batch : leecher.stores) {
    batch->hashing = hashing;
    batch->writing = writing;
  }
  leecher.disk_stores();
  return leecher;
}

TEST(WhatHolds, a_slow_disk) {
  EXPECT_GT(part(waits_for_a_worker(1ms, 99ms), HeldCause::disk), 0.9);
}

TEST(WhatHolds, slow_hashing) {
  EXPECT_GT(part(waits_for_a_worker(99ms, 1ms), HeldCause::hashing), 0.9);
}

TEST(WhatHolds, the_name_that_the_file_is_to_get_when_all_is_here) {
  DrivenTorrent leecher(file(), file().with({}), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.logic.add_peers({}, leecher.now);
  const Time here = leecher.now + 1s;
  leecher.logic.on_check_begins();
  ASSERT_TRUE(leecher.logic.next_to_check());
  for (std::uint32_t i = 0; i < 8; ++i) leecher.logic.on_checked(PieceIndex{i}, true, here);
  leecher.logic.on_check_done(here);
  const HeldBy why = torrent::parts_of(leecher.logic.held_by(here + 3s));
  EXPECT_DOUBLE_EQ(why.of(HeldCause::hashing), 0.25);
  EXPECT_DOUBLE_EQ(why.of(HeldCause::disk), 0.75);
}

TEST(WhatHolds, nothing_when_it_is_over) {
  auto leecher = begins();
  leecher.waits(1s);
  leecher.logic.look_what_holds(leecher.now);
  leecher.logic.on_finished();
  const auto before = leecher.logic.held_by(leecher.now);
  leecher.waits(5s);
  EXPECT_EQ(leecher.logic.held_by(leecher.now), before);
}

// ---- behind lines of limited rate -------------------------------------------

using simulation::Line;
using simulation::VirtualFile;
using simulation::VirtualSwarm;

using simulation::VirtualHost;

constexpr double kMbit = 1e6 / 8;

const VirtualFile& large_file() {
  static const VirtualFile sample(32 << 20, 64 << 10);
  return sample;
}

HeldBy held(const VirtualHost& leecher) {
  EXPECT_TRUE(leecher.complete());
  return torrent::parts_of(leecher.torrent().held_by(leecher.finished));
}

/// From somebody who has all of it, and later from a second one besides.
HeldBy fetched_from_two(const Line& holders, const Line& leecher) {
  VirtualSwarm swarm(large_file(), 5ms);
  swarm.add_holder(holders);
  VirtualHost& fetches = swarm.add_leecher(leecher);
  swarm.run(4s);
  fetches.joins({swarm.add_holder(holders).address()});
  swarm.run(10min);
  return held(fetches);
}

TEST(WhatHolds, our_own_line_where_a_second_source_brings_nothing_more) {
  const HeldBy why = fetched_from_two({80 * kMbit, 80 * kMbit}, {20 * kMbit, 20 * kMbit});
  EXPECT_GT(why.of(HeldCause::own_line), 0.4);
  EXPECT_GT(why.of(HeldCause::own_line) + why.of(HeldCause::peers), 0.95);
}

TEST(WhatHolds, the_lines_of_the_peers_where_a_second_source_brings_more) {
  const HeldBy why = fetched_from_two({20 * kMbit, 20 * kMbit}, {200 * kMbit, 200 * kMbit});
  EXPECT_EQ(why.of(HeldCause::own_line), 0);
  EXPECT_GT(why.of(HeldCause::peers), 0.95);
}

TEST(WhatHolds, a_thin_seeder_of_several_leechers_and_not_their_lines) {
  VirtualSwarm swarm(large_file(), 5ms);
  swarm.add_seeder({10 * kMbit, 10 * kMbit});
  std::vector<VirtualHost*> leechers;
  for (int i = 0; i < 4; ++i) leechers.push_back(&swarm.add_leecher({100 * kMbit, 100 * kMbit}));
  swarm.run(10min);
  for (const VirtualHost* leecher : leechers) {
    const HeldBy why = held(*leecher);
    EXPECT_GT(why.of(HeldCause::sources) + why.of(HeldCause::peers), 0.9);
    EXPECT_LT(why.of(HeldCause::own_line), 0.05);
  }
}

}  // namespace
}  // namespace shoal::test::torrent_held_test
