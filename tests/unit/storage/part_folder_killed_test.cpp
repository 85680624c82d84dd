#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/part_folder.hpp"
#include "support/fetched_folder.hpp"
#include "support/photos_test.hpp"
#include "support/small_disk.hpp"

/// PartFolder after a kill, which may leave anything between two of its steps, and on disks that
/// are full or elsewhere.
namespace shoal::storage::part_folder_killed_test {
namespace {

namespace fs = std::filesystem;
using test::FetchedFolder;
using test::SmallDisk;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPart = FetchedFolder::kPart;
constexpr const char* kInfo = FetchedFolder::kInfo;

class PartFolderKilled : public test::PhotosTest {};

// ---- a leecher that was killed

TEST_F(PartFolderKilled, goes_on_after_a_kill_while_the_description_was_written) {
  write(here(kInfo), std::string(FetchedFolder::kDictionary).substr(0, 5));
  expect_goes_on();
}

TEST_F(PartFolderKilled, goes_on_after_a_power_cut_that_left_zeros_in_the_description) {
  write(here(kInfo), std::string(FetchedFolder::kDictionary).substr(0, 5) + std::string(3, '\0'));
  fs::create_directory(here(kPart));
  expect_goes_on();
}

TEST_F(PartFolderKilled, goes_on_without_its_description) {
  photos_.fill(*photos_.open(), "a.jpg");
  fs::remove(here(kInfo));
  EXPECT_TRUE(photos_.open()->resumed());
  expect_goes_on();
}

TEST_F(PartFolderKilled, goes_on_after_a_kill_between_the_rename_and_the_end) {
  {
    const auto folder = photos_.open();
    photos_.fill_rest(*folder);
    expect_finished(*folder);
  }
  write(here(kInfo), FetchedFolder::kDictionary);
  expect_goes_on();
}

TEST_F(PartFolderKilled, goes_on_after_a_kill_when_all_was_ready_to_be_renamed) {
  {
    const auto folder = photos_.open();
    photos_.fill_rest(*folder);
  }
  write(staged("empty"), "");
  fs::create_symlink("sub/b.jpg", staged("link"));
  fs::permissions(staged("sub/run"), fs::perms(0755));
  fs::permissions(here(kPart), fs::perms(0755));
  expect_goes_on();
}

TEST_F(PartFolderKilled, goes_on_after_a_kill_with_some_files_moved) {
  {
    const auto folder = photos_.open();
    photos_.fill_rest(*folder);
  }
  write(staged("empty"), "");
  fs::create_directories(final("sub"));
  fs::rename(staged("a.jpg"), final("a.jpg"));
  fs::create_hard_link(staged("sub/b.jpg"), final("sub/b.jpg"));  // it has both names for a moment
  expect_goes_on();
}

TEST_F(PartFolderKilled, goes_on_after_a_kill_with_all_files_moved) {
  {
    const auto folder = photos_.open();
    photos_.fill_rest(*folder);
    expect_finished(*folder);
  }
  fs::create_directories(staged("sub"));
  write(here(kInfo), FetchedFolder::kDictionary);
  expect_goes_on();
}

TEST_F(PartFolderKilled, goes_on_after_a_kill_between_taking_the_name_and_the_rename) {
  {
    const auto folder = photos_.open();
    photos_.fill_rest(*folder);
  }
  fs::create_directory(here("photos"));  // where the system cannot rename without replacing
  expect_goes_on();
}

// ---- disks

TEST(PartFolderOnSmallDisk, needs_room_for_what_is_wanted_and_not_there) {
  const SmallDisk disk(4 << 20);
  if (!disk.missing().empty()) GTEST_SKIP() << disk.missing();
  FetchedFolder photos({{"a", std::string(3 << 20, 'a')}, {"b", std::string(3 << 20, 'b')}});
  auto folder = photos.try_open_in(disk.path());
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("no room for"));
  EXPECT_TRUE(fs::is_empty(disk.path()));
  photos.want({"a"});
  folder = photos.try_open_in(disk.path());
  ASSERT_TRUE(folder) << folder.error().message;
  photos.fill_rest(**folder);
  ASSERT_TRUE((*folder)->finish());
  folder = photos.try_open_in(disk.path());
  EXPECT_TRUE(folder) << "it is all there: " << folder.error().message;
}

TEST(PartFolderOnSmallDisk, that_fills_up_in_the_middle_goes_on_when_there_is_room) {
  const SmallDisk disk(4 << 20);
  if (!disk.missing().empty()) GTEST_SKIP() << disk.missing();
  const FetchedFolder photos(
      {{"a", std::string(1 << 20, 'a')}, {"b", std::string(2 << 20, 'b')}, {"empty", ""}});
  {
    auto folder = photos.try_open_in(disk.path());
    ASSERT_TRUE(folder) << folder.error().message;
    photos.fill(**folder, "a");
    std::ofstream(disk.path() / "others") << std::string(2 << 20, 'x');
    auto writing = (*folder)->write(photos.at("b"));
    ASSERT_TRUE(writing);
    const std::string text = photos.content(photos.at("b"));
    const BytesView bytes = as_bytes(text);
    const auto written = writing->file().write_at(0, {&bytes, 1});
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message,
                HasSubstr("cannot write " + (disk.path() / "photos/b").string() +
                          ": the disk is full; free some space"));
  }
  fs::remove(disk.path() / "others");
  auto folder = photos.try_open_in(disk.path());
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_TRUE((*folder)->resumed());
  EXPECT_TRUE(photos.holds(**folder, photos.at("a")));
  photos.fill_rest(**folder);
  const auto finished = (*folder)->finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_THAT(finished->to_prove, IsEmpty());
  EXPECT_EQ(fs::file_size(disk.path() / "photos/b"), 2u << 20);
}

/// A folder shown a second time by a FUSE program, as a server shows one to many machines.
class PartFolderOnServer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::unshare(CLONE_NEWNS) != 0) {
      GTEST_SKIP() << "a second way takes the right to mount something (CAP_SYS_ADMIN)";
    }
    ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    const std::string command = "bindfs --no-allow-other '" + server_.path().string() + "' '" +
                                here_.path().string() + "' 2>/dev/null";
    mounted_ = std::system(command.c_str()) == 0;
    if (!mounted_) GTEST_SKIP() << "needs bindfs, and /dev/fuse";
  }
  ~PartFolderOnServer() override {
    if (mounted_) ::umount2(here_.path().c_str(), MNT_DETACH);
  }

  const FetchedFolder photos_{{{"a", "first"}, {"b", "second"}, {"run", "third", true}}};
  const TempDir server_;
  const TempDir here_;
  bool mounted_ = false;
};

TEST_F(PartFolderOnServer, is_proven_once_more_also_when_it_was_read_from_there) {
  {
    const auto folder = photos_.try_open_in(here_.path());
    ASSERT_TRUE(folder) << folder.error().message;
    photos_.fill_rest(**folder);
  }
  const auto folder = photos_.try_open_in(here_.path());
  ASSERT_TRUE(folder) << folder.error().message;
  photos_.fill_rest(**folder);
  EXPECT_EQ((*folder)->finish()->to_prove.size(), 3u);
}

TEST_F(PartFolderOnServer, is_proven_once_more_from_there_before_it_gets_its_name) {
  const auto opened = photos_.try_open_in(here_.path());
  ASSERT_TRUE(opened) << opened.error().message;
  PartFolder& folder = **opened;
  photos_.fill_rest(folder);
  std::ofstream(server_ / kPart / "b", std::ios::in) << "S";
  auto finished = folder.finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(finished->to_prove.size(), 3u);
  for (const FileIndex file : finished->to_prove) {
    const auto open = folder.open(file);
    ASSERT_TRUE(open) << open.error().message;
    Bytes there(photos_.content(file).size());
    ASSERT_TRUE((*open)->read_at(0, there));
    const bool same = as_text(there) == photos_.content(file);
    EXPECT_EQ(same, file != photos_.at("b"));
    if (same) folder.proven(file);
  }
  photos_.fill(folder, "b");
  finished = folder.finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_THAT(finished->to_prove, ElementsAre(photos_.at("b"))) << "from there, too";
  ASSERT_TRUE(folder.open(photos_.at("b")));
  folder.proven(photos_.at("b"));
  finished = folder.finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_THAT(finished->to_prove, IsEmpty());
  EXPECT_EQ(server_.read("photos/b"), "second");
}

}  // namespace
}  // namespace shoal::storage::part_folder_killed_test
