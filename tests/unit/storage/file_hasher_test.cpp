#include "storage/file_hasher.hpp"

#include <atomic>
#include <bit>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hash/sha256.hpp"
#include "storage/leaf_reader.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::file_hasher_test {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

constexpr std::uint32_t kKiB = 1024;
constexpr std::uint32_t kMiB = 1024 * kKiB;

/// No two blocks are equal, so that a swapped pair shows.
std::string content_of(std::size_t size) {
  std::string content(size, '\0');
  std::uint32_t state = 2463534242u;
  for (char& byte : content) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    byte = static_cast<char>(state);
  }
  return content;
}

std::vector<Digest> naive_leaves(std::string_view content) {
  std::vector<Digest> leaves;
  for (std::size_t at = 0; at < content.size(); at += kBlockLength) {
    leaves.push_back(sha256(as_bytes(content.substr(at, kBlockLength))));
  }
  return leaves;
}

/// The tree exactly as BEP 52 tells it: padded with zero leaves to `size`, a power of two, and
/// halved.
Digest naive_fold(std::vector<Digest> nodes, std::size_t size) {
  for (nodes.resize(size); nodes.size() > 1; nodes.resize(nodes.size() / 2)) {
    for (std::size_t i = 0; i < nodes.size() / 2; ++i) {
      nodes[i] = sha256_pair(nodes[2 * i], nodes[2 * i + 1]);
    }
  }
  return nodes.front();
}

Digest naive_root(std::string_view content) {
  std::vector<Digest> leaves = naive_leaves(content);
  const std::size_t size = std::bit_ceil(leaves.size());
  return naive_fold(std::move(leaves), size);
}

std::vector<Digest> naive_layer(std::string_view content, std::uint32_t piece_length) {
  if (content.size() <= piece_length) return {naive_root(content)};
  std::vector<Digest> layer;
  for (std::size_t at = 0; at < content.size(); at += piece_length) {
    layer.push_back(
        naive_fold(naive_leaves(content.substr(at, piece_length)), piece_length / kBlockLength));
  }
  return layer;
}

struct Subject {
  explicit Subject(std::string bytes, std::uint32_t piece_length)
      : content(std::move(bytes)),
        geometry(Geometry::make(content.size(), piece_length).value()),
        file(File::open_to_fill(dir.write("file", content)).value()) {}

  [[nodiscard]] Result<std::vector<Digest>> hash(unsigned threads,
                                                 const HashProgress& progress = {},
                                                 std::stop_token stop = {}) const {
    return hash_file(file, geometry, threads, progress, std::move(stop));
  }

  TempDir dir;
  std::string content;
  Geometry geometry;
  File file;
};

struct Case {
  std::uint64_t length;
  std::uint32_t piece_length;
};

class HashFile : public ::testing::TestWithParam<Case> {};

TEST_P(HashFile, equals_the_tree_computed_by_hand_on_any_number_of_threads) {
  const Subject subject(content_of(GetParam().length), GetParam().piece_length);
  const std::vector<Digest> expected = naive_layer(subject.content, GetParam().piece_length);
  for (const unsigned threads : {0u, 1u, 2u, 3u, 4u}) {
    std::atomic<std::uint64_t> hashed = 0;
    const auto layer = subject.hash(threads, [&](std::uint64_t bytes) { hashed += bytes; });
    ASSERT_TRUE(layer) << layer.error().message;
    EXPECT_EQ(*layer, expected);
    EXPECT_EQ(hashed, GetParam().length);
  }
  EXPECT_EQ(root_of(subject.geometry, expected), naive_root(subject.content));
}

TEST_P(HashFile, equals_its_pieces_hashed_one_by_one) {
  const Subject subject(content_of(GetParam().length), GetParam().piece_length);
  const std::vector<Digest> layer = naive_layer(subject.content, GetParam().piece_length);
  const std::vector<Digest> leaves = naive_leaves(subject.content);
  std::vector<Digest> all_leaves;
  for (std::uint32_t i = 0; i < subject.geometry.pieces(); ++i) {
    const auto node = hash_piece(subject.file, subject.geometry, PieceIndex{i});
    ASSERT_TRUE(node) << node.error().message;
    EXPECT_EQ(*node, layer.at(i));
    const auto piece_leaves = hash_leaves(subject.file, subject.geometry, PieceIndex{i});
    ASSERT_TRUE(piece_leaves);
    EXPECT_EQ(piece_leaves->size(), subject.geometry.blocks(PieceIndex{i}));
    all_leaves.insert(all_leaves.end(), piece_leaves->begin(), piece_leaves->end());
  }
  EXPECT_EQ(all_leaves, leaves);
}

INSTANTIATE_TEST_SUITE_P(
    Lengths, HashFile,
    ::testing::Values(Case{1, 16 * kKiB}, Case{16383, 16 * kKiB}, Case{16384, 16 * kKiB},
                      Case{16385, 16 * kKiB}, Case{1, 64 * kKiB}, Case{16385, 64 * kKiB},
                      Case{48 * kKiB, 64 * kKiB}, Case{64 * kKiB - 1, 64 * kKiB},
                      Case{64 * kKiB, 64 * kKiB}, Case{64 * kKiB + 1, 64 * kKiB},
                      Case{5 * 64 * kKiB, 64 * kKiB}, Case{5 * 64 * kKiB + 20000, 64 * kKiB},
                      Case{512 * kKiB, kMiB}, Case{512 * kKiB + 1, kMiB},
                      Case{3 * kMiB + 700001, kMiB}, Case{4 * kMiB, 4 * kMiB},
                      Case{4 * kMiB + 1, 4 * kMiB}, Case{8 * kMiB - 1, 8 * kMiB},
                      Case{8 * kMiB + 1, 8 * kMiB}, Case{9 * kMiB + 5, 16 * kMiB},
                      Case{20 * kMiB + 12345, 8 * kMiB}, Case{20 * kMiB + 1, 16 * kKiB}),
    [](const auto& test_case) {
      return std::to_string(test_case.param.length) + "_by_" +
             std::to_string(test_case.param.piece_length);
    });

TEST(FileHasher, a_file_that_is_on_the_disk_only_has_the_same_hashes) {
  const Subject subject(content_of(30 * kMiB + 3), 64 * kKiB);
  const std::vector<Digest> expected = naive_layer(subject.content, 64 * kKiB);
  for (const unsigned threads : {1u, 3u}) {
    ASSERT_TRUE(subject.file.sync());
    ::posix_fadvise(subject.file.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
    const auto layer = subject.hash(threads);
    ASSERT_TRUE(layer) << layer.error().message;
    EXPECT_EQ(*layer, expected);
  }
}

/// Hashes with each way of reading, whichever is the faster here.
TEST(FileHasher, leaves_are_the_same_read_or_mapped) {
  const Subject subject(content_of(5 * kMiB + 70'001), 64 * kKiB);
  for (const bool map : {false, true}) {
    WayOfReading way;
    for (int turn = 0; turn < 10; ++turn) static_cast<void>(way.next());
    if (map) way.took(WayOfReading::Way::map, std::chrono::nanoseconds(1));
    way.took(WayOfReading::Way::read, std::chrono::nanoseconds(100));
    std::vector<Digest> leaves;
    const auto go_on = [](std::uint64_t) { return Result<void>{}; };
    LeafReader reader(subject.content.size(), &way);
    ASSERT_TRUE(reader.append(subject.file, 0, subject.content.size(), leaves, go_on));
    EXPECT_EQ(leaves, naive_leaves(subject.content));
    ASSERT_TRUE(subject.file.resize(2 * kMiB));
    const auto cut = reader.append(subject.file, kMiB, 2 * kMiB, leaves, go_on);
    ASSERT_FALSE(cut);
    EXPECT_THAT(cut.error().message, HasSubstr("was changed"));
    ASSERT_TRUE(subject.file.write_at(0, std::vector<BytesView>{as_bytes(subject.content)}));
  }
}

TEST(FileHasher, one_flipped_bit_changes_one_node) {
  const Subject subject(content_of(300'000), 64 * kKiB);
  const auto before = subject.hash(2);
  const std::string flipped(1, static_cast<char>(subject.content[140'000] ^ 1));
  const std::vector<BytesView> parts{as_bytes(flipped)};
  ASSERT_TRUE(subject.file.write_at(140'000, parts));
  const auto after = subject.hash(2);
  ASSERT_TRUE(before && after);
  for (std::size_t i = 0; i < before->size(); ++i) {
    EXPECT_EQ(before->at(i) == after->at(i), i != 2) << "piece " << i;
  }
}

TEST(FileHasher, refuses_a_file_of_another_length) {
  const Subject subject(content_of(100'000), 16 * kKiB);
  for (const std::uint64_t length : {99'999u, 100'001u}) {
    ASSERT_TRUE(subject.file.resize(length));
    const auto layer = subject.hash(2);
    ASSERT_FALSE(layer);
    EXPECT_EQ(layer.error().code, Errc::io);
    EXPECT_THAT(layer.error().message,
                HasSubstr("file was changed: it has " + std::to_string(length) + " bytes, 100000"));
  }
}

TEST(FileHasher, a_file_cut_while_it_is_hashed_is_an_error_that_names_it) {
  for (const unsigned threads : {1u, 4u}) {
    const Subject subject(content_of(6 * kMiB), 64 * kKiB);
    const auto layer =
        subject.hash(threads, [&](std::uint64_t) { EXPECT_TRUE(subject.file.resize(10)); });
    ASSERT_FALSE(layer);
    EXPECT_EQ(layer.error().code, Errc::io);
    EXPECT_THAT(layer.error().message, HasSubstr((subject.dir / "file").string()));
    EXPECT_THAT(layer.error().message, HasSubstr("was changed"));
  }
}

TEST(FileHasher, a_file_that_grows_while_it_is_hashed_is_an_error_that_names_it) {
  const Subject subject(content_of(100'000), 16 * kKiB);
  const auto layer =
      subject.hash(1, [&](std::uint64_t) { EXPECT_TRUE(subject.file.resize(200'000)); });
  ASSERT_FALSE(layer);
  EXPECT_THAT(layer.error().message, HasSubstr("was changed while it was being hashed"));
}

TEST(FileHasher, a_piece_past_the_end_of_the_file_is_an_error) {
  const Subject subject(content_of(100'000), 16 * kKiB);
  ASSERT_TRUE(subject.file.resize(90'000));
  const PieceIndex last{subject.geometry.pieces() - 1};
  const auto node = hash_piece(subject.file, subject.geometry, last);
  ASSERT_FALSE(node);
  EXPECT_THAT(node.error().message, HasSubstr("was changed"));
  EXPECT_FALSE(hash_leaves(subject.file, subject.geometry, last));
  EXPECT_TRUE(hash_piece(subject.file, subject.geometry, PieceIndex{0}));
}

TEST(FileHasher, stops_on_request_before_the_next_batch) {
  const Subject subject(content_of(6 * kMiB), 64 * kKiB);
  std::stop_source source;
  int batches = 0;
  const auto layer = subject.hash(
      1,
      [&](std::uint64_t) {
        ++batches;
        source.request_stop();
      },
      source.get_token());
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().code, Errc::cancelled);
  EXPECT_EQ(batches, 1);
}

TEST(FileHasher, stopped_before_it_starts_reads_nothing) {
  const Subject subject(content_of(kMiB), 64 * kKiB);
  std::stop_source source;
  source.request_stop();
  for (const unsigned threads : {1u, 4u}) {
    const auto layer = subject.hash(
        threads, [](std::uint64_t) { ADD_FAILURE(); }, source.get_token());
    ASSERT_FALSE(layer);
    EXPECT_EQ(layer.error().code, Errc::cancelled);
  }
}

TEST(FileHasher, an_exception_from_progress_becomes_an_error) {
  const Subject subject(content_of(9 * kMiB), 64 * kKiB);
  for (const unsigned threads : {1u, 3u}) {
    const auto layer =
        subject.hash(threads, [](std::uint64_t) { throw std::runtime_error("no terminal"); });
    ASSERT_FALSE(layer);
    EXPECT_THAT(layer.error().message, HasSubstr("no terminal"));
  }
}

TEST(FileHasher, progress_comes_in_batches_of_at_most_512_kib) {
  const Subject subject(content_of(2 * kMiB + 1), 4 * kMiB);
  std::vector<std::uint64_t> steps;
  ASSERT_TRUE(subject.hash(1, [&](std::uint64_t bytes) { steps.push_back(bytes); }));
  EXPECT_THAT(steps, ::testing::ElementsAre(512 * kKiB, 512 * kKiB, 512 * kKiB, 512 * kKiB, 1));
}

}  // namespace
}  // namespace shoal::storage::file_hasher_test
