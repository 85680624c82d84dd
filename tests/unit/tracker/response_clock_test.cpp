#include "tracker/response_clock.hpp"

#include <gmock/gmock.h>

namespace shoal::response_clock_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(ResponseClock, counts_answers_by_the_first_bound_that_they_kept) {
  ResponseClock clock;
  clock.add(1, 0ns);
  clock.add(2, 10us);
  clock.add(3, 10us + 1ns);
  clock.add(4, 3ms);
  clock.add(5, 100ms);
  clock.add(6, 100ms + 1ns);
  EXPECT_THAT(clock.times().counts, ElementsAre(3u, 3u, 0u, 0u, 0u, 4u, 0u, 5u, 6u));
}

TEST(ResponseClock, sums_the_time_of_every_answer_of_a_batch) {
  ResponseClock clock;
  clock.add(3, 20us);
  clock.add(1, 5us);
  EXPECT_EQ(clock.times().sum, 65us);
}

}  // namespace
}  // namespace shoal::response_clock_test
