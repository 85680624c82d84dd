#include "hash/leaf_hasher.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hash/lane_leaf_hasher.hpp"
#include "hash/leaf_hasher_trial.hpp"
#include "hash/leaf_hashing_choice.hpp"
#include "hash/multi_buffer_leaf_hasher.hpp"
#include "hash/sha256.hpp"
#include "hash/thread_hashers.hpp"
#include "support/vectors.hpp"

namespace shoal::leaf_hasher_test {
namespace {

class LeafHasherOf : public testing::TestWithParam<LeafHashing> {
 protected:
  void SetUp() override {
    hasher_ = make_leaf_hasher(GetParam());
    if (!hasher_) GTEST_SKIP() << "this machine or build has none of that kind";
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
                                         LeafHashing::lanes, LeafHashing::automatic),
                         [](const auto& choice) {
                           switch (choice.param) {
                             case LeafHashing::openssl:
                               return "openssl";
                             case LeafHashing::multi_buffer:
                               return "multi_buffer";
                             case LeafHashing::lanes:
                               return "lanes";
                             default:
                               return "automatic";
                           }
                         });

TEST_P(LeafHasherOf, agrees_with_openssl_for_every_length_up_to_three_blocks) {
  std::vector<std::size_t> lengths;
  for (std::size_t length = 0; length <= 192; ++length) {
    EXPECT_EQ(hashed({length}), expected_) << length;
    EXPECT_EQ(hashed({length, 16384}), expected_) << length;
    lengths.push_back(length);
  }
  EXPECT_EQ(hashed(lengths), expected_);
}

TEST_P(LeafHasherOf, agrees_with_openssl_wherever_a_leaf_begins) {
  for (std::size_t shift = 0; shift < 64; ++shift) {
    const std::vector<BytesView> leaves{BytesView(data_).subspan(shift, 16384),
                                        BytesView(data_).subspan(20'000 + 3 * shift, 16384),
                                        BytesView(data_).subspan(50'000 + shift, 777)};
    std::vector<Digest> out(leaves.size());
    hasher_->hash(leaves, out);
    for (std::size_t i = 0; i < leaves.size(); ++i) EXPECT_EQ(out[i], sha256(leaves[i])) << shift;
  }
}

/// FIPS 180-4's examples, as NIST publishes them.
TEST_P(LeafHasherOf, has_the_published_digests) {
  const std::string million(1'000'000, 'a');
  const std::vector<BytesView> messages{
      as_bytes(""), as_bytes("abc"),
      as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      as_bytes("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
               "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
      as_bytes(million)};
  const std::vector<std::string> digests{
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"};
  for (std::size_t count = 1; count <= messages.size(); ++count) {
    std::vector<Digest> out(count);
    hasher_->hash(std::span(messages).first(count), out);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(to_hex(out[i]), digests[i]) << i;
  }
}

TEST(LeafHasher, automatic_is_the_one_that_was_fastest) {
  const auto speeds = leaf_hashing_speeds();
  ASSERT_FALSE(speeds.empty());
  EXPECT_EQ(make_leaf_hasher()->name(), speeds.front().name);
  for (std::size_t i = 0; i < speeds.size(); ++i) {
    EXPECT_GT(speeds[i].bytes_per_second, 0);
    EXPECT_LE(speeds[i].bytes_per_second, speeds.front().bytes_per_second);
    EXPECT_EQ(make_leaf_hasher(speeds[i].kind)->name(), speeds[i].name);
  }
  EXPECT_EQ(leaf_hashing_speeds().data(), speeds.data()) << "measured once";
}

TEST(LeafHasher, every_kind_that_the_machine_has_takes_part) {
  std::vector<LeafHashing> there{LeafHashing::openssl};
  if (make_lane_leaf_hasher()) there.push_back(LeafHashing::lanes);
  if (make_multi_buffer_leaf_hasher()) there.push_back(LeafHashing::multi_buffer);
  std::vector<LeafHashing> measured;
  for (const LeafHashingSpeed& speed : leaf_hashing_speeds()) measured.push_back(speed.kind);
  EXPECT_THAT(measured, testing::UnorderedElementsAreArray(there));
}

/// Right for all but one message of its kind.
class WrongOnce final : public LeafHasher {
 public:
  explicit WrongOnce(std::function<bool(BytesView, std::size_t count)> is_wrong)
      : is_wrong_(std::move(is_wrong)) {}
  void hash(std::span<const BytesView> leaves, std::span<Digest> out) override {
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      out[i] = sha256(leaves[i]);
      if (is_wrong_(leaves[i], leaves.size())) out[i].bytes[31] ^= std::byte{1};
    }
  }
  [[nodiscard]] std::string_view name() const override { return "wrong"; }

 private:
  std::function<bool(BytesView, std::size_t)> is_wrong_;
};

TEST(LeafHasherTrial, a_hasher_that_is_wrong_for_one_length_or_count_is_not_used) {
  const LeafHasherTrial trial;
  WrongOnce right([](BytesView, std::size_t) { return false; });
  EXPECT_TRUE(trial.agrees_with_openssl(right));
  for (const std::size_t length : {0u, 1u, 55u, 56u, 63u, 64u, 119u, 120u, 16383u, 16384u}) {
    WrongOnce wrong([&](BytesView leaf, std::size_t) { return leaf.size() == length; });
    EXPECT_FALSE(trial.agrees_with_openssl(wrong)) << length;
  }
  for (const std::size_t count : {1u, 2u, 3u, 15u, 16u, 17u, 33u}) {
    WrongOnce wrong([&](BytesView, std::size_t among) { return among == count; });
    EXPECT_FALSE(trial.agrees_with_openssl(wrong)) << count;
  }
}

TEST(Sha256Pairs, are_the_parents_of_neighbours_for_every_count) {
  std::vector<Digest> nodes;
  for (std::uint64_t i = 0; i < 300; ++i) nodes.push_back(sha256(test::content(i, 5)));
  for (const bool measured : {false, true}) {
    if (measured) expect_leaf_hashing(LeafHashingChoice::kWorthMeasuring);
    for (std::size_t count = 0; count <= 150; ++count) {
      std::vector<Digest> above(count);
      sha256_pairs(std::span(nodes).first(2 * count), above);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(above[i], sha256_pair(nodes[2 * i], nodes[2 * i + 1])) << i << " of " << count;
      }
    }
  }
}

TEST(LeafHasher, nodes_go_through_what_was_measured_with_them) {
  expect_leaf_hashing(LeafHashingChoice::kWorthMeasuring);
  const auto best =
      std::ranges::max_element(leaf_hashing_speeds(), {}, &LeafHashingSpeed::node_bytes_per_second);
  EXPECT_GT(best->node_bytes_per_second, 0);
  EXPECT_EQ(thread_node_hasher().name(), best->name);
}

TEST(LeafHasher, each_thread_has_its_own) {
  expect_leaf_hashing(LeafHashingChoice::kWorthMeasuring);
  LeafHasher* const mine = &thread_leaf_hasher();
  EXPECT_EQ(mine, &thread_leaf_hasher());
  LeafHasher* other = mine;
  std::thread([&] { other = &thread_leaf_hasher(); }).join();
  EXPECT_NE(mine, other);
  EXPECT_EQ(mine->name(), make_leaf_hasher()->name());
}

}  // namespace
}  // namespace shoal::leaf_hasher_test
