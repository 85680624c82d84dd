#include <bit>

#include <gtest/gtest.h>

#include "metainfo/geometry.hpp"

namespace shoal::piece_length_test {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::uint64_t kTiB = 1024 * kGiB;

std::uint64_t pieces(std::uint64_t length, std::uint64_t piece_length) {
  return (length + piece_length - 1) / piece_length;
}

bool trapped(std::uint64_t length, std::uint64_t piece_length) {
  const std::uint64_t n = pieces(length, piece_length);
  return n > 512 && n % 512 == 1;
}

/// Lengths around every power of two and every multiple of 8 GiB and 64 GiB, and many between.
std::vector<std::uint64_t> lengths() {
  std::vector<std::uint64_t> all;
  const auto around = [&](std::uint64_t middle) {
    for (const std::uint64_t step : {std::uint64_t{1}, 16 * kKiB, kMiB, 16 * kMiB, 32 * kMiB}) {
      for (const std::uint64_t at : {middle - step - 1, middle - step, middle - step + 1, middle,
                                     middle + step - 1, middle + step, middle + step + 1}) {
        if (at >= 1 && at <= kMaxFileLength) all.push_back(at);
      }
    }
  };
  for (int power = 0; power <= 48; ++power) around(std::uint64_t{1} << power);
  for (std::uint64_t k = 1; k <= 600; ++k) around(k * 8 * kGiB);
  for (std::uint64_t length = 1; length < 300 * kTiB / 8; length += length / 97 + 1) {
    all.push_back(length);
  }
  return all;
}

/// 16 MiB, or the least above that makes no more pieces than a file may have.
std::uint64_t usual_above_16_gib(std::uint64_t length) {
  std::uint64_t size = 16 * kMiB;
  while ((length + size - 1) / size > kMaxPieces) size *= 2;
  return size;
}

TEST(PieceLength, known_answers) {
  EXPECT_EQ(piece_length_for(0), 16 * kKiB);
  EXPECT_EQ(piece_length_for(1), 16 * kKiB);
  EXPECT_EQ(piece_length_for(8 * kMiB), 16 * kKiB);
  EXPECT_EQ(piece_length_for(8 * kMiB + 1), 32 * kKiB);  // 513 pieces of 16 KiB leave a lone one
  EXPECT_EQ(piece_length_for(8 * kMiB + 16 * kKiB), 32 * kKiB);
  EXPECT_EQ(piece_length_for(8 * kMiB + 16 * kKiB + 1), 16 * kKiB);
  EXPECT_EQ(piece_length_for(16 * kMiB), 16 * kKiB);
  EXPECT_EQ(piece_length_for(16 * kMiB + 1), 64 * kKiB);  // 1025 of 16 KiB, 513 of 32
  EXPECT_EQ(piece_length_for(16 * kMiB + 32 * kKiB + 1), 32 * kKiB);
  EXPECT_EQ(piece_length_for(700 * kMiB), 1 * kMiB);
  EXPECT_EQ(piece_length_for(2 * kGiB), 2 * kMiB);
  EXPECT_EQ(piece_length_for(8 * kGiB), 8 * kMiB);
  EXPECT_EQ(piece_length_for(16 * kGiB), 16 * kMiB);
  EXPECT_EQ(piece_length_for(16 * kGiB + 1), 64 * kMiB);
  EXPECT_EQ(piece_length_for(16 * kGiB + 16 * kMiB), 64 * kMiB);
  EXPECT_EQ(piece_length_for(16 * kGiB + 16 * kMiB + 1), 16 * kMiB);
  EXPECT_EQ(piece_length_for(32 * kGiB + 1), 128 * kMiB);
  EXPECT_EQ(piece_length_for(64 * kGiB), 16 * kMiB);
  EXPECT_EQ(piece_length_for(32 * kTiB), 16 * kMiB);
  EXPECT_EQ(piece_length_for(32 * kTiB + 1), 32 * kMiB);  // 2^21 pieces of 16 MiB are the most
  EXPECT_EQ(piece_length_for(kMaxFileLength), 128 * kMiB);
}

TEST(PieceLength, is_a_power_of_two_that_geometry_takes) {
  for (const std::uint64_t length : lengths()) {
    const std::uint32_t piece_length = piece_length_for(length);
    ASSERT_TRUE(std::has_single_bit(piece_length)) << length;
    ASSERT_GE(piece_length, kMinPieceLength) << length;
    ASSERT_TRUE(Geometry::make(length, piece_length)) << length;
  }
}

TEST(PieceLength, is_the_smallest_for_at_most_1024_pieces_up_to_16_gib_but_for_lone_nodes) {
  for (const std::uint64_t length : lengths()) {
    if (length > 16 * kGiB) continue;
    const std::uint32_t piece_length = piece_length_for(length);
    ASSERT_LE(piece_length, 32 * kMiB) << length;
    ASSERT_LE(pieces(length, piece_length), 1024u) << length;
    for (std::uint32_t less = piece_length / 2; less >= kMinPieceLength; less /= 2) {
      ASSERT_TRUE(pieces(length, less) > 1024u || trapped(length, less)) << length;
    }
  }
}

TEST(PieceLength, above_16_gib_is_16_mib_or_what_a_file_needs_but_for_lone_nodes) {
  for (const std::uint64_t length : lengths()) {
    const std::uint64_t usual = usual_above_16_gib(length);
    if (length <= 16 * kGiB || trapped(length, static_cast<std::uint32_t>(usual))) continue;
    ASSERT_EQ(piece_length_for(length), usual) << length;
  }
}

TEST(PieceLength, never_leaves_a_lone_node_where_any_larger_size_avoids_it) {
  int avoided = 0;
  int unavoidable = 0;
  for (const std::uint64_t length : lengths()) {
    if (!trapped(length, piece_length_for(length))) {
      avoided += trapped(length, 16 * kMiB) ? 1 : 0;
      continue;
    }
    ++unavoidable;
    const std::uint64_t above = length % (64 * kGiB);
    const std::uint64_t usual = usual_above_16_gib(length);
    ASSERT_TRUE(length > 64 * kGiB && above >= 1 && above <= usual) << length;
    for (std::uint64_t size = usual; size <= kMaxPieceLength; size *= 2) {
      ASSERT_TRUE(trapped(length, size)) << length;
    }
  }
  EXPECT_GT(avoided, 1000);
  EXPECT_GT(unavoidable, 100);
}

}  // namespace
}  // namespace shoal::piece_length_test
