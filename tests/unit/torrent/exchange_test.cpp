// Whole files between torrents that talk through pipes which cut the bytes anywhere.
#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/memory_swarm.hpp"
#include "support/sample_file.hpp"

namespace shoal::torrent::exchange_test {
namespace {

using namespace std::chrono_literals;
using test::MemoryNode;
using test::MemorySwarm;
using test::SampleFile;
using ::testing::Contains;
using ::testing::Each;

const std::string kBothWhole = "both sides have the whole file";

struct Size {
  std::uint64_t length;
  std::uint32_t piece_length;

  friend void PrintTo(const Size& size, std::ostream* out) {
    *out << size.length << " bytes in pieces of " << size.piece_length;
  }
};

class FileOfSize : public ::testing::TestWithParam<Size> {};

TEST_P(FileOfSize, goes_from_a_seeder_to_a_leecher) {
  const SampleFile file(GetParam().length, GetParam().piece_length);
  MemorySwarm swarm(file);
  MemoryNode& seeder = swarm.add(file.whole());
  MemoryNode& leecher = swarm.add(file.missing());
  swarm.connect(leecher, seeder);
  swarm.run();
  EXPECT_TRUE(leecher.logic.content().complete());
  EXPECT_EQ(leecher.disk, file.bytes());
  EXPECT_THAT(swarm.closings(), Each(kBothWhole));
}
INSTANTIATE_TEST_SUITE_P(Sizes, FileOfSize,
                         ::testing::Values(Size{1, 16384}, Size{16383, 16384}, Size{16384, 16384},
                                           Size{16385, 16384}, Size{65536, 65536},
                                           Size{65537, 65536}, Size{300'000, 32768},
                                           Size{1'000'000, 262144}, Size{512 * 16384, 16384},
                                           Size{513 * 16384 - 5, 16384},
                                           Size{600 * 16384 - 16383, 16384}));

TEST(Exchange, two_leechers_complete_each_other) {
  const SampleFile file(20 * 32768 + 7, 32768);
  MemorySwarm swarm(file);
  std::vector<std::uint32_t> even;
  std::vector<std::uint32_t> odd;
  for (std::uint32_t i = 0; i < file.geometry().pieces(); ++i)
    (i % 2 == 0 ? even : odd).push_back(i);
  MemoryNode& one = swarm.add(file.with(even));
  MemoryNode& other = swarm.add(file.with(odd));
  swarm.connect(one, other);
  swarm.run();
  EXPECT_EQ(one.disk, file.bytes());
  EXPECT_EQ(other.disk, file.bytes());
}

TEST(Exchange, a_newcomer_gets_the_layer_and_all_pieces_from_two_that_have_half_each) {
  const SampleFile file(600 * 16384, 16384);
  MemorySwarm swarm(file);
  std::vector<std::uint32_t> low;
  std::vector<std::uint32_t> high;
  for (std::uint32_t i = 0; i < 600; ++i) (i < 300 ? low : high).push_back(i);
  MemoryNode& one = swarm.add(file.with(low));
  MemoryNode& other = swarm.add(file.with(high));
  MemoryNode& newcomer = swarm.add(file.missing());
  swarm.connect(newcomer, one);
  swarm.connect(newcomer, other);
  swarm.run();
  EXPECT_EQ(newcomer.disk, file.bytes());
}

TEST(Exchange, passes_along_a_chain_before_the_first_leecher_is_done) {
  const SampleFile file(64 * 16384, 16384);
  MemorySwarm swarm(file);
  MemoryNode& seeder = swarm.add(file.whole());
  MemoryNode& middle = swarm.add(file.missing());
  MemoryNode& last = swarm.add(file.missing());
  swarm.connect(middle, seeder);
  swarm.connect(last, middle);
  swarm.run(30s);
  EXPECT_EQ(last.disk, file.bytes());
}

TEST(Exchange, a_whole_mesh_completes_whatever_the_order_of_events) {
  const SampleFile file(40 * 32768 - 100, 32768);
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    MemorySwarm swarm(file, seed);
    std::vector<MemoryNode*> nodes{&swarm.add(file.whole())};
    for (int i = 0; i < 4; ++i) {
      nodes.push_back(&swarm.add(file.missing()));
      for (std::size_t j = 0; j + 1 < nodes.size(); ++j) swarm.connect(*nodes.back(), *nodes[j]);
    }
    swarm.run();
    for (const MemoryNode* node : nodes) ASSERT_EQ(node->disk, file.bytes()) << "seed " << seed;
    EXPECT_THAT(swarm.closings(), Each(kBothWhole)) << "seed " << seed;
  }
}

TEST(Exchange, goes_on_with_another_seeder_when_the_first_leaves_in_the_middle) {
  const SampleFile file(100 * 16384, 16384);
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    MemorySwarm swarm(file, seed);
    MemoryNode& first = swarm.add(file.whole());
    MemoryNode& leecher = swarm.add(file.missing());
    swarm.connect(leecher, first);
    swarm.run(3ms);
    ASSERT_FALSE(leecher.logic.content().complete());
    swarm.leave(first);
    MemoryNode& second = swarm.add(file.whole());
    swarm.connect(leecher, second);
    swarm.run();
    ASSERT_EQ(leecher.disk, file.bytes()) << "seed " << seed;
  }
}

TEST(Exchange, finds_the_peer_that_lies_about_blocks_and_completes_without_it) {
  const SampleFile file(60 * 65536, 65536);
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    MemorySwarm swarm(file, seed);
    MemoryNode& honest = swarm.add(file.whole());
    MemoryNode& liar = swarm.add(file.whole());
    liar.sends_wrong_blocks = true;
    MemoryNode& leecher = swarm.add(file.missing());
    swarm.connect(leecher, liar);
    swarm.connect(leecher, honest);
    swarm.run();
    ASSERT_EQ(leecher.disk, file.bytes()) << "seed " << seed;
    EXPECT_THAT(swarm.closings(), Contains("sent wrong data")) << "seed " << seed;
    EXPECT_EQ(liar.logic.peers(), 0u);
  }
}

}  // namespace
}  // namespace shoal::torrent::exchange_test
