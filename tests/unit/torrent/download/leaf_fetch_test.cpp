#include "torrent/download/leaf_fetch.hpp"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/sample_file.hpp"

namespace shoal::torrent::leaf_fetch_test {
namespace {

using namespace std::chrono_literals;
using test::SampleFile;

constexpr Time kNow{1h};
constexpr ConnectionKey kAda{1};
constexpr ConnectionKey kBob{2};

/// Four pieces of 4 blocks and one of a single short block.
class LeafFetchTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<Digest> answer(const merkle::HashRequest& request) const {
    return file_.layers().answer_below(request, file_.tree_of(PieceIndex{request.index / 4}));
  }

  const SampleFile file_{4 * 65536 + 100, 65536};
  const Bitfield all_ = file_.whole().have();
  LeafFetch fetch_{PieceSpace(file_.geometry(), file_.info().root)};
};

TEST_F(LeafFetchTest, asks_only_for_what_is_wanted_and_only_who_has_the_piece) {
  EXPECT_TRUE(fetch_.idle());
  EXPECT_FALSE(fetch_.next(kAda, all_, false, kNow));
  fetch_.want(PieceIndex{2});
  Bitfield others(5);
  for (const std::size_t piece : {0, 1, 3, 4}) others.set(piece);
  EXPECT_FALSE(fetch_.next(kAda, others, false, kNow));
  EXPECT_TRUE(fetch_.next(kAda, others, true, kNow)) << "an origin has all, shown or not";
  fetch_.gone(kAda);
  EXPECT_EQ(fetch_.next(kBob, all_, false, kNow),
            (merkle::HashRequest{file_.info().root, 0, 8, 4, 4}));
  EXPECT_FALSE(fetch_.next(kAda, all_, false, kNow)) << "Bob is at it";
}

TEST_F(LeafFetchTest, has_the_leaves_of_whole_and_of_short_pieces) {
  for (const std::uint32_t index : {0u, 4u}) {
    fetch_.want(PieceIndex{index});
    const auto request = *fetch_.next(kAda, all_, false, kNow);
    const auto answered = fetch_.answered(kAda, request, answer(request));
    EXPECT_EQ(answered.done, PieceIndex{index});
    EXPECT_EQ(answered.leaves, file_.leaves(PieceIndex{index}));
    EXPECT_TRUE(fetch_.idle());
  }
}

TEST_F(LeafFetchTest, of_a_file_of_one_piece_asks_for_no_more_than_its_tree_has) {
  const SampleFile file(5 * 16384, 262144);
  LeafFetch fetch(PieceSpace(file.geometry(), file.info().root));
  fetch.want(PieceIndex{0});
  const auto request = *fetch.next(kAda, file.whole().have(), false, kNow);
  EXPECT_EQ(request, (merkle::HashRequest{file.info().root, 0, 0, 8, 2}));
  const auto hashes = file.layers().answer_below(request, file.tree_of(PieceIndex{0}));
  EXPECT_EQ(fetch.answered(kAda, request, hashes).leaves, file.leaves(PieceIndex{0}));
}

TEST_F(LeafFetchTest, asks_for_large_pieces_in_parts) {
  const SampleFile file(2500 * 16384, 4096 * 16384);  // one piece, of which a part is there
  LeafFetch fetch(PieceSpace(file.geometry(), file.info().root));
  fetch.want(PieceIndex{0});
  std::vector<merkle::HashRequest> requests;
  for (const std::uint64_t peer : {1, 2}) {
    while (const auto request = fetch.next(ConnectionKey{peer}, file.whole().have(), false, kNow)) {
      requests.push_back(*request);
    }
  }
  ASSERT_EQ(requests.size(), 3u);
  for (const auto& request : requests) {
    EXPECT_EQ(request.length, 1024u);
    const auto hashes = file.layers().answer_below(request, file.tree_of(PieceIndex{0}));
    const auto answered = fetch.answered(kAda, request, hashes);
    EXPECT_EQ(answered.done.has_value(), request == requests.back());
    if (answered.done) {
      EXPECT_EQ(answered.leaves, file.leaves(PieceIndex{0}));
    }
  }
}

TEST_F(LeafFetchTest, finds_wrong_hashes_and_asks_somebody_else) {
  fetch_.want(PieceIndex{1});
  const auto request = *fetch_.next(kAda, all_, false, kNow);
  auto hashes = answer(request);
  hashes.back().bytes[0] ^= std::byte{1};
  EXPECT_TRUE(fetch_.answered(kAda, request, hashes).wrong);
  EXPECT_EQ(fetch_.next(kBob, all_, false, kNow), request);
}

TEST_F(LeafFetchTest, ignores_hashes_that_nobody_asked_for) {
  fetch_.want(PieceIndex{1});
  const merkle::HashRequest other{file_.info().root, 0, 0, 4, 4};
  const auto answered = fetch_.answered(kAda, other, answer(other));
  EXPECT_FALSE(answered.wrong);
  EXPECT_FALSE(answered.done);
  EXPECT_FALSE(fetch_.idle());
}

TEST_F(LeafFetchTest, is_about_few_pieces_at_a_time_and_about_none_that_is_proven) {
  for (std::uint32_t i = 0; i < 5; ++i) fetch_.want(PieceIndex{i});
  for (std::uint32_t i = 0; i < 4; ++i) fetch_.forget(PieceIndex{i});
  EXPECT_TRUE(fetch_.idle()) << "the fifth was one too many";
  fetch_.forget(PieceIndex{4});
}

TEST_F(LeafFetchTest, of_a_block_alone_there_is_nothing_to_ask) {
  const SampleFile file(100, 16384);
  LeafFetch fetch(PieceSpace(file.geometry(), file.info().root));
  fetch.want(PieceIndex{0});
  EXPECT_TRUE(fetch.idle());
}

}  // namespace
}  // namespace shoal::torrent::leaf_fetch_test
