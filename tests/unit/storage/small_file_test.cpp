#include "storage/small_file.hpp"

#include <sys/stat.h>

#include <gmock/gmock.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::small_file_test {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

std::size_t entries(const TempDir& directory) {
  using Iterator = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(Iterator(directory.path()), Iterator{}));
}

TEST(SmallFile, is_read_as_it_was_written_and_leaves_nothing_beside_it) {
  const TempDir directory;
  ASSERT_TRUE(write_whole(directory / "a", as_bytes("content"), IfThere::keep));
  EXPECT_EQ(as_text(*read_whole(directory / "a", 7)), "content");
  ASSERT_TRUE(write_whole(directory / "empty", {}, IfThere::keep));
  EXPECT_TRUE(read_whole(directory / "empty", 0)->empty());
  EXPECT_EQ(entries(directory), 2u);
}

TEST(SmallFile, can_be_its_owner_s_alone) {
  const TempDir directory;
  const auto others_may = [&](const char* name) {
    struct stat status {};
    EXPECT_EQ(::stat((directory / name).c_str(), &status), 0);
    return (status.st_mode & 0077) != 0;
  };
  const ::mode_t before = ::umask(0022);
  EXPECT_TRUE(write_whole(directory / "open", {}, IfThere::keep));
  EXPECT_TRUE(write_whole(directory / "own", {}, IfThere::keep, Durable::no, Readers::owner));
  ::umask(before);
  EXPECT_TRUE(others_may("open"));
  EXPECT_FALSE(others_may("own"));
}

TEST(SmallFile, is_kept_or_replaced_as_asked) {
  const TempDir directory;
  directory.write("a", "old");
  const auto kept = write_whole(directory / "a", as_bytes("new"), IfThere::keep);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, Errc::conflict);
  EXPECT_EQ(directory.read("a"), "old");
  ASSERT_TRUE(write_whole(directory / "a", as_bytes("new"), IfThere::replace));
  EXPECT_EQ(directory.read("a"), "new");
  EXPECT_EQ(entries(directory), 1u);
}

TEST(SmallFile, replaces_a_link_and_not_what_it_leads_to) {
  const TempDir directory;
  directory.write("target", "target");
  std::filesystem::create_symlink(directory / "target", directory / "link");
  ASSERT_TRUE(write_whole(directory / "link", as_bytes("new"), IfThere::replace));
  EXPECT_EQ(directory.read("target"), "target");
  EXPECT_EQ(directory.read("link"), "new");
}

TEST(SmallFile, allows_what_the_umask_allows) {
  const TempDir directory;
  const mode_t before = ::umask(0022);
  EXPECT_TRUE(write_whole(directory / "a", {}, IfThere::keep));
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat((directory / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0644u);
}

TEST(SmallFile, that_cannot_be_written_is_named_and_leaves_nothing) {
  const TempDir directory;
  const auto nowhere = write_whole(directory / "no/a", as_bytes("x"), IfThere::replace);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("no/a"));
  std::filesystem::create_directory(directory / "folder");
  EXPECT_FALSE(write_whole(directory / "folder", as_bytes("x"), IfThere::replace));
  const auto long_name = write_whole(directory / std::string(300, 'x'), {}, IfThere::keep);
  ASSERT_FALSE(long_name);
  EXPECT_EQ(long_name.error().code, Errc::io);
  EXPECT_EQ(entries(directory), 1u);
}

TEST(SmallFile, is_not_read_when_it_is_longer_than_asked_or_no_file) {
  const TempDir directory;
  directory.write("a", "12345678");
  const auto read = read_whole(directory / "a", 7);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::bad_input);
  EXPECT_THAT(read.error().message, HasSubstr("8 bytes"));
  EXPECT_FALSE(read_whole(directory / "missing", 7));
  EXPECT_FALSE(read_whole(directory.path(), 7));
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(read_whole(directory / "pipe", 7)) << "and does not wait for anybody";
}

}  // namespace
}  // namespace shoal::storage::small_file_test
