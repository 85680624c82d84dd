#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metainfo/geometry.hpp"
#include "storage/part_file.hpp"
#include "storage/part_name.hpp"
#include "storage/rights.hpp"
#include "support/temp_dir.hpp"

/// PartFile where people or other programs have put something unexpected.
namespace shoal::storage::part_file_hostile_test {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using ::testing::HasSubstr;

constexpr Digest kSomeRoot{{std::byte{0x01}, std::byte{0x23}, std::byte{0x45}, std::byte{0x67}}};

/// Expects that another name was taken, and that people are told why.
void expect_passed_over(const fs::path& directory, const std::string& why) {
  const auto part = PartFile::open(directory, *FileName::parse("a"), kSomeRoot, 10);
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_EQ(part->part_path().filename(), "a.01234567-2.part");
  ASSERT_EQ(part->notes().size(), 1u);
  EXPECT_THAT(part->notes().front(),
              HasSubstr((directory / "a.01234567.part").string() + " " + why));
  part->discard_if_new();
}

/// The same of the name that others use.
void expect_no_candidate(const fs::path& directory, const std::string& why) {
  const auto part = PartFile::open(directory, *FileName::parse("a"), kSomeRoot, 10);
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_EQ(part->candidate(), nullptr);
  ASSERT_EQ(part->notes().size(), 1u);
  EXPECT_THAT(part->notes().front(), HasSubstr((directory / "a.part").string() + " " + why));
  part->discard_if_new();
}

Error open_error(const fs::path& directory, const std::string& name, std::uint64_t length = 10) {
  auto part = PartFile::open(directory, *FileName::parse(name), kSomeRoot, length);
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

TEST(PartFileHostile, passes_over_a_part_that_may_not_be_written) {
  const TempDir dir;
  fs::permissions(dir.path(), fs::perms(0777));
  fs::permissions(dir.write("a.01234567.part", "theirs"), fs::perms(0444));
  {
    const WithoutRoot without_root;
    const auto part = PartFile::open(dir.path(), *FileName::parse("a"), kSomeRoot, 10);
    ASSERT_TRUE(part) << part.error().message;
    EXPECT_EQ(part->part_path().filename(), "a.01234567-2.part");
  }
  EXPECT_EQ(dir.read("a.01234567.part"), "theirs");
}

TEST(PartFileHostile, passes_over_a_part_that_others_may_write) {
  const TempDir dir;
  fs::permissions(dir.write("a.01234567.part", "0123456789"), fs::perms(0666));
  expect_passed_over(dir.path(), "can be written to by others");
  EXPECT_EQ(dir.read("a.01234567.part"), "0123456789");
  fs::remove(dir / "a.01234567.part");
  fs::permissions(dir.write("a.part", "0123456789"), fs::perms(0662));
  expect_no_candidate(dir.path(), "can be written to by others");
  EXPECT_EQ(dir.read("a.part"), "0123456789");
}

TEST(PartFileHostile, passes_over_a_part_of_somebody_else) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a file that is another user's";
  const TempDir dir;
  ASSERT_EQ(::chown(dir.write("a.01234567.part", "0123456789").c_str(), 65534, 65534), 0);
  expect_passed_over(dir.path(), "belongs to another user");
  EXPECT_EQ(dir.read("a.01234567.part"), "0123456789");
  fs::remove(dir / "a.01234567.part");
  ASSERT_EQ(::chown(dir.write("a.part", "0123456789").c_str(), 65534, 65534), 0);
  expect_no_candidate(dir.path(), "belongs to another user");
  EXPECT_EQ(dir.read("a.part"), "0123456789");
}

TEST(PartFileHostile, takes_what_looks_like_all_files_where_owners_are_not_kept) {
  struct stat there {};
  there.st_mode = S_IFREG | 0777;
  there.st_nlink = 1;
  there.st_uid = 4711;
  EXPECT_EQ(why_not_ours(there, {.owner = 4711, .mode = 0777}), "");
  EXPECT_NE(why_not_ours(there, {.owner = 4711, .mode = 0664}), "");
  EXPECT_NE(why_not_ours(there, {.owner = 4712, .mode = 0777}), "");
}

TEST(PartFileHostile, gives_up_where_others_have_taken_every_name) {
  const TempDir dir;
  for (const char* const more : {"", "-2", "-3", "-4"}) {
    fs::create_directory(dir / ("a.01234567" + std::string(more) + ".part"));
  }
  const Error error = open_error(dir.path(), "a");
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_THAT(error.message, HasSubstr("a.01234567.part is a directory"));
}

TEST(PartFileHostile, says_that_a_name_is_not_taken_by_the_file_system) {
  const auto refused = refused_name("/tmp/name", ENAMETOOLONG);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::bad_name);
  EXPECT_THAT(refused->message, HasSubstr("too long"));
  EXPECT_THAT(refused->message, HasSubstr("--as"));
  EXPECT_TRUE(refused_name("/tmp/name", ENOENT)) << "so says exFAT by FUSE";
  EXPECT_FALSE(refused_name("/nowhere/at/all", ENOENT));
  EXPECT_FALSE(refused_name("/tmp/name", EACCES));
}

TEST(PartFileHostile, shortens_for_a_file_system_with_short_names) {
  const std::string name(140, 'n');  // fits into the 143 bytes of eCryptfs
  const std::string part = part_name(name, kSomeRoot, 1, 143);
  EXPECT_EQ(part.size(), 143u);
  EXPECT_THAT(part, ::testing::EndsWith(".01234567.part"));
  EXPECT_EQ(part_name("name", kSomeRoot, 1, 143), "name.01234567.part");
  EXPECT_NE(part_name(name + "a", kSomeRoot, 1, 143), part_name(name + "b", kSomeRoot, 1, 143));
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
  fs::resize_file(dir.write("a.01234567.part", "half"), kVast);
  EXPECT_EQ(open_error(dir.path(), "a", kVast).code, Errc::io);
  EXPECT_EQ(fs::file_size(dir / "a.01234567.part"), kVast);
}

TEST(PartFileHostile, does_not_follow_a_symbolic_link) {
  for (const char* const target : {"precious", "nowhere"}) {
    const TempDir dir;
    dir.write("precious", "precious content");
    fs::create_symlink(dir / target, dir / "a.01234567.part");
    expect_passed_over(dir.path(), "is a symbolic link");
    fs::rename(dir / "a.01234567.part", dir / "a.part");
    expect_no_candidate(dir.path(), "is a symbolic link");
    EXPECT_EQ(dir.read("precious"), "precious content");
    EXPECT_FALSE(fs::exists(dir / "nowhere"));
  }
}

TEST(PartFileHostile, does_not_write_through_a_hard_link) {
  const TempDir dir;
  fs::create_hard_link(dir.write("precious", "precious content"), dir / "a.01234567.part");
  expect_passed_over(dir.path(), "is a second name (hard link)");
  EXPECT_EQ(dir.read("precious"), "precious content");
}

TEST(PartFileHostile, passes_over_what_is_no_regular_file) {
  const TempDir dir;
  fs::create_directory(dir / "a.01234567.part");
  expect_passed_over(dir.path(), "is a directory");
  EXPECT_TRUE(fs::is_directory(dir / "a.01234567.part"));
  const TempDir other;
  ASSERT_EQ(::mkfifo((other / "a.01234567.part").c_str(), 0600), 0);
  expect_passed_over(other.path(), "is not a regular file");
}

TEST(PartFileHostile, an_existing_file_is_a_conflict_and_left_alone) {
  const TempDir dir;
  dir.write("a", "mine");
  const Error error = open_error(dir.path(), "a");
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_THAT(error.message, HasSubstr((dir / "a").string() + " is there already"));
  EXPECT_EQ(dir.read("a"), "mine");
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), {}), 1);
}

TEST(PartFileHostile, a_dangling_link_under_the_final_name_is_a_conflict) {
  const TempDir dir;
  fs::create_symlink(dir / "nowhere", dir / "a");
  EXPECT_EQ(open_error(dir.path(), "a").code, Errc::conflict);
}

}  // namespace
}  // namespace shoal::storage::part_file_hostile_test
