#include "storage/piece_check.hpp"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/file_hasher.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::piece_check_test {
namespace {

using test::TempDir;

constexpr std::uint32_t kPiece = 65536;

class PieceCheckTest : public ::testing::Test {
 protected:
  /// A file of zeros; a hole from end to end where the file system has such.
  File file_of(std::uint64_t length) {
    std::ofstream(path_, std::ios::binary).close();
    std::filesystem::resize_file(path_, length);
    return *File::open_to_read(path_);
  }
  void write(std::uint64_t offset, const std::string& data) {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(offset));
    file << data;
  }
  /// All of it, a look after the other.
  static std::vector<std::optional<Digest>> all(PieceCheck& check, const Geometry& geometry) {
    std::vector<std::optional<Digest>> nodes;
    while (nodes.size() < geometry.pieces()) {
      const auto more = check.look_at(nodes.size());
      if (more.empty()) throw std::logic_error("no piece was looked at");
      nodes.insert(nodes.end(), more.begin(), more.end());
    }
    return nodes;
  }
  static Digest hashed(const File& file, const Geometry& geometry, std::uint64_t index) {
    return *hash_piece(file, geometry, *geometry.piece(index));
  }
  [[nodiscard]] bool has_holes(const File& file) const {
    return file.next_data(0, std::filesystem::file_size(path_)).begin > 0;
  }

  TempDir home_;
  std::filesystem::path path_ = home_ / "a.part";
};

TEST_F(PieceCheckTest, knows_what_holes_and_data_hash_to_down_to_the_short_last_piece) {
  constexpr std::uint64_t kLength = 40 * kPiece + 5000;
  const File file = file_of(kLength);
  write(7 * kPiece + 100, "data");
  write(20 * kPiece, std::string(2 * kPiece, 'x'));
  const Geometry geometry = *Geometry::make(kLength, kPiece);
  PieceCheck check(file, geometry, false);
  const auto nodes = all(check, geometry);
  ASSERT_EQ(nodes.size(), geometry.pieces());
  for (std::uint32_t i = 0; i < geometry.pieces(); ++i) {
    EXPECT_EQ(nodes[i], hashed(file, geometry, i)) << i;
  }
}

TEST_F(PieceCheckTest, looks_at_about_a_mebibyte_at_a_time) {
  const File file = file_of(40 * kPiece);
  write(0, std::string(40 * kPiece, 'x'));
  const Geometry geometry = *Geometry::make(40 * kPiece, kPiece);
  PieceCheck check(file, geometry, false);
  EXPECT_EQ(check.look_at(0).size(), 16u);
  EXPECT_EQ(check.look_at(32).size(), 8u);
}

TEST_F(PieceCheckTest, reads_the_holes_of_any_other_file_a_mebibyte_at_a_time) {
  const File file = file_of(400 * kPiece);
  const Geometry geometry = *Geometry::make(400 * kPiece, kPiece);
  PieceCheck check(file, geometry, false);
  EXPECT_EQ(check.look_at(0).size(), 16u);
}

TEST_F(PieceCheckTest, believes_the_holes_of_a_file_made_just_now) {
  const File file = file_of(400 * kPiece);
  if (!has_holes(file)) GTEST_SKIP() << "no holes on this file system";
  const Geometry geometry = *Geometry::make(400 * kPiece, kPiece);
  PieceCheck check(file, geometry, true);
  const auto nodes = check.look_at(0);
  EXPECT_EQ(nodes.size(), 400u) << "nothing had to be read";
  EXPECT_THAT(nodes, testing::Each(hashed(file, geometry, 0)));
}

TEST_F(PieceCheckTest, reads_no_data_of_a_file_made_just_now) {
  const File file = file_of(2 * kPiece);
  write(0, std::string(kPiece, 'x'));
  const Geometry geometry = *Geometry::make(2 * kPiece, kPiece);
  PieceCheck check(file, geometry, true);
  EXPECT_EQ(all(check, geometry).front(), std::nullopt);
}

TEST_F(PieceCheckTest, has_nothing_to_say_of_what_cannot_be_read) {
  const File file = file_of(2 * kPiece);
  write(0, std::string(kPiece, 'x'));
  std::filesystem::resize_file(path_, kPiece);
  const Geometry geometry = *Geometry::make(2 * kPiece, kPiece);
  PieceCheck check(file, geometry, false);
  const auto nodes = all(check, geometry);
  EXPECT_EQ(nodes[0], hashed(file, geometry, 0));
  EXPECT_EQ(nodes[1], std::nullopt);
}

}  // namespace
}  // namespace shoal::storage::piece_check_test
