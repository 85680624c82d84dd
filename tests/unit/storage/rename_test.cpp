#include "storage/rename.hpp"

#include <cerrno>

#include <gtest/gtest.h>

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
                         ::testing::Values(&rename_without_replacing, &link_and_unlink),
                         [](const auto& test_case) {
                           return test_case.param == &link_and_unlink ? "link_and_unlink"
                                                                      : "rename";
                         });

}  // namespace
}  // namespace shoal::storage::rename_test
