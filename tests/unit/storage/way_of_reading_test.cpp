#include "storage/way_of_reading.hpp"

#include <gtest/gtest.h>

namespace shoal::storage::way_of_reading_test {
namespace {

using std::chrono::nanoseconds;
using Way = WayOfReading::Way;

/// All turns that count, each of them taking what `time(way, nth)` says.
template <class Time>
void try_both(WayOfReading& ways, Time time) {
  for (int turn = 0; turn < 6; ++turn) {
    const auto next = ways.next();
    ASSERT_TRUE(next.counts);
    ASSERT_EQ(next.way, turn % 2 == 0 ? Way::read : Way::map);
    ways.took(next.way, nanoseconds(time(next.way, turn)));
  }
}

TEST(WayOfReading, keeps_to_the_one_that_took_less_after_a_few_turns_of_both) {
  for (const Way better : {Way::read, Way::map}) {
    WayOfReading ways;
    try_both(ways, [&](Way way, int) { return way == better ? 100 : 120; });
    for (int turn = 0; turn < 100; ++turn) {
      EXPECT_EQ(ways.next().way, better);
      EXPECT_FALSE(ways.next().counts);
    }
  }
}

TEST(WayOfReading, reads_where_there_is_hardly_a_difference) {
  WayOfReading ways;
  try_both(ways, [](Way way, int) { return way == Way::map ? 100 : 105; });
  EXPECT_EQ(ways.next().way, Way::read);
}

TEST(WayOfReading, is_not_misled_by_a_turn_that_something_held_up) {
  WayOfReading ways;
  try_both(ways, [](Way way, int turn) { return turn == 1 ? 100'000 : way == Way::map ? 10 : 20; });
  EXPECT_EQ(ways.next().way, Way::map);
}

TEST(WayOfReading, reads_where_nothing_could_be_mapped) {
  WayOfReading ways;
  for (int turn = 0; turn < 6; ++turn) {
    if (ways.next().way == Way::read) ways.took(Way::read, nanoseconds(1'000'000));
  }
  EXPECT_EQ(ways.next().way, Way::read);
}

}  // namespace
}  // namespace shoal::storage::way_of_reading_test
