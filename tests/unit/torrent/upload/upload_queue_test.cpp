#include "torrent/upload/upload_queue.hpp"

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
  EXPECT_FALSE(queue.push(range(0)));
  EXPECT_EQ(queue.size(), UploadQueue::kCapacity);
  EXPECT_TRUE(queue.cancel(range(7)));
  EXPECT_TRUE(queue.push(range(0)));
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

TEST(UploadQueue, cancels_one_of_two_equal_requests) {
  UploadQueue queue;
  ASSERT_TRUE(queue.push(range(1)));
  ASSERT_TRUE(queue.push(range(1)));
  EXPECT_TRUE(queue.cancel(range(1)));
  EXPECT_EQ(queue.size(), 1u);
}

}  // namespace
}  // namespace shoal::torrent::upload_queue_test
