#include "storage/layer_cache.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hash/sha256.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::layer_cache_test {
namespace {

namespace fs = std::filesystem;

using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::TempDir;
using ::testing::Optional;

using SystemTime = std::chrono::system_clock::time_point;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLength = 3'000'000;

const Geometry kGeometry = *Geometry::make(kLength, 32768);

/// A file that was last changed 1000 seconds after the beginning of time.
FileVersion version(std::uint64_t inode = 7) {
  return {
      .identity = {.device = 5, .inode = inode, .length = kLength, .modified_ns = 1000 * kSecond},
      .changed_ns = 1000 * kSecond};
}

SystemTime at(std::int64_t since_beginning_ns) {
  return SystemTime(
      std::chrono::duration_cast<SystemTime::duration>(nanoseconds(since_beginning_ns)));
}

const SystemTime kLater = at(2000 * kSecond);

std::vector<Digest> layer(const Geometry& geometry = kGeometry) {
  std::vector<Digest> nodes(geometry.pieces());
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].bytes[0] = static_cast<std::byte>(i + 1);
  return nodes;
}

class LayerCacheTest : public ::testing::Test {
 protected:
  void keep(const FileVersion& file = version()) const {
    cache_.keep(file, kGeometry, layer(), kLater);
  }
  [[nodiscard]] auto find(const FileVersion& file = version()) const {
    return cache_.find(file, kGeometry, kLater);
  }
  [[nodiscard]] std::vector<fs::path> entries() const {
    std::vector<fs::path> all;
    std::error_code none;
    for (const auto& one : fs::directory_iterator(folder_, none)) all.push_back(one.path());
    return all;
  }

  const TempDir dir_;
  const fs::path folder_ = dir_ / "cache/shoal";
  const LayerCache cache_{folder_};
};

TEST_F(LayerCacheTest, knows_nothing_at_first_and_makes_nothing) {
  EXPECT_FALSE(find());
  EXPECT_FALSE(fs::exists(dir_ / "cache"));
}

TEST_F(LayerCacheTest, knows_what_was_kept_also_in_another_process) {
  keep();
  EXPECT_THAT(find(), Optional(layer()));
  EXPECT_THAT(LayerCache(folder_).find(version(), kGeometry, kLater), Optional(layer()));
}

constexpr fs::perms kOwnersFolder = fs::perms::owner_all;
constexpr fs::perms kOwnersFile = fs::perms::owner_read | fs::perms::owner_write;

TEST_F(LayerCacheTest, is_the_owners_alone_whatever_the_umask) {
  const mode_t before = ::umask(0);
  keep();
  ::umask(before);
  EXPECT_EQ(fs::status(folder_).permissions(), kOwnersFolder);
  EXPECT_EQ(fs::status(entries().at(0)).permissions(), kOwnersFile);
}

TEST_F(LayerCacheTest, closes_to_others_what_an_earlier_version_left_open) {
  keep();
  for (const bool finds : {true, false}) {
    fs::permissions(folder_, fs::perms(0755));
    fs::permissions(entries().at(0), fs::perms(0644));
    const LayerCache again(folder_);
    if (finds)
      EXPECT_TRUE(again.find(version(), kGeometry, kLater));
    else
      again.keep(version(), kGeometry, layer(), kLater);
    EXPECT_EQ(fs::status(folder_).permissions(), kOwnersFolder) << finds;
    EXPECT_EQ(fs::status(entries().at(0)).permissions(), kOwnersFile) << finds;
  }
}

TEST_F(LayerCacheTest, leaves_a_folder_that_is_meant_to_be_shared_as_it_is) {
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms(01777));
  keep();
  EXPECT_TRUE(find());
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms(01777));
  EXPECT_EQ(fs::status(entries().at(0)).permissions(), kOwnersFile);
}

TEST_F(LayerCacheTest, knows_nothing_any_more_of_what_was_forgotten) {
  keep();
  keep(version(8));
  cache_.forget(version(), kGeometry, kLater);
  cache_.forget(version(9), kGeometry, kLater);
  EXPECT_EQ(find(), std::nullopt);
  EXPECT_TRUE(find(version(8)));
}

TEST_F(LayerCacheTest, knows_nothing_of_a_file_that_differs_in_anything) {
  keep();
  const std::vector<std::function<void(FileVersion&)>> changes{
      [](FileVersion& file) { ++file.identity.device; },
      [](FileVersion& file) { ++file.identity.inode; },
      [](FileVersion& file) { ++file.identity.modified_ns; },
      [](FileVersion& file) { ++file.changed_ns; }};
  for (const auto& change : changes) {
    FileVersion file = version();
    change(file);
    EXPECT_FALSE(find(file));
  }
  EXPECT_FALSE(cache_.find(version(), *Geometry::make(kLength, 65536), kLater));
}

TEST_F(LayerCacheTest, keeps_nothing_of_a_file_that_was_changed_shortly_before_or_is_about_to_be) {
  for (const std::int64_t ns : {998 * kSecond, 1001 * kSecond, 1002 * kSecond}) {
    cache_.keep(version(), kGeometry, layer(), at(ns));
    EXPECT_FALSE(find());
    EXPECT_FALSE(cache_.find(version(), kGeometry, at(ns)));
  }
  FileVersion moved_back = version();  // as `touch -d` does; that it was changed cannot be hidden
  moved_back.identity.modified_ns = 10 * kSecond;
  cache_.keep(moved_back, kGeometry, layer(), at(1001 * kSecond));
  EXPECT_FALSE(find(moved_back));
  cache_.keep(version(), kGeometry, layer(), at(1002 * kSecond + 1000));
  EXPECT_TRUE(find());
}

/// As a camera or a copy from a machine whose clock is wrong leaves it.
TEST_F(LayerCacheTest, knows_a_file_that_is_dated_ahead_until_that_date_comes) {
  FileVersion ahead = version();
  ahead.identity.modified_ns = 5000 * kSecond;
  keep(ahead);
  EXPECT_THAT(find(ahead), Optional(layer()));
  EXPECT_THAT(cache_.find(ahead, kGeometry, at(4997 * kSecond)), Optional(layer()));
  // A change at just that time would leave no trace where only this time is kept.
  for (const std::int64_t ns : {4999 * kSecond, 5000 * kSecond, 6000 * kSecond}) {
    EXPECT_FALSE(cache_.find(ahead, kGeometry, at(ns)));
  }
  cache_.keep(ahead, kGeometry, layer(), at(6000 * kSecond));
  EXPECT_THAT(cache_.find(ahead, kGeometry, at(6000 * kSecond)), Optional(layer()));
}

/// The clock was set back after it had been written.
TEST_F(LayerCacheTest, knows_a_file_whose_last_change_is_still_to_come_likewise) {
  FileVersion ahead = version();
  ahead.identity.modified_ns = 5000 * kSecond;
  ahead.changed_ns = 5000 * kSecond;
  keep(ahead);
  EXPECT_THAT(find(ahead), Optional(layer()));
  EXPECT_FALSE(cache_.find(ahead, kGeometry, at(6000 * kSecond)));
  FileVersion changed = ahead;
  changed.changed_ns = 2001 * kSecond;
  EXPECT_FALSE(find(changed));
}

TEST_F(LayerCacheTest, keeps_nothing_of_a_file_that_is_dated_ahead_and_was_changed_just_now) {
  FileVersion ahead = version();
  ahead.identity.modified_ns = 5000 * kSecond;
  ahead.changed_ns = 1999 * kSecond;
  keep(ahead);
  EXPECT_FALSE(find(ahead));
}

TEST_F(LayerCacheTest, keeps_nothing_of_short_files) {
  const auto small = *Geometry::make(16385, 16384);
  FileVersion file = version();
  file.identity.length = 16385;
  cache_.keep(file, small, layer(small), kLater);
  EXPECT_FALSE(cache_.find(file, small, kLater));
  EXPECT_TRUE(entries().empty());
}

TEST_F(LayerCacheTest, ignores_an_entry_with_any_byte_changed) {
  keep();
  const fs::path entry = entries().at(0);
  const auto size = static_cast<std::streamoff>(fs::file_size(entry));
  for (std::streamoff where = 0; where < size; where += 7) {
    std::fstream file(entry, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(where);
    const char before = static_cast<char>(file.get());
    file.seekp(where);
    file.put(static_cast<char>(before ^ 1));
    file.flush();
    EXPECT_FALSE(find()) << where;
    file.seekp(where);
    file.put(before);
  }
  EXPECT_TRUE(find());
}

TEST_F(LayerCacheTest, ignores_entries_that_are_too_short_too_long_or_no_files) {
  keep();
  const fs::path entry = entries().at(0);
  const auto size = fs::file_size(entry);
  for (const std::uintmax_t wrong :
       {std::uintmax_t{0}, size - 1, size + 1, std::uintmax_t{1} << 40}) {
    fs::resize_file(entry, wrong);
    EXPECT_FALSE(find()) << wrong;
  }
  fs::remove(entry);
  fs::create_directory(entry);
  EXPECT_FALSE(find());
}

TEST_F(LayerCacheTest, ignores_entries_that_others_may_write_to) {
  keep();
  fs::permissions(entries().at(0), fs::perms::others_write, fs::perm_options::add);
  EXPECT_FALSE(find());
}

TEST_F(LayerCacheTest, ignores_an_entry_under_the_name_of_another) {
  keep(version(1));
  const fs::path first = entries().at(0);
  keep(version(2));
  const auto all = entries();
  fs::copy_file(first, all[0] == first ? all[1] : all[0], fs::copy_options::overwrite_existing);
  EXPECT_TRUE(find(version(1)));
  EXPECT_FALSE(find(version(2)));
}

TEST_F(LayerCacheTest, replaces_a_spoilt_entry) {
  keep();
  fs::resize_file(entries().at(0), 3);
  keep();
  EXPECT_TRUE(find());
  EXPECT_EQ(entries().size(), 1u);
}

TEST_F(LayerCacheTest, without_a_directory_to_write_to_remembers_nothing) {
  dir_.write("cache", "a file");
  keep();
  EXPECT_FALSE(find());
}

TEST_F(LayerCacheTest, gives_back_what_was_stored_last_by_a_key_of_another_kind) {
  const Bytes key(20, std::byte{1});
  EXPECT_FALSE(cache_.load(key, 100));
  cache_.store(key, Bytes(50, std::byte{2}));
  cache_.store(key, Bytes(60, std::byte{3}));
  EXPECT_THAT(cache_.load(key, 60), Optional(Bytes(60, std::byte{3})));
  EXPECT_FALSE(cache_.load(key, 59));
  EXPECT_FALSE(cache_.load(Bytes(20, std::byte{2}), 60));
  EXPECT_FALSE(cache_.load(Bytes(19, std::byte{1}), 60));
  cache_.erase(key);
  EXPECT_FALSE(cache_.load(key, 60));
}

TEST_F(LayerCacheTest, stays_within_its_bounds_also_with_few_entries_that_are_long) {
  const LayerCache bounded(folder_, {.entries = 1000, .bytes = 1'000'000});
  std::uint64_t bytes = 0;
  for (std::uint8_t i = 0; i < 40; ++i) {
    bounded.store(Bytes(20, std::byte{i}), Bytes(100'000));
    bytes = 0;
    for (const fs::path& entry : entries()) bytes += fs::file_size(entry);
    EXPECT_LE(bytes, 1'250'000U);
  }
  EXPECT_GT(bytes, 500'000U);
}

TEST_F(LayerCacheTest, forgets_what_was_not_used_for_longest_beyond_its_bounds) {
  const std::uint64_t before = 40;
  for (std::uint64_t inode = 1; inode <= before; ++inode) keep(version(inode));
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (const fs::path& entry : entries()) fs::last_write_time(entry, old);
  ASSERT_TRUE(find(version(3)));  // which says that it is in use

  const LayerCache bounded(folder_, {.entries = 20});
  bounded.keep(version(100), kGeometry, layer(), kLater);
  EXPECT_EQ(entries().size(), 15u);
  EXPECT_TRUE(find(version(3)));
  EXPECT_TRUE(find(version(100)));
}

TEST_F(LayerCacheTest, stays_within_so_many_bytes_too_and_leaves_strangers_files_alone) {
  for (std::uint64_t inode = 1; inode <= 20; ++inode) keep(version(inode));
  std::ofstream(folder_ / "stranger") << std::string(100'000, 'x');
  const std::uint64_t one = fs::file_size(entries().at(0));
  const LayerCache bounded(folder_, {.entries = 1000, .bytes = 8 * one});
  bounded.keep(version(100), kGeometry, layer(), kLater);
  EXPECT_TRUE(fs::exists(folder_ / "stranger"));
  EXPECT_LE(entries().size(), 1u + 6u);
  EXPECT_GE(entries().size(), 1u + 4u);
}

}  // namespace
}  // namespace shoal::storage::layer_cache_test
