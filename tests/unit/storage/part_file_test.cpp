#include "storage/part_file.hpp"

#include <atomic>
#include <filesystem>
#include <iterator>
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

constexpr Digest kRoot{{std::byte{0x01}, std::byte{0x23}, std::byte{0x45}, std::byte{0x67}}};

Result<PartFile> open_part(const std::filesystem::path& directory, const std::string& name,
                           std::uint64_t length, const PartOptions& options = {}) {
  return PartFile::open(directory, *FileName::parse(name), kRoot, length, options);
}

void fill(const PartFile& part, std::string_view content) {
  const std::vector<BytesView> parts{as_bytes(content)};
  ASSERT_TRUE(part.file().write_at(0, parts));
}

TEST(PartFile, is_as_long_as_wanted_and_under_its_own_name_only_when_finished) {
  const TempDir dir;
  auto part = open_part(dir.path(), "big.iso", 7);
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_EQ(part->part_path(), dir / "big.iso.01234567.part");
  EXPECT_EQ(part->final_path(), dir / "big.iso");
  EXPECT_FALSE(part->resumed());
  EXPECT_EQ(dir.read("big.iso.01234567.part"), std::string(7, '\0'));
  EXPECT_FALSE(std::filesystem::exists(dir / "big.iso"));

  fill(*part, "content");
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(dir.read("big.iso"), "content");
  EXPECT_FALSE(std::filesystem::exists(dir / "big.iso.01234567.part"));
}

TEST(PartFile, stays_readable_after_finish) {
  const TempDir dir;
  auto part = open_part(dir.path(), "a", 7, {.sync = true});
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
  auto part = open_part(dir.path(), "empty", 0, {.room = {.preallocate = true}, .sync = true});
  ASSERT_TRUE(part);
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(dir.read("empty"), "");
}

TEST(PartFile, the_finished_file_has_the_rights_that_the_umask_leaves) {
  const TempDir dir;
  const mode_t before = ::umask(022);
  auto part = open_part(dir.path(), "a", 1);
  ::umask(before);
  ASSERT_TRUE(part && part->finish());
  struct stat status {};
  ASSERT_EQ(::stat((dir / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0644u);
}

TEST(PartFile, in_which_nothing_was_proven_goes_if_it_was_made_here) {
  const TempDir dir;
  {
    const auto part = open_part(dir.path(), "a", 7);
    ASSERT_TRUE(part);
    part->discard_if_new();
    EXPECT_FALSE(std::filesystem::exists(dir / "a.01234567.part"));
    dir.write("a.01234567.part", "another");
    part->discard_if_new();
    EXPECT_EQ(dir.read("a.01234567.part"), "another") << "not the one that was opened";
  }
  const auto resumed = open_part(dir.path(), "a", 7);
  ASSERT_TRUE(resumed);
  resumed->discard_if_new();
  EXPECT_EQ(dir.read("a.01234567.part"), "another");
}

TEST(PartFile, preallocated_has_its_room_from_the_start) {
  const TempDir dir;
  constexpr std::uint64_t kLength = 1 << 20;
  const auto part = open_part(dir.path(), "a", kLength, {.room = {.preallocate = true}});
  ASSERT_TRUE(part) << part.error().message;
  struct stat status {};
  ASSERT_EQ(::stat((dir / "a.01234567.part").c_str(), &status), 0);
  EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, kLength);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), kLength);
}

TEST(PartFile, preallocating_keeps_the_content) {
  const TempDir dir;
  dir.write("a.01234567.part", "half a file");
  ASSERT_TRUE(open_part(dir.path(), "a", 11, {.room = {.preallocate = true}}));
  EXPECT_EQ(dir.read("a.01234567.part"), "half a file");
}

TEST(PartFile, resuming_keeps_the_content) {
  const TempDir dir;
  dir.write("a.01234567.part", "half a file");
  const auto part = open_part(dir.path(), "a", 11);
  ASSERT_TRUE(part);
  EXPECT_TRUE(part->resumed());
  EXPECT_EQ(dir.read("a.01234567.part"), "half a file");
}

TEST(PartFile, a_longer_one_is_somebody_elses_file_and_stays) {
  const TempDir dir;
  dir.write("a.01234567.part", "0123456789");
  const auto part = open_part(dir.path(), "a", 9);
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_EQ(part->part_path(), dir / "a.01234567-2.part");
  ASSERT_EQ(part->notes().size(), 1u);
  EXPECT_THAT(part->notes().front(), HasSubstr("a.01234567.part is longer than this file"));
  EXPECT_EQ(dir.read("a.01234567.part"), "0123456789");
}

TEST(PartFile, a_shorter_one_was_made_by_a_leecher_that_ended_early) {
  const TempDir dir;
  dir.write("a.01234567.part", "0123");
  const auto part = open_part(dir.path(), "a", 9);
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_TRUE(part->resumed());
  EXPECT_EQ(dir.read("a.01234567.part"), "0123" + std::string(5, '\0'));
}

TEST(PartFile, an_empty_part_holds_nothing_to_resume) {
  const TempDir dir;
  dir.write("a.01234567.part", "");
  EXPECT_FALSE(open_part(dir.path(), "a", 10).value().resumed());
}

TEST(PartFile, a_second_leecher_is_told_that_another_one_fetches_the_file) {
  const TempDir dir;
  auto first = open_part(dir.path(), "a", 10);
  ASSERT_TRUE(first);
  const auto second = open_part(dir.path(), "a", 20);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_THAT(second.error().message, HasSubstr((dir / "a.01234567.part").string()));
  EXPECT_THAT(second.error().message, HasSubstr("another leecher is fetching it"));
  EXPECT_EQ(dir.read("a.01234567.part").size(), 10u) << "the second one must not touch it";
}

TEST(PartFile, the_lock_moves_with_it_and_ends_with_it) {
  const TempDir dir;
  {
    auto first = open_part(dir.path(), "a", 10);
    ASSERT_TRUE(first);
    const PartFile moved = std::move(*first);
    EXPECT_FALSE(open_part(dir.path(), "a", 10));
  }
  EXPECT_TRUE(open_part(dir.path(), "a", 10));
}

TEST(PartFile, other_names_and_directories_do_not_hinder_each_other) {
  const TempDir dir;
  const TempDir other;
  const auto a = open_part(dir.path(), "a", 10);
  EXPECT_TRUE(open_part(dir.path(), "b", 10));
  EXPECT_TRUE(open_part(other.path(), "a", 10));
}

TEST(PartFile, finish_never_replaces_what_has_appeared_meanwhile) {
  const TempDir dir;
  auto part = open_part(dir.path(), "a", 7);
  ASSERT_TRUE(part);
  fill(*part, "content");
  dir.write("a", "mine");
  const auto finished = part->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::conflict);
  EXPECT_THAT(finished.error().message, HasSubstr((dir / "a.01234567.part").string()));
  EXPECT_EQ(dir.read("a"), "mine");
  EXPECT_EQ(dir.read("a.01234567.part"), "content");

  std::filesystem::remove(dir / "a");
  EXPECT_TRUE(part->finish()) << "finish may be tried again";
  EXPECT_EQ(dir.read("a"), "content");
}

TEST(PartFile, a_second_name_of_the_finished_file_goes_unless_somebody_holds_it) {
  const TempDir dir;
  {
    auto part = open_part(dir.path(), "a", 7);
    ASSERT_TRUE(part);
    fill(*part, "content");
    std::filesystem::create_hard_link(dir / "a.01234567.part", dir / "a");  // and killed now
    EXPECT_FALSE(PartFile::remove_second_name(dir.path(), *FileName::parse("a"), kRoot));
    EXPECT_TRUE(std::filesystem::exists(dir / "a.01234567.part"));
  }
  EXPECT_TRUE(PartFile::remove_second_name(dir.path(), *FileName::parse("a"), kRoot));
  EXPECT_FALSE(std::filesystem::exists(dir / "a.01234567.part"));
  EXPECT_EQ(dir.read("a"), "content");
}

TEST(PartFile, what_is_no_second_name_of_the_finished_file_stays) {
  const TempDir dir;
  dir.write("a", "content");
  EXPECT_FALSE(PartFile::remove_second_name(dir.path(), *FileName::parse("a"), kRoot));
  dir.write("a.01234567.part", "content");
  EXPECT_FALSE(PartFile::remove_second_name(dir.path(), *FileName::parse("a"), kRoot));
  std::filesystem::remove(dir / "a.01234567.part");
  std::filesystem::create_symlink("a", dir / "a.01234567.part");
  EXPECT_FALSE(PartFile::remove_second_name(dir.path(), *FileName::parse("a"), kRoot));
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "a.01234567.part"));
}

TEST(PartFile, finish_does_not_pass_off_another_file_as_the_download) {
  const TempDir dir;
  auto part = open_part(dir.path(), "a", 7);
  ASSERT_TRUE(part);
  std::filesystem::remove(dir / "a.01234567.part");
  auto deleted = part->finish();
  ASSERT_FALSE(deleted);
  EXPECT_THAT(deleted.error().message, HasSubstr("deleted"));

  dir.write("a.01234567.part", "forged!");
  EXPECT_FALSE(part->finish());
  EXPECT_FALSE(std::filesystem::exists(dir / "a"));
  EXPECT_EQ(dir.read("a.01234567.part"), "forged!");
}

TEST(PartFile, what_stands_under_the_final_name_instead_is_not_taken_for_the_download) {
  const TempDir dir;
  auto part = open_part(dir.path(), "a", 7);
  ASSERT_TRUE(part);
  ASSERT_TRUE(part->finish());
  std::filesystem::remove(dir / "a");
  dir.write("a", "mine");
  const auto back = part->take_name_back();
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message, HasSubstr("replaced"));
  EXPECT_EQ(dir.read("a"), "mine");
  EXPECT_FALSE(std::filesystem::exists(dir / "a.01234567.part"));
}

TEST(PartFile, of_many_that_open_at_once_one_gets_it) {
  const TempDir dir;
  constexpr int kThreads = 8;
  std::vector<Result<PartFile>> results;
  for (int i = 0; i < kThreads; ++i) results.push_back(fail(Errc::io, "not run"));
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&] { result = open_part(dir.path(), "a", 1000); });
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
    auto first = open_part(dir.path(), "a", 10);
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
      second = open_part(dir.path(), "a", 10);
      if (second) break;
      ASSERT_FALSE(was_finished) << second.error().message;
      ASSERT_TRUE(second.error().code == Errc::busy || second.error().code == Errc::conflict);
    }
    EXPECT_TRUE(std::filesystem::exists(dir / "a.01234567.part"));
    EXPECT_FALSE(second->resumed());
    EXPECT_EQ(second->file().identity()->length, 10u);
  }
}

TEST(PartFile, names_up_to_241_bytes_just_get_the_suffix) {
  const TempDir dir;
  const std::string name(241, 'n');
  EXPECT_EQ(open_part(dir.path(), name, 1).value().part_path().filename(), name + ".01234567.part");
}

TEST(PartFile, longer_names_are_shortened_for_the_part_and_whole_when_finished) {
  const TempDir dir;
  for (const std::size_t size : {242u, 254u, 255u}) {
    const std::string name(size, 'n');
    auto part = open_part(dir.path(), name, 1);
    ASSERT_TRUE(part) << part.error().message;
    const std::string filename = part->part_path().filename();
    EXPECT_EQ(filename.size(), 255u);
    EXPECT_THAT(filename, StartsWith(std::string(232, 'n') + "-"));
    EXPECT_THAT(filename, EndsWith(".01234567.part"));
    ASSERT_TRUE(part->finish());
    EXPECT_TRUE(std::filesystem::exists(dir / name));
  }
}

TEST(PartFile, long_names_that_differ_at_the_end_get_different_parts) {
  const TempDir dir;
  const std::string stem(254, 'n');
  const auto a = open_part(dir.path(), stem + "a", 1);
  const auto b = open_part(dir.path(), stem + "b", 1);
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->part_path(), b->part_path());
}

TEST(PartFile, long_names_are_cut_between_characters) {
  const TempDir dir;
  for (const std::string lead : {"", "a", "ab", "abc"}) {
    std::string name = lead;
    while (name.size() + 4 <= 255) name += "\xf0\x9f\x90\x9f";  // U+1F41F, a fish
    const auto part = open_part(dir.path(), name, 1);
    ASSERT_TRUE(part) << part.error().message;
    const std::string filename = part->part_path().filename();
    const std::size_t kept = filename.size() - std::string("-89abcdef.01234567.part").size();
    EXPECT_EQ((kept - lead.size()) % 4, 0u);
    EXPECT_GT(kept, 228u);
    EXPECT_LE(kept, 232u);
  }
}

// ---- a NAME.part that somebody else has left

TEST(PartFile, a_candidate_stays_as_it_is_until_it_was_proven) {
  for (const std::string content : {"0123", "0123456789"}) {
    const TempDir dir;
    dir.write("a.part", content);
    const auto part = open_part(dir.path(), "a", 10);
    ASSERT_TRUE(part) << part.error().message;
    ASSERT_NE(part->candidate(), nullptr);
    EXPECT_EQ(part->candidate()->path, dir / "a.part");
    EXPECT_EQ(part->candidate()->length, content.size());
    part->discard_if_new();
    EXPECT_EQ(dir.read("a.part"), content);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
  }
}

TEST(PartFile, a_proven_candidate_is_filled_under_the_new_name) {
  const TempDir dir;
  dir.write("a.part", "0123");
  auto part = open_part(dir.path(), "a", 10);
  ASSERT_TRUE(part);
  const auto adopted = part->settle_candidate(true);
  ASSERT_TRUE(adopted) << adopted.error().message;
  EXPECT_TRUE(adopted->adopted);
  EXPECT_TRUE(part->resumed());
  EXPECT_EQ(part->candidate(), nullptr);
  EXPECT_FALSE(std::filesystem::exists(dir / "a.part"));
  EXPECT_EQ(dir.read("a.01234567.part"), "0123" + std::string(6, '\0'));
  EXPECT_EQ(open_part(dir.path(), "a", 10).error().code, Errc::busy) << "the lock came with it";
  part->discard_if_new();
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(dir.read("a").size(), 10u);
}

TEST(PartFile, a_candidate_that_proves_nothing_stays_and_ours_is_filled) {
  const TempDir dir;
  dir.write("a.part", "0123");
  auto part = open_part(dir.path(), "a", 10);
  ASSERT_TRUE(part);
  const auto settled = part->settle_candidate(false).value();
  EXPECT_FALSE(settled.adopted);
  EXPECT_EQ(settled.why, "holds nothing of it");
  EXPECT_FALSE(part->resumed());
  EXPECT_EQ(dir.read("a.part"), "0123");
  EXPECT_EQ(dir.read("a.01234567.part"), std::string(10, '\0'));
}

TEST(PartFile, a_candidate_that_was_replaced_meanwhile_is_not_adopted) {
  const TempDir dir;
  dir.write("a.part", "0123");
  auto part = open_part(dir.path(), "a", 10);
  ASSERT_TRUE(part);
  std::filesystem::remove(dir / "a.part");
  dir.write("a.part", "other");
  const auto settled = part->settle_candidate(true).value();
  EXPECT_FALSE(settled.adopted);
  EXPECT_EQ(settled.why, "was changed or taken away by another program meanwhile");
  EXPECT_EQ(dir.read("a.part"), "other");
}

TEST(PartFile, a_candidate_whose_place_was_taken_away_is_not_adopted_and_that_is_the_end) {
  const TempDir dir;
  dir.write("a.part", "0123");
  auto part = open_part(dir.path(), "a", 10);
  ASSERT_TRUE(part);
  std::filesystem::remove(dir / "a.01234567.part");
  const auto settled = part->settle_candidate(true);
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().code, Errc::io);
  EXPECT_EQ(dir.read("a.part"), "0123");
}

TEST(PartFile, there_is_no_candidate_once_ours_holds_something) {
  const TempDir dir;
  dir.write("a.part", "0123");
  dir.write("a.01234567.part", "0123456789");
  const auto part = open_part(dir.path(), "a", 10);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->candidate(), nullptr);
  EXPECT_EQ(dir.read("a.part"), "0123");
}

// ---- who may write

::mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777u;
}

TEST(PartFile, others_may_write_to_it_only_when_it_is_finished_and_the_umask_allows) {
  const TempDir dir;
  const mode_t before = ::umask(0);
  auto part = open_part(dir.path(), "a", 1);
  ::umask(before);
  ASSERT_TRUE(part);
  EXPECT_EQ(mode_of(dir / "a.01234567.part"), 0644u);
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(mode_of(dir / "a"), 0666u);
}

TEST(PartFile, that_could_not_get_its_name_is_gone_on_from_under_another_umask) {
  const TempDir dir;
  const mode_t before = ::umask(0);
  {
    auto part = open_part(dir.path(), "a", 1);
    dir.write("a", "somebody else's");
    ASSERT_TRUE(part);
    EXPECT_EQ(part->finish().error().code, Errc::conflict);
  }
  ::umask(022);
  std::filesystem::remove(dir / "a");
  const auto again = open_part(dir.path(), "a", 1);
  ::umask(before);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->notes(), std::vector<std::string>{});
  EXPECT_TRUE(again->resumed());
}

TEST(PartFile, whose_name_was_taken_back_is_closed_to_others) {
  const TempDir dir;
  const mode_t before = ::umask(0);
  auto part = open_part(dir.path(), "a", 1);
  ::umask(before);
  ASSERT_TRUE(part && part->finish() && part->take_name_back());
  EXPECT_EQ(mode_of(dir / "a.01234567.part"), 0644u);
}

TEST(PartFile, an_adopted_one_is_closed_to_others_while_it_is_filled) {
  const TempDir dir;
  std::filesystem::permissions(dir.write("a.part", "0123"), std::filesystem::perms(0664));
  const mode_t before = ::umask(002);
  auto part = open_part(dir.path(), "a", 10);
  ::umask(before);
  ASSERT_TRUE(part && part->settle_candidate(true).value().adopted);
  EXPECT_EQ(mode_of(dir / "a.01234567.part"), 0644u);
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(mode_of(dir / "a"), 0664u);
}

}  // namespace
}  // namespace shoal::storage::part_file_test
