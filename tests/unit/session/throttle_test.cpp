#include "session/throttle.hpp"

#include <functional>
#include <map>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include "metainfo/geometry.hpp"

namespace shoal::session::throttle_test {
namespace {

using namespace std::chrono_literals;
using torrent::ConnectionKey;
using torrent::RateLimiter;
using torrent::SwarmKey;

constexpr ConnectionKey kAda{1};
constexpr ConnectionKey kBob{2};
constexpr SwarmKey kFile{1};
constexpr SwarmKey kOther{2};

class ThrottleTest : public ::testing::Test {
 protected:
  /// `who` lines up, and moves so many bytes when it is its turn.
  void lines_up(ConnectionKey who, std::uint64_t bytes, SwarmKey file = kFile) {
    moves_[who] = bytes;
    limiter_.line_up(who, file);
    throttle_.serve();
  }

  asio::io_context loop_;
  RateLimiter limiter_;
  Throttle throttle_{loop_.get_executor(), limiter_, [this](const RateLimiter::Turn& turn, Time) {
                       ++turns_;
                       return on_turn_ ? on_turn_(turn) : moves_.at(turn.who);
                     }};
  std::map<ConnectionKey, std::uint64_t> moves_;
  std::function<std::uint64_t(const RateLimiter::Turn&)> on_turn_;
  int turns_ = 0;
};

TEST_F(ThrottleTest, without_a_limit_everybody_has_a_turn_at_once) {
  for (int i = 0; i < 3; ++i) lines_up(kAda, 1 << 30);
  EXPECT_EQ(turns_, 3);
  EXPECT_EQ(loop_.run(), 0u) << "no timer runs";
}

TEST_F(ThrottleTest, has_the_next_turn_when_the_one_before_is_paid_for) {
  throttle_.set_rate(1 << 20);
  lines_up(kAda, 1 << 17);
  EXPECT_EQ(turns_, 1);
  const auto begin = Clock::now();
  lines_up(kAda, 1 << 17);
  EXPECT_EQ(turns_, 1);
  EXPECT_TRUE(limiter_.waits(kAda));
  loop_.run_for(1min);
  EXPECT_EQ(turns_, 2);
  EXPECT_GE(Clock::now() - begin, 50ms);
}

TEST_F(ThrottleTest, what_is_given_back_lets_others_move_at_once) {
  throttle_.set_rate(kBlockLength);
  const std::uint64_t an_hour = 3600ull * kBlockLength;
  lines_up(kAda, an_hour);
  lines_up(kBob, kBlockLength);
  EXPECT_EQ(turns_, 1);
  limiter_.give_back(an_hour);
  throttle_.serve();
  EXPECT_EQ(turns_, 2);
}

TEST_F(ThrottleTest, a_lifted_limit_lets_everybody_move_at_once) {
  throttle_.set_rate(1);
  lines_up(kAda, 1 << 20);
  lines_up(kBob, 1);
  EXPECT_EQ(turns_, 1);
  throttle_.set_rate(0);
  EXPECT_EQ(turns_, 2);
}

TEST_F(ThrottleTest, who_lines_up_again_in_its_turn_has_the_next_one_in_its_turn) {
  int left = 3;
  on_turn_ = [&](const RateLimiter::Turn& turn) {
    if (--left > 0) {
      limiter_.line_up(turn.who, turn.file);
      throttle_.serve();  // as whoever has its turn does
    }
    return std::uint64_t{1};
  };
  lines_up(kAda, 0);
  EXPECT_EQ(turns_, 3);
}

TEST_F(ThrottleTest, gives_files_equal_shares_however_many_peers_each_has) {
  throttle_.set_rate(8 << 20);
  std::map<SwarmKey, int> shares;
  int left = 30;
  on_turn_ = [&](const RateLimiter::Turn& turn) {
    if (--left < 0) return std::uint64_t{0};
    ++shares[turn.file];
    limiter_.line_up(turn.who, turn.file);
    return turn.bytes;
  };
  for (const std::uint64_t key : {2, 3, 4}) limiter_.line_up(ConnectionKey{key}, kOther);
  lines_up(kAda, 0);
  loop_.run_for(1min);
  EXPECT_NEAR(shares[kFile], shares[kOther], 2);
}

TEST_F(ThrottleTest, who_leaves_has_no_turn) {
  throttle_.set_rate(1 << 20);
  lines_up(kAda, 1 << 16);
  lines_up(kBob, 1 << 16);
  limiter_.step_out(kBob);
  loop_.run_for(1min);
  EXPECT_EQ(turns_, 1);
}

}  // namespace
}  // namespace shoal::session::throttle_test
