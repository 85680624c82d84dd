#include "session/throttle.hpp"

#include <map>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include "metainfo/geometry.hpp"

namespace shoal::session::throttle_test {
namespace {

using namespace std::chrono_literals;
using torrent::ConnectionKey;
using torrent::SwarmKey;

constexpr ConnectionKey kAda{1};
constexpr ConnectionKey kBob{2};
constexpr SwarmKey kFile{1};
constexpr SwarmKey kOther{2};

class ThrottleTest : public ::testing::Test {
 protected:
  /// A turn that moves so many bytes and is counted.
  Throttle::Turn moves(std::uint64_t bytes) {
    return [this, bytes](std::uint64_t, Time) {
      ++turns_;
      return bytes;
    };
  }

  asio::io_context loop_;
  Throttle throttle_{loop_.get_executor()};
  int turns_ = 0;
};

TEST_F(ThrottleTest, without_a_limit_everybody_has_a_turn_at_once) {
  EXPECT_FALSE(throttle_.limited());
  for (int i = 0; i < 3; ++i) throttle_.wait(kAda, kFile, moves(1 << 30));
  EXPECT_EQ(turns_, 3);
  EXPECT_EQ(loop_.run(), 0u) << "no timer runs";
}

TEST_F(ThrottleTest, has_the_next_turn_when_the_one_before_is_paid_for) {
  throttle_.set_rate(1 << 20);
  throttle_.wait(kAda, kFile, moves(1 << 17));
  EXPECT_EQ(turns_, 1);
  const auto begin = Clock::now();
  throttle_.wait(kAda, kFile, moves(1 << 17));
  EXPECT_EQ(turns_, 1);
  EXPECT_TRUE(throttle_.waits(kAda));
  loop_.run_for(1min);
  EXPECT_EQ(turns_, 2);
  EXPECT_GE(Clock::now() - begin, 50ms);
}

TEST_F(ThrottleTest, what_is_given_back_lets_others_move_at_once) {
  throttle_.set_rate(kBlockLength);
  const std::uint64_t an_hour = 3600ull * kBlockLength;
  throttle_.wait(kAda, kFile, moves(an_hour));
  throttle_.wait(kBob, kFile, moves(kBlockLength));
  EXPECT_EQ(turns_, 1);
  throttle_.give_back(an_hour);
  EXPECT_EQ(turns_, 1) << "not while somebody gives back";
  loop_.run_for(1min);
  EXPECT_EQ(turns_, 2);
}

TEST_F(ThrottleTest, a_lifted_limit_lets_everybody_move_at_once) {
  throttle_.set_rate(1);
  throttle_.wait(kAda, kFile, moves(1 << 20));
  throttle_.wait(kBob, kFile, moves(1));
  EXPECT_EQ(turns_, 1);
  throttle_.set_rate(0);
  EXPECT_EQ(turns_, 2);
}

TEST_F(ThrottleTest, gives_files_equal_shares_however_many_peers_each_has) {
  throttle_.set_rate(8 << 20);
  std::map<SwarmKey, int> shares;
  int left = 30;
  const std::function<void(ConnectionKey, SwarmKey)> again = [&](ConnectionKey who, SwarmKey file) {
    throttle_.wait(who, file, [&, who, file](std::uint64_t bytes, Time) {
      if (--left < 0) return std::uint64_t{0};
      ++shares[file];
      again(who, file);
      return bytes;
    });
  };
  again(ConnectionKey{1}, kFile);
  for (const std::uint64_t key : {2, 3, 4}) again(ConnectionKey{key}, kOther);
  loop_.run_for(1min);
  EXPECT_NEAR(shares[kFile], shares[kOther], 2);
}

TEST_F(ThrottleTest, who_leaves_has_no_turn) {
  throttle_.set_rate(1 << 20);
  throttle_.wait(kAda, kFile, moves(1 << 16));
  throttle_.wait(kBob, kFile, moves(1 << 16));
  throttle_.leave(kBob);
  loop_.run_for(1min);
  EXPECT_EQ(turns_, 1);
}

}  // namespace
}  // namespace shoal::session::throttle_test
