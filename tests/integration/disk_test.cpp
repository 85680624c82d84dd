// Disks that fill up, fail, or lose what was not on them yet.
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <ostream>
#include <sched.h>
#include <sys/mount.h>

#include "integration/loopback.hpp"
#include "support/failing_disk.hpp"
#include "support/hostile_peer.hpp"

namespace shoal::test::disk_test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kSize = 12 * kMiB + 333;

class Disk : public Loopback {
 protected:
  /// Expects that the leecher gives up, says why, and names the file.
  void expect_failure(Program& leecher, const std::string& words) const {
    const Json failed = leecher.wait_for("failed");
    EXPECT_EQ(failed.at("code"), 1);
    const std::string reason = failed.at("reason");
    EXPECT_NE(reason.find(words), std::string::npos) << reason;
    EXPECT_NE(reason.find((here_ / "film.bin").string()), std::string::npos) << reason;
    EXPECT_EQ(leecher.wait_for_exit(), 1);
    EXPECT_EQ(leecher.count("complete"), 0);
    EXPECT_FALSE(fs::exists(here_ / "film.bin"));
  }

  const fs::path original_ = file("film.bin", kSize);
  const fs::path here_ = folder("here");
  const fs::path part_ = part_of(original_, here_);
};

struct Fault {
  const char* name;
  int error;
  const char* words;

  friend void PrintTo(const Fault& one, std::ostream* out) { *out << one.name; }
};

class WriteFault : public Disk, public ::testing::WithParamInterface<Fault> {};

TEST_P(WriteFault, in_the_middle_is_told_and_the_part_goes_on_from_there) {
  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"},
                               failing_disk::writes(GetParam().error, 8 * kMiB));
  expect_failure(leecher, GetParam().words);
  ASSERT_TRUE(fs::exists(part_));

  Program again = leecher_of("film.bin", here_, {"--no-seed"});
  EXPECT_EQ(again.wait_for_exit(), 0);
  EXPECT_LT(fetched(again), kSize - 4 * kMiB);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_P(WriteFault, of_one_file_does_not_end_another) {
  const auto other = file("small.bin", 1000, 5);
  Program seeder = start_seeder({original_.string(), other.string()});
  seeder.wait_for("registered", named("film.bin"));
  seeder.wait_for("registered", named("small.bin"));
  Program leecher = leecher_of("film.bin", here_, {"small.bin", "--no-seed"},
                               failing_disk::writes(GetParam().error, 4 * kMiB));
  leecher.wait_for("complete", named("small.bin"));
  leecher.wait_for("failed", named("film.bin"));
  EXPECT_EQ(leecher.wait_for_exit(), 1);
}

INSTANTIATE_TEST_SUITE_P(Each, WriteFault,
                         ::testing::Values(Fault{"disk_full", ENOSPC, "the disk is full; free"},
                                           Fault{"quota", EDQUOT, "quota is used up; free"},
                                           Fault{"input_output_error", EIO, "input/output error"},
                                           Fault{"read_only", EROFS, "read-only; choose another"},
                                           Fault{"file_size_limit", EFBIG, "ulimit -f"}),
                         [](const auto& test) { return test.param.name; });

TEST_F(Disk, a_limit_on_file_sizes_is_told_and_kills_nobody) {
  Program seeder = seeder_of(original_);
  Program leecher =
      start("/bin/sh", {"-c", "ulimit -f 1000 && exec \"$@\"", "sh", SHOAL_BIN_DIR "/leecher",
                        "film.bin", "--json", "--tracker", address_, "--listen", "127.0.0.1:0",
                        "--output", here_.string()});
  expect_failure(leecher, "ulimit -f");
  EXPECT_TRUE(fs::is_empty(here_));
}

// ---- what is known before anything is fetched

struct Shortage {
  const char* name;
  Program::Arguments options;
  Program::Environment disk;
  const char* words;

  friend void PrintTo(const Shortage& one, std::ostream* out) { *out << one.name; }
};

class DiskTooSmall : public Disk, public ::testing::WithParamInterface<Shortage> {};

TEST_P(DiskTooSmall, is_told_before_anything_is_fetched_and_nothing_stays) {
  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("film.bin", here_, GetParam().options, GetParam().disk);
  expect_failure(leecher, GetParam().words);
  EXPECT_EQ(leecher.count("progress"), 0);
  EXPECT_TRUE(fs::is_empty(here_));
}

// A file system without holes takes the room from the disk when a file is made longer. That is done
// first, so --preallocate is not needed there.
INSTANTIATE_TEST_SUITE_P(
    Each, DiskTooSmall,
    ::testing::Values(
        Shortage{"to_preallocate",
                 {"--preallocate"},
                 failing_disk::reservations(ENOSPC),
                 "the disk is full; free"},
        Shortage{"quota_too_small_to_preallocate",
                 {"--preallocate"},
                 failing_disk::reservations(EDQUOT),
                 "quota is used up; free"},
        Shortage{"without_holes", {}, failing_disk::resizes(ENOSPC), "the disk is full; free"},
        Shortage{"without_holes_and_with_a_quota",
                 {},
                 failing_disk::resizes(EDQUOT),
                 "quota is used up; free"},
        Shortage{"for_files_as_long_as_that",
                 {},
                 failing_disk::resizes(EFBIG),
                 "larger than the file system"},
        Shortage{
            "for_files_as_long_in_other_words", {}, failing_disk::resizes(EINVAL), "4 GiB on FAT"},
        Shortage{"and_knows_nothing_of_preallocating",
                 {"--preallocate"},
                 failing_disk::reservations(EOPNOTSUPP),
                 "without --preallocate"}),
    [](const auto& test) { return test.param.name; });

TEST_F(Disk, that_tells_of_no_holes_is_filled_and_resumed_like_others) {
  HostilePeer slow(original_, HostilePeer::Habit::stops, 400);
  slow.register_at(address_);
  Program killed = leecher_of("film.bin", here_, {}, failing_disk::holes(EINVAL));
  killed.wait_for("progress", has_bytes(4 * kMiB));
  killed.kill();
  slow.reform();
  Program again = leecher_of("film.bin", here_, {"--no-seed"}, failing_disk::holes(EINVAL));
  EXPECT_EQ(again.wait_for_exit(), 0);
  EXPECT_LE(fetched(again), kSize - 4 * kMiB);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Disk, preallocated_files_are_fetched_and_resumed_like_others) {
  HostilePeer slow(original_, HostilePeer::Habit::stops, 400);
  slow.register_at(address_);
  Program killed = leecher_of("film.bin", here_, {"--preallocate"});
  killed.wait_for("progress", has_bytes(4 * kMiB));
  killed.kill();
  slow.reform();
  Program again = leecher_of("film.bin", here_, {"--preallocate", "--no-seed"});
  EXPECT_EQ(again.wait_for_exit(), 0);
  EXPECT_LE(fetched(again), kSize - 4 * kMiB);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_F(Disk, with_sync_the_content_is_on_it_before_the_name_and_the_name_before_complete) {
  Program seeder = seeder_of(original_);
  const fs::path log = home_ / "log";
  Program leecher = leecher_of("film.bin", here_, {"--sync", "--no-seed"}, failing_disk::logs(log));
  leecher.wait_for("complete");
  const fs::path here = fs::canonical(here_);
  EXPECT_EQ(lines_of(log),
            (std::vector<std::string>{"fdatasync " + (here / part_.filename()).string(),
                                      "rename " + (here_ / "film.bin").string(),
                                      "fsync " + here.string()}));
}

TEST_F(Disk, without_sync_nobody_waits_for_it) {
  Program seeder = seeder_of(original_);
  const fs::path log = home_ / "log";
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"}, failing_disk::logs(log));
  leecher.wait_for("complete");
  EXPECT_EQ(lines_of(log), std::vector<std::string>{"rename " + (here_ / "film.bin").string()});
}

/// All is here, and still it cannot be finished.
class Finish : public Disk {
 protected:
  void expect_that_nothing_was_lost(Program& failed, const std::string& words) {
    expect_failure(failed, words);
    EXPECT_TRUE(same_content(original_, part_));
    Program again = leecher_of("film.bin", here_, {"--sync", "--no-seed"});
    EXPECT_EQ(again.wait_for_exit(), 0);
    EXPECT_EQ(fetched(again), 0);
    EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
  }

  Program seeder_ = seeder_of(original_);
};

TEST_F(Finish, on_a_disk_that_cannot_be_synced_leaves_a_part_and_no_file) {
  Program leecher = leecher_of("film.bin", here_, {"--sync"}, failing_disk::syncs(EIO));
  expect_that_nothing_was_lost(leecher, "input/output error");
}

/// Network file systems take what is written, and look at the quota afterwards.
TEST_F(Finish, above_a_quota_that_is_told_by_the_sync_leaves_a_part_and_no_file) {
  Program leecher = leecher_of("film.bin", here_, {"--sync"}, failing_disk::syncs(EDQUOT));
  expect_that_nothing_was_lost(leecher, "quota is used up; free");
}

TEST_F(Finish, without_quota_for_the_name_leaves_a_part_and_no_file) {
  Program leecher = leecher_of("film.bin", here_, {}, failing_disk::renames(EDQUOT));
  expect_that_nothing_was_lost(leecher, "quota is used up; free");
}

TEST_F(Finish, where_the_system_cannot_rename_without_replacing_is_as_good) {
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"}, failing_disk::renames(EINVAL));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
  EXPECT_FALSE(fs::exists(part_));
}

/// What a power cut can leave where nothing was synced: the length, and in places zeros or what the
/// disk held for somebody else before.
TEST_F(Disk, after_a_power_cut_exactly_what_was_lost_is_fetched_again) {
  Bytes content = read_file(original_);
  const std::uint32_t piece = identify(original_).piece_length;
  const std::uint32_t pieces = static_cast<std::uint32_t>((kSize + piece - 1) / piece);
  std::uint64_t lost = 0;
  const auto lose = [&](std::uint32_t index, std::size_t from, std::size_t count, std::byte value) {
    const std::size_t begin = std::size_t{index} * piece;
    const std::size_t end = std::min<std::size_t>(begin + piece, content.size());
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(begin + from),
                std::min(count, end - begin - from), value);
    lost += end - begin;
  };
  lose(0, 0, piece, std::byte{0});
  lose(7, 100, 1, std::byte{0x5a});
  lose(8, piece / 2, piece / 2, std::byte{0});
  lose(pieces / 2, 0, 4096, std::byte{0xff});
  lose(pieces - 1, 0, piece, std::byte{0});
  std::ofstream(part_, std::ios::binary)
      .write(as_text(content).data(), static_cast<std::streamsize>(content.size()));

  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fetched(leecher), lost);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Disk, loses_in_a_power_cut_what_was_not_on_it_and_that_alone_is_fetched_again) {
  HostilePeer slow(original_, HostilePeer::Habit::stops, 400);
  slow.register_at(address_);
  const fs::path unsynced = home_ / "unsynced";
  Program killed = leecher_of("film.bin", here_, {}, failing_disk::remembers_unsynced(unsynced));
  killed.wait_for("progress", has_bytes(4 * kMiB));
  killed.kill();
  EXPECT_GE(failing_disk::cut_power(unsynced, part_), 4 * kMiB);
  slow.reform();
  Program again = leecher_of("film.bin", here_, {"--no-seed"});
  EXPECT_EQ(again.wait_for_exit(), 0);
  EXPECT_EQ(fetched(again), kSize) << "nothing had been synced";
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Disk, with_sync_has_all_of_what_was_called_complete_after_a_power_cut) {
  Program seeder = seeder_of(original_);
  const fs::path unsynced = home_ / "unsynced";
  Program leecher =
      leecher_of("film.bin", here_, {"--sync"}, failing_disk::remembers_unsynced(unsynced));
  leecher.wait_for("complete");
  leecher.kill();
  EXPECT_EQ(failing_disk::cut_power(unsynced, here_ / "film.bin"), 0);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
}

TEST_F(Disk, without_sync_a_file_that_a_power_cut_spoilt_is_told_and_not_offered) {
  Program seeder = seeder_of(original_);
  const fs::path unsynced = home_ / "unsynced";
  Program leecher = leecher_of("film.bin", here_, {}, failing_disk::remembers_unsynced(unsynced));
  leecher.wait_for("complete");
  leecher.kill();
  EXPECT_GT(failing_disk::cut_power(unsynced, here_ / "film.bin"), 0);
  Program again = leecher_of("film.bin", here_);
  const std::string reason = again.wait_for("failed").at("reason");
  EXPECT_NE(reason.find("other content"), std::string::npos) << reason;
  EXPECT_EQ(again.wait_for_exit(), 5);
}

TEST_F(Disk, that_has_no_place_for_another_file_is_told_as_that) {
  if (::unshare(CLONE_NEWNS) != 0)
    GTEST_SKIP() << "a disk for so many files takes the right to mount one (CAP_SYS_ADMIN)";
  ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  // Its root, and one file.
  ASSERT_EQ(::mount("none", here_.c_str(), "tmpfs", 0, "nr_inodes=2,mode=0777"), 0);
  std::ofstream(here_ / "other").close();
  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"});
  expect_failure(leecher, "as many files as it can (df -i");
  ASSERT_EQ(::umount2(here_.c_str(), MNT_DETACH), 0);
}

// ---- a .part in which there is nothing

class EmptyPart : public Disk {
 protected:
  void fetch_nothing_and_stop() {
    mute_.register_at(address_);
    Program leecher = leecher_of("film.bin", here_);
    mute_.wait_until([](const HostilePeer::Seen& seen) { return seen.requests > 0; });
    ASSERT_TRUE(fs::exists(part_));
    leecher.signal(SIGINT);
    EXPECT_EQ(leecher.wait_for_exit(), 130);
  }

  HostilePeer mute_{original_, HostilePeer::Habit::stops};
};

TEST_F(EmptyPart, goes_with_the_leecher_that_made_it) {
  fetch_nothing_and_stop();
  EXPECT_TRUE(fs::is_empty(here_));
}

TEST_F(EmptyPart, that_was_there_before_stays) {
  make_file(part_, kSize, 7);
  fetch_nothing_and_stop();
  EXPECT_EQ(fs::file_size(part_), kSize);
}

}  // namespace
}  // namespace shoal::test::disk_test
