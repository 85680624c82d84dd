#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>

#include <shoal/keys.hpp>

#include "support/temp_dir.hpp"
#include "unit/secure/keys_for_tests.hpp"

namespace shoal::key_file_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class KeyFile : public testing::Test {
 protected:
  fs::path written(std::string_view name, std::string_view text, ::mode_t mode = 0600) const {
    const fs::path path = home / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  static Result<Keys> read(const fs::path& file) { return read_keys(std::span(&file, 1)); }

  test::TempDir home;
};

TEST_F(KeyFile, is_made_for_its_owner_only_and_can_be_used) {
  const auto id = write_new_key(home / "our.key");
  ASSERT_TRUE(id) << id.error().message;
  struct stat status {};
  ASSERT_EQ(::stat((home / "our.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  const auto keys = read(home / "our.key");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(key_id(*keys), *id);
}

TEST_F(KeyFile, is_never_replaced) {
  const fs::path there = written("our.key", "precious");
  const auto id = write_new_key(there);
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, Errc::conflict);
  EXPECT_EQ(fs::file_size(there), 8u);
}

TEST_F(KeyFile, that_others_can_read_is_refused_with_what_to_type) {
  for (const ::mode_t mode : {0640, 0604, 0620, 0610, 0666}) {
    const fs::path file = written("open.key", secure::key_of(1).format(), mode);
    const auto keys = read(file);
    ASSERT_FALSE(keys) << std::oct << mode;
    EXPECT_THAT(keys.error().message, HasSubstr("chmod 600 " + file.string()));
  }
  EXPECT_TRUE(read(written("closed.key", secure::key_of(1).format(), 0400)));
}

TEST_F(KeyFile, is_written_as_a_shell_takes_it_in_what_to_type) {
  const fs::path file = written("it's our key", secure::key_of(1).format(), 0644);
  const auto keys = read(file);
  ASSERT_FALSE(keys);
  EXPECT_THAT(keys.error().message,
              HasSubstr("chmod 600 '" + home.path().string() + "/it'\\''s our key'"));
}

// What is looked at is what is read, whatever the name stands for meanwhile.
TEST_F(KeyFile, is_judged_by_where_a_link_leads) {
  fs::create_symlink(written("open.key", secure::key_of(1).format(), 0644), home / "to open");
  fs::create_symlink(written("closed.key", secure::key_of(1).format()), home / "to closed");
  EXPECT_FALSE(read(home / "to open"));
  EXPECT_TRUE(read(home / "to closed"));
}

TEST_F(KeyFile, is_not_made_at_the_end_of_a_link) {
  fs::create_symlink(home / "elsewhere", home / "our.key");
  EXPECT_FALSE(write_new_key(home / "our.key"));
  EXPECT_FALSE(fs::exists(home / "elsewhere"));
}

TEST_F(KeyFile, that_is_none_is_refused_and_named) {
  ASSERT_EQ(::mkfifo((home / "pipe").c_str(), 0600), 0);
  fs::create_directory(home / "folder");
  ::chmod((home / "folder").c_str(), 0700);
  for (const fs::path& file :
       {home / "missing", home / "pipe", home / "folder", written("long", std::string(5000, '\n')),
        written("text", "hello")}) {
    const auto keys = read(file);
    ASSERT_FALSE(keys) << file;
    EXPECT_THAT(keys.error().message, HasSubstr(file.string()));
  }
}

TEST_F(KeyFile, of_several_the_first_is_used) {
  const std::vector<fs::path> files{written("new", secure::key_of(2).format()),
                                    written("old", secure::key_of(1).format())};
  const auto keys = read_keys(files);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(key_id(*keys), to_hex(secure::key_of(2).id()));
  EXPECT_TRUE((*keys)->find(secure::key_of(1).id()));
}

TEST_F(KeyFile, none_is_an_open_swarm) {
  const auto keys = read_keys({});
  ASSERT_TRUE(keys);
  EXPECT_EQ(*keys, nullptr);
}

}  // namespace
}  // namespace shoal::key_file_test
