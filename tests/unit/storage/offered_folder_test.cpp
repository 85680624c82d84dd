#include "storage/offered_folder.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sys/stat.h>
#include <thread>

#include <gmock/gmock.h>

#include "storage/folder_hasher.hpp"
#include "storage/known_files.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::offered_folder_test {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kAll = 1'000'000;

std::size_t descriptors_now() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

class OfferedFolderTest : public testing::Test {
 protected:
  fs::path file(const std::string& path, std::string_view content) const {
    fs::create_directories((top_ / path).parent_path());
    return dir_.write("photos/" + path, content);
  }
  /// What is there by now.
  OfferedFolder& offer(std::size_t most_open = 64) {
    auto hashed = hash_folder(top_, "photos", {}).value();
    return folder_.emplace(top_, hashed.tree, hashed.versions, most_open);
  }
  [[nodiscard]] FileIndex index(std::string_view path) const {
    return folder_->tree().find(path).value();
  }
  [[nodiscard]] std::string content(std::string_view path) {
    const auto opened = folder_->open(index(path));
    if (!opened) return opened.error().message;
    std::string bytes(folder_->tree()[index(path)].length, '\0');
    EXPECT_TRUE((*opened)->read_at(0, std::as_writable_bytes(std::span(bytes))));
    return bytes;
  }
  [[nodiscard]] std::vector<std::string> look(std::uint32_t most = kAll) {
    std::vector<std::string> told;
    for (const auto& change : folder_->look(next_, most)) {
      EXPECT_EQ(change.news.code, Errc::io);
      told.push_back(change.news.message);
    }
    return told;
  }

  const test::TempDir dir_;
  const fs::path top_ = dir_ / "photos";
  std::optional<OfferedFolder> folder_;
  std::uint32_t next_ = 0;
};

TEST_F(OfferedFolderTest, reads_what_was_hashed) {
  file("a", "first");
  file("sub/b", "second");
  offer();
  EXPECT_EQ(folder_->opened(index("a")), nullptr);
  EXPECT_EQ(content("a"), "first");
  EXPECT_EQ(content("sub/b"), "second");
  ASSERT_NE(folder_->opened(index("a")), nullptr);
  EXPECT_EQ(folder_->opened(index("a")), folder_->open(index("a")).value());
  EXPECT_EQ(folder_->opened(index("a"))->path(), top_ / "a");
}

TEST_F(OfferedFolderTest, has_no_news_of_what_nobody_touched) {
  file("a", "first");
  file("empty", "");
  fs::create_symlink("a", top_ / "link");
  offer();
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_FALSE(folder_->in_doubt());
  EXPECT_FALSE(folder_->news());
}

TEST_F(OfferedFolderTest, has_no_news_of_what_was_never_here) {
  file("a", "first");
  file("b", "not wanted");
  file("c", "not wanted either");
  auto hashed = hash_folder(top_, "photos", {}).value();
  folder_.emplace(top_, hashed.tree,
                  std::vector<FileVersion>{hashed.versions[0], FileVersion{}, FileVersion{}});
  fs::remove(top_ / "b");
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_FALSE(folder_->in_doubt());
  EXPECT_EQ(content("a"), "first");
  fs::remove(top_ / "a");
  EXPECT_EQ(look().size(), 1u);
}

TEST_F(OfferedFolderTest, keeps_few_files_open_those_used_last) {
  for (int i = 0; i < 3000; ++i) file(std::to_string(i % 10) + "/" + std::to_string(i), "x");
  offer(4);
  const std::size_t before = descriptors_now();
  for (std::uint32_t i = 0; i < 3000; ++i) {
    ASSERT_TRUE(folder_->open(FileIndex{i}));
    ASSERT_TRUE(folder_->opened(FileIndex{0}) || folder_->open(FileIndex{0}));
  }
  EXPECT_EQ(descriptors_now(), before + 4);
  EXPECT_NE(folder_->opened(FileIndex{0}), nullptr);
  EXPECT_NE(folder_->opened(FileIndex{2999}), nullptr);
  EXPECT_EQ(folder_->opened(FileIndex{1000}), nullptr);
}

TEST_F(OfferedFolderTest, a_file_that_is_still_read_is_closed_by_its_last_reader) {
  file("a", "first");
  file("b", "second");
  offer(1);
  const auto held = folder_->open(index("a")).value();
  EXPECT_EQ(content("b"), "second");
  EXPECT_EQ(folder_->opened(index("a")), nullptr);
  std::string bytes(5, '\0');
  EXPECT_TRUE(held->read_at(0, std::as_writable_bytes(std::span(bytes))));
  EXPECT_EQ(bytes, "first");
}

struct Change {
  const char* name;
  void (*happens)(const fs::path& top);
  const char* told;

  friend void PrintTo(const Change& one, std::ostream* out) { *out << one.name; }
};

class OfferedFolderChanged : public OfferedFolderTest,
                             public testing::WithParamInterface<Change> {};

TEST_P(OfferedFolderChanged, is_told_once_by_a_look_and_by_whoever_opens_the_file) {
  file("sub/changed", "before");
  file("other", "stays");
  offer();
  GetParam().happens(top_);
  const auto opened = folder_->open(index("sub/changed"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::io);
  EXPECT_THAT(opened.error().message, HasSubstr("photos/sub/changed "));
  EXPECT_THAT(opened.error().message, HasSubstr(GetParam().told));
  EXPECT_THAT(look(), ElementsAre(opened.error().message));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(content("other"), "stays");
}

TEST_P(OfferedFolderChanged, is_noticed_of_a_file_that_is_open_and_closes_it) {
  file("sub/changed", "before");
  file("other", "stays");
  offer();
  ASSERT_EQ(content("sub/changed"), "before");
  GetParam().happens(top_);
  EXPECT_THAT(look(), ElementsAre(HasSubstr(GetParam().told)));
  EXPECT_EQ(folder_->opened(index("sub/changed")), nullptr);
  EXPECT_FALSE(folder_->open(index("sub/changed")));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, OfferedFolderChanged,
    testing::Values(
        Change{"longer", [](const fs::path& top) { fs::resize_file(top / "sub/changed", 7); },
               "it has 7 bytes now, it had 6"},
        Change{"written_to",
               [](const fs::path& top) {
                 fs::last_write_time(top / "sub/changed",
                                     fs::file_time_type::clock::now() - std::chrono::hours(1));
               },
               "was written to after it had been hashed"},
        Change{"replaced",
               [](const fs::path& top) {
                 std::ofstream(top / "new") << "before";
                 fs::rename(top / "new", top / "sub/changed");
               },
               "was replaced by another file"},
        Change{"deleted", [](const fs::path& top) { fs::remove(top / "sub/changed"); },
               "was moved or deleted"},
        Change{"a_link_to_what_it_was",
               [](const fs::path& top) {
                 fs::rename(top / "sub/changed", top / "sub/moved");
                 fs::create_symlink("moved", top / "sub/changed");
               },
               "is behind a symbolic link now"},
        Change{"a_pipe",
               [](const fs::path& top) {
                 fs::remove(top / "sub/changed");
                 ASSERT_EQ(::mkfifo((top / "sub/changed").c_str(), 0600), 0);
               },
               "was replaced by something that is no file"},
        Change{"folder_deleted", [](const fs::path& top) { fs::remove_all(top / "sub"); },
               "was moved or deleted"},
        Change{"folder_that_became_a_file",
               [](const fs::path& top) {
                 fs::remove_all(top / "sub");
                 std::ofstream(top / "sub") << "x";
               },
               "was moved or deleted"},
        Change{"folder_that_became_a_link_to_what_it_was",
               [](const fs::path& top) {
                 fs::rename(top / "sub", top / "moved");
                 fs::create_symlink("moved", top / "sub");
               },
               "is behind a symbolic link now"}),
    [](const auto& way) { return std::string(way.param.name); });

TEST_F(OfferedFolderTest, looks_at_so_many_at_a_time_and_begins_anew_at_the_end) {
  for (const char* path : {"a", "b/1", "b/2", "c"}) file(path, path);
  offer();
  fs::remove(top_ / "a");
  fs::remove(top_ / "b/2");
  EXPECT_THAT(look(1), ElementsAre(HasSubstr("photos/a ")));
  EXPECT_THAT(look(1), IsEmpty());
  EXPECT_THAT(look(3), ElementsAre(HasSubstr("photos/b/2 ")));
  EXPECT_EQ(next_, 0U);
  fs::remove(top_ / "c");
  next_ = 77;  // of another folder
  EXPECT_THAT(look(4), IsEmpty());
  EXPECT_THAT(look(4), ElementsAre(HasSubstr("photos/c ")));
}

TEST_F(OfferedFolderTest, tells_when_the_folder_itself_is_gone_or_another_one) {
  file("a", "x");
  offer();
  fs::rename(top_, dir_ / "moved");
  EXPECT_THAT(folder_->news()->message, HasSubstr("photos was moved or deleted"));
  file("a", "x");
  EXPECT_THAT(folder_->news()->message, HasSubstr("photos was replaced by another folder"));
  fs::remove_all(top_);
  fs::rename(dir_ / "moved", top_);
  EXPECT_FALSE(folder_->news());
}

TEST_F(OfferedFolderTest, says_so_where_there_was_no_folder_any_more) {
  file("a", "x");
  auto hashed = hash_folder(top_, "photos", {}).value();
  fs::remove_all(top_);
  OfferedFolder folder(top_, hashed.tree, hashed.versions);
  EXPECT_THAT(folder.open(FileIndex{0}).error().message, HasSubstr("cannot look into"));
  EXPECT_THAT(folder.news()->message, HasSubstr("cannot look into"));
  EXPECT_THAT(folder.look(next_, 1), IsEmpty());
}

/// Until it is seen, for the system's clock goes in steps.
template <class Touch>
void touch_until_in_doubt(OfferedFolder& folder, Touch touch) {
  std::uint32_t next = 0;
  while (!folder.in_doubt()) {
    touch();
    ASSERT_THAT(folder.look(next, kAll), IsEmpty());
  }
}

TEST_F(OfferedFolderTest, reads_again_what_was_touched_and_goes_on_where_it_is_the_same) {
  const fs::path path = file("a", "content");
  const fs::path empty = file("empty", "");
  offer();
  for (const fs::path& one : {path, empty}) {
    touch_until_in_doubt(*folder_, [&] { fs::permissions(one, fs::perms::owner_all); });
    EXPECT_FALSE(folder_->prove_next({}));
    EXPECT_FALSE(folder_->in_doubt());
    EXPECT_THAT(look(), IsEmpty());
    EXPECT_FALSE(folder_->in_doubt());
  }
  EXPECT_EQ(content("a"), "content");
}

TEST_F(OfferedFolderTest, finds_other_content_under_the_old_times) {
  const fs::path path = file("sub/a", "content");
  offer();
  ASSERT_EQ(content("sub/a"), "content");
  const auto time = fs::last_write_time(path);
  touch_until_in_doubt(*folder_, [&] {
    file("sub/a", "CONTENT");
    fs::last_write_time(path, time);
  });
  const auto change = folder_->prove_next({});
  ASSERT_TRUE(change);
  EXPECT_EQ(change->file, index("sub/a"));
  EXPECT_THAT(change->news.message, HasSubstr("sub/a was written to after it had been hashed"));
  EXPECT_FALSE(folder_->in_doubt());
  EXPECT_FALSE(folder_->open(index("sub/a")));
  EXPECT_EQ(folder_->opened(index("sub/a")), nullptr);
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_FALSE(folder_->in_doubt());
}

TEST_F(OfferedFolderTest, leaves_in_doubt_what_it_was_stopped_to_read) {
  const fs::path path = file("a", "content");
  offer();
  touch_until_in_doubt(*folder_, [&] { fs::permissions(path, fs::perms::owner_all); });
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(folder_->prove_next(stop.get_token()));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_TRUE(folder_->in_doubt());
}

TEST_F(OfferedFolderTest, lets_the_cache_forget_what_the_disk_does_not_have) {
  const LayerCache cache(dir_ / "cache");
  const auto later = std::chrono::system_clock::now() + std::chrono::hours(1);
  file("large", std::string(600'000, 'x'));
  file("short", "x");
  fs::create_directory(dir_ / "other");
  offer();
  const auto identity = [](const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return version_of(status);
  };
  const FileVersion large = identity(top_ / "large");
  const FileVersion small = identity(top_ / "short");
  const Geometry geometry = *Geometry::make(600'000, folder_->tree().piece_length());
  cache.keep(large, geometry, std::vector<Digest>(geometry.pieces()), later);
  for (const char* folder : {"photos", "other"}) {
    FilesToKnow known(folder_->tree().piece_length());
    known.add(small, Digest{}, {});
    std::move(known).keep(cache, identity(dir_ / folder).identity);
  }
  const auto knows = [&](const char* folder) {
    return KnownFiles::load(cache, identity(dir_ / folder).identity)
        .find(small, *Geometry::make(1, 16384))
        .has_value();
  };

  folder_->forget(index("large"), cache);
  EXPECT_FALSE(cache.find(large, geometry, std::chrono::system_clock::now()));
  EXPECT_TRUE(knows("photos"));
  folder_->forget(index("short"), cache);
  EXPECT_FALSE(knows("photos"));
  EXPECT_TRUE(knows("other"));
}

TEST_F(OfferedFolderTest, serves_many_threads_while_it_is_looked_at) {
  for (int i = 0; i < 40; ++i) file("f" + std::to_string(i), "content " + std::to_string(i));
  offer(3);
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t first = 0; first < 4; ++first) {
      threads.emplace_back([&, first] {
        for (std::uint32_t i = 0; i < 400; ++i) {
          const FileIndex one{(first * 7 + i) % 40};
          const auto opened = folder_->open(one);
          std::string bytes(folder_->tree()[one].length, '\0');
          const bool read =
              opened && (*opened)->read_at(0, std::as_writable_bytes(std::span(bytes)));
          if (!read || bytes != "content " + std::string(folder_->tree()[one].path.substr(1)))
            ++wrong;
        }
      });
    }
    for (int i = 0; i < 100; ++i) EXPECT_THAT(look(7), IsEmpty());
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace shoal::storage::offered_folder_test
