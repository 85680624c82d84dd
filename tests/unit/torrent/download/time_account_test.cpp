#include "torrent/download/time_account.hpp"

#include <gtest/gtest.h>

namespace shoal::torrent::time_account_test {
namespace {

using namespace std::chrono_literals;

constexpr Time kBegin{std::chrono::hours(1)};

Duration of(const HeldTimes& times, HeldCause cause) {
  return times[static_cast<std::size_t>(cause)];
}

TEST(TimeAccount, is_empty_until_something_is_told) {
  const TimeAccount account;
  EXPECT_EQ(account.times(kBegin), HeldTimes{});
  EXPECT_FALSE(parts_of(account.times(kBegin)).known());
}

TEST(TimeAccount, gives_the_time_until_the_next_cause_to_the_one_before) {
  TimeAccount account;
  account.goes_on(HeldCause::no_peers, kBegin);
  account.goes_on(HeldCause::peers, kBegin + 1s);
  account.goes_on(HeldCause::peers, kBegin + 2s);
  account.goes_on(HeldCause::own_limit, kBegin + 4s);
  const HeldTimes times = account.times(kBegin + 10s);
  EXPECT_EQ(of(times, HeldCause::no_peers), 1s);
  EXPECT_EQ(of(times, HeldCause::peers), 3s);
  EXPECT_EQ(of(times, HeldCause::own_limit), 6s);
  const HeldBy held = parts_of(times);
  EXPECT_DOUBLE_EQ(held.of(HeldCause::no_peers), 0.1);
  EXPECT_DOUBLE_EQ(held.of(HeldCause::peers), 0.3);
  EXPECT_DOUBLE_EQ(held.of(HeldCause::own_limit), 0.6);
}

TEST(TimeAccount, divides_the_time_of_a_worker_by_what_it_does) {
  TimeAccount account;
  account.goes_on_storing(kBegin);
  EXPECT_EQ(of(account.times(kBegin + 4s), HeldCause::disk), 4s) << "nothing is known yet";
  account.stored(30ms, 10ms);
  EXPECT_EQ(of(account.times(kBegin + 4s), HeldCause::hashing), 3s);
  EXPECT_EQ(of(account.times(kBegin + 4s), HeldCause::disk), 1s);
}

TEST(TimeAccount, counts_nothing_after_the_end) {
  TimeAccount account;
  account.goes_on(HeldCause::disk, kBegin);
  account.stops(kBegin + 1s);
  EXPECT_EQ(of(account.times(kBegin + 9s), HeldCause::disk), 1s);
  account.goes_on(HeldCause::disk, kBegin + 10s);
  account.stopped();
  EXPECT_EQ(of(account.times(kBegin + 20s), HeldCause::disk), 1s);
}

TEST(TimeAccount, tells_of_a_stretch_of_time_between_two_looks) {
  TimeAccount account;
  account.goes_on(HeldCause::no_peers, kBegin);
  const HeldTimes before = account.times(kBegin + 5s);
  account.goes_on(HeldCause::sources, kBegin + 5s);
  const HeldBy held = parts_of(account.times(kBegin + 6s), before);
  EXPECT_DOUBLE_EQ(held.of(HeldCause::sources), 1);
  EXPECT_DOUBLE_EQ(held.of(HeldCause::no_peers), 0);
}

}  // namespace
}  // namespace shoal::torrent::time_account_test
