#include "storage/rename.hpp"

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "storage/file.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::rename_test {
namespace {

using test::TempDir;
using Rename = int (*)(const std::filesystem::path&, const std::filesystem::path&);

/// The atomic way and the one for file systems that lack it keep the same promise.
class RenameTest : public ::testing::TestWithParam<Rename> {
 protected:
  TempDir dir_;
};

TEST_P(RenameTest, moves_a_file) {
  dir_.write("from", "content");
  EXPECT_EQ(GetParam()(dir_ / "from", dir_ / "to"), 0);
  EXPECT_EQ(dir_.read("to"), "content");
  EXPECT_FALSE(std::filesystem::exists(dir_ / "from"));
}

TEST_P(RenameTest, never_replaces_a_file) {
  dir_.write("from", "new");
  dir_.write("to", "old");
  EXPECT_EQ(GetParam()(dir_ / "from", dir_ / "to"), EEXIST);
  EXPECT_EQ(dir_.read("to"), "old");
  EXPECT_EQ(dir_.read("from"), "new");
}

TEST_P(RenameTest, never_replaces_a_directory_or_a_dangling_link) {
  dir_.write("from", "new");
  std::filesystem::create_directory(dir_ / "directory");
  std::filesystem::create_symlink(dir_ / "nowhere", dir_ / "link");
  EXPECT_EQ(GetParam()(dir_ / "from", dir_ / "directory"), EEXIST);
  EXPECT_EQ(GetParam()(dir_ / "from", dir_ / "link"), EEXIST);
  EXPECT_EQ(dir_.read("from"), "new");
}

TEST_P(RenameTest, reports_what_is_missing) {
  EXPECT_EQ(GetParam()(dir_ / "absent", dir_ / "to"), ENOENT);
}

INSTANTIATE_TEST_SUITE_P(Ways, RenameTest,
                         ::testing::Values(Rename{&rename_without_replacing}, &link_and_unlink,
                                           &rename_over_placeholder),
                         [](const auto& test_case) {
                           if (test_case.param == &link_and_unlink) return "link_and_unlink";
                           return test_case.param == &rename_over_placeholder ? "over_placeholder"
                                                                              : "rename";
                         });

TEST_P(RenameTest, that_fails_leaves_nothing_behind) {
  EXPECT_EQ(GetParam()(dir_ / "absent", dir_ / "to"), ENOENT);
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

class Placeholder : public ::testing::Test {
 protected:
  /// As one is left by who was killed just before the rename.
  void leave_one() const {
    dir_.write("to", "");
    const std::array<timespec, 2> times{{{353'739'968, 0}, {353'739'968, 0}}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (dir_ / "to").c_str(), times.data(), 0), 0);
  }

  TempDir dir_;
};

TEST_F(Placeholder, that_was_left_behind_is_in_nobodys_way) {
  leave_one();
  dir_.write("from", "content");
  EXPECT_EQ(rename_without_replacing(dir_ / "from", dir_ / "to"), 0);
  EXPECT_EQ(dir_.read("to"), "content");
  std::filesystem::remove(dir_ / "to");
  leave_one();
  EXPECT_TRUE(remove_placeholder(dir_ / "to"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "to"));
}

TEST_F(Placeholder, is_not_what_people_have_there) {
  dir_.write("empty", "");
  EXPECT_FALSE(remove_placeholder(dir_ / "empty"));
  leave_one();
  dir_.write("to", "something");
  EXPECT_FALSE(remove_placeholder(dir_ / "to"));
  EXPECT_FALSE(remove_placeholder(dir_ / "absent"));
}

/// The atomic way and the other one.
class RenameFolder : public ::testing::TestWithParam<Rename> {
 protected:
  RenameFolder() {
    std::filesystem::create_directory(dir_ / "from");
    dir_.write("from/file", "content");
  }

  TempDir dir_;
};

TEST_P(RenameFolder, moves_it_with_all_that_is_in_it) {
  EXPECT_EQ(GetParam()(dir_ / "from", dir_ / "to"), 0);
  EXPECT_EQ(dir_.read("to/file"), "content");
  EXPECT_FALSE(std::filesystem::exists(dir_ / "from"));
}

TEST_P(RenameFolder, replaces_nothing_not_even_an_empty_folder) {
  dir_.write("file", "old");
  std::filesystem::create_directory(dir_ / "folder");
  std::filesystem::create_symlink(dir_ / "nowhere", dir_ / "link");
  for (const char* const to : {"file", "folder", "link"}) {
    EXPECT_EQ(GetParam()(dir_ / "from", dir_ / to), EEXIST) << to;
  }
  EXPECT_EQ(dir_.read("file"), "old");
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "folder"));
  EXPECT_TRUE(std::filesystem::is_symlink(dir_ / "link"));
  EXPECT_EQ(dir_.read("from/file"), "content");
}

TEST_P(RenameFolder, that_fails_leaves_nothing_behind) {
  EXPECT_EQ(GetParam()(dir_ / "absent", dir_ / "to"), ENOENT);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "to"));
}

INSTANTIATE_TEST_SUITE_P(Ways, RenameFolder,
                         ::testing::Values(&rename_folder_without_replacing,
                                           &make_folder_and_rename),
                         [](const auto& test_case) {
                           return test_case.param == &make_folder_and_rename ? "over_a_new_folder"
                                                                             : "rename";
                         });

TEST(RenameInFolders, moves_a_name_from_one_to_another_and_replaces_none) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "one");
  std::filesystem::create_directory(dir / "other");
  dir.write("one/a", "content");
  dir.write("one/b", "new");
  dir.write("other/b", "old");
  const auto descriptor_of = [&](const char* folder) {
    return File::of_descriptor(::open((dir / folder).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                               folder);
  };
  const File one = descriptor_of("one");
  const File other = descriptor_of("other");
  EXPECT_EQ(rename_without_replacing(one.descriptor(), "a", other.descriptor(), "c"), 0);
  EXPECT_EQ(rename_without_replacing(one.descriptor(), "b", other.descriptor(), "b"), EEXIST);
  EXPECT_EQ(dir.read("other/c"), "content");
  EXPECT_EQ(dir.read("other/b"), "old");
  EXPECT_EQ(dir.read("one/b"), "new");
}

}  // namespace
}  // namespace shoal::storage::rename_test
