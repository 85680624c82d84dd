#include "torrent/line_watch.hpp"

#include <gtest/gtest.h>

namespace shoal::torrent::line_watch_test {
namespace {

using namespace std::chrono_literals;

constexpr ConnectionKey kA{1};
constexpr ConnectionKey kB{2};

/// A second in which that many bytes come from two peers.
struct Seconds {
  LineWatch watch;
  Time now{std::chrono::hours(1)};

  bool pass(std::uint64_t a, std::uint64_t b) {
    if (a > 0) watch.came(kA, a, now + 100ms);
    if (b > 0) watch.came(kB, b, now + 200ms);
    now += 1s;
    return watch.is_full(now);
  }
};

TEST(LineWatch, says_nothing_of_a_single_peer) {
  Seconds line;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(line.pass(1000, 0));
}

TEST(LineWatch, takes_peers_that_send_all_they_ever_sent_for_what_holds) {
  Seconds line;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(line.pass(1000 + i % 3 * 20, 1000));
}

TEST(LineWatch, takes_a_second_peer_that_brings_nothing_more_for_a_full_line) {
  Seconds line;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(line.pass(1000, 0));
  EXPECT_TRUE(line.pass(500, 500));
  EXPECT_TRUE(line.pass(600, 400));
}

TEST(LineWatch, is_not_full_when_less_comes_than_it_has_carried) {
  Seconds line;
  for (int i = 0; i < 3; ++i) line.pass(1000, 0);
  EXPECT_FALSE(line.pass(400, 300)) << "others take from the peers";
}

TEST(LineWatch, forgets_who_has_left) {
  Seconds line;
  for (int i = 0; i < 3; ++i) line.pass(1000, 0);
  line.watch.left(kA);
  EXPECT_FALSE(line.pass(0, 1000));
}

TEST(LineWatch, says_nothing_after_a_pause) {
  Seconds line;
  for (int i = 0; i < 3; ++i) line.pass(1000, 0);
  ASSERT_TRUE(line.pass(500, 500));
  line.now += 5s;
  EXPECT_FALSE(line.watch.is_full(line.now));
}

}  // namespace
}  // namespace shoal::torrent::line_watch_test
