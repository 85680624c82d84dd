// Files with holes: what is zeros is neither sent nor written.
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <sys/stat.h>

#include "integration/loopback.hpp"
#include "support/failing_disk.hpp"

namespace shoal::test::sparse_file_test {
namespace {

std::uint64_t bytes_on_disk(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw std::runtime_error("no " + path.string());
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

class SparseFile : public Loopback {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(home_ / "seeds");
    original_ = make_sparse_file(home_ / "seeds/disk.img", kSize, kStep);
    if (bytes_on_disk(original_) > kSize / 2) {
      GTEST_SKIP() << "this file system has no holes, so nothing can be kept sparse on it";
    }
    seeder_.emplace(start_seeder({original_.string()}));
    seeder_->wait_for("registered", {});
  }

  static constexpr std::uint64_t kSize = (128 << 20) + 12345;
  static constexpr std::uint64_t kStep = 10 << 20;  // in pieces of 256 KiB
  std::filesystem::path original_;
  std::optional<Program> seeder_;
};

TEST_F(SparseFile, arrives_whole_and_sparse_and_its_zeros_are_not_fetched) {
  const auto here = folder("here");
  Program leecher = leecher_of("disk.img", here, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_LE(fetched(leecher), kSize / 10);
  EXPECT_TRUE(same_content(original_, here / "disk.img"));
  EXPECT_LE(bytes_on_disk(here / "disk.img"), kSize / 100);
}

TEST_F(SparseFile, is_written_over_what_a_part_file_held) {
  const auto here = folder("here");
  const auto part = part_of(original_, here);
  make_file(part, kSize);  // another content, and no holes
  Program leecher = leecher_of("disk.img", here, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fetched(leecher), kSize);
  EXPECT_TRUE(same_content(original_, here / "disk.img"));
}

TEST_F(SparseFile, with_room_taken_in_advance_arrives_whole) {
  const auto here = folder("here");
  Program leecher = leecher_of("disk.img", here, {"--no-seed", "--preallocate"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, here / "disk.img"));
  EXPECT_GE(bytes_on_disk(here / "disk.img"), kSize);
}

TEST_F(SparseFile, arrives_whole_where_there_are_no_holes) {
  const auto here = folder("here");
  Program leecher = leecher_of("disk.img", here, {"--no-seed"}, failing_disk::holes(EINVAL));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fetched(leecher), kSize);
  EXPECT_TRUE(same_content(original_, here / "disk.img"));
}

TEST_F(SparseFile, is_served_on_by_who_fetched_it) {
  Program first = leecher_of("disk.img", folder("first"));
  first.wait_for("seeding", {});
  seeder_.reset();
  const auto here = folder("second");
  Program leecher = leecher_of("disk.img", here, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, here / "disk.img"));
}

}  // namespace
}  // namespace shoal::test::sparse_file_test
