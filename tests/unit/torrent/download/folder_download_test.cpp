// A folder on its way in: which of its pieces are asked for.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "support/sample_folder.hpp"
#include "torrent/download/download.hpp"

namespace shoal::test::folder_download_test {
namespace {

using torrent::ConnectionKey;
using torrent::Content;
using torrent::Download;

constexpr ConnectionKey kPeer{1};

SampleFolder mixed() {
  return {32768, {{"a", 70'000}, {"b", 10}, {"c", 70'000}, {"d", 65'536}, {"e", 0}}};
}

/// Has a peer with everything asked until nothing more is; the pieces that were.
std::set<std::uint32_t> fetches(SampleFolder& folder, Content& content, Download& download) {
  download.start();
  Bitfield all(content.space().pieces());
  all.set_all();
  download.picker().peer_has_all();
  std::set<std::uint32_t> pieces;
  for (std::vector<BlockRef> asked;; asked.clear()) {
    download.picker().pick({.key = kPeer, .pieces = all, .outstanding = 0}, 8, Time{}, asked);
    if (asked.empty()) return pieces;
    for (const BlockRef block : asked) {
      pieces.insert(value(block.piece));
      EXPECT_TRUE(download.picker().arrived(block, kPeer).accepted);
      const auto outcome = download.stored(block, folder.leaf(block), {kPeer, {}});
      EXPECT_FALSE(outcome.failed) << value(block.piece);
    }
  }
}

TEST(FolderDownload, asks_for_every_piece_of_every_file_and_proves_it) {
  SampleFolder folder = mixed();
  Content content = folder.with_layers();
  Download download(content, 1);
  EXPECT_EQ(fetches(folder, content, download).size(), 9u);
  EXPECT_TRUE(content.whole());
}

TEST(FolderDownload, asks_for_nothing_that_is_not_wanted) {
  SampleFolder folder = mixed();
  Content content = folder.with_layers();
  const std::vector<FileIndex> some{folder.index_of("b"), folder.index_of("d")};
  content.want_only(some);
  Download download(content, 1);
  EXPECT_EQ(fetches(folder, content, download), (std::set<std::uint32_t>{3, 7, 8}));
  EXPECT_TRUE(content.complete());
}

TEST(FolderDownload, a_check_passes_over_what_is_not_wanted) {
  SampleFolder folder = mixed();
  Content content = folder.with_layers();
  const std::vector<FileIndex> some{folder.index_of("b"), folder.index_of("d")};
  content.want_only(some);
  Download download(content, 1);
  download.begin_check();
  download.judged(PieceIndex{3}, true);
  download.judged(PieceIndex{7}, false);
  download.judged(PieceIndex{8}, true);
  EXPECT_EQ(fetches(folder, content, download), (std::set<std::uint32_t>{7}));
  EXPECT_TRUE(content.complete());
}

TEST(FolderDownload, begins_with_what_can_be_proven_and_takes_nothing_else) {
  SampleFolder folder = mixed();
  Content content = folder.missing();
  Download download(content, 1);
  ASSERT_TRUE(download.picks());
  EXPECT_FALSE(download.picker().arrived({PieceIndex{0}, 0}, kPeer).accepted);
  download.begin_check();
  const auto small = download.next_to_check();
  ASSERT_TRUE(small.has_value());
  EXPECT_EQ(small->file, folder.index_of("b"));
  EXPECT_FALSE(download.next_to_check());
  download.judged(PieceIndex{3}, false);
  EXPECT_FALSE(download.picker().arrived({PieceIndex{0}, 0}, kPeer).accepted);
  EXPECT_EQ(fetches(folder, content, download), (std::set<std::uint32_t>{3}));
  EXPECT_FALSE(content.complete());
}

TEST(FolderDownload, of_long_files_alone_takes_no_memory_for_pieces_before_one_can_be_proven) {
  SampleFolder folder(32768, {{"a", 70'000}, {"c", 80'000}});
  Content content = folder.missing();
  EXPECT_FALSE(Download(content, 1).picks());
}

TEST(FolderDownload, looks_at_files_whose_layers_come_late_and_at_each_once) {
  SampleFolder folder = mixed();
  Content content = folder.missing();
  Download download(content, 1);
  const auto checks = [&] {
    std::vector<FileIndex> files;
    while (const auto file = download.next_to_check()) files.push_back(file->file);
    return files;
  };
  const auto gets_layer = [&](std::uint64_t length) {
    const Bitfield all = folder.whole().have();
    bool got = false;
    while (const auto request = download.layers_fetch().next(kPeer, all, Time{})) {
      if (request->root != folder.sample(length).info().root) continue;
      const auto hashes = folder.sample(length).layers().answer(*request);
      got = download.layers_fetch().answered(kPeer, *request, hashes, Time{}) ==
            torrent::LayerFetch::Verdict::accepted;
    }
    EXPECT_TRUE(got);
    EXPECT_FALSE(download.take_layers()) << "it picks already";
    download.layers_fetch().gone(kPeer);
  };
  EXPECT_EQ(checks(), std::vector{folder.index_of("b")});
  gets_layer(65'536);
  EXPECT_EQ(checks(), std::vector{folder.index_of("d")});
  gets_layer(70'000);
  EXPECT_EQ(checks(), (std::vector{folder.index_of("a"), folder.index_of("c")})) << "equal files";
  EXPECT_TRUE(checks().empty());
}

TEST(FolderDownload, a_wrong_block_fails_its_own_piece_only) {
  SampleFolder folder = mixed();
  Content content = folder.with_layers();
  Download download(content, 1);
  download.start();
  EXPECT_TRUE(download.stored({PieceIndex{3}, 0}, Digest{}, {kPeer, {}}).failed);
  EXPECT_TRUE(
      download.stored({PieceIndex{3}, 0}, folder.leaf({PieceIndex{3}, 0}), {kPeer, {}}).proven);
}

TEST(FolderDownload, one_file_can_be_doubted_and_the_others_not) {
  SampleFolder folder = mixed();
  Content content = folder.with_layers();
  Download download(content, 1);
  fetches(folder, content, download);
  download.doubt(*content.space().file(folder.index_of("c")));
  std::set<std::uint32_t> doubted;
  while (const auto piece = download.take_doubt()) doubted.insert(value(*piece));
  EXPECT_EQ(doubted, (std::set<std::uint32_t>{4, 5, 6}));
}

}  // namespace
}  // namespace shoal::test::folder_download_test
