#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/part_folder.hpp"
#include "support/fetched_folder.hpp"
#include "support/photos_test.hpp"

/// PartFolder where people or other programs have put something unexpected, or take something away.
namespace shoal::storage::part_folder_hostile_test {
namespace {

namespace fs = std::filesystem;
using test::FetchedFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Paths = std::set<std::string>;

constexpr const char* kPart = FetchedFolder::kPart;
constexpr const char* kInfo = FetchedFolder::kInfo;

class PartFolderHostile : public test::PhotosTest {};

// ---- the staging folder's names

struct Obstacle {
  const char* name;
  const char* why;
  std::function<void(const fs::path&)> put;

  friend void PrintTo(const Obstacle& one, std::ostream* out) { *out << one.name; }
};

class PartFolderName : public PartFolderHostile, public ::testing::WithParamInterface<Obstacle> {};

TEST_P(PartFolderName, that_others_have_taken_is_passed_over) {
  GetParam().put(photos_.dir().path());
  const Paths before = photos_.what_is_there();
  const auto folder = photos_.open();
  EXPECT_EQ(folder->part_path().filename(), "photos.01234567-2.part");
  ASSERT_EQ(folder->notes().size(), 1u);
  EXPECT_THAT(folder->notes().front(), HasSubstr(GetParam().why));
  folder->discard_if_new();
  EXPECT_EQ(photos_.what_is_there(), before);
  expect_nothing_outside();
}

INSTANTIATE_TEST_SUITE_P(
    Each, PartFolderName,
    ::testing::Values(
        Obstacle{"by_a_file", "photos.01234567.part is not a folder",
                 [](const fs::path& dir) { std::ofstream(dir / kPart) << "mine"; }},
        Obstacle{"by_a_link", "photos.01234567.part is a symbolic link",
                 [](const fs::path& dir) { fs::create_symlink("/tmp", dir / kPart); }},
        Obstacle{"by_a_folder_that_others_may_write_to", "can be written to by others",
                 [](const fs::path& dir) {
                   fs::create_directory(dir / kPart);
                   fs::permissions(dir / kPart, fs::perms(0777));
                 }},
        Obstacle{"by_another_description", "photos.01234567.part.info is not what this folder has",
                 [](const fs::path& dir) {
                   std::ofstream(dir / kInfo) << "d4:name"
                                                 "5:other";
                 }},
        Obstacle{"by_a_longer_description", "photos.01234567.part.info is longer",
                 [](const fs::path& dir) {
                   std::ofstream(dir / kInfo) << FetchedFolder::kDictionary << "more";
                 }},
        Obstacle{"by_a_linked_description", "photos.01234567.part.info is a symbolic link",
                 [](const fs::path& dir) { fs::create_symlink("nowhere", dir / kInfo); }}),
    [](const auto& test) { return test.param.name; });

TEST_F(PartFolderHostile, gives_up_where_others_have_taken_every_name) {
  for (const char* const more : {"", "-2", "-3", "-4"}) {
    write(here("photos.01234567" + std::string(more) + ".part"), "mine");
  }
  const auto folder = photos_.try_open();
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::conflict);
  EXPECT_EQ(photos_.what_is_there().size(), 4u);
}

TEST_F(PartFolderHostile, says_that_the_directory_is_missing) {
  const auto folder = photos_.try_open_in(here("absent"));
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("does not exist; create it"));
}

TEST_F(PartFolderHostile, what_stands_under_its_own_name_and_is_no_folder_is_a_conflict) {
  write(here("photos"), "mine");
  auto folder = photos_.try_open();
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::conflict);
  EXPECT_EQ(photos_.what_is_there(), Paths{"photos"});
  fs::remove(here("photos"));
  fs::create_directory_symlink(outside_ / "folder", here("photos"));
  folder = photos_.try_open();
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::conflict);
  EXPECT_THAT(folder.error().message, HasSubstr("is a symbolic link"));
  EXPECT_EQ(photos_.what_is_there(), Paths{"photos"});
}

// ---- what is planted in it

TEST_F(PartFolderHostile, never_writes_through_a_link_that_is_planted_while_it_fills) {
  const auto folder = photos_.open();
  fs::create_directory_symlink(outside_ / "folder", staged("sub"));
  fs::create_symlink(outside_ / "precious", staged("a.jpg"));
  for (const char* const path : {"a.jpg", "sub/b.jpg"}) {
    const auto writing = folder->write(photos_.at(path));
    ASSERT_FALSE(writing) << path;
    EXPECT_EQ(writing.error().code, Errc::conflict);
    EXPECT_THAT(writing.error().message, HasSubstr("is a symbolic link"));
    EXPECT_THAT(writing.error().message, HasSubstr("move it away"));
  }
  EXPECT_THAT(folder->open(photos_.at("sub/b.jpg")).error().message,
              HasSubstr(staged("sub").string() + " is"));
  expect_nothing_outside();
}

TEST_F(PartFolderHostile, never_makes_or_changes_anything_behind_a_link_in_the_end) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  fs::rename(staged("sub"), outside_ / "moved");
  fs::permissions(outside_ / "moved/run", fs::perms(0600));
  fs::create_directory_symlink(outside_ / "moved", staged("sub"));
  const auto finished = folder->finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr("is a symbolic link"));
  EXPECT_EQ(fs::status(outside_ / "moved/run").permissions(), fs::perms(0600));
  EXPECT_FALSE(fs::exists(here("photos")));
}

TEST_F(PartFolderHostile, an_empty_file_or_link_is_not_made_behind_what_is_planted) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  fs::create_symlink(outside_ / "precious", staged("empty"));
  auto finished = folder->finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr(staged("empty").string() + " is a symbolic"));
  fs::remove(staged("empty"));
  fs::create_symlink(outside_ / "precious", staged("link"));
  finished = folder->finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr(staged("link").string() + " is there"));
  fs::remove(staged("link"));
  expect_finished(*folder);
  expect_whole();
  expect_nothing_outside();
}

TEST_F(PartFolderHostile, a_folder_in_place_of_a_file_and_the_reverse_are_told) {
  begin();
  fs::create_directory(staged("a.jpg"));
  write(staged("sub"), "mine");
  const auto folder = photos_.open();
  auto open = folder->open(photos_.at("a.jpg"));
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().message,
              HasSubstr(staged("a.jpg").string() + " is a folder, and a file has to be there"));
  open = folder->open(photos_.at("sub/b.jpg"));
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().message,
              HasSubstr(staged("sub").string() + " is a file, and a folder has to be there"));
  EXPECT_EQ(read(staged("sub")), "mine");
}

TEST_F(PartFolderHostile, waits_for_no_pipe) {
  begin();
  ASSERT_EQ(::mkfifo(staged("a.jpg").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo(staged("empty").c_str(), 0600), 0);
  const auto folder = photos_.open();
  const auto open = folder->open(photos_.at("a.jpg"));
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().message, HasSubstr("is not a regular file"));
  fs::remove(staged("a.jpg"));
  photos_.fill_rest(*folder);
  const auto finished = folder->finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr("is not a regular file"));
}

TEST_F(PartFolderHostile, does_not_write_to_a_second_name_of_another_file) {
  begin();
  fs::create_hard_link(outside_ / "precious", staged("a.jpg"));
  const auto folder = photos_.open();
  const auto writing = folder->write(photos_.at("a.jpg"));
  ASSERT_FALSE(writing);
  EXPECT_THAT(writing.error().message, HasSubstr("is a second name (hard link)"));
  expect_nothing_outside();
}

// As on a disk that does not tell A.JPG from a.jpg: there the second name is there already too.
TEST_F(PartFolderHostile, two_names_that_are_one_file_on_the_disk_are_told) {
  const auto folder = photos_.open();
  photos_.fill(*folder, "sub/b.jpg");
  fs::create_hard_link(staged("sub/b.jpg"), staged("sub/run"));
  const auto writing = folder->write(photos_.at("sub/run"));
  ASSERT_FALSE(writing);
  EXPECT_EQ(writing.error().code, Errc::conflict);
  EXPECT_THAT(writing.error().message, HasSubstr(staged("sub/b.jpg").string() + " and " +
                                                 staged("sub/run").string() + " are one"));
  EXPECT_EQ(read(staged("sub/b.jpg")), "second");
}

TEST_F(PartFolderHostile, an_empty_file_that_is_another_one_on_the_disk_takes_nothing_from_it) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  fs::create_hard_link(staged("a.jpg"), staged("empty"));
  const auto finished = folder->finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr("are one"));
  EXPECT_EQ(read(staged("a.jpg")), "first");
}

TEST_F(PartFolderHostile, two_names_that_are_one_file_are_told_when_it_goes_on) {
  photos_.fill(*photos_.open(), "sub/b.jpg");
  fs::create_hard_link(staged("sub/b.jpg"), staged("a.jpg"));
  const auto folder = photos_.try_open();
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::conflict);
  EXPECT_THAT(folder.error().message, HasSubstr("are one"));
  EXPECT_EQ(read(staged("sub/b.jpg")), "second");
}

class PartFolderWithoutCase : public ::testing::Test {
 protected:
  /// As it is where letters have no case.
  static void take_away_case(const test::FetchedFolder& photos) {
    std::ofstream(photos.dir() / "PHOTOS.01234567.PART.INFO") << "the same";
  }
};

TEST_F(PartFolderWithoutCase, two_names_that_differ_in_case_only_are_told_before_anything_is_made) {
  test::FetchedFolder photos({{"a/x.jpg", "1"}, {"b/\u00e9.txt", "2"}, {"B/\u00c9.txt", "3"}});
  EXPECT_TRUE(photos.try_open());
  take_away_case(photos);
  const auto folder = photos.try_open();
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::conflict);
  EXPECT_THAT(folder.error().message, HasSubstr("would be one and the same on that disk"));
  EXPECT_FALSE(fs::exists(photos.dir() / test::FetchedFolder::kPart));
  photos.want({"a/x.jpg", "b/\u00e9.txt"});
  EXPECT_TRUE(photos.try_open());
}

TEST_F(PartFolderWithoutCase, a_file_and_a_folder_that_are_called_alike_are_told) {
  const test::FetchedFolder photos({{"READ", "1"}, {"read me", "2"}, {"read./me", "3"}});
  take_away_case(photos);
  const auto folder = photos.try_open();
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("READ"));
  EXPECT_THAT(folder.error().message, HasSubstr("read./me"));
}

TEST_F(PartFolderWithoutCase, what_it_can_tell_apart_and_store_comes) {
  const test::FetchedFolder photos({{"a:b", "1"}, {"A", "2"}, {"ab", "3"}});
  take_away_case(photos);
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  ASSERT_TRUE(folder->finish());
  EXPECT_TRUE(fs::exists(photos.dir() / "photos" / "a:b"));
}

TEST_F(PartFolderHostile, what_is_not_of_this_folder_is_neither_taken_nor_removed) {
  write(final("mine"), "mine");
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  write(staged("sub/foreign"), "foreign");
  expect_finished(*folder);
  EXPECT_EQ(read(staged("sub/foreign")), "foreign");
  EXPECT_EQ(read(final("mine")), "mine");
  EXPECT_FALSE(fs::exists(here(kInfo)));
  ASSERT_EQ(folder->notes().size(), 1u);
  EXPECT_THAT(folder->notes().front(), HasSubstr("holds what is not of this folder"));
}

// ---- what is changed or taken away

TEST_F(PartFolderHostile, a_file_that_was_changed_after_its_proof_is_to_be_proven_again) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  write(staged("sub/b.jpg"), "SECOND");
  const auto finished = folder->finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_THAT(finished->to_prove, ElementsAre(photos_.at("sub/b.jpg")));
  EXPECT_FALSE(fs::exists(here("photos")));
  EXPECT_THAT(folder->touched(), IsEmpty()) << "that was told already";
  photos_.fill(*folder, "sub/b.jpg");
  expect_finished(*folder);
  expect_whole();
}

TEST_F(PartFolderHostile, a_file_that_was_changed_before_our_next_write_is_told) {
  const auto folder = photos_.open();
  const FileIndex file = photos_.at("sub/b.jpg");
  const auto write_part = [&](std::uint64_t offset, std::string_view text) {
    const auto writing = folder->write(file);
    const BytesView bytes = as_bytes(text);
    ASSERT_TRUE(writing && writing->file().write_at(offset, {&bytes, 1}));
  };
  write_part(0, "sec");
  EXPECT_THAT(folder->touched(), IsEmpty());
  std::ofstream(staged("sub/b.jpg"), std::ios::in) << "S";
  write_part(3, "ond");
  folder->proven(file);  // not so
  EXPECT_THAT(folder->touched(), ElementsAre(file));
  EXPECT_THAT(folder->touched(), IsEmpty());
  const auto finished = folder->finish();
  ASSERT_TRUE(finished);
  EXPECT_THAT(finished->to_prove, ::testing::Contains(file));
}

TEST_F(PartFolderHostile, a_file_that_is_shorter_than_it_should_be_is_not_taken_for_whole) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  {
    const auto writing = folder->write(photos_.at("a.jpg"));
    ASSERT_TRUE(writing && writing->file().resize(3));
  }
  folder->proven(photos_.at("a.jpg"));
  const auto finished = folder->finish();
  ASSERT_TRUE(finished);
  EXPECT_THAT(finished->to_prove, ElementsAre(photos_.at("a.jpg")));
}

TEST_F(PartFolderHostile, a_file_that_was_cut_short_or_deleted_is_fetched_again) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  fs::resize_file(staged("a.jpg"), 2);
  fs::remove(staged("sub/b.jpg"));
  const auto finished = folder->finish();
  ASSERT_TRUE(finished);
  EXPECT_THAT(finished->to_prove, ElementsAre(photos_.at("a.jpg"), photos_.at("sub/b.jpg")));
  EXPECT_FALSE(photos_.holds(*folder, photos_.at("a.jpg")));
  EXPECT_TRUE(folder->open(photos_.at("a.jpg")));
  EXPECT_EQ(fs::file_size(staged("a.jpg")), 5u);
  photos_.fill(*folder, "a.jpg");
  photos_.fill(*folder, "sub/b.jpg");
  expect_finished(*folder);
  expect_whole();
}

TEST_F(PartFolderHostile, that_was_moved_replaced_or_deleted_is_told_and_gets_no_name) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  EXPECT_FALSE(folder->what_became_of_it());
  const auto expect_told = [&](const char* words) {
    const auto became = folder->what_became_of_it();
    ASSERT_TRUE(became) << words;
    EXPECT_THAT(became->message, HasSubstr(words));
    const auto finished = folder->finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error(), *became);
    EXPECT_FALSE(fs::exists(here("photos")));
  };
  fs::rename(here(kPart), here("elsewhere"));
  expect_told("is not there any more");
  fs::create_directory(here(kPart));
  expect_told("was replaced");
  fs::remove(here(kPart));
  fs::remove_all(here("elsewhere"));
  expect_told("was deleted");
}

// ---- a folder that is there already

TEST_F(PartFolderHostile, files_in_the_way_are_named_one_by_one_and_left_as_they_are) {
  write(final("a.jpg"), "other");          // of the same length
  fs::create_directories(final("empty"));  // a folder
  write(final("sub/run"), "not as long");
  fs::create_symlink("elsewhere", final("link"));
  const auto folder = photos_.open();
  EXPECT_TRUE(folder->in_final_place(photos_.at("a.jpg")));
  EXPECT_TRUE(folder->in_the_way(photos_.at("sub/run")));
  EXPECT_TRUE(folder->in_the_way(photos_.at("empty")));
  EXPECT_TRUE(folder->in_the_way(photos_.at("link")));
  EXPECT_EQ(folder->conflicts().size(), 3u) << "known before anything is fetched";
  EXPECT_FALSE(photos_.holds(*folder, photos_.at("a.jpg")));
  EXPECT_TRUE(folder->in_the_way(photos_.at("a.jpg")));
  EXPECT_EQ(folder->open(photos_.at("a.jpg")).error().code, Errc::conflict);
  photos_.fill_rest(*folder);

  const auto finished = folder->finish();
  ASSERT_TRUE(finished) << finished.error().message;
  std::vector<std::string> told;
  for (const auto& one : finished->conflicts) told.push_back(one.message);
  EXPECT_THAT(
      told, ElementsAre(HasSubstr(final("a.jpg").string() + " is there already, and is another"),
                        HasSubstr(final("empty").string() + " is there already, and is a folder"),
                        HasSubstr(final("link").string() + " is there already, and is a symbolic"),
                        HasSubstr("has 11 bytes instead of 5; it is left as it is")));
  EXPECT_EQ(read(final("a.jpg")), "other");
  EXPECT_EQ(read(final("sub/run")), "not as long");
  EXPECT_EQ(read(final("sub/b.jpg")), "second") << "all else has its name";
  EXPECT_FALSE(fs::exists(here(kPart)));
  EXPECT_FALSE(fs::exists(here(kInfo)));
}

TEST_F(PartFolderHostile, what_was_in_the_way_and_is_not_any_more_is_fetched) {
  write(final("a.jpg"), "other");
  write(final("empty"), "not empty");
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  EXPECT_TRUE(folder->in_the_way(photos_.at("a.jpg")));
  fs::remove_all(here("photos"));
  const auto finished = folder->finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_THAT(finished->to_prove, ElementsAre(photos_.at("a.jpg")));
  photos_.fill(*folder, "a.jpg");
  expect_finished(*folder);
  expect_whole();
}

TEST_F(PartFolderHostile, what_appears_in_the_way_meanwhile_is_not_replaced) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  write(final("sub/b.jpg"), "second");  // be it the same
  auto finished = folder->finish();
  ASSERT_TRUE(finished) << finished.error().message;
  ASSERT_EQ(finished->conflicts.size(), 1u);
  EXPECT_THAT(finished->conflicts.front().message, HasSubstr(staged("sub/b.jpg").string()));
  EXPECT_EQ(read(final("a.jpg")), "first");
  EXPECT_EQ(read(staged("sub/b.jpg")), "second") << "what was fetched is not lost";
  EXPECT_TRUE(fs::exists(here(kInfo)));

  fs::remove(final("sub/b.jpg"));
  expect_finished(*folder);
  expect_whole();
}

TEST_F(PartFolderHostile, what_appears_in_place_of_one_of_its_folders_is_not_replaced) {
  fs::create_directory(here("photos"));
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  write(final("sub"), "mine");
  const auto finished = folder->finish();
  ASSERT_TRUE(finished) << finished.error().message;
  ASSERT_EQ(finished->conflicts.size(), 2u);
  EXPECT_THAT(finished->conflicts.front().message, HasSubstr(final("sub").string() + " is no"));
  EXPECT_EQ(read(final("sub")), "mine");
  EXPECT_EQ(read(final("a.jpg")), "first");
  EXPECT_EQ(read(staged("sub/b.jpg")), "second");
  fs::remove(final("sub"));
  expect_finished(*folder);
  expect_whole();
}

TEST_F(PartFolderHostile, what_appears_under_its_own_name_meanwhile_is_not_replaced) {
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  write(here("photos"), "mine");
  const auto finished = folder->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::conflict);
  EXPECT_THAT(finished.error().message, HasSubstr("the download stays in " + here(kPart).string()));
  EXPECT_EQ(read(here("photos")), "mine");
  fs::remove(here("photos"));
  expect_finished(*folder);
  expect_whole();
}

TEST_F(PartFolderHostile, goes_into_no_folder_that_is_a_link_or_a_file) {
  for (const bool link : {true, false}) {
    fs::remove_all(here("photos"));
    fs::create_directory(here("photos"));
    if (link) {
      fs::create_directory_symlink(outside_ / "folder", final("sub"));
    } else {
      write(final("sub"), "mine");
    }
    const auto folder = photos_.open();
    photos_.fill_rest(*folder);
    const auto finished = folder->finish();
    ASSERT_TRUE(finished) << finished.error().message;
    ASSERT_EQ(finished->conflicts.size(), 2u);
    EXPECT_THAT(finished->conflicts.front().message,
                HasSubstr(final("sub").string() + " is no folder"));
    EXPECT_EQ(read(final("a.jpg")), "first");
    expect_nothing_outside();
  }
}

TEST_F(PartFolderHostile, a_file_that_left_its_final_place_is_fetched) {
  write(final("a.jpg"), "first");
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  fs::remove_all(here("photos"));
  const auto finished = folder->finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_THAT(finished->to_prove, ElementsAre(photos_.at("a.jpg")));
  photos_.fill(*folder, "a.jpg");
  expect_finished(*folder);
  expect_whole();
}

TEST_F(PartFolderHostile, a_file_that_is_changed_in_its_final_place_is_to_be_proven_again) {
  write(final("a.jpg"), "first");
  const auto folder = photos_.open();
  photos_.fill_rest(*folder);
  write(final("a.jpg"), "FIRST");
  const auto finished = folder->finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_THAT(finished->to_prove, ElementsAre(photos_.at("a.jpg")));
  EXPECT_FALSE(photos_.holds(*folder, photos_.at("a.jpg")));
  EXPECT_EQ(folder->finish()->conflicts.size(), 1u);
  EXPECT_EQ(read(final("a.jpg")), "FIRST");
}

}  // namespace
}  // namespace shoal::storage::part_folder_hostile_test
