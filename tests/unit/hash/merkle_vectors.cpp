#include <algorithm>
#include <bit>

#include <gtest/gtest.h>

#include "hash/merkle.hpp"
#include "hash/sha256.hpp"
#include "support/vectors.hpp"

namespace shoal::merkle::merkle_vectors_test {
namespace {

class MerkleVector : public testing::TestWithParam<test::Vector> {
 protected:
  [[nodiscard]] const test::Vector& vector() const { return GetParam(); }
  [[nodiscard]] std::size_t leaves_per_piece() const { return vector().file.piece_length / 16384; }

  /// Height at which one node stands for a piece.
  [[nodiscard]] int piece_level() const {
    return vector().pieces == 1 ? vector().tree_height : std::countr_zero(leaves_per_piece());
  }

  [[nodiscard]] std::span<const Digest> leaves_of_piece(std::size_t piece) const {
    const auto rest = std::span(leaves_).subspan(piece * leaves_per_piece());
    return rest.first(std::min(rest.size(), leaves_per_piece()));
  }

  [[nodiscard]] LayerTree tree_of_piece(std::size_t piece) const {
    const auto leaves = leaves_of_piece(piece);
    return *LayerTree::build({leaves.begin(), leaves.end()}, 0, piece_level(),
                             fold(leaves, 0, piece_level()));
  }

  [[nodiscard]] std::vector<Digest> layer() const {
    std::vector<Digest> nodes;
    for (std::size_t i = 0; i < vector().pieces; ++i) {
      nodes.push_back(fold(leaves_of_piece(i), 0, piece_level()));
    }
    return nodes;
  }

  const std::vector<Digest> leaves_ = test::content_leaves(GetParam().file.length);
};

TEST_P(MerkleVector, leaves_fold_to_the_root) {
  EXPECT_EQ(height_for(leaves_.size()), vector().tree_height);
  EXPECT_EQ(fold(leaves_, 0, vector().tree_height), vector().file.root);
}

TEST_P(MerkleVector, leaves_of_each_piece_fold_to_the_piece_layer) {
  const auto expected =
      vector().pieces == 1 ? std::vector{vector().file.root} : vector().piece_layer;
  EXPECT_EQ(layer(), expected);
}

TEST_P(MerkleVector, piece_layer_builds_a_tree_with_that_root) {
  const auto tree =
      LayerTree::build(layer(), piece_level(), vector().tree_height, vector().file.root);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->root(), vector().file.root);
}

TEST_P(MerkleVector, answers_every_hash_request_as_written_and_proves_it) {
  const auto tree =
      LayerTree::build(layer(), piece_level(), vector().tree_height, vector().file.root);
  ASSERT_TRUE(tree);
  for (const test::HashVector& want : vector().hash_requests) {
    SCOPED_TRACE(std::to_string(want.base) + ' ' + std::to_string(want.index) + ' ' +
                 std::to_string(want.length) + ' ' + std::to_string(want.proof));
    const HashRequest request{vector().file.root, want.base, want.index, want.length, want.proof};
    ASSERT_TRUE(is_valid(request, vector().tree_height));
    const std::size_t piece = (std::size_t{want.index} << want.base) / leaves_per_piece();
    const auto hashes = static_cast<int>(want.base) >= tree->level()
                            ? tree->answer(request)
                            : tree->answer_below(request, tree_of_piece(piece));
    ASSERT_EQ(hashes.size(), want.hashes);
    EXPECT_EQ(uncle_count(want.length, want.proof), want.uncles.size());
    EXPECT_TRUE(std::ranges::equal(std::span(hashes).subspan(want.length), want.uncles));

    Bytes flat;
    for (const Digest& hash : hashes) {
      flat.insert(flat.end(), hash.bytes.begin(), hash.bytes.end());
    }
    EXPECT_EQ(sha256(flat), want.hashes_sha256);
    EXPECT_TRUE(proves(request, hashes, vector().tree_height));
  }
}

INSTANTIATE_TEST_SUITE_P(All, MerkleVector, testing::ValuesIn(test::vectors_with_content()),
                         [](const auto& test) {
                           return std::to_string(test.param.file.length) + "_in_pieces_of_" +
                                  std::to_string(test.param.file.piece_length);
                         });

}  // namespace
}  // namespace shoal::merkle::merkle_vectors_test
