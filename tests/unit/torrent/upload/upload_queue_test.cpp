#include "torrent/upload/upload_queue.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace shoal::torrent::upload_queue_test {
namespace {

using wire::BlockRange;

BlockRange range(std::uint32_t number) {
  return {number, 0, 16384};
}

TEST(UploadQueue, hands_out_requests_in_the_order_they_came) {
  UploadQueue queue;
  for (const std::uint32_t i : {3u, 1u, 2u}) ASSERT_TRUE(queue.push(range(i)));
  std::vector<BlockRange> taken;
  queue.take(2, taken);
  queue.take(2, taken);
  EXPECT_EQ(taken, (std::vector{range(3), range(1), range(2)}));
  EXPECT_TRUE(queue.empty());
}

TEST(UploadQueue, appends_to_what_was_taken_before_and_takes_nothing_when_empty) {
  UploadQueue queue;
  std::vector taken{range(9)};
  queue.take(5, taken);
  EXPECT_EQ(taken.size(), 1u);
  ASSERT_TRUE(queue.push(range(1)));
  queue.take(0, taken);
  EXPECT_EQ(queue.size(), 1u);
  queue.take(1, taken);
  EXPECT_EQ(taken, (std::vector{range(9), range(1)}));
}

TEST(UploadQueue, refuses_what_is_beyond_its_announced_capacity) {
  UploadQueue queue;
  for (std::uint32_t i = 0; i < UploadQueue::kCapacity; ++i) ASSERT_TRUE(queue.push(range(i)));
  EXPECT_FALSE(queue.push(range(UploadQueue::kCapacity)));
  EXPECT_EQ(queue.size(), UploadQueue::kCapacity);
  EXPECT_TRUE(queue.cancel(range(7)));
  EXPECT_TRUE(queue.push(range(UploadQueue::kCapacity)));
}

TEST(UploadQueue, cancels_exactly_the_request_that_is_named) {
  UploadQueue queue;
  ASSERT_TRUE(queue.push({1, 0, 16384}));
  ASSERT_TRUE(queue.push({1, 16384, 16384}));
  EXPECT_FALSE(queue.cancel({1, 0, 100}));
  EXPECT_FALSE(queue.cancel({2, 0, 16384}));
  EXPECT_TRUE(queue.cancel({1, 0, 16384}));
  EXPECT_FALSE(queue.cancel({1, 0, 16384}));
  std::vector<BlockRange> taken;
  queue.take(10, taken);
  EXPECT_EQ(taken, (std::vector<BlockRange>{{1, 16384, 16384}}));
}

TEST(UploadQueue, refuses_what_it_has_already_so_that_no_flood_makes_it_search) {
  UploadQueue queue;
  ASSERT_TRUE(queue.push(range(1)));
  EXPECT_FALSE(queue.push(range(1)));
  EXPECT_TRUE(queue.cancel(range(1)));
  EXPECT_TRUE(queue.push(range(1)));
}

TEST(UploadQueue, agrees_with_a_plain_list_whatever_is_asked_for_cancelled_and_sent) {
  std::mt19937 generator(7);
  const auto random = [&] { return static_cast<std::uint32_t>(generator()); };
  UploadQueue queue;
  std::vector<BlockRange> model;
  for (int step = 0; step < 20'000; ++step) {
    const BlockRange one{random() % 40, (random() % 8) * 16384, 16384};
    const auto choice = random() % 100;
    if (choice < 55) {
      const bool fits =
          model.size() < UploadQueue::kCapacity && std::ranges::count(model, one) == 0;
      ASSERT_EQ(queue.push(one), fits);
      if (fits) model.push_back(one);
    } else if (choice < 90) {
      ASSERT_EQ(queue.cancel(one), std::erase(model, one) > 0);
    } else if (choice < 98) {
      std::vector<BlockRange> taken;
      const std::size_t most = random() % 4;
      queue.take(most, taken);
      ASSERT_EQ(taken, std::vector(model.begin(),
                                   model.begin() +
                                       static_cast<std::ptrdiff_t>(std::min(most, model.size()))));
      model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(taken.size()));
    } else {
      std::vector<BlockRange> taken;
      queue.take_piece(one.piece, taken);
      std::vector<BlockRange> expected;
      std::ranges::copy_if(model, std::back_inserter(expected),
                           [&](const BlockRange& range) { return range.piece == one.piece; });
      ASSERT_EQ(taken, expected);
      std::erase_if(model, [&](const BlockRange& range) { return range.piece == one.piece; });
    }
    ASSERT_EQ(queue.size(), model.size());
  }
}

TEST(UploadQueue, keeps_nothing_of_what_was_cancelled_behind_one_that_waits) {
  UploadQueue queue;
  ASSERT_TRUE(queue.push(range(0)));
  for (std::uint32_t i = 1; i < 100'000; ++i) {
    ASSERT_TRUE(queue.push(range(i)));
    ASSERT_TRUE(queue.cancel(range(i)));
  }
  std::vector<BlockRange> taken;
  queue.take(10, taken);
  EXPECT_EQ(taken, std::vector{range(0)});
}

}  // namespace
}  // namespace shoal::torrent::upload_queue_test
