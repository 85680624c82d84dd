#include <filesystem>
#include <string>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metainfo/geometry.hpp"
#include "storage/part_file.hpp"
#include "support/temp_dir.hpp"

/// PartFile where people or other programs have put something unexpected.
namespace shoal::storage::part_file_hostile_test {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using ::testing::HasSubstr;

Error open_error(const fs::path& directory, const std::string& name, std::uint64_t length = 10) {
  auto part = PartFile::open(directory, name, length);
  return part ? Error{Errc::io, "it was opened"} : part.error();
}

/// The calling thread loses the rights of root on files, if it has them.
class WithoutRoot {
 public:
  WithoutRoot() : before_(::setfsuid(::geteuid() == 0 ? 65534 : ::geteuid())) {}
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;
  ~WithoutRoot() { ::setfsuid(static_cast<uid_t>(before_)); }

 private:
  int before_;
};

TEST(PartFileHostile, refuses_names_that_lead_elsewhere) {
  const TempDir dir;
  fs::create_directory(dir / "inner");
  for (const std::string& name :
       {std::string("../escape"), std::string("a/b"), std::string(".."), std::string("."),
        std::string(), std::string("a\0b", 3), std::string("a\nb"), std::string(256, 'n')}) {
    const Error error = open_error(dir / "inner", name);
    EXPECT_EQ(error.code, Errc::bad_name) << error.message;
  }
  EXPECT_TRUE(fs::is_empty(dir / "inner"));
  EXPECT_FALSE(fs::exists(dir / "escape.part"));
}

TEST(PartFileHostile, says_that_the_directory_is_missing) {
  const TempDir dir;
  const Error error = open_error(dir / "absent", "a");
  EXPECT_EQ(error.code, Errc::io);
  EXPECT_THAT(error.message, HasSubstr((dir / "absent").string() + " does not exist"));
}

TEST(PartFileHostile, says_that_the_directory_is_none) {
  const TempDir dir;
  dir.write("file", "");
  EXPECT_THAT(open_error(dir / "file", "a").message, HasSubstr("is not a directory"));
  EXPECT_THAT(open_error(dir / "file" / "below", "a").message, HasSubstr("not a directory"));
}

TEST(PartFileHostile, says_that_the_directory_cannot_be_written) {
  const TempDir dir;
  const fs::path locked = dir / "locked";
  fs::create_directory(locked);
  fs::permissions(dir.path(), fs::perms(0755));
  fs::permissions(locked, fs::perms(0555));
  Error error;
  {
    const WithoutRoot without_root;
    error = open_error(locked, "a");
  }
  EXPECT_EQ(error.code, Errc::io);
  EXPECT_THAT(error.message, HasSubstr("cannot write into the directory " + locked.string()));
  EXPECT_THAT(error.message, HasSubstr("permission denied"));
  EXPECT_TRUE(fs::is_empty(locked));
}

TEST(PartFileHostile, says_that_a_part_of_somebody_else_cannot_be_written) {
  const TempDir dir;
  fs::permissions(dir.path(), fs::perms(0777));
  fs::permissions(dir.write("a.part", "theirs"), fs::perms(0444));
  Error error;
  {
    const WithoutRoot without_root;
    error = open_error(dir.path(), "a");
  }
  EXPECT_THAT(error.message, HasSubstr("a.part: permission denied"));
  EXPECT_EQ(dir.read("a.part"), "theirs");
}

TEST(PartFileHostile, says_early_that_the_disk_has_no_room_and_leaves_nothing) {
  const TempDir dir;
  const Error error = open_error(dir.path(), "a", kMaxFileLength);
  EXPECT_EQ(error.code, Errc::io);
  EXPECT_THAT(error.message, HasSubstr("no room for " + (dir / "a").string()));
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(PartFileHostile, keeps_a_part_that_has_content_when_there_is_no_room) {
  const TempDir dir;
  constexpr std::uint64_t kVast = 1ull << 43;
  fs::resize_file(dir.write("a.part", "half"), kVast);
  EXPECT_EQ(open_error(dir.path(), "a", kVast).code, Errc::io);
  EXPECT_EQ(fs::file_size(dir / "a.part"), kVast);
}

TEST(PartFileHostile, does_not_follow_a_symbolic_link) {
  const TempDir dir;
  fs::create_symlink(dir.write("precious", "precious content"), dir / "a.part");
  fs::create_symlink(dir / "nowhere", dir / "b.part");
  EXPECT_THAT(open_error(dir.path(), "a").message, HasSubstr("symbolic link"));
  EXPECT_THAT(open_error(dir.path(), "b").message, HasSubstr("symbolic link"));
  EXPECT_EQ(dir.read("precious"), "precious content");
  EXPECT_FALSE(fs::exists(dir / "nowhere"));
}

TEST(PartFileHostile, does_not_write_through_a_hard_link) {
  const TempDir dir;
  fs::create_hard_link(dir.write("precious", "precious content"), dir / "a.part");
  const Error error = open_error(dir.path(), "a");
  EXPECT_EQ(error.code, Errc::io);
  EXPECT_THAT(error.message, HasSubstr("hard link"));
  EXPECT_EQ(dir.read("precious"), "precious content");
}

TEST(PartFileHostile, refuses_what_is_no_regular_file) {
  const TempDir dir;
  fs::create_directory(dir / "a.part");
  ASSERT_EQ(::mkfifo((dir / "b.part").c_str(), 0600), 0);
  EXPECT_THAT(open_error(dir.path(), "a").message, HasSubstr("is a directory"));
  EXPECT_THAT(open_error(dir.path(), "b").message, HasSubstr("not a regular file"));
  EXPECT_TRUE(fs::is_directory(dir / "a.part"));
}

TEST(PartFileHostile, an_existing_file_is_a_conflict_and_left_alone) {
  const TempDir dir;
  dir.write("a", "mine");
  const Error error = open_error(dir.path(), "a");
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_THAT(error.message, HasSubstr((dir / "a").string() + " is there already"));
  EXPECT_EQ(dir.read("a"), "mine");
  EXPECT_FALSE(fs::exists(dir / "a.part"));
}

TEST(PartFileHostile, a_dangling_link_under_the_final_name_is_a_conflict) {
  const TempDir dir;
  fs::create_symlink(dir / "nowhere", dir / "a");
  EXPECT_EQ(open_error(dir.path(), "a").code, Errc::conflict);
}

}  // namespace
}  // namespace shoal::storage::part_file_hostile_test
