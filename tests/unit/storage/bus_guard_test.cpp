#include "storage/bus_guard.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

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

TEST_F(BusGuardTest, guards_one_range_a_thread) {
  const BusGuard guard(mapped_.first(kMiB));
  ASSERT_TRUE(guard.works());
  {
    const BusGuard second(mapped_.last(kMiB));
    EXPECT_FALSE(second.works());
    EXPECT_FALSE(second.torn());
  }
  std::filesystem::resize_file(path_, 0);
  EXPECT_EQ(sum(mapped_.first(kMiB)), 0);
  EXPECT_TRUE(guard.torn());
}

TEST_F(BusGuardTest, threads_do_not_hear_of_what_others_read) {
  std::filesystem::resize_file(path_, kMiB);
  const auto is_torn = [](BytesView range) {
    const BusGuard guard(range);
    [[maybe_unused]] const volatile std::uint64_t looked_at = sum(range);  // or nobody looks
    return guard.torn();
  };
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, cut = i % 2 == 1] {
        FileWindow window;  // a mapping of its own, for what is torn is replaced
        const BytesView whole = window.mapped(file_, 0, kMiB);
        const BytesView range = cut ? BytesView(whole.data() + kMiB, kMiB) : whole;
        if (is_torn(range) == cut) ++right;
      });
    }
  }
  EXPECT_EQ(right, 8);
}

/// What was pending would come if a guard let it, and end a program that waits for it elsewhere.
TEST_F(BusGuardTest, does_not_work_in_a_thread_that_blocks_the_signal_and_leaves_it_blocked) {
  sigset_t signals;
  sigset_t before;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGBUS);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &signals, &before), 0);
  ::raise(SIGBUS);
  EXPECT_FALSE(BusGuard(mapped_).works());
  int taken = 0;
  EXPECT_EQ(::sigwait(&signals, &taken), 0);
  EXPECT_EQ(taken, SIGBUS);
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  EXPECT_TRUE(BusGuard(mapped_).works());
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

/// Each in a process of its own, for what is installed stays.
class BusGuardDeathTest : public BusGuardTest {
 protected:
  BusGuardDeathTest() { ::testing::GTEST_FLAG(death_test_style) = "threadsafe"; }

  /// What the program has for the signal before the first guard.
  static void handle(void (*handler)(int), int flags = 0, int blocked = 0) {
    ::alarm(60);  // a signal that comes for ever ends no test
    struct sigaction theirs {};
    theirs.sa_handler = handler;
    theirs.sa_flags = flags;
    ::sigemptyset(&theirs.sa_mask);
    if (blocked != 0) ::sigaddset(&theirs.sa_mask, blocked);
    ::sigaction(SIGBUS, &theirs, nullptr);
  }
  /// Where no guard is.
  void read_what_was_cut() {
    std::filesystem::resize_file(path_, 0);
    ::_exit(sum(mapped_.subspan(2 * kMiB)) == 0 ? 0 : 1);
  }
};

TEST_F(BusGuardDeathTest, what_is_read_outside_of_the_range_ends_the_program_as_ever) {
  for (auto* const earlier : {SIG_DFL, SIG_IGN}) {
    EXPECT_EXIT(
        {
          handle(earlier);
          const BusGuard guard(mapped_.first(kMiB));
          read_what_was_cut();
        },
        ::testing::KilledBySignal(SIGBUS), "");
  }
}

TEST_F(BusGuardDeathTest, what_is_read_by_a_thread_without_a_guard_ends_the_program_as_ever) {
  EXPECT_EXIT(
      {
        handle(SIG_DFL);
        const BusGuard guard(mapped_);
        std::jthread([this] { read_what_was_cut(); }).join();
      },
      ::testing::KilledBySignal(SIGBUS), "");
}

TEST_F(BusGuardDeathTest, who_is_sent_the_signal_dies_of_it_as_ever) {
  EXPECT_EXIT(
      {
        handle(SIG_DFL);
        const BusGuard guard(mapped_);
        ::kill(::getpid(), SIGBUS);
        for (;;) ::pause();
      },
      ::testing::KilledBySignal(SIGBUS), "");
}

TEST_F(BusGuardDeathTest, who_ignored_the_signal_when_somebody_sends_it_still_does) {
  EXPECT_EXIT(
      {
        handle(SIG_IGN);
        { const BusGuard installs(mapped_); }
        ::raise(SIGBUS);
        ::_exit(BusGuard(mapped_).works() ? 7 : 1);
      },
      ::testing::ExitedWithCode(7), "");
}

TEST_F(BusGuardDeathTest, hands_the_signal_on_to_who_handled_it_before) {
  const auto exits = [](int) {
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    ::_exit(::sigismember(&blocked, SIGUSR1) == 1 ? 7 : 1);
  };
  EXPECT_EXIT(
      {
        handle(exits, 0, SIGUSR1);
        { const BusGuard installs(mapped_); }
        ::raise(SIGBUS);
      },
      ::testing::ExitedWithCode(7), "");
  EXPECT_EXIT(
      {
        handle(exits, 0, SIGUSR1);
        const BusGuard guard(mapped_.first(kMiB));
        read_what_was_cut();
      },
      ::testing::ExitedWithCode(7), "");
}

TEST_F(BusGuardDeathTest, a_handler_that_is_for_one_time_is_called_one_time) {
  EXPECT_EXIT(
      {
        static volatile std::sig_atomic_t calls = 0;
        handle(
            [](int) {
              calls = calls + 1;
              if (calls > 1) ::_exit(1);
            },
            SA_RESETHAND);
        const BusGuard guard(mapped_.first(kMiB));
        read_what_was_cut();
      },
      ::testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace shoal::storage::bus_guard_test
