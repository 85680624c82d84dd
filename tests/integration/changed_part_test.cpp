// What other programs do to a .part while it is filled: nothing of it ends under the final name.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <sched.h>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

#include "integration/loopback.hpp"
#include "metainfo/geometry.hpp"
#include "storage/write_lease.hpp"
#include "support/failing_disk.hpp"
#include "support/hostile_peer.hpp"
#include "support/scripted_peer.hpp"

namespace shoal::test::changed_part_test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kSize = 12 * kMiB + 333;

/// The one that is there.
fs::path part_in(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".part") return entry.path();
  }
  throw std::runtime_error("no .part in " + folder.string());
}

class ChangedPart : public Loopback {
 protected:
  /// A leecher that has some of it and gets no more until `slow_` reforms.
  [[nodiscard]] Program leecher_in_the_middle(const Program::Environment& environment = {}) const {
    slow_.register_at(address_);
    Program leecher = leecher_of("film.bin", here_, {"--no-seed"}, environment);
    leecher.wait_for("progress", has_bytes(4 * kMiB));
    return leecher;
  }
  /// The first and the last piece that is there and proven.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> pieces_there() const {
    const Bytes there = read_file(part_in(here_));
    const Bytes right = read_file(original_);
    std::vector<std::uint32_t> pieces;
    for (std::uint32_t index = 0; (index + 1) * std::uint64_t{piece_} <= kSize; ++index) {
      const std::size_t at = std::size_t{index} * piece_;
      if (std::equal(&right[at], &right[at] + piece_, &there[at])) pieces.push_back(index);
    }
    return {pieces.at(0), pieces.at(pieces.size() - 1)};
  }
  [[nodiscard]] std::uint64_t offset_of_a_piece() const {
    return std::uint64_t{pieces_there().first} * piece_;
  }
  /// 4 KiB of a proven piece, and the time is set back.
  void overwrite(std::uint64_t at) const {
    const fs::path part = part_in(here_);
    const auto time = fs::last_write_time(part);
    std::fstream out(part, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(at));
    out << std::string(4096, '!');
    out.close();
    fs::last_write_time(part, time);
  }
  /// Returns when the file system's clock has moved on since the last write to the .part: what is
  /// done within one step of it cannot be told apart (PartWatch).
  void wait_for_the_next_step_of_the_clock() const {
    const auto last = fs::last_write_time(part_in(here_));
    const fs::path stamp = home_ / "stamp";
    do {
      std::ofstream(stamp) << '.';
    } while (fs::last_write_time(stamp) <= last);
  }
  static void expect_told(Program& leecher) {
    leecher.wait_for("notice", [](const Json& event) {
      return event.at("message").get<std::string>().find("Another program has changed") !=
             std::string::npos;
    });
  }
  void expect_the_file(Program& leecher) const {
    EXPECT_EQ(leecher.wait_for_exit(), 0) << leecher.describe();
    EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
  }
  void expect_an_end(Program& leecher, const std::string& words) const {
    const std::string reason = leecher.wait_for("failed").at("reason");
    EXPECT_NE(reason.find(words), std::string::npos) << reason;
    EXPECT_NE(reason.find(".part"), std::string::npos) << reason;
    EXPECT_EQ(leecher.wait_for_exit(), 1);
    EXPECT_EQ(leecher.count("complete"), 0);
    EXPECT_FALSE(fs::exists(here_ / "film.bin"));
  }

  const fs::path original_ = file("film.bin", kSize);
  const std::uint32_t piece_ = identify(original_).piece_length;
  const fs::path here_ = folder("here");
  mutable HostilePeer slow_{original_, HostilePeer::Habit::stops, 400};
};

struct Change {
  const char* name;
  void (*make)(const fs::path& part);

  friend void PrintTo(const Change& one, std::ostream* out) { *out << one.name; }
};

const Change kChanges[] = {
    {"cut_short", [](const fs::path& part) { fs::resize_file(part, kMiB); }},
    {"cut_to_nothing_and_made_as_long_again",
     [](const fs::path& part) {
       fs::resize_file(part, 0);
       fs::resize_file(part, kSize);
     }},
    {"written_anew",
     [](const fs::path& part) {
       const auto time = fs::last_write_time(part);
       make_file(part, kSize, 9);
       fs::last_write_time(part, time);
     }},
};

class PartThatIs : public ChangedPart, public ::testing::WithParamInterface<Change> {};

TEST_P(PartThatIs, is_proven_again_at_once_and_what_is_wrong_is_fetched_again) {
  Program leecher = leecher_in_the_middle();
  wait_for_the_next_step_of_the_clock();
  GetParam().make(part_in(here_));
  expect_told(leecher);
  EXPECT_EQ(fs::file_size(part_in(here_)), kSize);
  slow_.reform();
  expect_the_file(leecher);
}

TEST_P(PartThatIs, gets_no_name_before_it_is_right_though_the_rest_comes_at_once) {
  Program leecher = leecher_in_the_middle();
  wait_for_the_next_step_of_the_clock();
  GetParam().make(part_in(here_));
  slow_.reform();
  expect_the_file(leecher);
}

INSTANTIATE_TEST_SUITE_P(Each, PartThatIs, ::testing::ValuesIn(kChanges),
                         [](const auto& test) { return test.param.name; });

TEST_F(ChangedPart, that_was_made_longer_gets_its_length_back) {
  Program leecher = leecher_in_the_middle();
  std::ofstream(part_in(here_), std::ios::binary | std::ios::app) << std::string(1000, '!');
  slow_.reform();
  expect_the_file(leecher);
  EXPECT_EQ(leecher.count("notice"), 0) << "nothing was lost";
}

TEST_F(ChangedPart, in_one_proven_piece_with_its_time_set_back_is_put_right_and_told) {
  Program leecher = leecher_in_the_middle();
  overwrite(offset_of_a_piece());
  expect_told(leecher);
  slow_.reform();
  expect_the_file(leecher);
  EXPECT_EQ(fetched(leecher), kSize + piece_);
}

TEST_F(ChangedPart, that_is_fetched_from_a_seeder_which_leaves_whoever_has_all_is_put_right) {
  Program seeder = start_seeder({original_.string(), "--upload-limit", "2M"});
  seeder.wait_for("registered");
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"});
  leecher.wait_for("progress", has_bytes(2 * kMiB));
  seeder.signal(SIGSTOP);
  overwrite(offset_of_a_piece());
  seeder.signal(SIGCONT);
  expect_the_file(leecher);
  expect_told(leecher);
}

TEST_F(ChangedPart, by_one_who_has_it_open_still_is_put_right) {
  Program leecher = leecher_in_the_middle();
  const std::uint64_t at = offset_of_a_piece();
  const Descriptor other(::open(part_in(here_).c_str(), O_RDWR));
  const std::string wrong(4096, '!');
  ASSERT_EQ(::pwrite(other.get(), wrong.data(), wrong.size(), static_cast<off_t>(at)), 4096);
  slow_.reform();
  expect_the_file(leecher);
}

TEST_F(ChangedPart, that_somebody_only_reads_costs_nothing_and_is_not_told) {
  Program leecher = leecher_in_the_middle();
  EXPECT_GT(read_file(part_in(here_)).size(), 0u);
  slow_.reform();
  expect_the_file(leecher);
  EXPECT_EQ(leecher.count("notice"), 0);
  EXPECT_EQ(fetched(leecher), kSize);
}

TEST_F(ChangedPart, is_not_sent_to_others_once_it_is_known_to_be_wrong) {
  Program leecher = leecher_in_the_middle();
  ScriptedPeer peer(Endpoint::parse(address_of(leecher)).value(), identify(original_));
  const auto [wrong, right] = pieces_there();
  overwrite(std::uint64_t{wrong} * piece_);
  expect_told(leecher);
  peer.says(wire::HaveNone{});
  peer.says(wire::Interested{});
  peer.says(wire::Request{{wrong, 0, kBlockLength}});
  peer.says(wire::Request{{right, 0, kBlockLength}});
  EXPECT_EQ(peer.hears<wire::Reject>().range.piece, wrong);
  EXPECT_EQ(peer.hears<wire::Piece>().piece, right);
  slow_.reform();
  expect_the_file(leecher);
}

// ---- what happens at the end

TEST_F(ChangedPart, between_the_last_block_and_the_last_look_is_put_right) {
  slow_.reform();
  slow_.register_at(address_);
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"},
                               failing_disk::touches(failing_disk::Moment::lease));
  expect_the_file(leecher);
  expect_told(leecher);
}

TEST_F(ChangedPart, after_the_last_look_it_cannot_be_while_it_is_given_its_name) {
  const auto ours = storage::File::open_to_fill(home_ / "ours");
  if (storage::WriteLease(*ours).answer() != storage::WriteLease::Answer::held) {
    GTEST_SKIP() << "this file system gives no leases; without one nothing can keep the file from "
                    "being touched between the last look and the rename";
  }
  slow_.reform();
  slow_.register_at(address_);
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"},
                               failing_disk::touches(failing_disk::Moment::rename));
  expect_the_file(leecher);
  EXPECT_EQ(fetched(leecher), kSize);
}

TEST_F(ChangedPart, after_the_last_look_where_nobody_can_be_kept_out_is_put_right) {
  slow_.reform();
  slow_.register_at(address_);
  Program leecher =
      leecher_of("film.bin", here_, {"--no-seed"},
                 failing_disk::both(failing_disk::touches(failing_disk::Moment::rename),
                                    failing_disk::leases(EINVAL)));
  expect_the_file(leecher);
  expect_told(leecher);
  EXPECT_EQ(std::distance(fs::directory_iterator(here_), {}), 1) << "nothing else is left";
}

TEST_F(ChangedPart, again_and_again_ends_it) {
  slow_.reform();
  slow_.register_at(address_);
  Program leecher =
      leecher_of("film.bin", here_, {"--no-seed"},
                 failing_disk::both(failing_disk::touches(failing_disk::Moment::every_lease),
                                    failing_disk::leases(EAGAIN)));
  expect_an_end(leecher, "again and again");
}

// ---- what takes it away

struct End {
  const char* name;
  const char* words;  // of the reason that is told
  void (*make)(const fs::path& part);

  friend void PrintTo(const End& one, std::ostream* out) { *out << one.name; }
};

const End kEnds[] = {
    {"deleted", "was deleted", [](const fs::path& part) { fs::remove(part); }},
    {"moved", "taken away", [](const fs::path& part) { fs::rename(part, part.string() + ".bak"); }},
    {"moved_with_its_folder", "taken away",
     [](const fs::path& part) {
       fs::rename(part.parent_path(), part.parent_path().string() + ".bak");
     }},
    {"replaced", "was replaced",
     [](const fs::path& part) {
       make_file(part.string() + ".new", kSize, 9);
       fs::rename(part.string() + ".new", part);
     }},
    {"replaced_by_a_link", "was replaced",
     [](const fs::path& part) {
       fs::remove(part);
       fs::create_symlink("/etc/passwd", part);
     }},
};

class PartThatGoes : public ChangedPart, public ::testing::WithParamInterface<End> {};

TEST_P(PartThatGoes, ends_it_though_no_block_comes) {
  Program leecher = leecher_in_the_middle();
  wait_for_the_next_step_of_the_clock();
  GetParam().make(part_in(here_));
  expect_an_end(leecher, GetParam().words);
}

TEST_P(PartThatGoes, ends_it_and_nothing_else_gets_the_name_when_all_comes_at_once) {
  Program leecher = leecher_in_the_middle();
  wait_for_the_next_step_of_the_clock();
  GetParam().make(part_in(here_));
  slow_.reform();
  expect_an_end(leecher, GetParam().words);
}

INSTANTIATE_TEST_SUITE_P(Each, PartThatGoes, ::testing::ValuesIn(kEnds),
                         [](const auto& test) { return test.param.name; });

TEST_F(ChangedPart, that_is_deleted_ends_it_where_a_container_forbids_statx) {
  Program leecher = leecher_in_the_middle(failing_disk::no_statx(EPERM));
  fs::remove(part_in(here_));
  expect_an_end(leecher, "was deleted");
}

TEST_F(ChangedPart, gets_its_name_where_a_container_forbids_statx) {
  slow_.reform();
  slow_.register_at(address_);
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"}, failing_disk::no_statx(ENOSYS));
  expect_the_file(leecher);
  EXPECT_EQ(fetched(leecher), kSize);
}

TEST_F(ChangedPart, that_is_deleted_while_another_is_looked_at_ends_it) {
  fs::copy_file(original_, here_ / "film.bin.part");
  slow_.register_at(address_);
  const fs::path go = home_ / "go";
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"}, failing_disk::held_until(go));
  failing_disk::wait_for_held(go);
  fs::remove(part_of(original_, here_));
  const std::string reason = leecher.wait_for("failed").at("reason");
  EXPECT_NE(reason.find("was deleted"), std::string::npos) << reason;
  std::ofstream(go).close();
  EXPECT_EQ(leecher.wait_for_exit(), 1);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin.part"));
}

TEST_F(ChangedPart, whose_disk_is_unmounted_ends_it) {
  if (::unshare(CLONE_NEWNS) != 0) {
    GTEST_SKIP() << "a disk that goes away takes the right to mount one (CAP_SYS_ADMIN)";
  }
  ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(::mount("none", here_.c_str(), "tmpfs", 0, nullptr), 0);
  Program leecher = leecher_in_the_middle();
  ASSERT_EQ(::umount2(here_.c_str(), MNT_DETACH), 0);
  expect_an_end(leecher, "taken away");
}

/// A folder shown a second time by a FUSE program, as a server shows one to many machines.
class Mirrored {
 public:
  Mirrored(fs::path behind, fs::path here) : here_(std::move(here)) {
    const std::string command =
        "bindfs --no-allow-other '" + behind.string() + "' '" + here_.string() + "' 2>/dev/null";
    mounted_ = std::system(command.c_str()) == 0;
  }
  Mirrored(const Mirrored&) = delete;
  Mirrored& operator=(const Mirrored&) = delete;
  ~Mirrored() {
    if (mounted_) ::umount2(here_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool is_there() const { return mounted_; }

 private:
  fs::path here_;
  bool mounted_ = false;
};

TEST_F(ChangedPart, by_somebody_who_comes_to_its_disk_another_way_gets_no_name_before_it_is_right) {
  if (::unshare(CLONE_NEWNS) != 0) {
    GTEST_SKIP() << "a second way takes the right to mount something (CAP_SYS_ADMIN)";
  }
  ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  const fs::path behind = folder("behind");
  const Mirrored mirrored(behind, here_);
  if (!mirrored.is_there()) GTEST_SKIP() << "needs bindfs, and /dev/fuse";
  Program leecher = leecher_in_the_middle();
  const std::uint64_t at = offset_of_a_piece();
  std::fstream out(part_in(behind), std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(static_cast<std::streamoff>(at));
  out << std::string(4096, '!');
  out.close();
  slow_.reform();
  expect_the_file(leecher);
}

}  // namespace
}  // namespace shoal::test::changed_part_test
