#include "storage/empty_file.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::empty_file_test {
namespace {

class EmptyFile : public ::testing::Test {
 protected:
  shoal::test::TempDir home_;
  const std::filesystem::path path_ = home_ / "empty";
};

TEST_F(EmptyFile, is_made_once_and_found_again) {
  EXPECT_TRUE(make_empty_file(path_));
  EXPECT_TRUE(std::filesystem::is_empty(path_));
  EXPECT_TRUE(make_empty_file(path_));
}

TEST_F(EmptyFile, leaves_other_content_alone) {
  std::ofstream(path_) << "x";
  const auto made = make_empty_file(path_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::conflict);
  EXPECT_EQ(std::filesystem::file_size(path_), 1u);
}

TEST_F(EmptyFile, is_not_made_at_the_far_end_of_a_link) {
  std::filesystem::create_symlink(home_ / "elsewhere", path_);
  const auto made = make_empty_file(path_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::conflict);
  EXPECT_FALSE(std::filesystem::exists(home_ / "elsewhere"));
}

TEST_F(EmptyFile, says_why_it_cannot_be_made) {
  const auto made = make_empty_file(home_ / "missing" / "empty");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::io);
  EXPECT_NE(made.error().message.find("does not exist"), std::string::npos);
  std::filesystem::create_symlink(path_, path_);
  EXPECT_FALSE(make_empty_file(path_));
}

}  // namespace
}  // namespace shoal::storage::empty_file_test
