#include "torrent/peer/chunk_pool.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace shoal::torrent::chunk_pool_test {
namespace {

using Kind = std::size_t;

class ChunkPoolTest : public testing::TestWithParam<Kind> {
 protected:
  std::shared_ptr<ChunkPool> pool = std::make_shared<ChunkPool>();
};
INSTANTIATE_TEST_SUITE_P(, ChunkPoolTest, testing::Values(ChunkPool::kSmall, ChunkPool::kLarge),
                         [](const auto& suite) {
                           return suite.param == ChunkPool::kSmall ? "small" : "large";
                         });

TEST_P(ChunkPoolTest, gives_memory_out_again_once_nobody_holds_it) {
  auto chunk = pool->take(GetParam());
  const std::byte* const at = chunk->bytes.get();
  ChunkPtr held = chunk;
  chunk.reset();
  EXPECT_NE(pool->take(GetParam())->bytes.get(), at);
  held.reset();
  EXPECT_EQ(pool->take(GetParam())->bytes.get(), at);
}

TEST_P(ChunkPoolTest, never_gives_the_same_memory_to_two) {
  std::vector<ChunkPtr> held;
  for (int round = 0; round < 3; ++round) {
    std::set<const std::byte*> places;
    for (int i = 0; i < 40; ++i) held.push_back(pool->take(GetParam()));
    for (const ChunkPtr& chunk : held) places.insert(chunk->bytes.get());
    EXPECT_EQ(places.size(), held.size());
    held.clear();
  }
}

TEST_P(ChunkPoolTest, chunks_may_outlive_it) {
  auto chunk = pool->take(GetParam());
  pool.reset();
  chunk->bytes[GetParam() - 1] = std::byte{1};
  chunk.reset();
}

TEST(ChunkPool, has_chunks_of_any_size) {
  const auto pool = std::make_shared<ChunkPool>();
  auto chunk = pool->take(1'000'000);
  EXPECT_EQ(chunk->capacity, 1'000'000u);
  chunk->bytes[999'999] = std::byte{1};
}

}  // namespace
}  // namespace shoal::torrent::chunk_pool_test
