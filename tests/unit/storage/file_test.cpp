#include "storage/file.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::file_test {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

std::string read_text(const File& file, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  const auto read = file.read_at(offset, std::as_writable_bytes(std::span(text)));
  EXPECT_TRUE(read) << read.error().message;
  return text;
}

Result<void> write_text(const File& file, std::uint64_t offset, std::string_view text) {
  const std::vector<BytesView> parts{as_bytes(text)};
  return file.write_at(offset, parts);
}

/// From here on files cannot grow past `bytes`; writing there is an error and no signal.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

/// Puts another open file behind the descriptor of `file`.
void swap_in(const File& file, const char* path, int flags) {
  const int other = ::open(path, flags | O_CLOEXEC);
  ASSERT_GE(other, 0);
  ASSERT_GE(::dup2(other, file.descriptor()), 0);
  ::close(other);
}

TEST(File, opening_a_missing_file_to_read_names_it) {
  const TempDir dir;
  const auto file = File::open_to_read(dir / "absent.iso");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Errc::io);
  EXPECT_THAT(file.error().message, HasSubstr((dir / "absent.iso").string()));
  EXPECT_THAT(file.error().message, HasSubstr("does not exist"));
}

TEST(File, a_directory_can_neither_be_read_nor_filled) {
  const TempDir dir;
  const auto to_read = File::open_to_read(dir.path());
  ASSERT_FALSE(to_read);
  EXPECT_THAT(to_read.error().message, HasSubstr("is a directory"));
  const auto to_fill = File::open_to_fill(dir.path());
  ASSERT_FALSE(to_fill);
  EXPECT_THAT(to_fill.error().message, HasSubstr("is a directory"));
}

TEST(File, a_named_pipe_is_refused_without_waiting_for_its_other_end) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  const auto to_read = File::open_to_read(dir / "pipe");
  ASSERT_FALSE(to_read);
  EXPECT_THAT(to_read.error().message, HasSubstr("not a regular file"));
  const auto to_fill = File::open_to_fill(dir / "pipe");
  ASSERT_FALSE(to_fill);
  EXPECT_THAT(to_fill.error().message, HasSubstr("not a regular file"));
}

TEST(File, a_device_is_refused) {
  EXPECT_FALSE(File::open_to_read("/dev/zero"));
}

TEST(File, reads_through_a_symbolic_link_but_does_not_fill_through_one) {
  const TempDir dir;
  std::filesystem::create_symlink(dir.write("target", "precious"), dir / "link");
  EXPECT_TRUE(File::open_to_read(dir / "link"));
  const auto to_fill = File::open_to_fill(dir / "link");
  ASSERT_FALSE(to_fill);
  EXPECT_THAT(to_fill.error().message, HasSubstr("symbolic link"));
}

TEST(File, does_not_create_what_a_dangling_link_points_to) {
  const TempDir dir;
  std::filesystem::create_symlink(dir / "elsewhere", dir / "link");
  EXPECT_FALSE(File::open_to_fill(dir / "link"));
  EXPECT_FALSE(std::filesystem::exists(dir / "elsewhere"));
}

TEST(File, opening_to_fill_keeps_what_is_there) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir.write("a", "kept"));
  ASSERT_TRUE(file);
  EXPECT_EQ(read_text(*file, 0, 4), "kept");
}

TEST(File, a_new_file_gets_the_rights_that_the_umask_leaves) {
  const TempDir dir;
  const mode_t before = ::umask(027);
  const auto file = File::open_to_fill(dir / "a");
  ::umask(before);
  ASSERT_TRUE(file);
  struct stat status {};
  ASSERT_EQ(::fstat(file->descriptor(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0640u);
}

TEST(File, is_not_inherited_by_programs_that_are_started) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir / "a");
  ASSERT_TRUE(file);
  EXPECT_NE(::fcntl(file->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(File, moving_hands_the_descriptor_over_and_closes_it_once) {
  const TempDir dir;
  auto first = File::open_to_fill(dir / "a");
  auto second = File::open_to_fill(dir / "b");
  ASSERT_TRUE(first && second);
  const int descriptor = first->descriptor();
  {
    File taken = std::move(*first);
    EXPECT_EQ(taken.descriptor(), descriptor);
    *second = std::move(taken);
    EXPECT_EQ(second->descriptor(), descriptor);
    EXPECT_EQ(second->path(), dir / "a");
  }
  EXPECT_TRUE(write_text(*second, 0, "still open"));
  EXPECT_EQ(first->descriptor(), -1);
}

TEST(File, writes_parts_one_behind_the_other) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir.write("a", "0123456789"));
  ASSERT_TRUE(file);
  const std::vector<BytesView> parts{{}, as_bytes("ab"), {}, {}, as_bytes("cde"), {}};
  ASSERT_TRUE(file->write_at(3, parts));
  EXPECT_EQ(dir.read("a"), "012abcde89");
  ASSERT_TRUE(file->write_at(3, {}));
  EXPECT_EQ(dir.read("a"), "012abcde89");
}

TEST(File, writes_more_parts_than_one_system_call_takes) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir / "a");
  ASSERT_TRUE(file);
  std::string expected;
  for (int i = 0; i < 3000; ++i) expected.append(std::to_string(i));
  std::vector<BytesView> parts;
  for (BytesView rest = as_bytes(expected); !rest.empty();) {
    parts.push_back(rest.first(std::min<std::size_t>(rest.size(), parts.size() % 4)));
    rest = rest.subspan(parts.back().size());
  }
  ASSERT_GT(parts.size(), 2048u);
  ASSERT_TRUE(file->write_at(0, parts));
  EXPECT_EQ(dir.read("a"), expected);
}

TEST(File, reading_past_the_end_says_that_the_file_was_changed) {
  const TempDir dir;
  const auto file = File::open_to_read(dir.write("a.bin", "12345"));
  ASSERT_TRUE(file);
  Bytes out(4);
  EXPECT_TRUE(file->read_at(1, out));
  const auto read = file->read_at(2, out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::io);
  EXPECT_THAT(read.error().message, HasSubstr("a.bin was changed"));
  EXPECT_THAT(read.error().message, HasSubstr("byte 5, 1 more"));
}

TEST(File, offsets_that_no_file_has_are_errors) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir.write("a", "12345"));
  ASSERT_TRUE(file);
  Bytes out(1);
  for (const std::uint64_t offset : {~0ull, 1ull << 63, (1ull << 63) - 1}) {
    EXPECT_FALSE(file->read_at(offset, out));
    EXPECT_FALSE(file->read_at_if_cached(offset, out));
    EXPECT_FALSE(write_text(*file, offset, "x"));
  }
  EXPECT_FALSE(file->resize(1ull << 63));
  EXPECT_EQ(dir.read("a"), "12345");
}

TEST(File, bytes_just_written_are_cached_and_a_short_read_is_not) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir.write("a", "12345"));
  ASSERT_TRUE(file);
  Bytes out(5);
  if (!file->read_at_if_cached(0, out)) GTEST_SKIP() << "no RWF_NOWAIT on this file system";
  EXPECT_EQ(as_text(out), "12345");
  EXPECT_FALSE(file->read_at_if_cached(1, out));
  EXPECT_TRUE(file->read_at_if_cached(9, {}));
}

TEST(File, a_full_disk_is_reported_in_words) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir / "big.iso");
  ASSERT_TRUE(file);
  ASSERT_NO_FATAL_FAILURE(swap_in(*file, "/dev/full", O_RDWR));
  const auto written = write_text(*file, 0, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::io);
  EXPECT_THAT(written.error().message, HasSubstr("big.iso: the disk is full; free some space"));
}

TEST(File, a_write_cut_short_is_continued_until_the_error_shows) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir / "a");
  ASSERT_TRUE(file);
  const FileSizeLimit limit(6);
  const std::vector<BytesView> parts{as_bytes("abcd"), as_bytes("efgh")};
  const auto written = file->write_at(0, parts);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("limit on file sizes"));
  EXPECT_EQ(dir.read("a"), "abcdef");
}

TEST(File, a_descriptor_that_only_reads_refuses_to_write) {
  const TempDir dir;
  const auto file = File::open_to_read(dir.write("a", "12345"));
  ASSERT_TRUE(file);
  EXPECT_FALSE(write_text(*file, 0, "x"));
  EXPECT_FALSE(file->resize(1));
  EXPECT_EQ(dir.read("a"), "12345");
}

TEST(File, messages_use_the_name_it_is_known_as) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir / "a.part", dir / "a");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path(), dir / "a");
  EXPECT_TRUE(std::filesystem::exists(dir / "a.part"));
}

TEST(File, messages_show_no_control_characters) {
  const TempDir dir;
  const auto file = File::open_to_read(dir / "a\x1b[2Jb");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message.find('\x1b'), std::string::npos);
}

TEST(File, identity_changes_with_length_and_replacement) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir.write("a", "12345"));
  ASSERT_TRUE(file);
  const auto before = file->identity();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->length, 5u);
  EXPECT_EQ(*file->identity(), *before);
  ASSERT_TRUE(file->resize(6));
  EXPECT_NE(*file->identity(), *before);

  const auto other = File::open_to_fill(dir.write("b", "12345"));
  ASSERT_TRUE(other);
  EXPECT_NE(other->identity()->inode, before->inode);
}

TEST(File, identity_changes_when_only_the_time_of_the_last_write_does) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir.write("a", "12345"));
  ASSERT_TRUE(file);
  const auto before = file->identity();
  const timespec times[2] = {{1000, 7}, {1000, 7}};
  ASSERT_EQ(::futimens(file->descriptor(), times), 0);
  EXPECT_EQ(file->identity()->modified_ns, 1'000'000'000'007);
  EXPECT_NE(*file->identity(), *before);
}

TEST(File, finds_the_ranges_that_hold_data) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir / "a");
  ASSERT_TRUE(file);
  constexpr std::uint64_t kMiB = 1 << 20;
  ASSERT_TRUE(file->resize(8 * kMiB));
  ASSERT_TRUE(write_text(*file, 2 * kMiB, "x"));
  ASSERT_TRUE(write_text(*file, 6 * kMiB, std::string(kMiB, 'y')));

  const File::Range first = file->next_data(0, 8 * kMiB);
  if (first == File::Range{0, 8 * kMiB}) GTEST_SKIP() << "no SEEK_HOLE on this file system";
  EXPECT_LE(first.begin, 2 * kMiB);
  EXPECT_GT(first.begin, kMiB);
  EXPECT_GT(first.end, 2 * kMiB);
  EXPECT_LT(first.end, 3 * kMiB);
  const File::Range second = file->next_data(first.end, 8 * kMiB);
  EXPECT_LE(second.begin, 6 * kMiB);
  EXPECT_EQ(second.end, 7 * kMiB);
  const File::Range none = file->next_data(second.end, 8 * kMiB);
  EXPECT_EQ(none, (File::Range{8 * kMiB, 8 * kMiB}));
}

TEST(File, data_ranges_stay_within_the_length_asked_for) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir.write("a", std::string(100'000, 'x')));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->next_data(10, 20), (File::Range{10, 20}));
  EXPECT_EQ(file->next_data(20, 20), (File::Range{20, 20}));
  EXPECT_EQ(file->next_data(30, 20), (File::Range{20, 20}));
  EXPECT_EQ(file->next_data(100'000, 200'000), (File::Range{200'000, 200'000}));
  EXPECT_EQ(file->next_data(~0ull - 1, ~0ull), (File::Range{~0ull, ~0ull}));
}

TEST(File, works_beyond_four_gibibytes) {
  const TempDir dir;
  const auto file = File::open_to_fill(dir / "a");
  ASSERT_TRUE(file);
  constexpr std::uint64_t kFar = (5ull << 30) + 17;
  ASSERT_TRUE(write_text(*file, kFar, "far"));
  EXPECT_EQ(read_text(*file, kFar, 3), "far");
  EXPECT_EQ(file->identity()->length, kFar + 3);
  EXPECT_TRUE(file->sync());
}

TEST(FileVersion, tells_the_most_distant_times_apart) {
  struct stat status {};
  status.st_mtim.tv_sec = 20'000'000'000;  // the year 2603; more nanoseconds than 63 bits hold
  const FileVersion before = version_of(status);
  status.st_mtim.tv_nsec = 1;
  EXPECT_NE(version_of(status), before);
  status.st_mtim = {.tv_sec = 20'000'000'001, .tv_nsec = 0};
  EXPECT_NE(version_of(status), before);
}

}  // namespace
}  // namespace shoal::storage::file_test
