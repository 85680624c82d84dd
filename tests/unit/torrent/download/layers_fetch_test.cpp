// Which peer is asked for the piece layers of which files of a folder.
#include "torrent/download/layers_fetch.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "hash/sha256.hpp"
#include "support/sample_folder.hpp"

namespace shoal::test::layers_fetch_test {
namespace {

using namespace std::chrono_literals;
using torrent::ConnectionKey;
using torrent::Content;
using torrent::LayerFetch;
using torrent::LayersFetch;

constexpr ConnectionKey kAnn{1};
constexpr ConnectionKey kBob{2};
constexpr Time kStart{1h};

SampleFolder mixed() {
  return {32768, {{"a", 70'000}, {"b", 10}, {"c", 70'000}, {"d", 65'536}, {"e", 0}}};
}

/// Files of three pieces.
SampleFolder folder_of(std::uint32_t files) {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  for (std::uint32_t i = 0; i < files; ++i) {
    all.emplace_back("f" + std::to_string(1000 + i), 33'000 + i);
  }
  return {16384, all};
}

Bitfield all_of(const Content& content) {
  Bitfield all(content.space().pieces());
  all.set_all();
  return all;
}

/// The last piece of each of these files.
Bitfield some_of(const Content& content, std::uint32_t first, std::uint32_t end) {
  Bitfield pieces(content.space().pieces());
  for (std::uint32_t i = first; i < end; ++i) {
    const auto file = content.space().file(FileIndex{i});
    pieces.set(file->first_piece + file->geometry.pieces() - 1);
  }
  return pieces;
}

/// The peer answers all that is asked of it until nothing more is; the roots in the order that they
/// were asked for.
std::vector<Digest> answers(const SampleFolder& folder, LayersFetch& fetch, const Bitfield& pieces,
                            ConnectionKey peer = kAnn, Time now = kStart) {
  std::vector<Digest> roots;
  while (const auto request = fetch.next(peer, pieces, now)) {
    if (roots.empty() || roots.back() != request->root) roots.push_back(request->root);
    EXPECT_EQ(fetch.answered(peer, *request, folder.answer(*request), now),
              LayerFetch::Verdict::accepted);
  }
  return roots;
}

/// What is asked of the peer now; it does not answer.
std::vector<merkle::HashRequest> asks(LayersFetch& fetch, ConnectionKey peer,
                                      const Bitfield& pieces, Time now = kStart) {
  std::vector<merkle::HashRequest> requests;
  while (const auto request = fetch.next(peer, pieces, now)) requests.push_back(*request);
  return requests;
}

std::uint32_t file_of(const Content& content, const merkle::HashRequest& request) {
  return value(content.layers().file_of(request.root)->file);
}

TEST(LayersFetch, gets_each_layer_once_in_the_order_of_the_tree) {
  SampleFolder folder = mixed();
  const Content content = folder.missing();
  LayersFetch fetch(content);
  EXPECT_FALSE(fetch.done());
  EXPECT_EQ(fetch.pieces(), 8u);
  EXPECT_EQ(answers(folder, fetch, all_of(content)),
            (std::vector{folder.sample(70'000).info().root, folder.sample(65'536).info().root}));
  EXPECT_TRUE(fetch.done());
  EXPECT_EQ(fetch.pieces(), 0u);
  EXPECT_EQ(fetch.take().size(), 2u);
  EXPECT_TRUE(fetch.take().empty());
}

TEST(LayersFetch, gets_those_of_many_files_a_few_at_a_time_from_each_peer) {
  const SampleFolder folder = folder_of(30);
  const Content content = folder.missing();
  LayersFetch fetch(content);
  const Bitfield all = all_of(content);
  std::set<std::uint32_t> asked;
  for (const auto& request : asks(fetch, kAnn, all)) asked.insert(file_of(content, request));
  EXPECT_EQ(asked, (std::set<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  for (const auto& request : asks(fetch, kBob, all)) asked.insert(file_of(content, request));
  EXPECT_EQ(asked.size(), 16u);
  for (const ConnectionKey peer : {kAnn, kBob}) fetch.gone(peer);
  answers(folder, fetch, all, ConnectionKey{3});
  EXPECT_TRUE(fetch.done());
  EXPECT_EQ(fetch.take().size(), 30u);
}

TEST(LayersFetch, gets_none_of_files_that_are_not_wanted_or_known_already) {
  SampleFolder folder = mixed();
  Content content = folder.missing();
  const std::vector<FileIndex> some{folder.index_of("b"), folder.index_of("d")};
  content.want_only(some);
  LayersFetch fetch(content);
  EXPECT_EQ(answers(folder, fetch, all_of(content)),
            (std::vector{folder.sample(65'536).info().root}));
  content.set_layer(folder.sample(65'536).layers());
  EXPECT_TRUE(LayersFetch(content).done());
}

TEST(LayersFetch, tells_a_wrong_answer_and_one_that_nobody_asked_for) {
  SampleFolder folder = mixed();
  const Content content = folder.missing();
  LayersFetch fetch(content);
  const auto request = fetch.next(kAnn, all_of(content), kStart);
  ASSERT_TRUE(request);
  auto hashes = folder.answer(*request);
  hashes.front().bytes[5] ^= std::byte{1};
  EXPECT_EQ(fetch.answered(kAnn, *request, hashes, kStart), LayerFetch::Verdict::wrong);
  auto other = *request;
  other.root = Digest{};
  EXPECT_EQ(fetch.answered(kAnn, other, hashes, kStart), LayerFetch::Verdict::not_wanted);
}

TEST(LayersFetch, asks_each_peer_for_the_files_that_it_shows) {
  const SampleFolder folder = folder_of(6);
  const Content content = folder.missing();
  LayersFetch fetch(content);
  std::vector<std::uint32_t> of_bob;
  for (const auto& request : asks(fetch, kBob, some_of(content, 4, 6))) {
    of_bob.push_back(file_of(content, request));
  }
  EXPECT_EQ(of_bob, (std::vector<std::uint32_t>{4, 5}));
  std::vector<std::uint32_t> of_ann;
  for (const auto& request : asks(fetch, kAnn, some_of(content, 0, 5))) {
    of_ann.push_back(file_of(content, request));
  }
  EXPECT_EQ(of_ann, (std::vector<std::uint32_t>{0, 1, 2, 3}));
}

TEST(LayersFetch, takes_the_layer_of_equal_files_from_who_has_any_of_them) {
  SampleFolder folder = mixed();
  const Content content = folder.missing();
  LayersFetch fetch(content);
  const auto request = fetch.next(kAnn, some_of(content, 2, 3), kStart);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->root, folder.sample(70'000).info().root);
  EXPECT_EQ(fetch.answered(kAnn, *request, folder.answer(*request), kStart),
            LayerFetch::Verdict::accepted);
  EXPECT_EQ(fetch.pieces(), 2u);
  EXPECT_EQ(fetch.take().size(), 1u);
}

TEST(LayersFetch, is_not_held_up_by_peers_that_have_no_answer_to_what_they_show) {
  const SampleFolder folder = folder_of(200);
  const Content content = folder.missing();
  LayersFetch fetch(content);
  for (Time now = kStart; now < kStart + 2min; now += 250ms) {
    for (const auto& request : asks(fetch, kAnn, some_of(content, 0, 199), now)) {
      fetch.rejected(kAnn, request, now);
    }
  }
  const auto of_bob = asks(fetch, kBob, some_of(content, 199, 200), kStart + 2min);
  EXPECT_TRUE(std::ranges::any_of(
      of_bob, [&](const auto& request) { return file_of(content, request) == 199; }));
}

TEST(LayersFetch, comes_in_time_to_every_file_of_a_peer_that_has_no_answer_to_most) {
  const SampleFolder folder = folder_of(200);
  const Content content = folder.missing();
  LayersFetch fetch(content);
  const Bitfield all = all_of(content);
  std::set<std::uint32_t> rejected;
  std::size_t most = 0;
  for (Time now = kStart; now < kStart + 5min; now += 250ms) {
    const auto requests = asks(fetch, kAnn, all, now);
    most = std::max(most, requests.size());
    for (const auto& request : requests) {
      if (file_of(content, request) >= 190) {
        EXPECT_EQ(fetch.answered(kAnn, request, folder.answer(request), now),
                  LayerFetch::Verdict::accepted);
      } else {
        rejected.insert(file_of(content, request));
        fetch.rejected(kAnn, request, now);
      }
    }
  }
  EXPECT_EQ(fetch.take().size(), 10u);
  EXPECT_EQ(fetch.pieces(), 190u * 3);
  EXPECT_EQ(rejected.size(), 190u);
  EXPECT_LE(most, 64u + 8u);
}

/// Layers of several requests each, two unless it says otherwise, of files that are made up.
class LongLayers {
 public:
  explicit LongLayers(std::uint32_t files, std::uint32_t pieces = 600) {
    std::vector<TreeEntry> entries;
    for (std::uint32_t i = 0; i < files; ++i) {
      std::vector<Digest> nodes(pieces);
      nodes.front() = sha256(as_bytes(std::to_string(i)));
      const auto geometry = *Geometry::make(std::uint64_t{pieces} * 16384, 16384);
      const Digest root = merkle::fold(nodes, geometry.piece_level(),
                                       geometry.tree_height() - geometry.piece_level());
      layers_.push_back(*merkle::LayerTree::build(std::move(nodes), geometry.piece_level(),
                                                  geometry.tree_height(), root));
      entries.push_back({.path = "f" + std::to_string(1000 + i),
                         .length = std::uint64_t{pieces} * 16384,
                         .root = root});
    }
    tree_ = std::make_shared<const FileTree>(*FileTree::make("long", 16384, std::move(entries)));
  }
  [[nodiscard]] Content missing() const {
    const Bytes dictionary = tree_dictionary(*tree_);
    return {info_of_folder(*tree_, dictionary), tree_, dictionary};
  }
  [[nodiscard]] std::vector<Digest> answer(const merkle::HashRequest& request) const {
    return std::ranges::find(layers_, request.root, &merkle::LayerTree::root)->answer(request);
  }

 private:
  std::vector<merkle::LayerTree> layers_;
  std::shared_ptr<const FileTree> tree_;
};

TEST(LayersFetch, is_not_held_up_by_layers_of_which_nobody_has_the_rest) {
  const LongLayers folder(66);
  const Content content = folder.missing();
  LayersFetch fetch(content);
  std::set<std::uint32_t> answered;
  for (Time now = kStart; now < kStart + 2min; now += 250ms) {
    for (const auto& request : asks(fetch, kAnn, some_of(content, 0, 64), now)) {
      if (request.index == 0 && answered.insert(file_of(content, request)).second) {
        EXPECT_EQ(fetch.answered(kAnn, request, folder.answer(request), now),
                  LayerFetch::Verdict::accepted);
      } else {
        fetch.rejected(kAnn, request, now);
      }
    }
    if (answered.size() < 64) continue;  // Bob comes when she has begun them all
    for (const auto& request : asks(fetch, kBob, some_of(content, 64, 66), now)) {
      if (file_of(content, request) < 64) {
        fetch.rejected(kBob, request, now);
      } else {
        EXPECT_EQ(fetch.answered(kBob, request, folder.answer(request), now),
                  LayerFetch::Verdict::accepted);
      }
    }
  }
  EXPECT_EQ(answered.size(), 64u);
  EXPECT_EQ(fetch.take().size(), 2u);
}

TEST(LayersFetch, is_not_held_up_by_who_gives_a_bit_of_many_layers_now_and_then) {
  const LongLayers folder(66, 3000);
  const Content content = folder.missing();
  LayersFetch fetch(content);
  std::map<std::uint32_t, Time> gave;
  for (Time now = kStart; now < kStart + 1min; now += 250ms) {
    for (const auto& request : asks(fetch, kAnn, some_of(content, 0, 64), now)) {
      const auto [at, first] = gave.try_emplace(file_of(content, request), now);
      if (first || now - at->second >= 20s) {
        at->second = now;
        EXPECT_EQ(fetch.answered(kAnn, request, folder.answer(request), now),
                  LayerFetch::Verdict::accepted);
      } else {
        fetch.rejected(kAnn, request, now);
      }
    }
    if (gave.size() < 64) continue;
    for (const auto& request : asks(fetch, kBob, some_of(content, 64, 66), now)) {
      if (file_of(content, request) < 64) {
        fetch.rejected(kBob, request, now);
      } else {
        EXPECT_EQ(fetch.answered(kBob, request, folder.answer(request), now),
                  LayerFetch::Verdict::accepted);
      }
    }
  }
  EXPECT_GE(gave.size(), 64u);
  EXPECT_EQ(fetch.take().size(), 2u);
}

TEST(LayersFetch, keeps_what_is_proven_of_a_layer_while_others_have_its_place) {
  const LongLayers folder(66);
  const Content content = folder.missing();
  LayersFetch fetch(content);
  const auto answer = [&](ConnectionKey peer, const Bitfield& shows, Time now, auto has) {
    for (const auto& request : asks(fetch, peer, shows, now)) {
      if (has(request)) {
        EXPECT_EQ(fetch.answered(peer, request, folder.answer(request), now),
                  LayerFetch::Verdict::accepted);
      } else {
        fetch.rejected(peer, request, now);
      }
    }
  };
  Time now = kStart;
  for (; now < kStart + 2min; now += 250ms) {
    answer(kAnn, some_of(content, 0, 64), now, [](const auto& one) { return one.index == 0; });
    answer(kBob, some_of(content, 64, 66), now,
           [&](const auto& one) { return file_of(content, one) >= 64; });
  }
  EXPECT_EQ(fetch.take().size(), 2u);
  fetch.gone(kAnn);
  // Who comes now has but the rest of them.
  for (; now < kStart + 5min; now += 250ms) {
    answer(ConnectionKey{3}, some_of(content, 0, 64), now,
           [](const auto& one) { return one.index != 0; });
  }
  EXPECT_EQ(fetch.take().size(), 64u);
  EXPECT_TRUE(fetch.done());
}

TEST(LayersFetch, asks_for_what_nobody_shows_when_nothing_else_goes_on) {
  const SampleFolder folder = folder_of(3);
  const Content content = folder.missing();
  LayersFetch fetch(content);
  const Bitfield last = some_of(content, 2, 3);
  const auto first = asks(fetch, kAnn, last);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(file_of(content, first[0]), 2u);
  EXPECT_EQ(fetch.answered(kAnn, first[0], folder.answer(first[0]), kStart),
            LayerFetch::Verdict::accepted);
  std::set<std::uint32_t> rest;
  for (Time now = kStart; now < kStart + 10s; now += 250ms) {
    for (const auto& request : asks(fetch, kAnn, last, now)) {
      rest.insert(file_of(content, request));
    }
  }
  EXPECT_EQ(rest, (std::set<std::uint32_t>{0, 1}));
}

}  // namespace
}  // namespace shoal::test::layers_fetch_test
