#include "hash/merkle.hpp"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "hash/sha256.hpp"
#include "support/vectors.hpp"

namespace shoal::merkle::merkle_test {
namespace {

constexpr std::uint32_t kMax32 = std::numeric_limits<std::uint32_t>::max();

std::vector<Digest> leaves(std::size_t count) {
  std::vector<Digest> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(sha256(test::content(i, 3)));
  return made;
}

TEST(Height, is_the_smallest_that_holds_the_leaves) {
  EXPECT_EQ(height_for(0), 0);
  EXPECT_EQ(height_for(1), 0);
  EXPECT_EQ(height_for(2), 1);
  for (int h = 1; h < 63; ++h) {
    const std::uint64_t full = std::uint64_t{1} << h;
    EXPECT_EQ(height_for(full), h);
    EXPECT_EQ(height_for(full + 1), h + 1);
  }
}

TEST(Pad, is_the_root_over_nothing_but_zero_leaves) {
  ASSERT_GE(test::pad_hashes().size(), 20u);
  for (std::size_t level = 0; level < test::pad_hashes().size(); ++level) {
    EXPECT_EQ(pad(static_cast<int>(level)), test::pad_hashes()[level]) << level;
  }
}

TEST(Fold, of_one_node_to_its_own_level_is_the_node) {
  const auto one = leaves(1);
  EXPECT_EQ(fold(one, 5, 0), one[0]);
}

TEST(Fold, of_nothing_is_padding) {
  EXPECT_EQ(fold({}, 2, 3), pad(5));
}

TEST(Fold, pads_on_the_right_with_nodes_of_that_level) {
  const auto five = leaves(5);
  for (int level = 0; level < 4; ++level) {
    auto padded = five;
    padded.resize(8, pad(level));
    EXPECT_EQ(fold(five, level, 3), fold(padded, level, 3)) << level;
    const auto half = fold(std::span(five).first(4), level, 2);
    const auto rest = fold(std::span(five).subspan(4), level, 2);
    EXPECT_EQ(fold(five, level, 3), sha256_pair(half, rest));
  }
}

TEST(UncleCount, leaves_out_the_layers_that_the_nodes_imply) {
  EXPECT_EQ(uncle_count(512, 10), 2u);
  EXPECT_EQ(uncle_count(128, 6), 0u);
  EXPECT_EQ(uncle_count(2, 0), 0u);
  EXPECT_EQ(uncle_count(2, 5), 5u);
  EXPECT_EQ(uncle_count(512, 0), 0u);
  EXPECT_EQ(uncle_count(1, 9), 10u);
}

TEST(UncleCount, does_not_overflow_on_hostile_numbers) {
  EXPECT_EQ(uncle_count(1, kMax32), kMax32);
  EXPECT_EQ(uncle_count(0, kMax32), kMax32);
  EXPECT_EQ(uncle_count(kMax32, kMax32), kMax32 - 30);
  EXPECT_EQ(uncle_count(kMax32, 0), 0u);
}

HashRequest ask(std::uint32_t base, std::uint32_t index, std::uint32_t length,
                std::uint32_t proof) {
  return {{}, base, index, length, proof};
}

TEST(Validity, lengths_are_powers_of_two_up_to_8192) {
  for (std::uint32_t length = 0; length <= 20'000; ++length) {
    const bool power = length != 0 && (length & (length - 1)) == 0;
    EXPECT_EQ(is_valid(ask(0, 0, length, 0), 20), power && length <= 8192) << length;
  }
  EXPECT_FALSE(is_valid(ask(0, 0, 0x80000000, 0), 40));
}

TEST(Validity, index_is_aligned_and_inside) {
  for (std::uint32_t index = 0; index < 70; ++index) {
    EXPECT_EQ(is_valid(ask(0, index, 4, 0), 6), index % 4 == 0 && index <= 60) << index;
    EXPECT_EQ(is_valid(ask(2, index, 4, 0), 6), index % 4 == 0 && index <= 12) << index;
    EXPECT_EQ(is_valid(ask(0, index, 1, 0), 6), index < 64) << index;
  }
  EXPECT_FALSE(is_valid(ask(0, kMax32, 1, 0), 20));
  EXPECT_FALSE(is_valid(ask(0, 0xfffffffe, 2, 0), 20));
}

TEST(Validity, proof_ends_below_the_root) {
  for (std::uint32_t base = 0; base < 9; ++base) {
    for (std::uint32_t proof = 0; proof < 12; ++proof) {
      EXPECT_EQ(is_valid(ask(base, 0, 1, proof), 9), proof + base + 1 <= 9) << base << ' ' << proof;
    }
  }
  EXPECT_FALSE(is_valid(ask(0, 0, 2, kMax32), 9));
}

TEST(Validity, base_is_below_the_root) {
  EXPECT_TRUE(is_valid(ask(8, 0, 2, 0), 9));
  EXPECT_FALSE(is_valid(ask(9, 0, 1, 0), 9));
  EXPECT_FALSE(is_valid(ask(kMax32, 0, 1, 0), 9));
  EXPECT_FALSE(is_valid(ask(0, 0, 1, 0), 0));
}

TEST(LayerTreeBuild, is_not_made_when_the_layer_does_not_fold_to_the_root) {
  auto nodes = leaves(5);
  const Digest root = fold(nodes, 2, 3);
  ASSERT_TRUE(LayerTree::build(nodes, 2, 5, root));
  EXPECT_FALSE(LayerTree::build(nodes, 1, 4, root));
  EXPECT_FALSE(LayerTree::build(nodes, 2, 6, root));
  for (auto& node : nodes) {
    node.bytes[31] ^= std::byte{1};
    EXPECT_FALSE(LayerTree::build(nodes, 2, 5, root));
    node.bytes[31] ^= std::byte{1};
  }
  std::swap(nodes[0], nodes[1]);
  EXPECT_FALSE(LayerTree::build(nodes, 2, 5, root));
}

TEST(LayerTreeBuild, refuses_impossible_shapes) {
  const auto nodes = leaves(5);
  EXPECT_FALSE(LayerTree::build({}, 0, 3, pad(3)));
  EXPECT_FALSE(LayerTree::build(nodes, 0, 2, fold(nodes, 0, 3)));
  EXPECT_FALSE(LayerTree::build(leaves(1), 4, 3, leaves(1)[0]));
  EXPECT_FALSE(LayerTree::build(leaves(1), -1, 0, leaves(1)[0]));
}

TEST(LayerTree, knows_every_node_and_the_padding) {
  const auto nodes = leaves(5);
  const auto tree = LayerTree::build(nodes, 2, 5, fold(nodes, 2, 3));
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->level(), 2);
  EXPECT_EQ(tree->tree_height(), 5);
  EXPECT_TRUE(std::ranges::equal(tree->layer(), nodes));
  EXPECT_EQ(tree->node(2, 4), nodes[4]);
  EXPECT_EQ(tree->node(2, 5), pad(2));
  EXPECT_EQ(tree->node(3, 2), sha256_pair(nodes[4], pad(2)));
  EXPECT_EQ(tree->node(3, 3), pad(3));
  EXPECT_EQ(tree->node(5, 0), tree->root());
}

TEST(LayerTree, a_single_leaf_is_its_own_root) {
  const auto one = leaves(1);
  const auto tree = LayerTree::build(one, 0, 0, one[0]);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->root(), one[0]);
}

/// Over 11 leaves, pieces of 4 leaves: height 4, layer at level 2.
struct SmallTree {
  std::vector<Digest> all = leaves(11);
  LayerTree tree = *LayerTree::build(
      {fold(std::span(all).first(4), 0, 2), fold(std::span(all).subspan(4, 4), 0, 2),
       fold(std::span(all).subspan(8), 0, 2)},
      2, 4, fold(all, 0, 4));

  /// Over the leaves of a piece.
  [[nodiscard]] static LayerTree piece(std::span<const Digest> leaves) {
    return *LayerTree::build({leaves.begin(), leaves.end()}, 0, 2, fold(leaves, 0, 2));
  }
  [[nodiscard]] std::vector<Digest> answer(const HashRequest& request) const {
    if (request.base >= 2) return tree.answer(request);
    const std::size_t first = std::size_t{request.index} << request.base >> 2 << 2;
    const auto from = std::span(all).subspan(std::min<std::size_t>(first, 11));
    return tree.answer_below(request, piece(from.first(std::min<std::size_t>(from.size(), 4))));
  }
};

/// Every valid request within one piece, or at the layer and above.
std::vector<HashRequest> requests(const SmallTree& small) {
  std::vector<HashRequest> valid;
  for (std::uint32_t base = 0; base < 4; ++base) {
    for (std::uint32_t length = 1; length <= 16; length *= 2) {
      if (base < 2 && length << base > 4) continue;
      for (std::uint32_t index = 0; index < 16; index += length) {
        for (std::uint32_t proof = 0; proof < 4; ++proof) {
          const HashRequest request{small.tree.root(), base, index, length, proof};
          // Leaves past the content belong to no piece.
          if (is_valid(request, 4) && index << base < 12) valid.push_back(request);
        }
      }
    }
  }
  return valid;
}

/// Levels that the answer folds to.
std::uint32_t reach(const HashRequest& request) {
  const auto height = static_cast<std::uint32_t>(height_for(request.length));
  return request.base + height + uncle_count(request.length, request.proof);
}

TEST(Proof, is_accepted_exactly_when_it_reaches_the_root) {
  const SmallTree small;
  int proven = 0;
  for (const HashRequest& request : requests(small)) {
    const auto hashes = small.answer(request);
    ASSERT_EQ(hashes.size(), request.length + uncle_count(request.length, request.proof));
    EXPECT_EQ(proves(request, hashes, 4), reach(request) == 4)
        << request.base << ' ' << request.index << ' ' << request.length << ' ' << request.proof;
    proven += reach(request) == 4 ? 1 : 0;
  }
  EXPECT_GT(proven, 30);
}

TEST(Proof, is_refused_when_any_hash_is_wrong_missing_or_one_too_many) {
  const SmallTree small;
  for (const HashRequest& request : requests(small)) {
    if (reach(request) != 4) continue;
    auto hashes = small.answer(request);
    for (Digest& hash : hashes) {
      hash.bytes[0] ^= std::byte{0x80};
      EXPECT_FALSE(proves(request, hashes, 4));
      hash.bytes[0] ^= std::byte{0x80};
    }
    ASSERT_TRUE(proves(request, hashes, 4));
    EXPECT_FALSE(proves(request, std::span(hashes).first(hashes.size() - 1), 4));
    hashes.push_back(pad(0));
    EXPECT_FALSE(proves(request, hashes, 4));
  }
}

TEST(Proof, is_refused_for_another_place_root_or_height) {
  const SmallTree small;
  const HashRequest request{small.tree.root(), 2, 0, 2, 1};
  const auto hashes = small.tree.answer(request);
  ASSERT_TRUE(proves(request, hashes, 4));
  HashRequest other = request;
  other.index = 2;
  EXPECT_FALSE(proves(other, hashes, 4));
  other = request;
  other.root = pad(4);
  EXPECT_FALSE(proves(other, hashes, 4));
  EXPECT_FALSE(proves(request, hashes, 5));
  EXPECT_FALSE(proves(request, hashes, 3));
}

TEST(Proof, leaves_that_do_not_fold_to_their_piece_are_not_served) {
  const SmallTree small;
  const auto second = std::span(small.all).subspan(4, 4);
  const HashRequest request{small.tree.root(), 0, 4, 4, 3};
  EXPECT_EQ(small.tree.answer_below(request, SmallTree::piece(second)).size(), 6u);
  std::vector wrong(second.begin(), second.end());
  wrong[2] = pad(0);
  EXPECT_TRUE(small.tree.answer_below(request, SmallTree::piece(wrong)).empty());
  const auto higher = LayerTree::build(small.all, 0, 4, fold(small.all, 0, 4));
  EXPECT_TRUE(small.tree.answer_below(request, *higher).empty());
  EXPECT_TRUE(small.tree.answer_below(request, small.tree).empty());
}

}  // namespace
}  // namespace shoal::merkle::merkle_test
