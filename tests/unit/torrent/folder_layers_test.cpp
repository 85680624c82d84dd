// A folder comes in file by file, as their piece layers come.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"
#include "support/sample_folder.hpp"

namespace shoal::test::folder_layers_test {
namespace {

using namespace std::chrono_literals;
using Key = DrivenTorrent::Key;
using Pieces = std::set<std::uint32_t>;

constexpr std::uint64_t kLong = 100'000;    // of `a` and `d`, which are equal
constexpr std::uint64_t kShort = 70'000;    // of `c`
constexpr std::uint64_t kShorter = 65'536;  // of `e`
// Pieces of each.
const Pieces kA{0, 1, 2, 3};
const Pieces kB{4};
const Pieces kC{5, 6, 7};
const Pieces kD{8, 9, 10, 11};
const Pieces kE{12, 13};

class FolderLayers : public ::testing::Test {
 protected:
  FolderLayers() {
    leecher_.logic.start();
    leecher_.settle();
  }

  [[nodiscard]] Digest root(std::uint64_t length) { return folder_.sample(length).info().root; }

  Key joins(const std::string& address, const Pieces& pieces) {
    const Key key = leecher_.joins(address);
    Bitfield bits(leecher_.logic.content().space().pieces());
    for (const std::uint32_t piece : pieces) bits.set(piece);
    const Bytes wire = bits.to_wire();
    leecher_.says(key, wire::BitfieldMessage{wire});
    leecher_.says(key, wire::Unchoke{});
    return key;
  }
  Key joins_with_everything(const std::string& address) {
    const Key key = leecher_.joins(address);
    leecher_.says(key, wire::HaveAll{});
    leecher_.says(key, wire::Unchoke{});
    return key;
  }

  /// What is asked of a peer: layers by their roots, and blocks.
  struct Asked {
    std::vector<wire::HashRange> layers;
    std::vector<BlockRef> blocks;
    bool layers_first = true;

    [[nodiscard]] Pieces pieces() const {
      Pieces all;
      for (const BlockRef block : blocks) all.insert(value(block.piece));
      return all;
    }
    [[nodiscard]] bool names(const Digest& root) const {
      return std::ranges::find(layers, root, &wire::HashRange::root) != layers.end();
    }
  };
  Asked asked_of(Key key) {
    Asked asked;
    for (const wire::Message& message : leecher_.writes(key).messages) {
      if (const auto* hashes = std::get_if<wire::HashRequest>(&message)) {
        asked.layers.push_back(hashes->range);
        asked.layers_first = asked.layers_first && asked.blocks.empty();
      } else if (const auto* block = std::get_if<wire::Request>(&message)) {
        const auto& [piece, begin, length] = block->range;
        asked.blocks.push_back(
            leecher_.logic.content().space().block(piece, begin, length).value());
      }
    }
    return asked;
  }

  /// The peer answers for that layer; the disk, which holds these, is looked at when that is due.
  void answers(Key key, const wire::HashRange& range, const Pieces& on_disk = {}) {
    Bytes hashes;
    for (const Digest& hash :
         folder_.answer({range.root, range.base, range.index, range.length, range.proof})) {
      hashes.insert(hashes.end(), hash.bytes.begin(), hash.bytes.end());
    }
    leecher_.says(key, wire::Hashes{range, hashes});
    looks_at_disk(on_disk);
  }
  void looks_at_disk(const Pieces& on_disk = {}) {
    if (leecher_.checks == 0) return;
    leecher_.checks = 0;
    leecher_.disk_holds({on_disk.begin(), on_disk.end()});
  }
  void sends(Key key, const std::vector<BlockRef>& blocks) {
    for (const BlockRef block : blocks) leecher_.sends_block(key, block);
    leecher_.drains(key);
    leecher_.disk_stores();
  }
  /// The peer gives all that is asked of it until nothing more is; the pieces that were.
  Pieces serves(Key key, const Pieces& on_disk = {}) {
    Pieces all;
    for (;;) {
      const Asked asked = asked_of(key);
      if (asked.layers.empty() && asked.blocks.empty()) return all;
      for (const wire::HashRange& range : asked.layers) answers(key, range, on_disk);
      sends(key, asked.blocks);
      all.merge(asked.pieces());
    }
  }
  [[nodiscard]] Pieces here() const {
    Pieces all;
    const Bitfield& have = leecher_.logic.content().have();
    for (std::uint32_t i = 0; i < have.size(); ++i) {
      if (have.test(i)) all.insert(i);
    }
    return all;
  }
  static Pieces both(Pieces one, Pieces other) {
    one.merge(other);
    return one;
  }

  SampleFolder folder_{
      32768, {{"a", kLong}, {"b", 10}, {"c", kShort}, {"d", kLong}, {"e", kShorter}, {"f", 0}}};
  DrivenTorrent leecher_{folder_, folder_.missing(), DrivenTorrent::Role::fetch, {}};
};

TEST_F(FolderLayers, are_asked_for_together_with_files_that_need_none_and_before_them) {
  EXPECT_EQ(leecher_.checks, 1);
  looks_at_disk();
  const Key peer = joins_with_everything("192.0.2.1:5000");
  const Asked asked = asked_of(peer);
  EXPECT_EQ(asked.layers.size(), 3u);
  EXPECT_EQ(asked.pieces(), kB);
  EXPECT_TRUE(asked.layers_first);
}

TEST_F(FolderLayers, nothing_is_asked_for_before_the_disk_was_looked_at) {
  const Key peer = joins_with_everything("192.0.2.1:5000");
  EXPECT_TRUE(asked_of(peer).blocks.empty());
  looks_at_disk();
  EXPECT_EQ(asked_of(peer).pieces(), kB);
}

TEST_F(FolderLayers, a_file_is_fetched_as_soon_as_its_own_is_here_and_the_rest_later) {
  looks_at_disk();
  const Key peer = joins_with_everything("192.0.2.1:5000");
  const Asked first = asked_of(peer);
  ASSERT_TRUE(first.names(root(kLong)));
  for (const wire::HashRange& range : first.layers) {
    if (range.root == root(kShort)) answers(peer, range);
  }
  const Asked then = asked_of(peer);
  EXPECT_EQ(then.pieces(), kC);
  EXPECT_TRUE(then.layers.empty()) << "each once";
  sends(peer, first.blocks);
  sends(peer, then.blocks);
  EXPECT_EQ(here(), both(kB, kC));
  EXPECT_EQ(leecher_.logic.content().bytes(), 10 + kShort);
  EXPECT_EQ(leecher_.logic.content().files().whole(), 2u);
  EXPECT_EQ(leecher_.finishes, 0);
  for (const wire::HashRange& range : first.layers) {
    if (range.root != root(kShort)) answers(peer, range);
  }
  EXPECT_EQ(serves(peer), both(both(kA, kD), kE));
  EXPECT_EQ(leecher_.finishes, 1);
  EXPECT_EQ(leecher_.logic.fetched(), leecher_.logic.content().space().length());
}

TEST_F(FolderLayers, of_equal_files_are_asked_for_once_and_serve_both) {
  looks_at_disk();
  const Key peer = joins_with_everything("192.0.2.1:5000");
  const Asked asked = asked_of(peer);
  EXPECT_EQ(std::ranges::count(asked.layers, root(kLong), &wire::HashRange::root), 1);
  for (const wire::HashRange& range : asked.layers) {
    if (range.root == root(kLong)) answers(peer, range);
  }
  EXPECT_EQ(serves(peer), both(kA, kD));
}

TEST_F(FolderLayers, that_nobody_has_do_not_keep_the_rest_from_coming) {
  looks_at_disk();
  const Key partial = joins("192.0.2.1:5000", both(kB, kC));
  const Asked asked = asked_of(partial);
  ASSERT_EQ(asked.layers.size(), 1u);
  EXPECT_EQ(asked.layers.front().root, root(kShort));
  answers(partial, asked.layers.front());
  const Asked then = asked_of(partial);
  EXPECT_EQ(then.pieces(), kC);
  sends(partial, asked.blocks);
  sends(partial, then.blocks);
  leecher_.waits(20s);
  EXPECT_EQ(here(), both(kB, kC));
  EXPECT_EQ(leecher_.finishes, 0);
  EXPECT_FALSE(leecher_.logic.content().complete());
  EXPECT_EQ(leecher_.logic.unprovable(), 0u) << "nobody lied";
  EXPECT_EQ(leecher_.closed(partial), "");
  EXPECT_FALSE(leecher_.writes_of<wire::NotInterested>(partial).empty())
      << "it has nothing more that is wanted";
  const Key late = joins("192.0.2.2:5000", both(both(kA, kD), kE));
  serves(late);
  EXPECT_EQ(leecher_.finishes, 1);
}

TEST_F(FolderLayers, that_are_rejected_are_asked_of_another_and_blocks_of_who_rejected) {
  looks_at_disk();
  const Key first = joins_with_everything("192.0.2.1:5000");
  const Asked asked = asked_of(first);
  for (const wire::HashRange& range : asked.layers) {
    if (range.root == root(kLong)) {
      leecher_.says(first, wire::HashReject{range});
    } else {
      answers(first, range);
    }
  }
  const Asked then = asked_of(first);
  EXPECT_FALSE(then.names(root(kLong))) << "not at once";
  EXPECT_FALSE(then.blocks.empty());
  const Key second = joins_with_everything("192.0.2.2:5000");
  const Asked of_second = asked_of(second);
  ASSERT_EQ(of_second.layers.size(), 1u);
  EXPECT_EQ(of_second.layers.front().root, root(kLong));
  answers(second, of_second.layers.front());
  sends(first, asked.blocks);
  sends(first, then.blocks);
  sends(second, of_second.blocks);
  const Pieces of_first = serves(first);
  EXPECT_TRUE(of_first.contains(0) || of_first.contains(8)) << "of a file whose layer it has not";
  serves(second);
  EXPECT_EQ(leecher_.finishes, 1);
}

TEST_F(FolderLayers, that_are_wrong_cost_the_peer_its_connection_and_nothing_that_was_proven) {
  looks_at_disk();
  const Key liar = joins_with_everything("192.0.2.1:5000");
  const Asked asked = asked_of(liar);
  sends(liar, asked.blocks);
  EXPECT_EQ(here(), kB);
  const auto& range = asked.layers.front();
  Bytes hashes(
      32 * folder_.answer({range.root, range.base, range.index, range.length, range.proof}).size());
  leecher_.says(liar, wire::Hashes{range, hashes});
  EXPECT_EQ(leecher_.closed(liar), "sent hashes that do not lead to the root");
  leecher_.leaves(liar);
  EXPECT_EQ(here(), kB);
  const Key honest = joins_with_everything("192.0.2.2:5000");
  serves(honest);
  EXPECT_EQ(leecher_.finishes, 1);
}

TEST_F(FolderLayers, are_kept_when_who_sent_them_chokes_or_leaves_before_a_block_has_come) {
  looks_at_disk();
  const Key first = joins_with_everything("192.0.2.1:5000");
  for (const wire::HashRange& range : asked_of(first).layers) {
    if (range.root == root(kShort)) answers(first, range);
  }
  leecher_.says(first, wire::Choke{});
  const Key second = joins_with_everything("192.0.2.2:5000");
  const Asked while_choked = asked_of(second);
  EXPECT_FALSE(while_choked.names(root(kShort)));
  leecher_.leaves(first);
  leecher_.waits(300ms);
  const Asked asked = asked_of(second);
  EXPECT_FALSE(asked.names(root(kShort)));
  EXPECT_EQ(both(while_choked.pieces(), asked.pieces()), both(kB, kC));
  EXPECT_TRUE(asked.names(root(kLong))) << "which the first one owed";
}

TEST_F(FolderLayers, that_are_missing_do_not_keep_a_slow_peers_blocks_from_others) {
  looks_at_disk();
  const Key slow = joins("192.0.2.1:5000", both(kB, kC));
  const Asked asked = asked_of(slow);
  ASSERT_EQ(asked.layers.size(), 1u);
  answers(slow, asked.layers.front());
  sends(slow, asked.blocks);
  EXPECT_EQ(asked_of(slow).pieces(), kC);
  const Key other = joins("192.0.2.2:5000", kC);
  EXPECT_TRUE(asked_of(other).blocks.empty());
  leecher_.waits(1500ms);
  EXPECT_FALSE(asked_of(other).blocks.empty()) << "the endgame of what can be had";
}

TEST_F(FolderLayers, prove_what_the_disk_holds_file_by_file_and_none_of_it_is_fetched_again) {
  const Pieces on_disk{0, 1, 5, 12, 13};
  looks_at_disk(on_disk);
  const Key peer = joins_with_everything("192.0.2.1:5000");
  const Asked first = asked_of(peer);
  EXPECT_EQ(first.pieces(), kB) << "what cannot be proven yet may be here";
  sends(peer, first.blocks);
  for (const wire::HashRange& range : first.layers) {
    if (range.root == root(kShort)) answers(peer, range, on_disk);
  }
  EXPECT_EQ(here(), (Pieces{4, 5}));
  const Asked then = asked_of(peer);
  EXPECT_EQ(then.pieces(), (Pieces{6, 7}));
  sends(peer, then.blocks);
  for (const wire::HashRange& range : first.layers) {
    if (range.root != root(kShort)) answers(peer, range, on_disk);
  }
  EXPECT_EQ(serves(peer, on_disk), both({2, 3}, kD));
  EXPECT_EQ(leecher_.finishes, 1);
  EXPECT_EQ(leecher_.logic.fetched(),
            leecher_.logic.content().space().length() - 3 * 32768 - kShorter);
}

TEST_F(FolderLayers, the_last_one_may_find_all_of_its_file_on_the_disk_which_is_the_end) {
  Pieces on_disk;
  for (std::uint32_t i = 0; i < 14; ++i) on_disk.insert(i);
  looks_at_disk(on_disk);
  EXPECT_EQ(here(), kB);
  const Key peer = joins_with_everything("192.0.2.1:5000");
  EXPECT_TRUE(serves(peer, on_disk).empty());
  EXPECT_EQ(leecher_.finishes, 1);
  EXPECT_EQ(leecher_.logic.fetched(), 0u);
}

TEST_F(FolderLayers, pieces_found_on_the_disk_late_are_told_to_others) {
  const Pieces on_disk{5};
  looks_at_disk(on_disk);
  const Key peer = joins("192.0.2.1:5000", kC);
  const Key other = leecher_.joins("192.0.2.2:5000");
  leecher_.writes(other);
  const Asked asked = asked_of(peer);
  ASSERT_EQ(asked.layers.size(), 1u);
  answers(peer, asked.layers.front(), on_disk);
  leecher_.waits(200ms);
  const auto haves = leecher_.writes_of<wire::Have>(other);
  ASSERT_EQ(haves.size(), 1u);
  EXPECT_EQ(haves.front().piece, 5u);
}

TEST(FolderOfLongFiles, is_looked_for_on_the_disk_when_the_first_layer_has_come) {
  SampleFolder folder(32768, {{"a", 70'000}, {"c", 80'000}});
  DrivenTorrent leecher(folder, folder.missing(), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.settle();
  EXPECT_EQ(leecher.checks, 0);
  const Key peer = leecher.joins("192.0.2.1:5000");
  leecher.says(peer, wire::HaveAll{});
  leecher.says(peer, wire::Unchoke{});
  const auto requests = leecher.writes_of<wire::HashRequest>(peer);
  ASSERT_EQ(requests.size(), 2u);
  const auto& range = requests.back().range;
  Bytes hashes;
  for (const Digest& hash :
       folder.answer({range.root, range.base, range.index, range.length, range.proof})) {
    hashes.insert(hashes.end(), hash.bytes.begin(), hash.bytes.end());
  }
  leecher.says(peer, wire::Hashes{range, hashes});
  EXPECT_EQ(leecher.checks, 1);
  EXPECT_TRUE(leecher.asks(peer).empty());
  leecher.disk_holds({});
  std::set<std::uint32_t> pieces;
  for (const BlockRef block : leecher.asks(peer)) pieces.insert(value(block.piece));
  EXPECT_EQ(pieces, (std::set<std::uint32_t>{3, 4, 5}));
}

}  // namespace
}  // namespace shoal::test::folder_layers_test
