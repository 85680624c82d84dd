#include "storage/spelled.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::spelled_test {
namespace {

namespace fs = std::filesystem;

const std::string kComposed = "caf\xC3\xA9";
const std::string kDecomposed = "cafe\xCC\x81";

class AsOnDisk : public ::testing::Test {
 protected:
  AsOnDisk() { fs::create_directory(dir_ / kDecomposed); }
  void make(const fs::path& name) const { dir_.write(name.string(), "x"); }

  const test::TempDir dir_;
};

TEST_F(AsOnDisk, finds_what_is_there_in_the_other_form_in_every_part_of_the_path) {
  make(kDecomposed + "/" + kComposed + ".txt");
  EXPECT_EQ(as_on_disk(dir_ / kComposed / (kDecomposed + ".txt")),
            dir_ / kDecomposed / (kComposed + ".txt"));
}

TEST_F(AsOnDisk, prefers_what_was_typed) {
  fs::create_directory(dir_ / kComposed);
  EXPECT_EQ(as_on_disk(dir_ / kComposed), dir_ / kComposed);
  EXPECT_EQ(as_on_disk(dir_ / kDecomposed), dir_ / kDecomposed);
}

TEST_F(AsOnDisk, leaves_what_is_missing_as_it_was_typed) {
  for (const fs::path& path : {dir_ / kComposed / "missing", dir_ / "missing" / kComposed,
                               dir_ / "missing", fs::path(), dir_ / "\xff"}) {
    EXPECT_EQ(as_on_disk(path), path);
  }
}

TEST_F(AsOnDisk, finds_a_folder_that_is_written_with_a_slash_and_what_lies_where_it_runs) {
  EXPECT_EQ(as_on_disk(dir_ / kComposed / ""), dir_ / kDecomposed / "");
  const fs::path before = fs::current_path();
  fs::current_path(dir_.path());
  EXPECT_EQ(as_on_disk(kComposed), kDecomposed);
  EXPECT_EQ(as_on_disk("./" + kComposed), "./" + kDecomposed);
  fs::current_path(before);
}

TEST_F(AsOnDisk, finds_a_link_that_leads_nowhere) {
  fs::create_symlink("nowhere", dir_ / ("link" + kDecomposed));
  EXPECT_EQ(as_on_disk(dir_ / ("link" + kComposed)), dir_ / ("link" + kDecomposed));
}

}  // namespace
}  // namespace shoal::storage::spelled_test
