#include "net/turns.hpp"

#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "support/run_awaitable.hpp"

namespace shoal::net::turns_test {
namespace {

constexpr std::size_t kMany = 50;

/// Takes turns, and notes who it is and in which round of the loop.
struct Notes {
  std::size_t round = 0;
  std::vector<std::size_t> who;
  std::vector<std::size_t> rounds;
};

asio::awaitable<void> work(Turns& turns, std::size_t me, int times, Notes& notes) {
  for (int i = 0; i < times; ++i) {
    co_await turns.mine();
    notes.who.push_back(me);
    notes.rounds.push_back(notes.round);
  }
}

asio::awaitable<void> count(asio::any_io_executor executor, Notes& notes, std::size_t until) {
  while (notes.who.size() < until) {
    ++notes.round;
    co_await asio::post(executor, asio::use_awaitable);
  }
}

TEST(Turns, come_in_order_and_a_few_in_each_round_of_the_loop) {
  asio::io_context loop;
  Turns turns(loop.get_executor());
  Notes notes;
  for (std::size_t i = 0; i < kMany; ++i) spawn(loop.get_executor(), work(turns, i, 2, notes));
  test::run(loop, count(loop.get_executor(), notes, 2 * kMany));
  for (std::size_t i = 0; i < notes.who.size(); ++i) {
    EXPECT_EQ(notes.who[i], i % kMany);
    if (i < Turns::kFew) continue;
    EXPECT_GT(notes.rounds[i], notes.rounds[i - Turns::kFew]);
  }
  EXPECT_EQ(notes.who.size(), 2 * kMany);
}

TEST(Turns, come_again_after_a_time_without_any) {
  asio::io_context loop;
  Turns turns(loop.get_executor());
  Notes notes;
  for (int i = 0; i < 3; ++i) test::run(loop, work(turns, 1, 1, notes));
  EXPECT_EQ(notes.who.size(), 3u);
}

TEST(Turns, may_be_gone_before_those_who_wait) {
  asio::io_context loop;
  Notes notes;
  {
    Turns turns(loop.get_executor());
    spawn(loop.get_executor(), work(turns, 1, 1, notes));
    loop.poll_one();
  }
  EXPECT_TRUE(test::run_until(loop, [&] { return !notes.who.empty(); }));
}

}  // namespace
}  // namespace shoal::net::turns_test
