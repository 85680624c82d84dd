// What else may be in the folder that a file is fetched into, and folders that are not like others.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <ostream>
#include <unistd.h>

#include "integration/loopback.hpp"
#include "support/failing_disk.hpp"

namespace shoal::test::part_name_test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kSize = 12 * kMiB + 333;

class PartName : public Loopback {
 protected:
  /// Expects that the file is fetched, and so much of it.
  void expect_fetched(std::uint64_t bytes, Program::Arguments options = {},
                      const Program::Environment& disk = {}) {
    options.emplace_back("--no-seed");
    Program leecher = leecher_of("film.bin", here_, options, disk);
    EXPECT_EQ(leecher.wait_for_exit(), 0);
    EXPECT_EQ(leecher.wait_for("complete", named("film.bin")).at("fetched"), bytes);
    EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
    EXPECT_FALSE(fs::exists(part_of(original_, here_)));
    messages_.clear();
    for (const Json& event : leecher.events()) {
      if (event.at("event") == "notice")
        messages_.push_back(event.at("message").get<std::string>());
    }
  }
  [[nodiscard]] auto told(const std::string& words) const {
    return std::ranges::count_if(messages_, [&](const std::string& message) {
      return message.find(words) != std::string::npos;
    });
  }
  void write(const fs::path& path, BytesView content) const {
    std::ofstream(path, std::ios::binary)
        .write(as_text(content).data(), static_cast<std::streamsize>(content.size()));
  }
  [[nodiscard]] std::size_t files_here() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(here_), {}));
  }

  const fs::path original_ = file("film.bin", kSize);
  const std::uint32_t piece_ = identify(original_).piece_length;
  const fs::path here_ = folder("here");
  const fs::path old_part_ = here_ / "film.bin.part";
  std::vector<std::string> messages_;
  Program seeder_ = seeder_of(original_);
};

// ---- NAME.part

TEST_F(PartName, a_file_of_the_users_that_has_its_old_form_and_length_stays) {
  make_file(old_part_, kSize, 7);
  const Bytes before = read_file(old_part_);
  expect_fetched(kSize);
  EXPECT_EQ(read_file(old_part_), before);
  EXPECT_EQ(told("film.bin.part holds nothing of it, and is left as it is"), 1);
}

TEST_F(PartName, a_download_of_an_earlier_version_is_gone_on_from) {
  Bytes content(kSize);
  const Bytes original = read_file(original_);
  const auto at = static_cast<std::ptrdiff_t>(5 * piece_);
  std::copy_n(original.begin() + at, piece_, content.begin() + at);
  write(old_part_, content);
  expect_fetched(kSize - piece_);
  EXPECT_FALSE(fs::exists(old_part_));
  EXPECT_EQ(told("film.bin.part is a part of it"), 1);
}

TEST_F(PartName, a_beginning_by_another_program_is_gone_on_from) {
  write(old_part_, BytesView(read_file(original_)).first(7 * kMiB + 5000));
  expect_fetched(kSize - 7 * kMiB / piece_ * piece_);
  EXPECT_FALSE(fs::exists(old_part_));
}

TEST_F(PartName, what_is_no_beginning_of_it_stays) {
  Bytes content = read_file(original_);
  content[0] ^= std::byte{1};
  write(old_part_, BytesView(content).first(7 * kMiB));
  expect_fetched(kSize);
  EXPECT_EQ(fs::file_size(old_part_), 7 * kMiB);
}

TEST_F(PartName, a_beginning_that_is_taken_away_while_it_is_looked_at_is_told_of_as_that) {
  write(old_part_, BytesView(read_file(original_)).first(7 * kMiB));
  const fs::path go = home_ / "go";
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"}, failing_disk::held_until(go));
  failing_disk::wait_for_held(go);
  fs::remove(old_part_);
  write(go, {});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fetched(leecher), kSize);
  const std::string told = leecher.wait_for("notice").at("message");
  EXPECT_NE(told.find("film.bin.part was changed or taken away"), std::string::npos) << told;
}

TEST_F(PartName, a_beginning_that_cannot_be_renamed_is_told_of_as_that) {
  write(old_part_, BytesView(read_file(original_)).first(7 * kMiB));
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"}, failing_disk::no_replacing(EIO));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fetched(leecher), kSize);
  EXPECT_EQ(fs::file_size(old_part_), 7 * kMiB);
  const std::string told = leecher.wait_for("notice").at("message");
  EXPECT_NE(told.find("film.bin.part cannot be renamed"), std::string::npos) << told;
}

TEST_F(PartName, what_is_longer_stays) {
  Bytes content = read_file(original_);
  content.push_back(std::byte{0});
  write(old_part_, content);
  expect_fetched(kSize);
  EXPECT_EQ(fs::file_size(old_part_), kSize + 1);
  EXPECT_EQ(told("film.bin.part is longer than this file; it is left as it is"), 1);
}

TEST_F(PartName, what_is_too_short_to_prove_anything_stays) {
  write(old_part_, BytesView(read_file(original_)).first(piece_ - 1));
  expect_fetched(kSize);
  EXPECT_EQ(fs::file_size(old_part_), piece_ - 1);
}

TEST_F(PartName, zeros_prove_nothing) {
  const auto image = make_sparse_file(home_ / "disk.img", 32 * kMiB, 8 * kMiB);
  Program seeder = seeder_of(image);
  write(here_ / "disk.img.part", Bytes(20 * kMiB));
  Program leecher = leecher_of("disk.img", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(image, here_ / "disk.img"));
  EXPECT_EQ(read_file(here_ / "disk.img.part"), Bytes(20 * kMiB));
}

TEST_F(PartName, what_another_user_could_still_write_to_is_not_taken_over) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a file that is another user's";
  for (const fs::path& path : {old_part_, part_of(original_, here_)}) {
    fs::copy_file(original_, path);
    fs::permissions(path, fs::perms(0666));
    ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  }
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fetched(leecher), kSize);
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
  EXPECT_TRUE(same_content(original_, old_part_));
  EXPECT_TRUE(same_content(original_, part_of(original_, here_)));
  EXPECT_EQ(files_here(), 3u);
}

// ---- file systems that cannot do all that others can

TEST_F(PartName, without_hard_links_a_file_gets_its_name_all_the_same) {
  for (const int error : {EPERM, EOPNOTSUPP, ENOSYS}) {
    expect_fetched(kSize, {"--sync"}, failing_disk::no_links(error));
    EXPECT_EQ(files_here(), 1u);
    fs::remove(here_ / "film.bin");
  }
}

TEST_F(PartName, without_hard_links_what_is_there_is_not_replaced) {
  make_file(here_ / "film.bin", 100, 9);
  Program leecher = leecher_of("film.bin", here_, {}, failing_disk::no_links(EPERM));
  EXPECT_EQ(leecher.wait_for_exit(), 5);
  EXPECT_EQ(fs::file_size(here_ / "film.bin"), 100u);
}

TEST_F(PartName, where_nothing_can_be_renamed_nothing_but_the_part_is_left) {
  Program leecher = leecher_of("film.bin", here_, {}, failing_disk::no_renames(EIO));
  EXPECT_EQ(leecher.wait_for_exit(), 1);
  EXPECT_EQ(files_here(), 1u);
  expect_fetched(0);
}

TEST_F(PartName, an_end_while_the_name_is_taken_without_hard_links_costs_nothing) {
  const auto disk = failing_disk::no_links(EPERM);
  Program killed =
      leecher_of("film.bin", here_, {},
                 failing_disk::both(disk, failing_disk::kills(failing_disk::Call::replace)));
  ASSERT_EQ(killed.wait_for_exit(), -SIGKILL);
  ASSERT_EQ(fs::file_size(here_ / "film.bin"), 0u);
  expect_fetched(0, {}, disk);
  EXPECT_EQ(files_here(), 1u);
}

TEST_F(PartName, without_locks_it_is_told_once) {
  const auto other = file("other.bin", 1000, 3);
  Program seeder = seeder_of(other);
  for (const int error : {ENOSYS, ENOLCK, EOPNOTSUPP}) {
    expect_fetched(kSize, {"other.bin"}, failing_disk::no_locks(error));
    EXPECT_EQ(told("has no locks"), 1);
    EXPECT_EQ(files_here(), 2u);
    fs::remove(here_ / "film.bin");
    fs::remove(here_ / "other.bin");
  }
}

TEST_F(PartName, a_disk_that_is_slow_to_make_room_is_told_of) {
  const fs::path go = home_ / "go";
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"}, failing_disk::slow_until(go));
  leecher.wait_for("notice", [](const Json& event) {
    const std::string message = event.at("message");
    return message.starts_with("Making room for \"film.bin\"");
  });
  EXPECT_EQ(leecher.count("complete"), 0);
  write(go, {});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(PartName, a_disk_without_holes_is_filled_with_zeros_in_steps) {
  const auto large = file("large.bin", 40 * kMiB, 4);
  Program seeder = seeder_of(large);
  const fs::path lengths = home_ / "lengths";
  Program leecher = leecher_of("large.bin", here_, {"--no-seed"}, failing_disk::solid(lengths));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  std::ifstream in(lengths);
  std::uint64_t before = 0;
  for (std::uint64_t next = 0; in >> next; before = next) EXPECT_LE(next - before, 16 * kMiB);
  EXPECT_EQ(before, 40 * kMiB);
}

// ---- names

struct Names {
  const char* name;
  const char* file;
  Program::Environment disk;

  friend void PrintTo(const Names& one, std::ostream* out) { *out << one.name; }
};

class NameRefused : public Loopback, public ::testing::WithParamInterface<Names> {};

TEST_P(NameRefused, is_told_before_anything_is_fetched_and_another_one_does) {
  const auto original = file(GetParam().file, 1 * kMiB);
  const auto here = folder("here");
  Program seeder = start_seeder({original.string()});
  const std::string link = seeder.wait_for("registered").at("magnet");
  Program refused = leecher_of(GetParam().file, here, {}, GetParam().disk);
  const std::string reason = refused.wait_for("failed").at("reason");
  EXPECT_NE(reason.find("does not take the name"), std::string::npos) << reason;
  EXPECT_NE(reason.find("--as NAME"), std::string::npos) << reason;
  EXPECT_EQ(reason.find("does not exist"), std::string::npos) << reason;
  EXPECT_EQ(refused.wait_for_exit(), 1);
  EXPECT_EQ(refused.count("progress"), 0);
  EXPECT_TRUE(fs::is_empty(here));

  for (const std::string& target : {std::string(GetParam().file), link}) {
    const auto there = folder(target == link ? "by-link" : "by-name");
    Program leecher = leecher_of(target, there, {"--as", "other.bin"}, GetParam().disk);
    const Json complete = leecher.wait_for("complete");
    EXPECT_EQ(complete.at("path"), (there / "other.bin").string());
    EXPECT_EQ(complete.at("name"), GetParam().file);
    EXPECT_TRUE(same_content(original, there / "other.bin"));
    leecher.wait_for("registered", named(GetParam().file));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, NameRefused,
    ::testing::Values(Names{"by_exfat", "a:b?.iso", failing_disk::names_without(EINVAL, ":?")},
                      Names{"by_exfat_fuse", "a:b?.iso", failing_disk::names_without(ENOENT, ":?")},
                      Names{"for_its_bytes", "a:b?.iso", failing_disk::names_without(EILSEQ, ":?")},
                      Names{
                          "for_its_length",
                          "a-name-that-is-longer-than-this-file-system-can-hold-by-some-bytes.iso",
                          failing_disk::names_up_to(60)}),
    [](const auto& test) { return test.param.name; });

TEST_F(PartName, a_file_that_is_there_under_another_name_is_shared_too) {
  fs::copy_file(original_, here_ / "mine.bin");
  Program leecher = leecher_of("film.bin", here_, {"--as", "mine.bin"});
  EXPECT_EQ(fetched(leecher), 0);
  leecher.wait_for("registered", named("film.bin"));
  EXPECT_EQ(files_here(), 1u);
}

}  // namespace
}  // namespace shoal::test::part_name_test
