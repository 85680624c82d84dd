// A limit on what comes in: blocks are asked for when it is the peer's turn.
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/played_peer.hpp"
#include "torrent/upload/rate_limiter.hpp"

namespace shoal::torrent::peer_protocol_limits_test {
namespace {

using namespace std::chrono_literals;
using test::PlayedPeer;
using test::SampleFile;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kMiB = 1 << 20;

/// A complete peer that lets us ask, and a limit of our own.
class LimitedPeer : public PlayedPeer {
 public:
  explicit LimitedPeer(const SampleFile& file)
      : PlayedPeer(file, file.with({}), true, PlayedPeer::Options{}) {
    EXPECT_TRUE(hears(wire::HaveAll{}));
    EXPECT_TRUE(hears(wire::Unchoke{}));
    says();
  }
  bool may_ask(ConnectionKey peer) override {
    limiter.line_up(peer, SwarmKey{});
    return !limiter.limited();
  }
  void not_coming(std::size_t blocks) override { given_back += blocks; }

  /// As a Throttle and a Swarm do.
  void serve() {
    while (const auto turn = limiter.next(now)) {
      const std::size_t asked = protocol().ask_at_most(turn->bytes / kBlockLength, now);
      limiter.spend(asked * kBlockLength, now);
      if (asked > 0) protocol().ask_for_more(now);
    }
  }

  RateLimiter limiter;
  std::size_t given_back = 0;
};

TEST(PeerProtocolLimits, asks_for_nothing_until_it_is_its_turn_and_for_no_more_than_that) {
  const SampleFile file(kMiB, 65536);
  LimitedPeer peer(file);
  peer.limiter.set_rate(kMiB, peer.now);
  EXPECT_THAT(peer.asks(), IsEmpty());
  EXPECT_TRUE(peer.limiter.waits(LimitedPeer::kKey));
  EXPECT_EQ(peer.protocol().ask_at_most(1, peer.now), 1u);
  EXPECT_THAT(peer.says_of<wire::Request>(), SizeIs(1));
}

TEST(PeerProtocolLimits, lends_little_to_a_peer_that_has_sent_nothing_yet) {
  const SampleFile file(kMiB, 65536);
  LimitedPeer peer(file);
  peer.limiter.set_rate(kMiB, peer.now);
  EXPECT_EQ(peer.protocol().ask_at_most(5, peer.now), 2u);
  EXPECT_EQ(peer.protocol().ask_at_most(5, peer.now), 0u);
  const auto requests = peer.says_of<wire::Request>();
  const auto& [piece, begin, length] = requests.at(0).range;
  ASSERT_TRUE(peer.hears_block(*file.geometry().block(piece, begin, length)));
  EXPECT_EQ(peer.protocol().ask_at_most(5, peer.now), 2u) << "what its pacer allows";
}

TEST(PeerProtocolLimits, gives_back_what_is_taken_back_from_a_peer_that_does_not_answer) {
  const SampleFile file(kMiB, 65536);
  LimitedPeer peer(file);
  peer.limiter.set_rate(kMiB, peer.now);
  ASSERT_EQ(peer.protocol().ask_at_most(2, peer.now), 2u);
  ASSERT_TRUE(peer.waits(15s));
  EXPECT_EQ(peer.given_back, 2u);
}

TEST(PeerProtocolLimits, gives_back_what_is_rejected_or_lost_with_the_connection) {
  const SampleFile file(kMiB, 65536);
  LimitedPeer peer(file);
  peer.limiter.set_rate(kMiB, peer.now);
  ASSERT_EQ(peer.protocol().ask_at_most(2, peer.now), 2u);
  const auto requests = peer.says_of<wire::Request>();
  ASSERT_TRUE(peer.hears(wire::Reject{requests[0].range}));
  EXPECT_EQ(peer.given_back, 1u);
  peer.protocol().ended();
  EXPECT_EQ(peer.given_back, 2u);
}

/// Bytes that came in each second, from a peer that answers everything after `delay`.
std::vector<double> seconds_at(std::uint64_t rate, Duration delay, int seconds) {
  const SampleFile file(rate * static_cast<std::uint64_t>(seconds + 1), 65536);
  LimitedPeer peer(file);
  peer.limiter.set_rate(rate, peer.now);
  std::deque<std::pair<Time, BlockRef>> coming;
  std::vector<double> came(static_cast<std::size_t>(seconds));
  const Time start = peer.now;
  for (int ms = 0; ms < 1000 * seconds; ++ms, peer.now = start + ms * 1ms) {
    for (; !coming.empty() && coming.front().first <= peer.now; coming.pop_front()) {
      EXPECT_TRUE(peer.hears_block(coming.front().second));
      came[static_cast<std::size_t>(ms / 1000)] += kBlockLength;
    }
    (void)peer.stores();
    if (ms % 250 == 0) {
      EXPECT_TRUE(peer.protocol().tick(peer.now));
    }
    peer.protocol().ask_for_more(peer.now);
    peer.serve();
    for (const wire::Message& message : peer.says()) {
      EXPECT_FALSE(std::holds_alternative<wire::Cancel>(message)) << "judged to be slow";
      const auto* request = std::get_if<wire::Request>(&message);
      if (request == nullptr) continue;
      const auto& [piece, begin, length] = request->range;
      coming.emplace_back(peer.now + delay, *file.geometry().block(piece, begin, length));
    }
  }
  return came;
}

TEST(PeerProtocolLimits, hold_to_five_percent_near_and_far) {
  for (const Duration delay : {Duration(1ms), Duration(40ms), Duration(100ms)}) {
    const auto came = seconds_at(2 * kMiB, delay, 7);
    // The first seconds fill the pipe.
    for (std::size_t i = 2; i < came.size(); ++i) {
      EXPECT_NEAR(came[i] / (2.0 * kMiB), 1.0, 0.05) << delay.count() << " ns, second " << i;
    }
  }
}

TEST(PeerProtocolLimits, of_a_block_a_second_makes_no_peer_look_slow) {
  const auto came = seconds_at(16 << 10, 20ms, 90);
  for (std::size_t i = 1; i + 1 < came.size(); ++i) EXPECT_NEAR(came[i], 16384.0, 16384.0);
}

}  // namespace
}  // namespace shoal::torrent::peer_protocol_limits_test
