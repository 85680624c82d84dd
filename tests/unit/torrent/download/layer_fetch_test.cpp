#include "torrent/download/layer_fetch.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace shoal::torrent::layer_fetch_test {
namespace {

using namespace std::chrono_literals;
using Verdict = LayerFetch::Verdict;

constexpr Time kNow{1h};
constexpr ConnectionKey kAda{1};
constexpr ConnectionKey kBob{2};
constexpr std::uint32_t kPieceLength = 32768;

/// The piece layer of a file of so many pieces, whose last one is short.
class Layer {
 public:
  explicit Layer(std::uint32_t pieces)
      : geometry(*Geometry::make(std::uint64_t{pieces} * kPieceLength - 1000, kPieceLength)) {
    for (std::uint32_t i = 0; i < pieces; ++i) {
      Digest& node = nodes.emplace_back();
      std::memcpy(node.bytes.data(), &i, sizeof i);
      node.bytes.back() = std::byte{1};
    }
    fold();
  }
  /// The answer that an honest peer gives.
  [[nodiscard]] std::vector<Digest> answer(const merkle::HashRequest& request) const {
    return merkle::LayerTree::build(nodes, level(), geometry.tree_height(), root)->answer(request);
  }
  void fold() { root = merkle::fold(nodes, level(), geometry.tree_height() - level()); }
  [[nodiscard]] int level() const { return geometry.fold_height(); }

  Geometry geometry;
  std::vector<Digest> nodes;
  Digest root;
};

/// Asks one peer until the layer is there; the requests it took.
std::vector<merkle::HashRequest> fetch_all(LayerFetch& fetch, const Layer& layer) {
  std::vector<merkle::HashRequest> requests;
  while (const auto request = fetch.next(kAda, kNow)) {
    requests.push_back(*request);
    EXPECT_EQ(fetch.answered(kAda, *request, layer.answer(*request)), Verdict::accepted);
  }
  return requests;
}

class LayerOfPieces : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(LayerOfPieces, is_fetched_in_whole_chunks_with_proof_to_the_root) {
  const Layer layer(GetParam());
  LayerFetch fetch(layer.geometry, layer.root);
  const auto requests = fetch_all(fetch, layer);
  const std::uint32_t chunk = GetParam() == 1 ? 1 : std::min(512u, std::bit_ceil(GetParam()));
  ASSERT_EQ(requests.size(), GetParam() == 1 ? 0 : (GetParam() + chunk - 1) / chunk);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(requests[i].base, 1u);
    EXPECT_EQ(requests[i].index, i * chunk);
    EXPECT_EQ(requests[i].length, chunk);  // the last one too, padding included
    EXPECT_EQ(static_cast<int>(requests[i].proof), layer.geometry.tree_height() - 1 - 1);
  }
  ASSERT_TRUE(fetch.done());
  EXPECT_TRUE(std::ranges::equal(fetch.take().layer(), layer.nodes));
}
INSTANTIATE_TEST_SUITE_P(Counts, LayerOfPieces,
                         ::testing::Values(1u, 2u, 3u, 511u, 512u, 513u, 600u, 1024u, 1101u));

TEST(LayerFetch, is_whole_in_whatever_order_its_chunks_are_proven) {
  const Layer layer(2000);
  LayerFetch fetch(layer.geometry, layer.root);
  std::vector<merkle::HashRequest> requests;
  for (const ConnectionKey peer : {kAda, kBob}) {
    while (const auto request = fetch.next(peer, kNow)) requests.push_back(*request);
  }
  ASSERT_EQ(requests.size(), 4u);
  for (const std::size_t i : {3uz, 1uz, 0uz, 2uz}) {
    EXPECT_FALSE(fetch.done());
    EXPECT_EQ(fetch.answered(kAda, requests[i], layer.answer(requests[i])), Verdict::accepted);
  }
  ASSERT_TRUE(fetch.done());
  EXPECT_TRUE(std::ranges::equal(fetch.take().layer(), layer.nodes));
}

TEST(LayerFetch, asks_what_the_notes_say_for_known_sizes) {
  // 5 MiB + 123 in pieces of 64 KiB: (base 2, index 0, length 128, proof 6).
  const Geometry geometry = *Geometry::make(5 * 1024 * 1024 + 123, 65536);
  LayerFetch fetch(geometry, Digest{});
  EXPECT_EQ(fetch.next(kAda, kNow), (merkle::HashRequest{Digest{}, 2, 0, 128, 6}));
}

TEST(LayerFetch, asks_one_peer_for_two_chunks_at_a_time_and_nobody_twice) {
  const Layer layer(2000);
  LayerFetch fetch(layer.geometry, layer.root);
  EXPECT_EQ(fetch.next(kAda, kNow)->index, 0u);
  EXPECT_EQ(fetch.next(kAda, kNow)->index, 512u);
  EXPECT_FALSE(fetch.next(kAda, kNow));
  EXPECT_EQ(fetch.next(kBob, kNow)->index, 1024u);
  EXPECT_EQ(fetch.next(kBob, kNow)->index, 1536u);
  EXPECT_FALSE(fetch.next(ConnectionKey{3}, kNow)) << "all is asked for";
}

TEST(LayerFetch, asks_somebody_else_after_three_seconds) {
  const Layer layer(100);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto request = fetch.next(kAda, kNow);
  EXPECT_FALSE(fetch.next(kBob, kNow + 2999ms));
  EXPECT_EQ(fetch.next(kBob, kNow + 3s), request);
  EXPECT_FALSE(fetch.next(kAda, kNow + 3s));
}

TEST(LayerFetch, asks_others_before_one_that_has_not_answered_though_that_one_comes_first) {
  const Layer layer(100);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto request = fetch.next(kAda, kNow);
  EXPECT_FALSE(fetch.next(kAda, kNow + 3s));
  EXPECT_EQ(fetch.next(kBob, kNow + 3s), request);
}

TEST(LayerFetch, asks_one_that_has_not_answered_again_where_there_is_nobody_else) {
  const Layer layer(100);
  LayerFetch fetch(layer.geometry, layer.root);
  int requests = 0;
  for (Duration waited{}; waited < 1min; waited += 100ms) {
    if (fetch.next(kAda, kNow + waited)) ++requests;
  }
  EXPECT_GE(requests, 13);
}

TEST(LayerFetch, comes_to_an_honest_peer_behind_a_dozen_that_never_answer) {
  const Layer layer(1100);
  LayerFetch fetch(layer.geometry, layer.root);
  const ConnectionKey honest{100};
  Duration waited{};
  for (; waited < 1min && !fetch.done(); waited += 250ms) {
    for (std::uint64_t mute = 1; mute <= 12; ++mute) {
      static_cast<void>(fetch.next(ConnectionKey{mute}, kNow + waited));
    }
    while (const auto request = fetch.next(honest, kNow + waited)) {
      ASSERT_EQ(fetch.answered(honest, *request, layer.answer(*request)), Verdict::accepted);
    }
  }
  EXPECT_LE(waited, 40s) << "each of them had its three seconds, three chunks at a time";
  EXPECT_TRUE(fetch.done());
}

TEST(LayerFetch, comes_to_an_honest_peer_though_a_mute_one_is_first_each_time_under_a_new_name) {
  const Layer layer(100);
  LayerFetch fetch(layer.geometry, layer.root);
  const ConnectionKey honest{1};
  std::uint64_t mute = 2;
  Duration waited{};
  for (; waited < 5min && !fetch.done(); waited += 1ms) {
    static_cast<void>(fetch.next(ConnectionKey{mute}, kNow + waited));
    if (waited % 3s == 2999ms) fetch.gone(ConnectionKey{mute++});
    if (waited % 250ms != 249ms) continue;
    if (const auto request = fetch.next(honest, kNow + waited)) {
      ASSERT_EQ(fetch.answered(honest, *request, layer.answer(*request)), Verdict::accepted);
    }
  }
  EXPECT_LE(waited, 15s);
}

TEST(LayerFetch, takes_a_late_answer_though_somebody_else_was_asked_since) {
  const Layer layer(100);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto request = *fetch.next(kAda, kNow);
  ASSERT_TRUE(fetch.next(kBob, kNow + 3s));
  EXPECT_EQ(fetch.answered(kAda, request, layer.answer(request)), Verdict::accepted);
  EXPECT_TRUE(fetch.done());
  EXPECT_EQ(fetch.answered(kBob, request, layer.answer(request)), Verdict::not_wanted);
}

TEST(LayerFetch, ignores_answers_to_requests_that_are_not_its_own) {
  const Layer layer(600);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto request = *fetch.next(kAda, kNow);
  for (merkle::HashRequest other : {merkle::HashRequest{layer.root, 1, 0, 256, 9},
                                    {layer.root, 1, 256, 512, 9},
                                    {layer.root, 1, 0, 512, 8},
                                    {layer.root, 2, 0, 512, 9},
                                    {layer.root, 1, 1024, 512, 9},
                                    {Digest{}, 1, 0, 512, 9},
                                    {layer.root, 1, ~0u, 512, 9}}) {
    EXPECT_EQ(fetch.answered(kAda, other, layer.answer(request)), Verdict::not_wanted);
  }
  EXPECT_EQ(fetch.answered(kAda, request, layer.answer(request)), Verdict::accepted);
}

TEST(LayerFetch, finds_every_kind_of_wrong_answer_and_asks_others) {
  const Layer layer(600);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto request = *fetch.next(kAda, kNow);
  const std::vector<Digest> right = layer.answer(request);
  for (std::size_t i = 0; i < right.size(); i += 37) {
    std::vector<Digest> wrong = right;
    wrong[i].bytes[0] ^= std::byte{1};
    EXPECT_EQ(fetch.answered(kAda, request, wrong), Verdict::wrong) << i;
  }
  std::vector<Digest> wrong_uncle = right;
  wrong_uncle.back().bytes[31] ^= std::byte{1};
  EXPECT_EQ(fetch.answered(kAda, request, wrong_uncle), Verdict::wrong);
  EXPECT_EQ(fetch.answered(kAda, request, std::span(right).first(right.size() - 1)),
            Verdict::wrong);
  std::vector<Digest> too_many = right;
  too_many.push_back(Digest{});
  EXPECT_EQ(fetch.answered(kAda, request, too_many), Verdict::wrong);
  EXPECT_EQ(fetch.answered(kAda, request, {}), Verdict::wrong);
  EXPECT_EQ(fetch.next(kBob, kNow), request);
  EXPECT_EQ(fetch.answered(kBob, request, right), Verdict::accepted);
}

TEST(LayerFetch, refuses_a_root_that_hides_something_behind_the_end_of_the_file) {
  // Every hash leads to the root, but no file of 600 pieces has that root.
  Layer crafted(1024);
  const Layer honest(600);
  LayerFetch in_nodes(honest.geometry, crafted.root);
  (void)in_nodes.next(kAda, kNow);
  const auto last = *in_nodes.next(kAda, kNow);
  EXPECT_EQ(in_nodes.answered(kAda, last, crafted.answer(last)), Verdict::wrong);

  Layer larger(2048);  // what is hidden is behind an uncle: of 1100 pieces, three chunks are asked
  const Layer three_chunks(1100);
  std::fill(larger.nodes.begin() + 1100, larger.nodes.begin() + 1536, merkle::pad(1));
  larger.fold();
  LayerFetch in_uncles(three_chunks.geometry, larger.root);
  const auto first = *in_uncles.next(kAda, kNow);
  EXPECT_EQ(in_uncles.answered(kAda, first, larger.answer(first)), Verdict::accepted);
  (void)in_uncles.next(kAda, kNow);
  const auto third = *in_uncles.next(kAda, kNow);
  ASSERT_FALSE(in_uncles.next(kAda, kNow));
  EXPECT_EQ(third.index, 1024u);
  EXPECT_EQ(in_uncles.answered(kAda, third, larger.answer(third)), Verdict::wrong);
}

TEST(LayerFetch, leaves_a_peer_that_rejects_in_peace_for_three_seconds_and_asks_another) {
  const Layer layer(100);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto request = *fetch.next(kAda, kNow);
  fetch.rejected(kAda, request, kNow);
  EXPECT_FALSE(fetch.next(kAda, kNow + 2999ms));
  EXPECT_EQ(fetch.next(kBob, kNow), request);
  fetch.rejected(kBob, request, kNow + 1s);
  EXPECT_EQ(fetch.next(kAda, kNow + 3s), request);
}

TEST(LayerFetch, ignores_rejects_of_what_is_not_asked_of_that_peer) {
  const Layer layer(2000);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto request = *fetch.next(kAda, kNow);
  fetch.rejected(kBob, request, kNow);
  merkle::HashRequest odd = request;
  odd.index = 7;
  fetch.rejected(kAda, odd, kNow);
  EXPECT_TRUE(fetch.next(kAda, kNow)) << "nobody rests";
  EXPECT_EQ(fetch.next(kBob, kNow)->index, 1024u) << "chunk 0 is still asked of the first";
}

TEST(LayerFetch, asks_again_for_what_a_peer_that_left_was_asked_for) {
  const Layer layer(100);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto request = fetch.next(kAda, kNow);
  fetch.gone(kAda);
  EXPECT_EQ(fetch.next(kBob, kNow), request);
  fetch.gone(kAda);
  EXPECT_FALSE(fetch.next(ConnectionKey{3}, kNow)) << "the other one still is";
}

TEST(LayerFetch, keeps_proven_chunks_when_their_peer_leaves) {
  const Layer layer(600);
  LayerFetch fetch(layer.geometry, layer.root);
  const auto first = *fetch.next(kAda, kNow);
  const auto second = *fetch.next(kAda, kNow);
  EXPECT_EQ(fetch.answered(kAda, first, layer.answer(first)), Verdict::accepted);
  fetch.gone(kAda);
  EXPECT_EQ(fetch.next(kBob, kNow), second);
  EXPECT_FALSE(fetch.next(kBob, kNow));
}

}  // namespace
}  // namespace shoal::torrent::layer_fetch_test
