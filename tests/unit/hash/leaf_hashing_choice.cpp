#include "hash/leaf_hashing_choice.hpp"

#include <array>
#include <atomic>
#include <limits>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "hash/thread_hashers.hpp"

namespace shoal::leaf_hashing_choice_test {
namespace {

constexpr std::uint64_t kEnough = LeafHashingChoice::kWorthMeasuring;

std::atomic<int> measured = 0;
std::atomic<bool> hold_up = false;

/// Each kind is the best for something, and OpenSSL for nothing.
std::span<const LeafHashingSpeed> count_measurements() {
  static const std::array<LeafHashingSpeed, 3> kSpeeds{{{LeafHashing::multi_buffer, "m", 5e9, 0},
                                                        {LeafHashing::lanes, "l", 2e9, 3e8},
                                                        {LeafHashing::openssl, "o", 1e9, 2e8}}};
  ++measured;
  hold_up.wait(true);
  return kSpeeds;
}

class LeafHashingChoiceTest : public ::testing::Test {
 protected:
  LeafHashingChoiceTest() {
    measured = 0;
    hold_up = false;
  }
  void expect_openssl() const {
    EXPECT_EQ(choice_.for_leaves(), LeafHashing::openssl);
    EXPECT_EQ(choice_.for_nodes(), LeafHashing::openssl);
  }
  void expect_fastest() const {
    EXPECT_EQ(choice_.for_leaves(), LeafHashing::multi_buffer);
    EXPECT_EQ(choice_.for_nodes(), LeafHashing::lanes);
  }

  LeafHashingChoice choice_{&count_measurements};
};

TEST_F(LeafHashingChoiceTest, is_openssl_and_nothing_is_measured_while_there_is_little_to_do) {
  expect_openssl();
  EXPECT_FALSE(choice_.expect(0));
  EXPECT_FALSE(choice_.expect(kEnough - 1));
  expect_openssl();
  EXPECT_EQ(measured, 0);
}

TEST_F(LeafHashingChoiceTest, is_the_fastest_as_soon_as_a_large_file_is_to_be_hashed) {
  EXPECT_TRUE(choice_.expect(kEnough));
  expect_fastest();
}

TEST_F(LeafHashingChoiceTest, is_measured_once_when_much_came_in_small_parts) {
  int told = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    if (i < 64) expect_openssl();
    if (choice_.expect(kEnough / 64)) {
      ++told;
      EXPECT_EQ(i, 63);
    }
    EXPECT_EQ(measured, told);
  }
  EXPECT_EQ(told, 1);
  expect_fastest();
}

TEST_F(LeafHashingChoiceTest, is_measured_once_whatever_lengths_are_told) {
  EXPECT_FALSE(choice_.expect(1));
  EXPECT_TRUE(choice_.expect(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_FALSE(choice_.expect(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(measured, 1);
}

TEST_F(LeafHashingChoiceTest, others_go_on_with_openssl_while_one_thread_measures) {
  hold_up = true;
  {
    const std::jthread measures([this] { EXPECT_TRUE(choice_.expect(kEnough)); });
    while (measured == 0) std::this_thread::yield();
    EXPECT_FALSE(choice_.expect(kEnough));
    expect_openssl();
    hold_up = false;
    hold_up.notify_all();
  }
  expect_fastest();
}

TEST_F(LeafHashingChoiceTest, one_of_many_threads_measures) {
  std::atomic<int> told = 0;
  {
    std::array<std::jthread, 8> threads;
    for (std::jthread& thread : threads) {
      thread = std::jthread([&] {
        for (int i = 0; i < 1000; ++i) told += choice_.expect(kEnough / 2000) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(told, 1);
  EXPECT_EQ(measured, 1);
}

/// In a process of its own, for what is measured stays.
TEST(ThreadHashersDeathTest, are_openssl_until_there_is_enough_to_do_and_then_the_fastest_is_told) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        on_leaf_hashing_measured([](auto speeds) {
          ++measured;
          if (speeds.data() != leaf_hashing_speeds().data()) ::_exit(1);
        });
        expect_leaf_hashing(kEnough - 1);
        if (measured != 0 || thread_leaf_hasher().name() != "openssl") ::_exit(2);
        if (thread_node_hasher().name() != "openssl") ::_exit(3);
        expect_leaf_hashing(1);
        expect_leaf_hashing(kEnough);
        if (measured != 1) ::_exit(4);
        if (thread_leaf_hasher().name() != leaf_hashing_speeds().front().name) ::_exit(5);
        ::_exit(7);
      },
      ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace shoal::leaf_hashing_choice_test
