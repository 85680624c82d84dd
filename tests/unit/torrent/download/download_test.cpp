#include "torrent/download/download.hpp"

#include <malloc.h>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "support/sample_file.hpp"

namespace shoal::torrent::download_test {
namespace {

using test::SampleFile;

const Sender kGood{ConnectionKey{1}, {}};
const Sender kLiar{ConnectionKey{2}, {}};

class DownloadTest : public ::testing::Test {
 protected:
  /// The blocks of a piece arrive and are stored; `wrong` is the one that is not the file's.
  Download::Outcome fetch(std::uint32_t piece, std::optional<std::uint32_t> wrong = {},
                          const Sender& from_wrong = kLiar) {
    Download::Outcome last;
    for (std::uint32_t i = 0; i < file_.geometry().blocks(PieceIndex{piece}); ++i) {
      const BlockRef block{PieceIndex{piece}, i};
      const Sender& from = wrong == i ? from_wrong : kGood;
      EXPECT_FALSE(last.proven || last.failed) << "before its last block";
      EXPECT_TRUE(download_.picker().arrived(block, from.connection).accepted);
      last = download_.stored(block, wrong == i ? Digest{} : file_.leaf(block), from);
    }
    return last;
  }

  SampleFile file_{5 * 65536 + 100, 65536};
  Content content_ = file_.with({});
  Download download_{content_, 1};
};

TEST_F(DownloadTest, asks_for_the_layer_only_where_it_is_not_known) {
  EXPECT_TRUE(download_.layers_fetch().done());
  const Bitfield all = file_.whole().have();
  EXPECT_EQ(download_.layers_fetch().next(ConnectionKey{1}, all, Time{}), std::nullopt);
  Content missing = file_.missing();
  Download other(missing, 1);
  EXPECT_FALSE(other.layers_fetch().done());
  EXPECT_NE(other.layers_fetch().next(ConnectionKey{1}, all, Time{}), std::nullopt);
}

TEST(DownloadOfAClaim, takes_no_memory_for_its_pieces_before_its_layer_is_proven) {
  const FileInfo claim{"claim", std::uint64_t{kMaxPieces} * kMinPieceLength, kMinPieceLength, {}};
  const Geometry geometry = *Geometry::make(claim.length, claim.piece_length);
  const auto held = [] {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  const std::size_t before = held();
  Content content(claim, geometry);
  Download download(content, 1);
  EXPECT_FALSE(download.picks());
  EXPECT_LT(held() - before, 2 << 20) << "a bit for each piece, and what is asked for";
}

TEST_F(DownloadTest, proves_a_piece_with_its_last_block_and_not_before) {
  const Download::Outcome outcome = fetch(0);
  EXPECT_TRUE(outcome.proven);
  EXPECT_FALSE(outcome.failed);
  EXPECT_TRUE(outcome.guilty.empty());
  EXPECT_TRUE(content_.has(PieceIndex{0}));
  EXPECT_EQ(content_.bytes(), 65536u);
}

TEST_F(DownloadTest, proves_the_short_last_piece) {
  EXPECT_TRUE(fetch(5).proven);
  EXPECT_EQ(content_.bytes(), 100u);
}

TEST_F(DownloadTest, does_not_count_a_wrong_piece_and_fetches_it_again) {
  const Download::Outcome outcome = fetch(1, 2);
  EXPECT_TRUE(outcome.failed);
  EXPECT_FALSE(outcome.proven);
  EXPECT_FALSE(content_.has(PieceIndex{1}));
  Bitfield all(file_.geometry().pieces());
  all.set_all();
  EXPECT_TRUE(download_.picker().wants_from(all));
  EXPECT_TRUE(fetch(1).proven);
}

TEST_F(DownloadTest, finds_the_liar_of_several_senders_once_the_piece_is_proven) {
  EXPECT_TRUE(fetch(1, 2).guilty.empty());
  EXPECT_EQ(fetch(1).guilty, std::vector{kLiar});
}

TEST_F(DownloadTest, convicts_the_only_sender_of_a_wrong_piece_at_once) {
  EXPECT_EQ(fetch(1, 2, kGood).guilty, std::vector{kGood});
}

TEST_F(DownloadTest, tells_whether_one_sender_sent_all_of_a_piece) {
  EXPECT_TRUE(fetch(0).from_one);
  EXPECT_FALSE(fetch(1, 2).from_one);
  EXPECT_TRUE(fetch(1, 2, kGood).from_one);
}

TEST_F(DownloadTest, counts_what_the_disk_held_and_asks_for_the_rest_only) {
  for (std::uint32_t i = 0; i < 5; ++i) download_.found_on_disk(PieceIndex{i});
  EXPECT_EQ(content_.bytes(), 5 * 65536u);
  Bitfield without_last(file_.geometry().pieces());
  for (std::uint32_t i = 0; i < 5; ++i) without_last.set(i);
  EXPECT_FALSE(download_.picker().wants_from(without_last));
  EXPECT_TRUE(fetch(5).proven);
  EXPECT_TRUE(content_.complete());
}

TEST_F(DownloadTest, fetches_again_what_was_lost) {
  for (std::uint32_t i = 0; i < 6; ++i) download_.found_on_disk(PieceIndex{i});
  ASSERT_TRUE(content_.complete());
  download_.lost(PieceIndex{2});
  EXPECT_EQ(content_.bytes(), 4 * 65536u + 100u);
  Bitfield only(file_.geometry().pieces());
  only.set(2);
  EXPECT_TRUE(download_.picker().wants_from(only));
  EXPECT_TRUE(fetch(2).proven);
  EXPECT_TRUE(content_.complete());
}

TEST_F(DownloadTest, doubts_every_whole_piece_and_once) {
  download_.start();
  EXPECT_TRUE(fetch(4).proven);
  EXPECT_TRUE(fetch(1).proven);
  EXPECT_FALSE(download_.doubts());
  download_.doubt();
  EXPECT_TRUE(download_.doubts());
  EXPECT_EQ(download_.take_doubt(), PieceIndex{1});
  EXPECT_EQ(download_.take_doubt(), PieceIndex{4});
  EXPECT_EQ(download_.take_doubt(), std::nullopt);
  EXPECT_FALSE(download_.doubts());
  EXPECT_TRUE(fetch(0).proven);
  EXPECT_FALSE(download_.doubts()) << "nothing of it was there at that time";
}

TEST_F(DownloadTest, doubts_a_piece_of_which_a_part_was_there_once_it_is_whole) {
  download_.start();
  const BlockRef first{PieceIndex{3}, 0};
  ASSERT_TRUE(download_.picker().arrived(first, kGood.connection).accepted);
  download_.doubt();  // its block is on its way to the disk, or there
  static_cast<void>(download_.stored(first, file_.leaf(first), kGood));
  EXPECT_FALSE(download_.doubts());
  for (std::uint32_t i = 1; i < file_.geometry().blocks(PieceIndex{3}); ++i) {
    const BlockRef block{PieceIndex{3}, i};
    ASSERT_TRUE(download_.picker().arrived(block, kGood.connection).accepted);
    static_cast<void>(download_.stored(block, file_.leaf(block), kGood));
  }
  EXPECT_EQ(download_.take_doubt(), PieceIndex{3});
}

TEST_F(DownloadTest, doubts_before_its_start_what_is_found_on_the_disk_afterwards) {
  download_.doubt();
  EXPECT_FALSE(download_.doubts());
  download_.found_on_disk(PieceIndex{5});
  EXPECT_EQ(download_.take_doubt(), PieceIndex{5});
}

TEST_F(DownloadTest, goes_round_when_doubts_arise_while_others_are_being_cleared) {
  download_.start();
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_TRUE(fetch(i).proven);
  download_.doubt();
  EXPECT_EQ(download_.take_doubt(), PieceIndex{0});
  EXPECT_EQ(download_.take_doubt(), PieceIndex{1});
  download_.doubt();
  std::vector<PieceIndex> rest;
  while (const auto piece = download_.take_doubt()) rest.push_back(*piece);
  EXPECT_EQ(rest, (std::vector{PieceIndex{2}, PieceIndex{0}, PieceIndex{1}}));
}

TEST_F(DownloadTest, is_not_ready_before_it_is_started) {
  EXPECT_FALSE(download_.ready());
  download_.start();
  EXPECT_TRUE(download_.ready());
}

TEST(Download, proves_a_file_of_one_block_against_its_root) {
  for (const std::uint64_t length : {1u, 16383u, 16384u}) {
    const SampleFile file(length, 16384);
    Content content = file.missing();
    Download download(content, 1);
    ASSERT_TRUE(download.layers_fetch().done());
    const BlockRef block{PieceIndex{0}, 0};
    ASSERT_TRUE(download.picker().arrived(block, kGood.connection).accepted);
    EXPECT_TRUE(download.stored(block, file.leaf(block), kGood).proven) << length;
    EXPECT_TRUE(content.complete());
  }
}

TEST_F(DownloadTest, finds_the_liar_by_leaf_hashes_though_the_piece_is_not_proven) {
  EXPECT_TRUE(download_.leaf_fetch().idle());
  EXPECT_TRUE(fetch(1, 2).guilty.empty());
  const ConnectionKey peer{7};
  const auto request = download_.leaf_fetch().next(peer, file_.whole().have(), false, Time{});
  ASSERT_TRUE(request);
  EXPECT_EQ(*request, (merkle::HashRequest{file_.info().root, 0, 4, 4, 4}));
  const auto leaves = file_.layers().answer_below(*request, file_.tree_of(PieceIndex{1}));
  EXPECT_EQ(download_.leaves_came(peer, *request, leaves), std::vector{kLiar});
  EXPECT_TRUE(download_.leaf_fetch().idle());
  EXPECT_TRUE(fetch(1).guilty.empty()) << "found guilty once";
}

TEST_F(DownloadTest, wants_no_leaf_hashes_of_a_piece_that_one_peer_sent_or_that_is_proven) {
  for (std::uint32_t i = 0; i < 4; ++i) {
    const BlockRef block{PieceIndex{0}, i};
    ASSERT_TRUE(download_.picker().arrived(block, kLiar.connection).accepted);
    static_cast<void>(download_.stored(block, Digest{}, kLiar));
  }
  EXPECT_TRUE(download_.leaf_fetch().idle());
  EXPECT_TRUE(fetch(1, 2).guilty.empty());
  EXPECT_FALSE(download_.leaf_fetch().idle());
  EXPECT_EQ(fetch(1).guilty, std::vector{kLiar});
  EXPECT_TRUE(download_.leaf_fetch().idle());
}

TEST_F(DownloadTest, takes_no_leaf_hashes_that_do_not_lead_to_the_root) {
  EXPECT_TRUE(fetch(1, 2).guilty.empty());
  const ConnectionKey peer{7};
  const auto request = download_.leaf_fetch().next(peer, file_.whole().have(), false, Time{});
  auto leaves = file_.layers().answer_below(*request, file_.tree_of(PieceIndex{1}));
  leaves.front().bytes[0] ^= std::byte{1};
  EXPECT_EQ(download_.leaves_came(peer, *request, leaves).error().code, Errc::unprovable);
  EXPECT_TRUE(download_.leaf_fetch().next(peer, file_.whole().have(), false, Time{}))
      << "asked for again";
}

// Two peers of equal speed with few requests under way: each has a hand in every piece, so none
// would ever fold, and nobody would ever be found guilty.
TEST(DownloadFromTwo, finds_a_liar_that_has_a_hand_in_every_piece) {
  const SampleFile file(3 << 20, 1 << 20);
  Content content = file.with({});
  Download download(content, 1);
  const Bitfield all = file.whole().have();
  for (int i = 0; i < 2; ++i) download.picker().peer_has_all();
  std::vector<Sender> guilty;
  std::size_t blocks = 0;
  for (; !content.complete() && blocks < 10 * file.geometry().blocks(); ++blocks) {
    const Sender& from = guilty.empty() && blocks % 2 == 0 ? kLiar : kGood;
    std::vector<BlockRef> asked;
    download.picker().pick({from.connection, all, 0}, 1, Time{}, asked);
    ASSERT_EQ(asked.size(), 1u);
    ASSERT_TRUE(download.picker().arrived(asked[0], from.connection).accepted);
    const Digest leaf = from == kLiar ? Digest{} : file.leaf(asked[0]);
    const auto found = download.stored(asked[0], leaf, from).guilty;
    guilty.insert(guilty.end(), found.begin(), found.end());
    const auto request = download.leaf_fetch().next(kGood.connection, all, false, Time{});
    if (!request) continue;
    const PieceIndex piece{request->index / file.geometry().blocks_per_piece()};
    const auto hashes = file.layers().answer_below(*request, file.tree_of(piece));
    const auto told = download.leaves_came(kGood.connection, *request, hashes);
    guilty.insert(guilty.end(), told->begin(), told->end());
  }
  EXPECT_EQ(guilty, std::vector{kLiar});
  EXPECT_TRUE(content.complete());
  EXPECT_LE(blocks, file.geometry().blocks() + file.geometry().blocks_per_piece());
}

TEST_F(DownloadTest, fetches_what_is_missing_while_the_rest_of_the_disk_is_looked_at) {
  download_.begin_check();
  EXPECT_TRUE(download_.ready());
  download_.judged(PieceIndex{0}, true);
  download_.judged(PieceIndex{1}, false);
  EXPECT_EQ(content_.bytes(), 65536u);
  EXPECT_TRUE(fetch(1).proven);
  download_.judged(PieceIndex{2}, true);
  EXPECT_EQ(content_.bytes(), 3 * 65536u);
}

}  // namespace
}  // namespace shoal::torrent::download_test
