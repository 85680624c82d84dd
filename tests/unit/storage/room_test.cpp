#include "storage/room.hpp"

#include <stop_token>
#include <sys/stat.h>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::room_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class Room : public ::testing::Test {
 protected:
  [[nodiscard]] RoomOptions options(bool preallocate) {
    return {.preallocate = preallocate,
            .stop = stop_.get_token(),
            .on_made = [this](std::uint64_t bytes) { made_.push_back(bytes); }};
  }

  test::TempDir dir_;
  File file_ = File::open_to_fill(dir_ / "a").value();
  std::stop_source stop_;
  std::vector<std::uint64_t> made_;
};

TEST_F(Room, is_made_at_once_where_there_are_holes) {
  ASSERT_TRUE(make_room(file_, 1000 * kMiB, options(false)));
  EXPECT_EQ(file_.identity()->length, 1000 * kMiB);
  EXPECT_EQ(made_, (std::vector<std::uint64_t>{0, 1000 * kMiB}));
}

TEST_F(Room, is_taken_in_steps) {
  ASSERT_TRUE(make_room(file_, 40 * kMiB, options(true)));
  EXPECT_EQ(made_, (std::vector<std::uint64_t>{0, 16 * kMiB, 32 * kMiB, 40 * kMiB}));
  struct stat status {};
  ASSERT_EQ(::fstat(file_.descriptor(), &status), 0);
  EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, 40 * kMiB);
}

TEST_F(Room, is_not_made_any_more_once_nobody_wants_it) {
  RoomOptions ends = options(true);
  ends.on_made = [this](std::uint64_t bytes) {
    if (bytes >= 16 * kMiB) stop_.request_stop();
  };
  const auto made = make_room(file_, 400 * kMiB, ends);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::cancelled);
  EXPECT_EQ(file_.identity()->length, 16 * kMiB);
}

TEST_F(Room, of_a_file_that_is_long_enough_needs_nothing) {
  ASSERT_TRUE(file_.resize(2 * kMiB));
  ASSERT_TRUE(make_room(file_, 2 * kMiB, options(false)));
  EXPECT_EQ(made_, std::vector<std::uint64_t>{2 * kMiB});
}

}  // namespace
}  // namespace shoal::storage::room_test
