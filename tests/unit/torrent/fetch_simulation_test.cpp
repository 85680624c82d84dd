// Picker and pacer together, driven by discrete events on virtual time: one downloader, several
// complete peers that answer in order at a fixed rate, go silent, or leave.
#include <algorithm>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "torrent/download/piece_picker.hpp"
#include "torrent/peer/request_pacer.hpp"

namespace shoal::torrent::fetch_simulation_test {
namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

constexpr Time kStart{1h};
constexpr Time kNever = Time::max();

struct PeerPlan {
  double rate = 0;  ///< bytes a second
  Duration rtt = 10ms;
  Time silent_from = kNever;  ///< answers nothing more
  Time leaves_at = kNever;    ///< its connection ends
};

class Fetch {
 public:
  Fetch(std::uint64_t length, std::uint32_t piece_length, const std::vector<PeerPlan>& plans)
      : geometry_(*Geometry::make(length, piece_length)),
        picker_(geometry_, Bitfield(geometry_.pieces()), 7),
        all_(geometry_.pieces()) {
    all_.set_all();
    for (const PeerPlan& plan : plans) {
      const ConnectionKey key{peers_.size() + 1};
      peers_.emplace(key, Peer{plan, {}, {}, kStart});
      picker_.peer_has_all();
      if (plan.leaves_at != kNever) events_.push({plan.leaves_at, Kind::leave, key, {}});
    }
  }

  /// Until the file is whole or nothing happens any more; the time it took.
  Duration run() {
    pump_all();
    events_.push({now_ + kTick, Kind::tick, {}, {}});
    while (!picker_.complete() && now_ < kStart + 1h) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      handle(event);
    }
    EXPECT_TRUE(picker_.complete()) << "stalled";
    return now_ - kStart;
  }

  std::size_t duplicates = 0;
  std::set<ConnectionKey> snubbed;
  std::set<ConnectionKey> dropped;
  std::map<ConnectionKey, std::size_t> deepest;  // outstanding, after the first 5 s

 private:
  static constexpr Duration kTick = 500ms;
  enum class Kind { block, leave, tick };
  struct Peer {
    PeerPlan plan;
    RequestPacer pacer;
    std::set<BlockRef> owed;
    Time busy_until;
  };
  struct Event {
    Time at;
    Kind kind;
    ConnectionKey peer;
    BlockRef block;
    bool operator<(const Event& other) const { return at > other.at; }  // the earliest on top
  };

  void handle(const Event& event) {
    switch (event.kind) {
      case Kind::block:
        return receive(event);
      case Kind::leave:
        return drop(event.peer);
      case Kind::tick:
        break;
    }
    std::vector<ConnectionKey> keys;
    for (const auto& [key, _] : peers_) keys.push_back(key);
    for (const ConnectionKey key : keys) judge(key);
    pump_all();
    events_.push({now_ + kTick, Kind::tick, {}, {}});
  }

  void receive(const Event& event) {
    const auto peer = peers_.find(event.peer);
    if (peer == peers_.end()) return;
    if (peer->second.owed.erase(event.block) > 0) {
      peer->second.pacer.on_received(now_);
    }
    const PiecePicker::Arrival arrival = picker_.arrived(event.block, event.peer);
    if (!arrival.accepted) ++duplicates;
    EXPECT_EQ(accepted_.insert(event.block).second, arrival.accepted);
    for (const ConnectionKey other : arrival.also_asked) {
      Peer& cancelled = peers_.at(other);
      EXPECT_EQ(cancelled.owed.erase(event.block), 1u);
      cancelled.pacer.on_cancelled(1);
      pump(other, cancelled);
    }
    if (arrival.piece_full) picker_.proven(event.block.piece);
    pump(event.peer, peer->second);
  }

  void judge(ConnectionKey key) {
    Peer& peer = peers_.at(key);
    switch (peer.pacer.verdict(now_)) {
      case RequestPacer::Verdict::fine:
        return;
      case RequestPacer::Verdict::snub:
        snubbed.insert(key);
        picker_.abandoned_all(key);
        peer.owed.clear();
        return peer.pacer.snub();
      case RequestPacer::Verdict::drop:
        dropped.insert(key);
        return drop(key);
    }
  }

  void drop(ConnectionKey key) {
    if (peers_.erase(key) == 0) return;
    picker_.abandoned_all(key);
    picker_.peer_lost_all();
    pump_all();
  }

  void pump_all() {
    for (auto& [key, peer] : peers_) pump(key, peer);
  }

  void pump(ConnectionKey key, Peer& peer) {
    std::vector<BlockRef> blocks;
    picker_.pick({key, all_, peer.pacer.outstanding(), peer.pacer.answers(now_)},
                 peer.pacer.room(now_), now_, blocks);
    peer.pacer.on_requested(blocks.size(), now_);
    for (const BlockRef block : blocks) {
      EXPECT_TRUE(peer.owed.insert(block).second) << "asked twice";
      const auto takes = std::chrono::duration_cast<Duration>(
          Seconds(geometry_.size(block) / std::max(peer.plan.rate, 1.0)));
      const Time asked = now_ + peer.plan.rtt / 2;
      const Time sent = std::max(peer.busy_until, asked) + takes;
      if (peer.plan.rate == 0 || sent > peer.plan.silent_from) continue;
      peer.busy_until = sent;
      events_.push({sent + peer.plan.rtt / 2, Kind::block, key, block});
    }
    if (now_ > kStart + 5s) deepest[key] = std::max(deepest[key], peer.owed.size());
  }

  Geometry geometry_;
  PiecePicker picker_;
  Bitfield all_;
  Time now_ = kStart;
  std::map<ConnectionKey, Peer> peers_;
  std::priority_queue<Event> events_;
  std::set<BlockRef> accepted_;
};

constexpr std::uint64_t kMiB = 1 << 20;
constexpr double kMB = 1e6;

double seconds(Duration duration) {
  return std::chrono::duration_cast<Seconds>(duration).count();
}

TEST(FetchSimulation, uses_the_sum_of_all_rates_without_duplicates) {
  Fetch fetch(64 * kMiB, 128 << 10, {{1 * kMB}, {2 * kMB, 30ms}, {4 * kMB, 60ms}});
  const double ideal = 64 * 1.048576 / 7;
  EXPECT_LT(seconds(fetch.run()), ideal * 1.05);
  EXPECT_EQ(fetch.duplicates, 0u);
  EXPECT_TRUE(fetch.snubbed.empty());
}

TEST(FetchSimulation, fills_a_long_pipe) {
  Fetch fetch(64 * kMiB, 128 << 10, {{20 * kMB, 100ms}});
  EXPECT_LT(seconds(fetch.run()), 64 * 1.048576 / 20 + 1);
}

TEST(FetchSimulation, keeps_the_queue_at_a_slow_peer_short) {
  Fetch fetch(64 * kMiB, 128 << 10, {{0.5 * kMB, 20ms}});
  fetch.run();
  EXPECT_LE(fetch.deepest[ConnectionKey{1}], 8u);
}

TEST(FetchSimulation,
     ends_in_time_with_a_peer_that_dies_one_that_hangs_and_one_that_never_answers) {
  Fetch fetch(64 * kMiB, 128 << 10,
              {{1 * kMB},
               {2 * kMB, 30ms},
               {4 * kMB, 60ms},
               {.rate = 3 * kMB, .leaves_at = kStart + 2s},
               {.rate = 3 * kMB, .silent_from = kStart + 3s},
               {.rate = 0}});
  // The two gave 3 MB/s for 2 and 3 s; the blocks that hang are asked again a second after the
  // rest is done.
  const double ideal = (64 * 1.048576 - 15) / 7;
  EXPECT_LT(seconds(fetch.run()), ideal * 1.05 + 1.5);
  EXPECT_LE(fetch.duplicates, 20u);
}

TEST(FetchSimulation, snubs_then_drops_peers_that_do_not_answer_and_no_others) {
  Fetch fetch(600 * kMiB, 1 << 20,
              {{1 * kMB},
               {2 * kMB, 30ms},
               {4 * kMB, 60ms},
               {.rate = 3 * kMB, .silent_from = kStart + 3s},
               {.rate = 0}});
  EXPECT_LT(seconds(fetch.run()), (600 * 1.048576 - 9) / 7 * 1.03 + 1.5);
  const std::set dead = {ConnectionKey{4}, ConnectionKey{5}};
  EXPECT_EQ(fetch.snubbed, dead);
  EXPECT_EQ(fetch.dropped, dead);
  EXPECT_LE(fetch.duplicates, 20u);
}

}  // namespace
}  // namespace shoal::torrent::fetch_simulation_test
