#include "storage/part_watch.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/descriptor.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::part_watch_test {
namespace {

namespace fs = std::filesystem;

using test::Descriptor;
using test::TempDir;
using ::testing::HasSubstr;

class PartWatchTest : public ::testing::Test {
 protected:
  void we_write(std::string_view content, std::uint64_t at = 0) {
    const PartWatch::Writing writing(watch_);
    const BytesView bytes = as_bytes(content);
    ASSERT_TRUE(part_.file().write_at(at, {&bytes, 1}));
  }
  [[nodiscard]] Descriptor opened(int flags) const {
    return Descriptor(::open(path_.c_str(), flags));
  }
  static void write_there(const Descriptor& file) { ASSERT_EQ(::pwrite(file.get(), "!", 1, 3), 1); }
  /// So that its times tell, too: the system's clock may go in steps.
  void write_there_later(const Descriptor& file) const {
    const auto before = fs::last_write_time(path_);
    while (fs::last_write_time(path_) == before) write_there(file);
  }
  [[nodiscard]] std::string gone() {
    const auto seen = watch_.look();
    return seen.gone ? seen.gone->message : "";
  }
  void expect_the_name(bool proven = false) {
    const auto witness = watch_.finish(proven);
    ASSERT_TRUE(witness) << witness.error().message;
    ASSERT_TRUE(*witness);
    EXPECT_EQ((*witness)->path, dir_ / "a");
    const Sighting seen = look_at(**witness);
    EXPECT_FALSE(seen.news || seen.in_doubt);
    EXPECT_FALSE(watch_.look().gone) << "its old name is of no interest any more";
  }
  void expect_no_name_yet(bool proven = false) {
    const auto witness = watch_.finish(proven);
    ASSERT_TRUE(witness) << witness.error().message;
    EXPECT_FALSE(*witness);
    EXPECT_TRUE(fs::exists(path_));
    EXPECT_FALSE(fs::exists(dir_ / "a"));
  }

  const TempDir dir_;
  PartFile part_ = PartFile::open(dir_.path(), *FileName::parse("a"), Digest{}, 7).value();
  const fs::path path_ = part_.part_path();
  PartWatch watch_{part_, 7};
};

TEST_F(PartWatchTest, does_not_take_our_writes_for_those_of_others) {
  for (int i = 0; i < 100; ++i) we_write("content");
  EXPECT_FALSE(watch_.look().touched);
  expect_the_name();
}

TEST_F(PartWatchTest, sees_who_wrote_in_the_same_moment_as_we_and_set_the_time_back) {
  we_write("content");
  const auto time = fs::last_write_time(path_);
  write_there(opened(O_WRONLY));
  fs::last_write_time(path_, time);
  we_write("content");
  EXPECT_TRUE(watch_.look().touched);
  EXPECT_FALSE(watch_.look().touched) << "told once";
  expect_the_name();
}

TEST_F(PartWatchTest, gives_no_name_to_what_was_written_to_since_the_last_look) {
  we_write("content");
  write_there(opened(O_WRONLY));
  expect_no_name_yet();
  expect_the_name(true);
}

TEST_F(PartWatchTest, gives_a_name_to_what_somebody_has_open_only_when_it_was_proven_again) {
  we_write("content");
  const Descriptor other = opened(O_RDWR);
  write_there(other);
  expect_no_name_yet();
  write_there_later(other);
  expect_no_name_yet(true);
  expect_the_name(true);
}

/// As memory, where its times tell of it once only until that is written out.
class PartThatIsMapped : public PartWatchTest {
 protected:
  void SetUp() override {
    struct statfs disk {};
    ASSERT_EQ(::fstatfs(part_.file().descriptor(), &disk), 0);
    if (disk.f_type == TMPFS_MAGIC) GTEST_SKIP() << "no time tells of that on tmpfs";
    we_write("content");
    void* const memory =
        ::mmap(nullptr, 7, PROT_READ | PROT_WRITE, MAP_SHARED, opened(O_RDWR).get(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    memory_ = static_cast<char*>(memory);
  }
  void TearDown() override {
    if (memory_ != nullptr) ::munmap(memory_, 7);
  }
  /// So that its times tell: the system's clock may go in steps.
  void change_later() {
    const auto before = fs::last_write_time(path_);
    do {
      dir_.write("clock", "");
    } while (fs::last_write_time(dir_ / "clock") <= before);
    ++*memory_;
  }

  char* memory_ = nullptr;
};

TEST_F(PartThatIsMapped, gets_no_name_when_it_was_changed_after_it_was_proven) {
  ++*memory_;
  expect_no_name_yet();
  change_later();
  expect_no_name_yet(true);
  expect_the_name(true);
}

TEST_F(PartThatIsMapped, gets_no_name_when_a_change_was_seen_that_may_go_on) {
  expect_no_name_yet();
  change_later();
  EXPECT_TRUE(watch_.look().touched);
  ++*memory_;  // which no time tells
  expect_no_name_yet(true);
  expect_the_name(true);
}

TEST_F(PartWatchTest, has_no_doubts_of_what_others_have_read) {
  we_write("content");
  EXPECT_EQ(dir_.read(path_.filename().string()), "content");
  EXPECT_FALSE(watch_.look().touched);
  expect_the_name();
}

TEST(PartWatch, sees_who_had_it_open_before) {
  const TempDir dir;
  auto part = PartFile::open(dir.path(), *FileName::parse("a"), Digest{}, 7).value();
  const Descriptor other(::open(part.part_path().c_str(), O_RDWR));
  PartWatch watch(part, 7);
  EXPECT_FALSE(watch.look().touched);
  EXPECT_FALSE(watch.finish(false).value());
}

TEST(PartWatch, sees_who_had_it_open_before_and_closed_it) {
  const TempDir dir;
  auto part = PartFile::open(dir.path(), *FileName::parse("a"), Digest{}, 7).value();
  Descriptor other(::open(part.part_path().c_str(), O_RDWR));
  PartWatch watch(part, 7);
  other.close();
  EXPECT_TRUE(watch.look().touched);
}

TEST_F(PartWatchTest, gives_back_its_length_to_what_was_cut_short_or_made_longer) {
  for (const std::uint64_t length : {0u, 3u, 100u}) {
    we_write("content");
    fs::resize_file(path_, length);
    EXPECT_TRUE(watch_.look().touched);
    EXPECT_EQ(fs::file_size(path_), 7u);
    fs::resize_file(path_, length);
    expect_no_name_yet(true);
    EXPECT_EQ(fs::file_size(path_), 7u);
  }
}

TEST_F(PartWatchTest, tells_what_became_of_one_that_is_gone) {
  EXPECT_EQ(gone(), "");
  fs::rename(path_, dir_ / "b");
  EXPECT_THAT(gone(), HasSubstr("taken away"));
  fs::create_directory(path_);
  EXPECT_THAT(gone(), HasSubstr("replaced"));
  fs::remove(path_);
  fs::create_symlink(dir_ / "b", path_);
  EXPECT_THAT(gone(), HasSubstr("replaced"));
  fs::remove(path_);
  fs::remove(dir_ / "b");
  EXPECT_THAT(gone(), HasSubstr("deleted"));
  EXPECT_THAT(gone(), HasSubstr(path_.string()));
  EXPECT_FALSE(watch_.finish(true));
}

TEST_F(PartWatchTest, gives_no_name_to_what_stands_at_its_path_instead) {
  fs::remove(path_);
  dir_.write(path_.filename().string(), "another");
  EXPECT_FALSE(watch_.finish(true));
  EXPECT_FALSE(fs::exists(dir_ / "a"));
}

TEST_F(PartWatchTest, can_be_named_again_after_its_name_was_taken_back) {
  ASSERT_TRUE(part_.finish());
  ASSERT_TRUE(part_.take_name_back());
  EXPECT_FALSE(fs::exists(dir_ / "a"));
  we_write("content");
  expect_no_name_yet();  // somebody changed its name, as it seems
  expect_the_name(true);
}

}  // namespace
}  // namespace shoal::storage::part_watch_test
