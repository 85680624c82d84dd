#include "storage/witness.hpp"

#include <chrono>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::witness_test {
namespace {

namespace fs = std::filesystem;

using test::TempDir;
using ::testing::HasSubstr;

class WitnessTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string news() const {
    const auto told = look_at(witness_).news;
    if (!told) return "";
    EXPECT_EQ(told->code, Errc::io);
    EXPECT_THAT(told->message, HasSubstr(path_.string()));
    return told->message;
  }

  const TempDir dir_;
  const fs::path path_ = dir_.write("a.bin", "content");
  const Witness witness_{path_, File::open_to_read(path_)->version().value()};
};

TEST_F(WitnessTest, has_no_news_of_a_file_that_is_read_renamed_back_or_given_other_rights) {
  EXPECT_EQ(dir_.read("a.bin"), "content");
  fs::rename(path_, dir_ / "b");
  fs::rename(dir_ / "b", path_);
  fs::permissions(path_, fs::perms::owner_read);
  EXPECT_EQ(news(), "");
}

TEST_F(WitnessTest, has_no_doubts_of_a_file_that_nobody_has_touched) {
  EXPECT_EQ(dir_.read("a.bin"), "content");
  const Sighting seen = look_at(witness_);
  EXPECT_FALSE(seen.news);
  EXPECT_FALSE(seen.in_doubt);
}

TEST_F(WitnessTest, doubts_one_whose_times_were_set_back) {
  const auto time = fs::last_write_time(path_);
  const auto touch = [&] {
    dir_.write("a.bin", "CONTENT");
    fs::last_write_time(path_, time);
    return look_at(witness_).in_doubt;
  };
  auto doubt = touch();
  while (!doubt) doubt = touch();  // the system's clock goes in steps
  EXPECT_EQ(news(), "");
  EXPECT_FALSE(look_at({path_, *doubt}).in_doubt);
}

TEST_F(WitnessTest, tells_of_one_that_is_gone) {
  fs::remove(path_);
  EXPECT_THAT(news(), HasSubstr("deleted"));
}

TEST_F(WitnessTest, tells_of_one_whose_folder_is_gone) {
  EXPECT_TRUE(look_at({dir_ / "none/a.bin", witness_.version}).news);
  EXPECT_TRUE(look_at({path_ / "a.bin", witness_.version}).news);
}

TEST_F(WitnessTest, tells_both_lengths_of_one_that_was_cut_short) {
  fs::resize_file(path_, 3);
  EXPECT_THAT(news(), HasSubstr("3 bytes now, it had 7"));
}

TEST_F(WitnessTest, tells_of_one_that_was_written_to) {
  fs::last_write_time(path_, fs::last_write_time(path_) + std::chrono::nanoseconds(1'000'000));
  EXPECT_THAT(news(), HasSubstr("written to"));
}

TEST_F(WitnessTest, tells_of_another_file_with_the_same_content_and_times) {
  const auto time = fs::last_write_time(path_);
  dir_.write("b", "content");
  fs::rename(dir_ / "b", path_);
  fs::last_write_time(path_, time);
  EXPECT_THAT(news(), HasSubstr("replaced"));
}

TEST_F(WitnessTest, follows_a_symbolic_link_to_the_file) {
  const fs::path link = dir_ / "link";
  fs::create_symlink(path_, link);
  EXPECT_FALSE(look_at({link, witness_.version}).news);
  fs::remove(link);
  fs::create_symlink(dir_.write("b", "content"), link);
  EXPECT_TRUE(look_at({link, witness_.version}).news);
}

}  // namespace
}  // namespace shoal::storage::witness_test
