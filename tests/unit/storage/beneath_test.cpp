#include "storage/beneath.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <ostream>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "support/descriptor.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::beneath_test {
namespace {

namespace fs = std::filesystem;

using test::Descriptor;
using testing::HasSubstr;

struct Way {
  const char* name;
  int (*open)(int, std::string_view, int, ::mode_t);

  friend void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }
};

/// Both ways, of which a machine uses one.
class Beneath : public testing::TestWithParam<Way> {
 protected:
  Beneath() {
    fs::create_directories(top_ / "a/b");
    dir_.write("top/a/b/file", "inside");
    dir_.write("secret", "outside");
  }
  [[nodiscard]] Descriptor opened(std::string_view path, int flags = O_RDONLY,
                                  ::mode_t mode = 0) const {
    errno = 0;
    return Descriptor(GetParam().open(folder_.get(), path, flags, mode));
  }
  [[nodiscard]] int error(std::string_view path, int flags = O_RDONLY) const {
    const Descriptor file = opened(path, flags, 0600);
    return file.is_open() ? 0 : errno;
  }

  const test::TempDir dir_;
  const fs::path top_ = dir_ / "top";
  const Descriptor folder_{(fs::create_directories(top_), ::open(top_.c_str(), O_PATH))};
};

TEST_P(Beneath, opens_what_is_in_the_folder_and_no_program_inherits_it) {
  const Descriptor file = opened("a/b/file");
  ASSERT_TRUE(file.is_open());
  std::array<char, 10> content{};
  EXPECT_EQ(::read(file.get(), content.data(), content.size()), 6);
  EXPECT_STREQ(content.data(), "inside");
  EXPECT_EQ(::fcntl(file.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_TRUE(opened("a/b", O_DIRECTORY).is_open());
}

TEST_P(Beneath, makes_files_with_the_mode_asked_for) {
  const Descriptor made = opened("a/new", O_RDWR | O_CREAT | O_EXCL, 0640);
  struct stat status {};
  ASSERT_EQ(::fstat(made.get(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
  EXPECT_EQ(error("a/new", O_RDWR | O_CREAT | O_EXCL), EEXIST);
}

TEST_P(Beneath, follows_no_link_wherever_it_leads) {
  fs::create_symlink(dir_ / "secret", top_ / "a/absolute");
  fs::create_symlink("../../secret", top_ / "a/up");
  fs::create_symlink("b/file", top_ / "a/harmless");
  fs::create_symlink("a", top_ / "folder");
  fs::create_symlink("nowhere", top_ / "a/dangling");
  for (const char* path : {"a/absolute", "a/up", "a/harmless", "a/dangling", "folder/b/file"}) {
    EXPECT_EQ(error(path), ELOOP) << path;
    EXPECT_EQ(error(path, O_PATH), ELOOP) << path;
    EXPECT_EQ(error(path, O_RDWR | O_CREAT), ELOOP) << path;
  }
  EXPECT_EQ(error("folder", O_PATH), ELOOP);
  EXPECT_FALSE(fs::exists(top_ / "a/nowhere"));
  EXPECT_EQ(dir_.read("secret"), "outside");
}

TEST_P(Beneath, refuses_paths_that_are_not_below_the_folder) {
  const std::string with_end("a\0b", 3);
  for (const std::string& path :
       {std::string(""), std::string("."), std::string(".."), std::string("../secret"),
        std::string("a/../../secret"), std::string("a/../a/b/file"), std::string("a//b"),
        std::string("a/"), (dir_ / "secret").string(), with_end}) {
    EXPECT_EQ(error(path), EINVAL) << path;
  }
}

TEST_P(Beneath, says_what_is_in_the_way) {
  EXPECT_EQ(error("a/none"), ENOENT);
  EXPECT_EQ(error("none/file"), ENOENT);
  EXPECT_EQ(error("a/b/file/more"), ENOTDIR);
  EXPECT_EQ(error("a/b", O_RDWR), EISDIR);
}

TEST_P(Beneath, leaves_no_descriptor_behind) {
  const int before = ::dup(0);
  ::close(before);
  for (const char* path : {"a/b/file", "a/b/none", "none/b/c", "a/b/file/more"}) {
    static_cast<void>(opened(path));
  }
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(after, before);
}

INSTANTIATE_TEST_SUITE_P(Ways, Beneath,
                         testing::Values(Way{"system", &openat_beneath},
                                         Way{"steps", &step_beneath}),
                         [](const auto& way) { return std::string(way.param.name); });

TEST(BeneathErrors, name_the_file_as_people_know_it) {
  const test::TempDir dir;
  const Descriptor folder(::open(dir.path().c_str(), O_PATH));
  fs::create_symlink("/etc/passwd", dir / "link");
  EXPECT_THAT(open_beneath(folder.get(), "link", O_RDONLY).error().message,
              HasSubstr("cannot open link: a symbolic link"));
  const auto missing = open_beneath(folder.get(), "none", O_RDONLY, 0, "photos/none");
  EXPECT_EQ(missing.error().code, Errc::io);
  EXPECT_THAT(missing.error().message, HasSubstr("cannot open photos/none: it does not exist"));
}

}  // namespace
}  // namespace shoal::storage::beneath_test
