// Whole swarms behind thin lines, on virtual time: the real picker, pacer, revealer and protocol.
// No tool can be quicker than T* = max(F/u_seeder, F/d, N F/(u_seeder + sum u_leecher)).
#include <algorithm>
#include <iostream>
#include <vector>

#include <gtest/gtest.h>

#include "simulation/virtual_swarm.hpp"

namespace shoal::test::swarm_simulation_test {
namespace {

using namespace std::chrono_literals;
using simulation::Line;
using simulation::VirtualFile;
using simulation::VirtualHost;
using simulation::VirtualSwarm;

constexpr double kMbit = 1e6 / 8;
constexpr Line kEven{20 * kMbit, 20 * kMbit};
constexpr Line kUneven{5 * kMbit, 20 * kMbit};
constexpr Duration kDelay = 5ms;
constexpr std::size_t kLeechers = 16;

/// In 512 pieces, half as many as programs make of it: that takes half the time.
const VirtualFile& sample() {
  static const VirtualFile file(32 << 20, 64 << 10);
  return file;
}

/// As long, in 32.
const VirtualFile& in_large_pieces() {
  static const VirtualFile file(32 << 20, 1 << 20);
  return file;
}

double file_size() {
  return static_cast<double>(sample().info().length);
}

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

struct Outcome {
  double last = 0;      ///< of the bound T*
  double slowest = 0;   ///< from its own start to its end, of the bound without late joins
  double sent = 0;      ///< by all seeders, in files
  double revealed = 0;  ///< the same, until every piece was with somebody
  double received = 0;  ///< by a leecher on the average, in files
};

struct Plan {
  const VirtualFile* file = &sample();
  std::size_t leechers = kLeechers;
  Line leecher = kEven;
  std::vector<Line> seeders = {kEven};
  bool reveals = true;
  Duration join_every{};
  double vanish_after = 0;  ///< files sent
  std::size_t frozen = 0;   ///< leechers that fetch and give nothing
  bool frozen_lie = false;  ///< and say that they have all that they are told of
  bool come_back = false;   ///< those, when others have closed their connections
  std::size_t slots = 0;    ///< of everybody; 0 = no limit
  std::uint64_t seed = 0;
};

Outcome run(const Plan& plan) {
  VirtualSwarm swarm(*plan.file, kDelay, plan.seed);
  swarm.upload_slots = plan.slots;
  std::vector<VirtualHost*> seeders;
  std::vector<VirtualHost*> leechers;
  double up = 0;
  for (const Line& line : plan.seeders) {
    seeders.push_back(&(plan.reveals ? swarm.add_seeder(line) : swarm.add_holder(line)));
    up += line.up;
  }
  const double seeders_up = up;
  for (std::size_t i = 0; i < plan.leechers; ++i) {
    leechers.push_back(
        &swarm.add_leecher(plan.leecher, plan.join_every * static_cast<Duration::rep>(i)));
    if (i < plan.frozen) {
      leechers.back()->freezes();
      leechers.back()->lies = plan.frozen_lie;
      leechers.back()->comes_back = plan.come_back;
    } else {
      up += plan.leecher.up;
    }
  }
  if (plan.vanish_after > 0) {
    swarm.vanish_after(*seeders.front(),
                       static_cast<std::uint64_t>(plan.vanish_after * file_size()));
  }
  const double last_joins = in_seconds(plan.join_every) * static_cast<double>(plan.leechers - 1);
  const double bound =
      std::max({file_size() / seeders_up, last_joins + file_size() / plan.leecher.down,
                file_size() * static_cast<double>(plan.leechers) / up});
  const double took = in_seconds(swarm.run(10min));
  EXPECT_TRUE(swarm.all_complete());
  Outcome outcome{.last = took / bound};
  for (const VirtualHost* seeder : seeders) {
    outcome.sent += static_cast<double>(seeder->sent) / file_size();
    outcome.revealed += static_cast<double>(seeder->sent_until_open) / file_size();
  }
  const double own_bound = std::max({file_size() / seeders_up, file_size() / plan.leecher.down,
                                     file_size() * static_cast<double>(plan.leechers) / up});
  for (const VirtualHost* leecher : leechers) {
    outcome.slowest =
        std::max(outcome.slowest, in_seconds(leecher->finished - leecher->joined) / own_bound);
    outcome.received +=
        static_cast<double>(leecher->received) / file_size() / static_cast<double>(plan.leechers);
  }
  std::cout << "last " << outcome.last << " T*, slowest " << outcome.slowest << " T*, seeders sent "
            << outcome.sent << " F, " << outcome.revealed << " F until all was out; received "
            << outcome.received << " F\n";
  return outcome;
}

TEST(SwarmSimulation, sixteen_leechers_finish_near_the_bound_and_the_seeder_sends_little_twice) {
  const Outcome outcome = run({});
  EXPECT_LE(outcome.last, 1.15);
  EXPECT_LE(outcome.sent, 1.15);
  EXPECT_LE(outcome.received, 1.01);  // the endgame wastes little
}

TEST(SwarmSimulation, leechers_that_come_one_after_another_do_not_cost_the_seeder_more) {
  const Outcome outcome = run({.join_every = 100ms});
  EXPECT_LE(outcome.last, 1.15);
  EXPECT_LE(outcome.sent, 1.15);
}

TEST(SwarmSimulation, once_all_is_out_leechers_spare_the_seeder_and_finish_as_soon) {
  const Outcome outcome = run({.join_every = 500ms});
  EXPECT_LE(outcome.slowest, 1.20);
  EXPECT_LE(outcome.sent, 1.15);
}

TEST(SwarmSimulation, thin_uplinks_are_all_used) {
  const Outcome outcome = run({.leecher = kUneven});
  EXPECT_LE(outcome.last, 1.15);
  EXPECT_LE(outcome.sent, 3.2 * 1.15);
}

// All leechers share the seeder's line, so that each piece stands still for seconds at a time.
TEST(SwarmSimulation, large_pieces_on_a_thin_line_leave_the_seeder_once) {
  constexpr Line kThin{5 * kMbit, 5 * kMbit};
  const Outcome outcome = run({.file = &in_large_pieces(), .leecher = kEven, .seeders = {kThin}});
  EXPECT_LE(outcome.revealed, 1.05);
}

TEST(SwarmSimulation, revealing_costs_a_leecher_that_is_alone_nothing) {
  const Outcome plain = run({.leechers = 1, .reveals = false});
  const Outcome revealed = run({.leechers = 1});
  EXPECT_LE(revealed.last, plain.last * 1.01);
  EXPECT_LE(revealed.last, 1.10);
}

TEST(SwarmSimulation, several_seeders_show_few_pieces_twice) {
  const Outcome outcome = run({.seeders = {kEven, kEven}});
  EXPECT_LE(outcome.last, 1.25);
  EXPECT_LE(outcome.revealed, 1.08);  // 2 if each showed every piece
}

TEST(SwarmSimulation, everybody_finishes_when_the_seeder_vanishes_early) {
  const Outcome outcome = run({.vanish_after = 1.02});
  EXPECT_LE(outcome.sent, 1.03);
  EXPECT_LE(outcome.last, 1.20);
}

TEST(SwarmSimulation, with_few_upload_slots_everybody_gets_a_turn) {
  const Outcome outcome = run({.slots = 4});
  EXPECT_LE(outcome.last, 2.0);
  EXPECT_LE(outcome.slowest, 2.0);
}

// A turn is not long enough for a piece.
TEST(SwarmSimulation, with_few_upload_slots_large_pieces_leave_the_seeder_about_once) {
  const Outcome outcome = run({.file = &in_large_pieces(), .slots = 4});
  EXPECT_LE(outcome.revealed, 1.3);
}

TEST(SwarmSimulation, one_slot_at_the_seeder_and_one_at_each_leecher_still_serve_all) {
  run({.leechers = 6, .slots = 1});  // expects all to complete
}

TEST(SwarmSimulation, what_leechers_that_give_nothing_were_shown_leaves_the_seeder_once_more) {
  const Outcome outcome = run({.frozen = 2});
  EXPECT_LE(outcome.last, 1.6);
  EXPECT_LE(outcome.sent, 1.6);
}

TEST(SwarmSimulation, owners_that_lie_about_what_they_have_and_give_nothing_delay_nobody_for_long) {
  for (const std::uint64_t seed : {0, 1, 2}) {
    const Outcome outcome = run({.frozen = 2, .frozen_lie = true, .seed = seed});
    EXPECT_LE(outcome.last, 1.7) << seed;  // about as when they do not lie
  }
}

// The seeder leaves whoever says that it has everything. Each time such a liar is back it is a
// stranger, and is shown something.
TEST(SwarmSimulation, liars_that_come_back_each_time_delay_others_by_no_more_than_once_again) {
  for (const std::uint64_t seed : {0, 1, 2}) {
    const Outcome outcome = run({.frozen = 2, .frozen_lie = true, .come_back = true, .seed = seed});
    EXPECT_LE(outcome.last, 2.0) << seed;
  }
}

}  // namespace
}  // namespace shoal::test::swarm_simulation_test
