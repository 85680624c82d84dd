#include "swarm/peer_limits.hpp"

#include <gtest/gtest.h>

namespace shoal::swarm {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1h};

void receive(RequestBudget& budget, std::size_t blocks, Time now) {
  for (std::size_t i = 0; i < blocks; ++i) budget.on_received(now);
}

TEST(RequestBudget, has_a_floor_while_the_rate_is_unknown) {
  const RequestBudget budget;
  EXPECT_EQ(budget.limit(kStart), RequestBudget::kFloor);
  EXPECT_EQ(budget.room(0, RequestBudget::kFloor - 3, kStart), 3u);
}

TEST(RequestBudget, is_half_of_the_best_second) {
  RequestBudget budget;
  receive(budget, 3000, kStart);
  receive(budget, 1000, kStart + 1s);
  EXPECT_EQ(budget.limit(kStart + 1s), 1500u);
}

TEST(RequestBudget, forgets_a_second_after_ten) {
  RequestBudget budget;
  receive(budget, 3000, kStart);
  EXPECT_EQ(budget.limit(kStart + 9s), 1500u);
  EXPECT_EQ(budget.limit(kStart + 10s), RequestBudget::kFloor);
  receive(budget, 1000, kStart + 10s);
  EXPECT_EQ(budget.limit(kStart + 10s), 500u);
}

TEST(RequestBudget, always_allows_two_blocks_a_connection) {
  const RequestBudget budget;
  EXPECT_EQ(budget.room(0, 100'000, kStart), 2u);
  EXPECT_EQ(budget.room(1, 100'000, kStart), 1u);
  EXPECT_EQ(budget.room(2, 100'000, kStart), 0u);
}

}  // namespace
}  // namespace shoal::swarm
