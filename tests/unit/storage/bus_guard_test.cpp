#include "storage/bus_guard.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "storage/file.hpp"
#include "storage/file_window.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::bus_guard_test {
namespace {

constexpr std::size_t kMiB = 1 << 20;
constexpr std::size_t kSize = 3 * kMiB;

/// The sum of all bytes: looks at each.
std::uint64_t sum(BytesView bytes) {
  std::uint64_t sum = 0;
  for (const std::byte byte : bytes) sum += static_cast<std::uint64_t>(byte);
  return sum;
}

class BusGuardTest : public ::testing::Test {
 protected:
  const test::TempDir directory_;
  const std::filesystem::path path_ = directory_.write("file", std::string(kSize, '\1'));
  const File file_ = *File::open_to_read(path_);
  FileWindow window_;
  const BytesView mapped_ = window_.mapped(file_, 0, kSize);
};

TEST_F(BusGuardTest, leaves_what_is_there_as_it_is) {
  ASSERT_EQ(mapped_.size(), kSize);
  const BusGuard guard(mapped_);
  ASSERT_TRUE(guard.works());
  EXPECT_EQ(sum(mapped_), kSize);
  EXPECT_FALSE(guard.torn());
}

TEST_F(BusGuardTest, reads_zeros_and_tells_where_the_file_was_cut) {
  {
    const BusGuard guard(mapped_);
    std::filesystem::resize_file(path_, kMiB + 5);  // the rest of that page is zeros, too
    EXPECT_EQ(sum(mapped_), kMiB + 5);
    EXPECT_TRUE(guard.torn());
  }
  window_.close();
  const BytesView again = window_.mapped(file_, 0, kMiB);
  const BusGuard guard(again);
  EXPECT_EQ(sum(again), kMiB);
  EXPECT_FALSE(guard.torn()) << "the next one begins anew";
}

TEST_F(BusGuardTest, guards_from_wherever_in_a_page_the_range_begins) {
  const BytesView odd = mapped_.subspan(2 * kMiB + 77, 1000);
  const BusGuard guard(odd);
  std::filesystem::resize_file(path_, kMiB);
  EXPECT_EQ(sum(odd), 0);
  EXPECT_TRUE(guard.torn());
}

TEST_F(BusGuardTest, works_in_a_thread_that_blocks_the_signal_and_leaves_it_blocked) {
  sigset_t signals;
  sigset_t before;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGBUS);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &signals, &before), 0);
  {
    const BusGuard guard(mapped_);
    std::filesystem::resize_file(path_, 0);
    EXPECT_EQ(sum(mapped_), 0);
    EXPECT_TRUE(guard.torn());
  }
  sigset_t after;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before, &after), 0);
  EXPECT_EQ(::sigismember(&after, SIGBUS), 1);
}

TEST_F(BusGuardTest, does_not_work_where_the_program_handles_the_signal_itself) {
  EXPECT_TRUE(BusGuard(mapped_).works());
  struct sigaction ours {};
  struct sigaction before {};
  ours.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGBUS, &ours, &before), 0);
  EXPECT_FALSE(BusGuard(mapped_).works());
  ASSERT_EQ(::sigaction(SIGBUS, &before, nullptr), 0);
  EXPECT_TRUE(BusGuard(mapped_).works());
}

using BusGuardDeathTest = BusGuardTest;

TEST_F(BusGuardDeathTest, what_is_read_outside_of_the_range_ends_the_program_as_ever) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        ::signal(SIGBUS, SIG_DFL);  // a sanitizer has its own
        const BusGuard guard(mapped_.first(kMiB));
        std::filesystem::resize_file(path_, 0);
        ::_exit(sum(mapped_.subspan(2 * kMiB)) == 0 ? 0 : 1);
      },
      ::testing::KilledBySignal(SIGBUS), "");
}

TEST_F(BusGuardDeathTest, hands_the_signal_on_to_who_handled_it_before) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        ::signal(SIGBUS, [](int) { ::_exit(7); });
        { const BusGuard installs(mapped_); }
        ::raise(SIGBUS);
      },
      ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace shoal::storage::bus_guard_test
