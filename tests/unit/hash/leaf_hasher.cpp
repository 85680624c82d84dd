#include "hash/leaf_hasher.hpp"

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "hash/sha256.hpp"
#include "support/vectors.hpp"

namespace shoal::leaf_hasher_test {
namespace {

class LeafHasherOf : public testing::TestWithParam<LeafHashing> {
 protected:
  void SetUp() override {
    hasher_ = make_leaf_hasher(GetParam());
    if (!hasher_) GTEST_SKIP() << "no multi-buffer hashing on this machine";
  }

  /// The hashes of leaves with these lengths, each of other bytes.
  std::vector<Digest> hashed(const std::vector<std::size_t>& lengths) {
    expected_.clear();
    std::vector<BytesView> leaves;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      leaves.push_back(BytesView(data_).subspan(i % 1024, lengths[i]));
      expected_.push_back(sha256(leaves.back()));
    }
    std::vector<Digest> out(leaves.size());
    hasher_->hash(leaves, out);
    return out;
  }

  const Bytes data_ = test::content(0, 200'000);
  std::unique_ptr<LeafHasher> hasher_;
  std::vector<Digest> expected_;
};

constexpr std::array<std::size_t, 12> kLengths{0,  1,   55,  56,    57,    63,
                                               64, 119, 120, 16383, 16384, 100'000};

TEST_P(LeafHasherOf, agrees_with_openssl_for_every_count_of_whole_leaves) {
  for (std::size_t count = 0; count <= 70; ++count) {
    EXPECT_EQ(hashed(std::vector<std::size_t>(count, 16384)), expected_) << count;
  }
}

TEST_P(LeafHasherOf, agrees_with_openssl_for_many_leaves_of_each_length) {
  for (const std::size_t length : kLengths) {
    EXPECT_EQ(hashed(std::vector<std::size_t>(32, length)), expected_) << length;
  }
}

TEST_P(LeafHasherOf, agrees_with_openssl_for_each_length_among_whole_leaves_at_each_place) {
  for (const std::size_t length : kLengths) {
    for (std::size_t at = 0; at < 33; ++at) {
      std::vector<std::size_t> lengths(33, 16384);
      lengths[at] = length;
      EXPECT_EQ(hashed(lengths), expected_) << length << " at " << at;
    }
  }
}

TEST_P(LeafHasherOf, takes_more_leaves_at_once_than_any_queue_holds) {
  EXPECT_EQ(hashed(std::vector<std::size_t>(3000, 1024)), expected_);
}

TEST_P(LeafHasherOf, mixed_lengths_do_not_confuse_the_order) {
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < 500; ++i) lengths.push_back(1 + i * 7919 % 16384);
  EXPECT_EQ(hashed(lengths), expected_);
}

TEST_P(LeafHasherOf, has_a_name) {
  EXPECT_FALSE(hasher_->name().empty());
}

INSTANTIATE_TEST_SUITE_P(All, LeafHasherOf,
                         testing::Values(LeafHashing::openssl, LeafHashing::multi_buffer,
                                         LeafHashing::automatic),
                         [](const auto& choice) {
                           switch (choice.param) {
                             case LeafHashing::openssl:
                               return "openssl";
                             case LeafHashing::multi_buffer:
                               return "multi_buffer";
                             default:
                               return "automatic";
                           }
                         });

TEST(LeafHasher, automatic_prefers_the_multi_buffer_library) {
  const auto multi_buffer = make_leaf_hasher(LeafHashing::multi_buffer);
  EXPECT_EQ(make_leaf_hasher(LeafHashing::openssl)->name(), "openssl");
  EXPECT_EQ(make_leaf_hasher()->name(), multi_buffer ? multi_buffer->name() : "openssl");
  if (multi_buffer) {
    EXPECT_TRUE(multi_buffer->name().starts_with("ipsec-mb "));
  }
}

TEST(LeafHasher, each_thread_has_its_own) {
  LeafHasher* const mine = &thread_leaf_hasher();
  EXPECT_EQ(mine, &thread_leaf_hasher());
  LeafHasher* other = mine;
  std::thread([&] { other = &thread_leaf_hasher(); }).join();
  EXPECT_NE(mine, other);
}

}  // namespace
}  // namespace shoal::leaf_hasher_test
