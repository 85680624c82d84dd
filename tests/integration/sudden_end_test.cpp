// A leecher that is killed between two system calls: about the rename that finishes a file, and
// while it looks at what the disk held. (Killed somewhere: interruption_test.cpp.)
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <ostream>

#include "integration/loopback.hpp"
#include "support/failing_disk.hpp"

namespace shoal::test::sudden_end_test {
namespace {

namespace fs = std::filesystem;
using failing_disk::Call;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kSize = 12 * kMiB + 333;

class SuddenEnd : public Loopback {
 protected:
  void expect_killed(const Program::Environment& disk, Program::Arguments options = {}) {
    Program leecher = leecher_of("film.bin", here_, std::move(options), disk);
    ASSERT_EQ(leecher.wait_for_exit(), -SIGKILL);
    EXPECT_EQ(leecher.count("complete"), 0);
  }
  /// Whatever came before: the next run ends well, and fetches no more than that.
  void expect_a_good_end(std::uint64_t missing, const Program::Environment& disk = {}) {
    Program again = leecher_of("film.bin", here_, {"--no-seed"}, disk);
    EXPECT_EQ(again.wait_for_exit(), 0);
    EXPECT_LE(fetched(again), missing);  // some of it may have come before the end
    EXPECT_TRUE(same_content(original_, final_));
  }

  const fs::path original_ = file("film.bin", kSize);
  const fs::path here_ = folder("here");
  const fs::path final_ = here_ / "film.bin";
  const fs::path part_ = part_of(original_, here_);
  Program seeder_ = seeder_of(original_);
};

// ---- about the rename

struct Moment {
  const char* name;
  Call call;
  bool named;        ///< the file has its final name by then
  int rename_error;  ///< EINVAL: by a second name, and then without the first one

  friend void PrintTo(const Moment& one, std::ostream* out) { *out << one.name; }
};

class EndAtTheRename : public SuddenEnd, public ::testing::WithParamInterface<Moment> {};

TEST_P(EndAtTheRename, leaves_a_whole_file_or_a_part_with_all_of_it) {
  const int error = GetParam().rename_error;
  const auto disk = error == 0 ? Program::Environment{} : failing_disk::renames(error);
  expect_killed(failing_disk::both(disk, failing_disk::kills(GetParam().call)), {"--sync"});
  EXPECT_EQ(fs::exists(final_), GetParam().named);
  EXPECT_TRUE(same_content(original_, GetParam().named ? final_ : part_));
  expect_a_good_end(0, disk);
  EXPECT_FALSE(fs::exists(part_));
}

INSTANTIATE_TEST_SUITE_P(Each, EndAtTheRename,
                         ::testing::Values(Moment{"before_the_sync", Call::sync, false, 0},
                                           Moment{"before", Call::rename, false, 0},
                                           Moment{"after", Call::renamed, true, 0},
                                           Moment{"between_two_names", Call::linked, true, EINVAL}),
                         [](const auto& test) { return test.param.name; });

// ---- while the disk is looked at

class EndOfALook : public SuddenEnd {
 protected:
  /// A download of which these pieces are missing.
  void leave_part_without(std::initializer_list<std::uint32_t> pieces) {
    Bytes content = read_file(original_);
    for (const std::uint32_t index : pieces) {
      const std::size_t begin = std::size_t{index} * piece_;
      const std::size_t size = std::min<std::size_t>(piece_, content.size() - begin);
      std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(begin), size, std::byte{0});
      missing_ += size;
    }
    std::ofstream(part_, std::ios::binary)
        .write(as_text(content).data(), static_cast<std::streamsize>(content.size()));
  }

  const std::uint32_t piece_ = identify(original_).piece_length;
  const std::uint32_t pieces_ = static_cast<std::uint32_t>((kSize + piece_ - 1) / piece_);
  std::uint64_t missing_ = 0;
};

TEST_F(EndOfALook, at_any_time_costs_nothing_that_is_there) {
  leave_part_without({0, 5, pieces_ / 2, pieces_ - 1});
  for (const std::uint32_t piece : {1u, pieces_ / 2, pieces_}) {  // are read one by one
    expect_killed(failing_disk::kills(Call::read, static_cast<int>(piece)));
    EXPECT_FALSE(fs::exists(final_));
  }
  expect_a_good_end(missing_);
}

TEST_F(EndOfALook, and_soon_afterwards_leaves_what_has_come_meanwhile) {
  leave_part_without({0, 5, 6, 7, 8, 9, pieces_ / 2, pieces_ - 1});
  expect_killed(failing_disk::kills(Call::write, 1));
  EXPECT_FALSE(fs::exists(final_));
  expect_a_good_end(missing_);
}

TEST_F(EndOfALook, at_a_part_in_which_nothing_is_missing_costs_nothing) {
  fs::copy_file(original_, part_);
  expect_killed(failing_disk::kills(Call::read, static_cast<int>(pieces_)));
  EXPECT_FALSE(fs::exists(final_));
  expect_killed(failing_disk::kills(Call::rename));
  EXPECT_FALSE(fs::exists(final_));
  expect_a_good_end(0);
}

}  // namespace
}  // namespace shoal::test::sudden_end_test
