#include "storage/part_file.hpp"

#include <atomic>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::part_file_test {
namespace {

using test::TempDir;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

void fill(const PartFile& part, std::string_view content) {
  const std::vector<BytesView> parts{as_bytes(content)};
  ASSERT_TRUE(part.file().write_at(0, parts));
}

TEST(PartFile, is_as_long_as_wanted_and_under_its_own_name_only_when_finished) {
  const TempDir dir;
  auto part = PartFile::open(dir.path(), "big.iso", 7);
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_EQ(part->part_path(), dir / "big.iso.part");
  EXPECT_EQ(part->final_path(), dir / "big.iso");
  EXPECT_FALSE(part->resumed());
  EXPECT_EQ(dir.read("big.iso.part"), std::string(7, '\0'));
  EXPECT_FALSE(std::filesystem::exists(dir / "big.iso"));

  fill(*part, "content");
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(dir.read("big.iso"), "content");
  EXPECT_FALSE(std::filesystem::exists(dir / "big.iso.part"));
}

TEST(PartFile, stays_readable_after_finish) {
  const TempDir dir;
  auto part = PartFile::open(dir.path(), "a", 7, {.sync = true});
  ASSERT_TRUE(part);
  fill(*part, "content");
  ASSERT_TRUE(part->finish());
  Bytes out(7);
  ASSERT_TRUE(part->file().read_at(0, out));
  EXPECT_EQ(as_text(out), "content");
  EXPECT_EQ(part->file().path(), dir / "a");
}

TEST(PartFile, can_be_empty) {
  const TempDir dir;
  auto part = PartFile::open(dir.path(), "empty", 0, {.preallocate = true, .sync = true});
  ASSERT_TRUE(part);
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(dir.read("empty"), "");
}

TEST(PartFile, the_finished_file_has_the_rights_that_the_umask_leaves) {
  const TempDir dir;
  const mode_t before = ::umask(022);
  auto part = PartFile::open(dir.path(), "a", 1);
  ::umask(before);
  ASSERT_TRUE(part && part->finish());
  struct stat status {};
  ASSERT_EQ(::stat((dir / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0644u);
}

TEST(PartFile, in_which_nothing_was_proven_goes_if_it_was_made_here) {
  const TempDir dir;
  {
    const auto part = PartFile::open(dir.path(), "a", 7);
    ASSERT_TRUE(part);
    part->discard_if_new();
    EXPECT_FALSE(std::filesystem::exists(dir / "a.part"));
    dir.write("a.part", "another");
    part->discard_if_new();
    EXPECT_EQ(dir.read("a.part"), "another") << "not the one that was opened";
  }
  const auto resumed = PartFile::open(dir.path(), "a", 7);
  ASSERT_TRUE(resumed);
  resumed->discard_if_new();
  EXPECT_EQ(dir.read("a.part"), "another");
}

TEST(PartFile, preallocated_has_its_room_from_the_start) {
  const TempDir dir;
  constexpr std::uint64_t kLength = 1 << 20;
  const auto part = PartFile::open(dir.path(), "a", kLength, {.preallocate = true});
  ASSERT_TRUE(part) << part.error().message;
  struct stat status {};
  ASSERT_EQ(::stat((dir / "a.part").c_str(), &status), 0);
  EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, kLength);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), kLength);
}

TEST(PartFile, preallocating_keeps_the_content) {
  const TempDir dir;
  dir.write("a.part", "half a file");
  ASSERT_TRUE(PartFile::open(dir.path(), "a", 11, {.preallocate = true}));
  EXPECT_EQ(dir.read("a.part"), "half a file");
}

TEST(PartFile, resuming_keeps_the_content) {
  const TempDir dir;
  dir.write("a.part", "half a file");
  const auto part = PartFile::open(dir.path(), "a", 11);
  ASSERT_TRUE(part);
  EXPECT_TRUE(part->resumed());
  EXPECT_EQ(dir.read("a.part"), "half a file");
}

TEST(PartFile, a_part_of_another_length_is_somebody_elses_file_and_stays) {
  const TempDir dir;
  dir.write("a.part", "0123456789");
  for (const std::uint64_t length : {4u, 9u, 11u, 1'000'000u}) {
    const auto part = PartFile::open(dir.path(), "a", length);
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().code, Errc::conflict);
    EXPECT_THAT(part.error().message, HasSubstr("a.part"));
    EXPECT_EQ(dir.read("a.part"), "0123456789");
  }
}

TEST(PartFile, an_empty_part_holds_nothing_to_resume) {
  const TempDir dir;
  dir.write("a.part", "");
  EXPECT_FALSE(PartFile::open(dir.path(), "a", 10).value().resumed());
}

TEST(PartFile, a_second_leecher_is_told_that_another_one_fetches_the_file) {
  const TempDir dir;
  auto first = PartFile::open(dir.path(), "a", 10);
  ASSERT_TRUE(first);
  const auto second = PartFile::open(dir.path(), "a", 20);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_THAT(second.error().message, HasSubstr((dir / "a.part").string()));
  EXPECT_THAT(second.error().message, HasSubstr("another leecher is fetching it"));
  EXPECT_EQ(dir.read("a.part").size(), 10u) << "the second one must not touch it";
}

TEST(PartFile, the_lock_moves_with_it_and_ends_with_it) {
  const TempDir dir;
  {
    auto first = PartFile::open(dir.path(), "a", 10);
    ASSERT_TRUE(first);
    const PartFile moved = std::move(*first);
    EXPECT_FALSE(PartFile::open(dir.path(), "a", 10));
  }
  EXPECT_TRUE(PartFile::open(dir.path(), "a", 10));
}

TEST(PartFile, other_names_and_directories_do_not_hinder_each_other) {
  const TempDir dir;
  const TempDir other;
  const auto a = PartFile::open(dir.path(), "a", 10);
  EXPECT_TRUE(PartFile::open(dir.path(), "b", 10));
  EXPECT_TRUE(PartFile::open(other.path(), "a", 10));
}

TEST(PartFile, finish_never_replaces_what_has_appeared_meanwhile) {
  const TempDir dir;
  auto part = PartFile::open(dir.path(), "a", 7);
  ASSERT_TRUE(part);
  fill(*part, "content");
  dir.write("a", "mine");
  const auto finished = part->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::conflict);
  EXPECT_THAT(finished.error().message, HasSubstr((dir / "a.part").string()));
  EXPECT_EQ(dir.read("a"), "mine");
  EXPECT_EQ(dir.read("a.part"), "content");

  std::filesystem::remove(dir / "a");
  EXPECT_TRUE(part->finish()) << "finish may be tried again";
  EXPECT_EQ(dir.read("a"), "content");
}

TEST(PartFile, a_second_name_of_the_finished_file_goes_unless_somebody_holds_it) {
  const TempDir dir;
  {
    auto part = PartFile::open(dir.path(), "a", 7);
    ASSERT_TRUE(part);
    fill(*part, "content");
    std::filesystem::create_hard_link(dir / "a.part", dir / "a");  // and killed now
    EXPECT_FALSE(PartFile::remove_second_name(dir.path(), "a"));
    EXPECT_TRUE(std::filesystem::exists(dir / "a.part"));
  }
  EXPECT_TRUE(PartFile::remove_second_name(dir.path(), "a"));
  EXPECT_FALSE(std::filesystem::exists(dir / "a.part"));
  EXPECT_EQ(dir.read("a"), "content");
}

TEST(PartFile, what_is_no_second_name_of_the_finished_file_stays) {
  const TempDir dir;
  dir.write("a", "content");
  EXPECT_FALSE(PartFile::remove_second_name(dir.path(), "a"));
  dir.write("a.part", "content");
  EXPECT_FALSE(PartFile::remove_second_name(dir.path(), "a"));
  std::filesystem::remove(dir / "a.part");
  std::filesystem::create_symlink("a", dir / "a.part");
  EXPECT_FALSE(PartFile::remove_second_name(dir.path(), "a"));
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "a.part"));
}

TEST(PartFile, finish_does_not_pass_off_another_file_as_the_download) {
  const TempDir dir;
  auto part = PartFile::open(dir.path(), "a", 7);
  ASSERT_TRUE(part);
  std::filesystem::remove(dir / "a.part");
  auto deleted = part->finish();
  ASSERT_FALSE(deleted);
  EXPECT_THAT(deleted.error().message, HasSubstr("deleted"));

  dir.write("a.part", "forged!");
  EXPECT_FALSE(part->finish());
  EXPECT_FALSE(std::filesystem::exists(dir / "a"));
  EXPECT_EQ(dir.read("a.part"), "forged!");
}

TEST(PartFile, of_many_that_open_at_once_one_gets_it) {
  const TempDir dir;
  constexpr int kThreads = 8;
  std::vector<Result<PartFile>> results;
  for (int i = 0; i < kThreads; ++i) results.push_back(fail(Errc::io, "not run"));
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&] { result = PartFile::open(dir.path(), "a", 1000); });
    }
  }
  int got = 0;
  for (const auto& result : results) {
    if (result) {
      ++got;
    } else {
      EXPECT_EQ(result.error().code, Errc::busy) << result.error().message;
    }
  }
  EXPECT_EQ(got, 1);
}

TEST(PartFile, a_finish_during_open_never_leaves_an_open_file_without_its_name) {
  const TempDir dir;
  for (int round = 0; round < 200; ++round) {
    auto first = PartFile::open(dir.path(), "a", 10);
    ASSERT_TRUE(first) << first.error().message;
    std::atomic<bool> finished = false;
    std::jthread finisher([&] {
      EXPECT_TRUE(first->finish());
      first = fail(Errc::cancelled, "closed");
      std::filesystem::remove(dir / "a");
      finished = true;
    });
    Result<PartFile> second = fail(Errc::busy, "not run");
    while (!second) {
      const bool was_finished = finished;
      second = PartFile::open(dir.path(), "a", 10);
      if (second) break;
      ASSERT_FALSE(was_finished) << second.error().message;
      ASSERT_TRUE(second.error().code == Errc::busy || second.error().code == Errc::conflict);
    }
    EXPECT_TRUE(std::filesystem::exists(dir / "a.part"));
    EXPECT_FALSE(second->resumed());
    EXPECT_EQ(second->file().identity()->length, 10u);
  }
}

TEST(PartFile, names_up_to_250_bytes_just_get_the_suffix) {
  const TempDir dir;
  const std::string name(250, 'n');
  EXPECT_EQ(PartFile::open(dir.path(), name, 1).value().part_path().filename(), name + ".part");
}

TEST(PartFile, longer_names_are_shortened_for_the_part_and_whole_when_finished) {
  const TempDir dir;
  for (const std::size_t size : {251u, 254u, 255u}) {
    const std::string name(size, 'n');
    auto part = PartFile::open(dir.path(), name, 1);
    ASSERT_TRUE(part) << part.error().message;
    const std::string filename = part->part_path().filename();
    EXPECT_EQ(filename.size(), 255u);
    EXPECT_THAT(filename, StartsWith(std::string(241, 'n') + "-"));
    EXPECT_THAT(filename, EndsWith(".part"));
    ASSERT_TRUE(part->finish());
    EXPECT_TRUE(std::filesystem::exists(dir / name));
  }
}

TEST(PartFile, long_names_that_differ_at_the_end_get_different_parts) {
  const TempDir dir;
  const std::string stem(254, 'n');
  const auto a = PartFile::open(dir.path(), stem + "a", 1);
  const auto b = PartFile::open(dir.path(), stem + "b", 1);
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->part_path(), b->part_path());
}

TEST(PartFile, long_names_are_cut_between_characters) {
  const TempDir dir;
  for (const std::string lead : {"", "a", "ab", "abc"}) {
    std::string name = lead;
    while (name.size() + 4 <= 255) name += "\xf0\x9f\x90\x9f";  // U+1F41F, a fish
    const auto part = PartFile::open(dir.path(), name, 1);
    ASSERT_TRUE(part) << part.error().message;
    const std::string filename = part->part_path().filename();
    const std::size_t kept = filename.size() - std::string("-01234567.part").size();
    EXPECT_EQ((kept - lead.size()) % 4, 0u);
    EXPECT_GT(kept, 237u);
    EXPECT_LE(kept, 241u);
  }
}

}  // namespace
}  // namespace shoal::storage::part_file_test
