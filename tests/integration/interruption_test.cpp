// Programs that end, or are ended, in the middle of something, and what the others make of it.
#include <csignal>
#include <fstream>

#include "integration/loopback.hpp"
#include "support/held_line.hpp"
#include "support/hostile_peer.hpp"

namespace shoal::test::interruption_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kSize = 20 * kMiB + 333;
constexpr std::size_t kBlocks = 400;  // of 1281
constexpr std::uint64_t kKept = (kBlocks - 100) * 16384;

using Habit = HostilePeer::Habit;

/// A download that got about a third of its file, and no more for now.
class Interruption : public Loopback {
 protected:
  void stop_in_the_middle(Program& leecher) { leecher.wait_for("progress", has_bytes(kKept)); }

  const std::filesystem::path original_ = file("long.bin", kSize);
  const std::filesystem::path here_ = folder("here");
  HostilePeer slow_{original_, Habit::stops, kBlocks};
};

TEST_F(Interruption, a_killed_leecher_goes_on_from_what_it_has) {
  slow_.register_at(address_);
  Program killed = leecher_of("long.bin", here_);
  stop_in_the_middle(killed);
  killed.kill();
  ASSERT_TRUE(std::filesystem::exists(part_of(original_, here_)));
  ASSERT_FALSE(std::filesystem::exists(here_ / "long.bin"));

  slow_.reform();
  Program again = leecher_of("long.bin", here_);
  EXPECT_LE(fetched(again), kSize - kKept);
  EXPECT_TRUE(same_content(original_, here_ / "long.bin"));
}

TEST_F(Interruption, what_was_damaged_meanwhile_is_fetched_again) {
  slow_.register_at(address_);
  Program killed = leecher_of("long.bin", here_);
  stop_in_the_middle(killed);
  killed.kill();
  make_file(part_of(original_, here_), kSize, 2);  // all of it

  slow_.reform();
  Program again = leecher_of("long.bin", here_);
  EXPECT_EQ(fetched(again), kSize);
  EXPECT_TRUE(same_content(original_, here_ / "long.bin"));
}

TEST_F(Interruption, ctrl_c_while_fetching_keeps_the_part_and_exits_130) {
  slow_.register_at(address_);
  Program leecher = leecher_of("long.bin", here_);
  stop_in_the_middle(leecher);
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), 130);
  const Json failed = leecher.wait_for("failed");
  EXPECT_EQ(failed.at("name"), "long.bin");
  EXPECT_EQ(failed.at("code"), 130);
  EXPECT_EQ(leecher.count("failed"), 1);
  EXPECT_TRUE(std::filesystem::exists(part_of(original_, here_)));
  EXPECT_FALSE(std::filesystem::exists(here_ / "long.bin"));

  slow_.reform();
  Program again = leecher_of("long.bin", here_, {"--no-seed"});
  EXPECT_LE(fetched(again), kSize - kKept);
  EXPECT_EQ(again.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, here_ / "long.bin"));
}

TEST_F(Interruption, a_second_leecher_on_one_part_says_so_and_harms_nothing) {
  slow_.register_at(address_);
  Program first = leecher_of("long.bin", here_);
  stop_in_the_middle(first);

  Program second = leecher_of("long.bin", here_);
  const std::string reason = second.wait_for("failed").at("reason");
  EXPECT_NE(reason.find("another leecher"), std::string::npos) << reason;
  EXPECT_NE(reason.find(part_of(original_, here_).string()), std::string::npos) << reason;
  EXPECT_EQ(second.wait_for_exit(), 1);

  slow_.reform();
  EXPECT_EQ(fetched(first), kSize);
  EXPECT_TRUE(same_content(original_, here_ / "long.bin"));
}

TEST_F(Interruption, a_leecher_that_waits_for_a_silent_peer_shares_what_it_has) {
  slow_.register_at(address_);
  Program first = leecher_of("long.bin", here_);
  first.wait_for("progress", has_bytes(kKept));

  const auto there = folder("there");
  Program second = leecher_of("long.bin", there);
  second.wait_for("progress", has_bytes(kKept));
  // Both have three quarters of all that it ever sent: half of them passed from one to the other.
  EXPECT_LE(slow_.seen().good_blocks, kBlocks);
  slow_.reform();
  first.wait_for("complete");
  second.wait_for("complete");
  EXPECT_TRUE(same_content(original_, here_ / "long.bin"));
  EXPECT_TRUE(same_content(original_, there / "long.bin"));
}

TEST_F(Interruption, a_seeder_that_comes_later_ends_the_wait) {
  slow_.register_at(address_);
  Program leecher = leecher_of("long.bin", here_);
  stop_in_the_middle(leecher);
  Program seeder = seeder_of(original_);
  Program other = leecher_of("long.bin", folder("other"));  // knows both, and is known to both
  other.wait_for("complete");
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original_, here_ / "long.bin"));
}

/// Real seeders, which show their pieces bit by bit and have to learn what is there already.
class Resumption : public Loopback {
 protected:
  static constexpr std::uint64_t kLength = 64 * kMiB;

  void complete_again(std::uint64_t kept) {
    Program again = leecher_of("long.bin", here_, {"--no-seed"});
    EXPECT_LE(fetched(again), kLength - kept);
    EXPECT_EQ(again.wait_for_exit(), 0);
    EXPECT_TRUE(same_content(original_, here_ / "long.bin"));
  }

  const std::filesystem::path original_ = file("long.bin", kLength);
  const std::filesystem::path here_ = folder("here");
};

TEST_F(Resumption, goes_on_with_the_seeder_of_before) {
  Program hidden = start_tracker({});
  Program seeder = start(
      "seeder", {original_, "--json", "--tracker", address_of(hidden), "--listen", "127.0.0.1:0"});
  seeder.wait_for("registered");
  HeldLine line(Endpoint::parse(address_of(seeder)).value(), 48 * kMiB);
  line.register_at(address_, identify(original_));
  Program killed = leecher_of("long.bin", here_);
  killed.wait_for("progress", has_bytes(32 * kMiB));
  killed.kill();
  line.open();
  complete_again(32 * kMiB);
}

TEST_F(Resumption, killed_again_and_again_it_fetches_nothing_twice) {
  Program seeder = start_seeder({original_.string(), "--upload-limit", "16M"});
  seeder.wait_for("registered");
  std::uint64_t kept = 0;
  for (int kills = 0; kills < 4; ++kills) {
    Program killed = leecher_of("long.bin", here_);
    const Json seen = killed.wait_for("progress", has_bytes(kept + 8 * kMiB));
    killed.kill();
    kept = seen.at("bytes");
    ASSERT_FALSE(std::filesystem::exists(here_ / "long.bin"));
  }
  EXPECT_GE(kept, 32 * kMiB);
  complete_again(kept);
}

TEST_F(Resumption, goes_on_with_a_seeder_that_has_just_started) {
  std::filesystem::copy_file(original_, part_of(original_, here_));
  {
    std::fstream part(part_of(original_, here_), std::ios::in | std::ios::out | std::ios::binary);
    part.seekp(30 * kMiB);
    part.write("other", 5);
  }
  Program seeder = seeder_of(original_);
  complete_again(kLength - 2 * kMiB);
}

}  // namespace
}  // namespace shoal::test::interruption_test
