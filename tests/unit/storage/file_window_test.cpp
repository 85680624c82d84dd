#include "storage/file_window.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::file_window_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::filesystem::path make_file(const std::filesystem::path& path, std::uint64_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7 + i / 256);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

/// What a system call finds there.
Bytes through_the_system(BytesView range) {
  const test::TempDir directory;
  const std::string path = directory / "copy";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  EXPECT_EQ(::write(file, range.data(), range.size()), static_cast<ssize_t>(range.size()));
  Bytes bytes(range.size());
  EXPECT_EQ(::pread(file, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  ::close(file);
  return bytes;
}

class FileWindowTest : public ::testing::Test {
 protected:
  [[nodiscard]] Bytes content(std::uint64_t offset, std::size_t bytes) const {
    Bytes content(bytes);
    EXPECT_TRUE(file_.read_at(offset, content));
    return content;
  }

  const test::TempDir directory_;
  const std::filesystem::path path_ = make_file(directory_ / "file", 10 * kMiB + 5);
  const File file_ = *File::open_to_read(path_);
  FileWindow window_;
};

TEST_F(FileWindowTest, shows_what_the_file_has_wherever_it_begins) {
  for (const std::uint64_t offset : {0ul, 1ul, 4095ul, 4 * kMiB - 10, 9 * kMiB, 100ul, 10 * kMiB}) {
    for (const std::size_t bytes : {1ul, 5ul, 70'000ul}) {
      if (offset + bytes > 10 * kMiB + 5) continue;
      const BytesView range = window_.cached(file_, offset, bytes);
      ASSERT_EQ(range.size(), bytes) << offset;
      EXPECT_TRUE(through_the_system(range) == content(offset, bytes)) << offset;
    }
  }
}

TEST_F(FileWindowTest, shows_more_than_it_usually_spans) {
  const BytesView range = window_.cached(file_, 3, 9 * kMiB);
  ASSERT_EQ(range.size(), 9 * kMiB);
  EXPECT_TRUE(through_the_system(range) == content(3, 9 * kMiB));
}

TEST_F(FileWindowTest, shows_nothing_that_the_file_does_not_have) {
  EXPECT_TRUE(window_.cached(file_, 11 * kMiB, 10).empty());
  EXPECT_FALSE(window_.cached(file_, 9 * kMiB, 10).empty());
  std::filesystem::resize_file(path_, kMiB);
  EXPECT_TRUE(window_.cached(file_, 9 * kMiB, 10).empty());
  EXPECT_FALSE(window_.cached(file_, 0, 10).empty());
}

TEST_F(FileWindowTest, shows_nothing_that_is_on_the_disk_only) {
  const int descriptor = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  ::fsync(descriptor);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  ::close(descriptor);
  Bytes byte(1);
  if (file_.read_at_if_cached(5 * kMiB, byte)) GTEST_SKIP() << "this file system forgets nothing";
  EXPECT_TRUE(window_.cached(file_, 5 * kMiB, 100'000).empty());
}

TEST_F(FileWindowTest, makes_a_system_call_fail_and_nothing_worse_where_the_file_was_cut_short) {
  const BytesView range = window_.cached(file_, 9 * kMiB, 100'000);
  ASSERT_FALSE(range.empty());
  std::filesystem::resize_file(path_, kMiB);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  errno = 0;
  EXPECT_EQ(::write(ends[1], range.data(), 4096), -1);
  EXPECT_EQ(errno, EFAULT);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(FileWindowTest, brings_what_is_on_the_disk_only_to_who_reads_it) {
  const int descriptor = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  ::fsync(descriptor);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  ::close(descriptor);
  for (const std::uint64_t offset : {0ul, 77ul, 4 * kMiB - 10, 5 * kMiB, 1ul}) {
    const BytesView range = window_.mapped(file_, offset, 100'000);
    ASSERT_EQ(range.size(), 100'000) << offset;
    EXPECT_TRUE(std::ranges::equal(range, content(offset, 100'000))) << offset;
  }
}

TEST_F(FileWindowTest, gives_nothing_to_read_that_the_file_does_not_have) {
  EXPECT_TRUE(window_.mapped(file_, 11 * kMiB, 10).empty());
  EXPECT_FALSE(window_.mapped(file_, 9 * kMiB, 10).empty());
  std::filesystem::resize_file(path_, kMiB);
  EXPECT_TRUE(window_.mapped(file_, 9 * kMiB, 10).empty());
  EXPECT_FALSE(window_.mapped(file_, 0, 10).empty());
}

TEST_F(FileWindowTest, may_be_closed_and_used_again) {
  EXPECT_FALSE(window_.cached(file_, 0, 10).empty());
  window_.close();
  window_.close();
  EXPECT_TRUE(through_the_system(window_.cached(file_, 5, 10)) == content(5, 10));
}

}  // namespace
}  // namespace shoal::storage::file_window_test
