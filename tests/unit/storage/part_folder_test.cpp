#include "storage/part_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <stop_token>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/copy_content.hpp"
#include "storage/open_part_files.hpp"
#include "storage/part_folder_parts.hpp"
#include "support/fetched_folder.hpp"

namespace shoal::storage::part_folder_test {
namespace {

namespace fs = std::filesystem;
using test::FetchedFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Paths = std::set<std::string>;

constexpr const char* kPart = FetchedFolder::kPart;
constexpr const char* kInfo = FetchedFolder::kInfo;

FetchedFolder some_photos() {
  return FetchedFolder({{"a.jpg", "first"}, {"sub/b.jpg", "second"}, {"sub/deep/c.jpg", "third"}});
}

::mode_t mode_of(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 0777u : 0;
}

PartFolder::Finished finish(PartFolder& folder) {
  auto finished = folder.finish();
  EXPECT_TRUE(finished) << finished.error().message;
  return finished ? *std::move(finished)
                  : PartFolder::Finished{.to_prove = {FileIndex{99}}, .conflicts = {}};
}

void expect_finished(PartFolder& folder) {
  const auto finished = finish(folder);
  EXPECT_THAT(finished.to_prove, IsEmpty());
  for (const auto& one : finished.conflicts) ADD_FAILURE() << one.message;
}

/// Fills the blocks of a file that are at these offsets.
void write(PartFolder& folder, FileIndex file, std::uint64_t offset, std::string_view text) {
  const auto writing = folder.write(file);
  ASSERT_TRUE(writing) << writing.error().message;
  const BytesView bytes = as_bytes(text);
  ASSERT_TRUE(writing->file().write_at(offset, {&bytes, 1}));
}

// ---- from the first file to the name

TEST(PartFolder, has_its_name_when_all_is_proven_and_never_before) {
  const FetchedFolder photos = some_photos();
  const auto folder = photos.open();
  EXPECT_EQ(folder->part_path(), photos.dir() / kPart);
  EXPECT_EQ(folder->final_path(), photos.dir() / "photos");
  EXPECT_FALSE(folder->resumed());
  EXPECT_TRUE(folder->locked());
  EXPECT_EQ(photos.what_is_there(), (Paths{std::string(kPart) + "/", kInfo}));
  EXPECT_EQ(photos.dir().read(kInfo), FetchedFolder::kDictionary);

  photos.fill_rest(*folder);
  EXPECT_EQ(photos.dir().read(std::string(kPart) + "/sub/b.jpg"), "second");
  EXPECT_FALSE(fs::exists(photos.dir() / "photos"));
  expect_finished(*folder);
  EXPECT_EQ(photos.what_is_there(),
            (Paths{"photos/", "photos/a.jpg", "photos/sub/", "photos/sub/b.jpg", "photos/sub/deep/",
                   "photos/sub/deep/c.jpg"}));
  EXPECT_EQ(photos.dir().read("photos/sub/deep/c.jpg"), "third");
  EXPECT_FALSE(folder->what_became_of_it());
}

TEST(PartFolder, makes_a_file_when_it_is_opened_and_not_before) {
  const FetchedFolder photos = some_photos();
  const auto folder = photos.open();
  EXPECT_EQ(folder->opened(photos.at("sub/b.jpg")), nullptr);
  ASSERT_TRUE(folder->open(photos.at("sub/b.jpg")));
  EXPECT_NE(folder->opened(photos.at("sub/b.jpg")), nullptr);
  const std::string part = kPart;
  EXPECT_EQ(photos.what_is_there(),
            (Paths{part + "/", part + "/sub/", part + "/sub/b.jpg", kInfo}));
}

TEST(PartFolder, gives_a_file_its_length_before_it_is_filled) {
  const FetchedFolder photos({{"long", std::string(100'000, 'x')}, {"short", "some"}});
  const auto folder = photos.open();
  ASSERT_TRUE(folder->open(photos.at("long")));
  EXPECT_EQ(fs::file_size(photos.dir() / kPart / "long"), 100'000u);
}

TEST(PartFolder, what_is_not_proven_has_no_name) {
  const FetchedFolder photos = some_photos();
  const auto folder = photos.open();
  photos.fill(*folder, "a.jpg");
  write(*folder, photos.at("sub/b.jpg"), 0, "second");
  EXPECT_THAT(finish(*folder).to_prove,
              ElementsAre(photos.at("sub/b.jpg"), photos.at("sub/deep/c.jpg")));
  EXPECT_FALSE(fs::exists(photos.dir() / "photos"));
  folder->proven(photos.at("sub/b.jpg"));
  photos.fill(*folder, "sub/deep/c.jpg");
  expect_finished(*folder);
  EXPECT_TRUE(fs::exists(photos.dir() / "photos"));
}

TEST(PartFolder, of_a_selection_has_that_only) {
  FetchedFolder photos({{"a.jpg", "first"}, {"empty", ""}, {"sub/b.jpg", "second"}});
  photos.want({"sub/b.jpg"});
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_EQ(photos.what_is_there(), (Paths{"photos/", "photos/sub/", "photos/sub/b.jpg"}));
}

TEST(PartFolder, makes_empty_files_in_the_end_also_where_there_is_nothing_else) {
  const FetchedFolder photos({{"empty", ""}, {"sub/also", ""}, {"sub/run", "", true}});
  const auto folder = photos.open();
  expect_finished(*folder);
  EXPECT_EQ(photos.what_is_there(),
            (Paths{"photos/", "photos/empty", "photos/sub/", "photos/sub/also", "photos/sub/run"}));
  EXPECT_NE(mode_of(photos.dir() / "photos/sub/run") & S_IXUSR, 0u);
}

TEST(PartFolder, makes_links_in_the_end_as_the_disk_wants_them) {
  const FetchedFolder photos({{"a.jpg", "first"},
                              {"top", "", false, "a.jpg"},
                              {"sub/up", "", false, "a.jpg"},
                              {"sub/deep/beside", "", false, "sub/b.jpg"},
                              {"sub/b.jpg", "second"},
                              {"sub/folder", "", false, "sub"},
                              {"out", "", false, "../outside"}});
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  expect_finished(*folder);
  const fs::path here = photos.dir() / "photos";
  EXPECT_EQ(fs::read_symlink(here / "top"), "a.jpg");
  EXPECT_EQ(fs::read_symlink(here / "sub/up"), "../a.jpg");
  EXPECT_EQ(fs::read_symlink(here / "sub/deep/beside"), "../b.jpg");
  EXPECT_TRUE(fs::equivalent(here / "sub/folder", here / "sub"));
  EXPECT_FALSE(fs::is_symlink(here / "out"));
  ASSERT_EQ(folder->notes().size(), 1u);
  EXPECT_THAT(folder->notes().front(), HasSubstr("photos/out is left out"));
}

TEST(PartFolder, a_link_that_leads_too_far_is_left_out) {
  std::string deep;
  std::string far = "far";
  for (int i = 0; i < 40; ++i) deep += "d/";
  for (int i = 0; i < 16; ++i) far += "/" + std::string(250, 'f');
  const FetchedFolder photos({{far, "some"}, {deep + "link", "", false, far}});
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  expect_finished(*folder);
  ASSERT_EQ(folder->notes().size(), 1u);
  EXPECT_THAT(folder->notes().front(), HasSubstr("left out: it leads too far"));
}

TEST(PartFolder, links_lead_from_the_folder_that_they_are_in) {
  EXPECT_EQ(target_from_link("l", "a"), "a");
  EXPECT_EQ(target_from_link("l", "a/b"), "a/b");
  EXPECT_EQ(target_from_link("a/l", "b"), "../b");
  EXPECT_EQ(target_from_link("a/l", "a/b/c"), "b/c");
  EXPECT_EQ(target_from_link("a/l", "ab/c"), "../ab/c");
  EXPECT_EQ(target_from_link("ab/l", "a"), "../a");
  EXPECT_EQ(target_from_link("ab/l", "a/l"), "../a/l");
  EXPECT_EQ(target_from_link("a/l", "a"), ".");
  EXPECT_EQ(target_from_link("a/b/l", "a"), "..");
  EXPECT_EQ(target_from_link("a/b/c/l", "a/b/d/e"), "../d/e");
}

TEST(PartFolder, has_the_rights_that_the_umask_leaves_and_is_closed_to_others_until_then) {
  const ::mode_t before = ::umask(027);
  const FetchedFolder photos({{"sub/plain", "one"}, {"sub/run", "two", true}});
  fs::permissions(photos.dir().path(), fs::perms(0755));
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  EXPECT_EQ(mode_of(photos.dir() / kPart), 0700u);
  EXPECT_EQ(mode_of(photos.dir() / kPart / "sub/run"), 0640u);
  expect_finished(*folder);
  ::umask(before);
  EXPECT_EQ(mode_of(photos.dir() / "photos"), 0750u);
  EXPECT_EQ(mode_of(photos.dir() / "photos/sub"), 0750u);
  EXPECT_EQ(mode_of(photos.dir() / "photos/sub/plain"), 0640u);
  EXPECT_EQ(mode_of(photos.dir() / "photos/sub/run"), 0750u);
}

TEST(PartFolder, keeps_some_files_open_and_closes_the_one_unused_for_longest) {
  std::vector<FetchedFolder::Entry> entries;
  for (std::size_t i = 0; i <= OpenPartFiles::kMost; ++i)
    entries.push_back({std::to_string(i), "some"});
  const FetchedFolder photos(entries);
  const auto folder = photos.open();
  for (std::uint32_t i = 0; i < OpenPartFiles::kMost; ++i) ASSERT_TRUE(folder->open(FileIndex{i}));
  ASSERT_NE(folder->opened(FileIndex{0}), nullptr);  // used last now
  ASSERT_TRUE(folder->open(FileIndex{OpenPartFiles::kMost}));
  EXPECT_NE(folder->opened(FileIndex{0}), nullptr);
  EXPECT_EQ(folder->opened(FileIndex{1}), nullptr);
  photos.fill_rest(*folder);
  expect_finished(*folder);
}

TEST(PartFolder, keeps_a_file_open_that_is_in_use) {
  std::vector<FetchedFolder::Entry> entries;
  for (std::size_t i = 0; i <= OpenPartFiles::kMost; ++i)
    entries.push_back({std::to_string(i), "some"});
  const FetchedFolder photos(entries);
  const auto folder = photos.open();
  const auto in_use = folder->open(FileIndex{0});
  ASSERT_TRUE(in_use);
  for (std::uint32_t i = 1; i <= OpenPartFiles::kMost; ++i) ASSERT_TRUE(folder->open(FileIndex{i}));
  EXPECT_EQ(folder->opened(FileIndex{0}), *in_use) << "who writes to it and who reads it share it";
}

TEST(PartFolder, is_filled_by_several_threads_at_once) {
  std::vector<FetchedFolder::Entry> entries;
  for (int i = 0; i < 400; ++i) {
    entries.push_back({"sub" + std::to_string(i % 7) + "/" + std::to_string(i), std::to_string(i)});
  }
  const FetchedFolder photos(entries);
  const auto folder = photos.open();
  std::vector<std::thread> threads;
  for (std::uint32_t first = 0; first < 4; ++first) {
    threads.emplace_back([&, first] {
      for (std::uint32_t i = first / 2; i < 400; i += 2) {  // two for each file
        write(*folder, FileIndex{i}, 0, photos.content(FileIndex{i}));
      }
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_THAT(folder->touched(), IsEmpty());
  for (std::uint32_t i = 0; i < 400; ++i) folder->proven(FileIndex{i});
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read("photos/sub3/388"), "388");
}

TEST(PartFolder, preallocated_takes_the_room_of_a_file_when_it_is_made) {
  const FetchedFolder photos({{"long", std::string(1 << 20, 'x')}, {"short", "some"}});
  const auto folder = photos.open({.room = {.preallocate = true}});
  for (const FileIndex file : photos.files(*folder)) ASSERT_TRUE(folder->open(file));
  struct stat status {};
  ASSERT_EQ(::stat((photos.dir() / kPart / "long").c_str(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, 1 << 20);
  EXPECT_EQ(fs::file_size(photos.dir() / kPart / "short"), 4u);
}

TEST(PartFolder, can_be_brought_onto_the_disk) {
  std::vector<FetchedFolder::Entry> entries{{"empty", ""}, {"link", "", false, "sub/1"}};
  for (int i = 0; i < 100; ++i) entries.push_back({"sub/" + std::to_string(i), "x", i == 3});
  const FetchedFolder photos(entries);
  const auto folder = photos.open({.sync = true});
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read("photos/sub/99"), "x");
}

TEST(PartFolder, tells_what_each_file_was_in_the_end) {
  const FetchedFolder photos(
      {{"a.jpg", "first"}, {"empty", ""}, {"link", "", false, "a.jpg"}, {"run", "some", true}});
  for (const bool is_there : {false, true}) {  // then they are moved one by one
    if (is_there) fs::create_directory(photos.dir() / "photos");
    const auto folder = photos.open();
    photos.fill_rest(*folder);
    expect_finished(*folder);
    const auto versions = folder->versions();
    ASSERT_EQ(versions.size(), photos.tree().size());
    for (std::uint32_t i = 0; i < versions.size(); ++i) {
      const fs::path path = photos.dir() / "photos" / photos.tree()[FileIndex{i}].path;
      struct stat status {};
      ASSERT_EQ(::lstat(path.c_str(), &status), 0);
      EXPECT_EQ(versions[i], version_of(status)) << path;
    }
    fs::remove_all(photos.dir() / "photos");
  }
}

TEST(PartFolder, can_be_read_after_it_has_its_name) {
  const FetchedFolder photos = some_photos();
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_TRUE(photos.holds(*folder, photos.at("a.jpg")) || !folder->may_have(photos.at("a.jpg")));
  const auto open = folder->open(photos.at("sub/b.jpg"));
  ASSERT_TRUE(open) << open.error().message;
  Bytes out(6);
  ASSERT_TRUE((*open)->read_at(0, out));
  EXPECT_EQ(as_text(out), "second");
  EXPECT_EQ(folder->path_of(photos.at("a.jpg")), photos.dir() / "photos/a.jpg");
}

// ---- names

TEST(PartFolder, of_a_long_name_is_filled_under_a_shortened_one) {
  FetchedFolder photos = some_photos();
  photos.call_it(std::string(255, 'n'));
  const auto folder = photos.open();
  EXPECT_EQ(folder->part_path().filename().string().size(), 250u);
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read(std::string(255, 'n') + "/a.jpg"), "first");
  EXPECT_EQ(std::distance(fs::directory_iterator(photos.dir().path()), {}), 1);
}

TEST(PartFolder, may_hold_names_of_255_bytes) {
  const std::string name(255, 'n');
  const FetchedFolder photos(std::vector<FetchedFolder::Entry>{{name + "/" + name, "some"}});
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read("photos/" + name + "/" + name), "some");
}

TEST(PartFolder, may_hold_one_file_of_the_same_name) {
  const FetchedFolder photos(std::vector<FetchedFolder::Entry>{{"photos", "some"}});
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read("photos/photos"), "some");
}

TEST(PartFolder, may_hold_what_is_named_as_its_own_description) {
  const FetchedFolder photos({{kInfo, "one"}, {std::string(kPart) + "/x", "two"}});
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read(std::string("photos/") + kInfo), "one");
}

// ---- equal files

TEST(PartFolder, equal_files_stand_for_the_first_that_is_wanted) {
  FetchedFolder photos({{"a", "same"}, {"b", "other"}, {"c", "same"}, {"d", "same"}, {"e", ""}});
  photos.want({"b", "c", "d", "e"});
  Bitfield wanted(5);
  for (const std::size_t i : {1, 2, 3, 4}) wanted.set(i);
  EXPECT_THAT(first_of_equals(photos.tree(), wanted),
              ElementsAre(FileIndex{0}, FileIndex{1}, FileIndex{2}, FileIndex{2}, FileIndex{4}));
}

TEST(PartFolder, an_equal_file_is_copied_and_proven_by_that) {
  const std::string large(3'000'001, 'y');
  const FetchedFolder photos({{"a", large}, {"sub/b", large}});
  const auto folder = photos.open();
  photos.fill(*folder, "a");
  const auto copied = folder->copy(photos.at("a"), photos.at("sub/b"));
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_TRUE(*copied);
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read("photos/sub/b"), large);
}

TEST(PartFolder, copies_by_hand_what_the_system_cannot_copy) {
  const test::TempDir dir;
  const std::string text = std::string(1 << 20, 'a') + std::string(1 << 20, 'b') + "c";
  const auto from = File::open_to_read(dir.write("from", text));
  const auto to = File::open_to_fill(dir / "to");
  ASSERT_TRUE(from && to);
  ASSERT_TRUE(copy_by_hand(*from, *to, 0, 1000));
  ASSERT_TRUE(copy_by_hand(*from, *to, 1000, text.size()));
  EXPECT_EQ(dir.read("to"), text);
  EXPECT_FALSE(copy_by_hand(*from, *to, 0, text.size() + 1)) << "there is no more";
}

TEST(PartFolder, a_copy_ends_when_that_is_wanted) {
  const FetchedFolder photos({{"a", "same"}, {"b", "same"}});
  std::stop_source stop;
  const auto folder = photos.open({.room = {.stop = stop.get_token()}});
  photos.fill(*folder, "a");
  stop.request_stop();
  const auto copied = folder->copy(photos.at("a"), photos.at("b"));
  // Where the room is shared there is nothing to wait for.
  EXPECT_TRUE(copied || copied.error().code == Errc::cancelled);
  EXPECT_EQ(copied.has_value(), finish(*folder).to_prove.empty());
}

TEST(PartFolder, is_not_proven_by_a_copy_of_what_is_not) {
  const FetchedFolder photos({{"a", "same"}, {"b", "same"}});
  const auto folder = photos.open();
  write(*folder, photos.at("a"), 0, "same");
  EXPECT_FALSE(folder->copy(photos.at("a"), photos.at("b")).value());
  folder->proven(photos.at("a"));
  photos.dir().write(std::string(kPart) + "/a", "SAME");
  EXPECT_FALSE(folder->copy(photos.at("a"), photos.at("b")).value());
  EXPECT_THAT(finish(*folder).to_prove, ElementsAre(photos.at("a"), photos.at("b")));
}

// ---- going on from there

TEST(PartFolder, goes_on_from_what_is_there) {
  const FetchedFolder photos = some_photos();
  photos.fill(*photos.open(), "sub/b.jpg");
  const auto folder = photos.open();
  EXPECT_TRUE(folder->resumed());
  EXPECT_FALSE(folder->may_have(photos.at("a.jpg")));
  ASSERT_TRUE(folder->may_have(photos.at("sub/b.jpg")));
  EXPECT_TRUE(photos.holds(*folder, photos.at("sub/b.jpg")));
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read("photos/sub/b.jpg"), "second");
}

TEST(PartFolder, goes_on_when_others_have_fewer_rights_now) {
  const FetchedFolder photos({{"a.jpg", "first"}, {"b.jpg", "second"}, {"empty", ""}});
  const ::mode_t before = ::umask(0);
  {
    const auto folder = photos.open();
    photos.fill(*folder, "a.jpg");
    ASSERT_TRUE(folder->finish());  // makes what is empty
  }
  ::umask(022);
  {
    const auto folder = photos.open();
    EXPECT_TRUE(photos.holds(*folder, photos.at("a.jpg")));
    photos.fill_rest(*folder);
    expect_finished(*folder);
  }
  ::umask(before);
}

TEST(PartFolder, gives_what_is_longer_or_shorter_its_length) {
  const FetchedFolder photos({{"long", "first"}, {"short", "second"}});
  fs::create_directory(photos.dir() / kPart);
  fs::permissions(photos.dir() / kPart, fs::perms(0755));
  photos.dir().write(std::string(kPart) + "/long", "first and more");
  photos.dir().write(std::string(kPart) + "/short", "sec");
  const auto folder = photos.open();
  EXPECT_TRUE(photos.holds(*folder, photos.at("long")));
  EXPECT_FALSE(photos.holds(*folder, photos.at("short")));
  EXPECT_EQ(fs::file_size(photos.dir() / kPart / "short"), 6u);
  photos.fill(*folder, "short");
  expect_finished(*folder);
  EXPECT_EQ(photos.dir().read("photos/long"), "first");
}

TEST(PartFolder, what_an_earlier_selection_has_begun_waits_until_it_is_wanted_again) {
  FetchedFolder photos = some_photos();
  {
    const auto folder = photos.open();
    write(*folder, photos.at("sub/b.jpg"), 0, "sec");
  }
  photos.want({"a.jpg"});
  const auto folder = photos.open();
  photos.fill_rest(*folder);
  expect_finished(*folder);
  const std::string part = kPart;
  EXPECT_EQ(photos.what_is_there(), (Paths{"photos/", "photos/a.jpg", part + "/", part + "/sub/",
                                           part + "/sub/b.jpg", kInfo}));
  photos.want_all();
  // The lock of the first one is still held.
  EXPECT_EQ(photos.try_open().error().code, Errc::busy);
}

TEST(PartFolder, a_selection_joins_an_earlier_one) {
  FetchedFolder photos({{"a.jpg", "first"},
                        {"sub/b.jpg", "second"},
                        {"sub/empty", ""},
                        {"sub/link", "", false, "a.jpg"}});
  photos.want({"a.jpg", "sub/link"});
  {
    const auto folder = photos.open();
    photos.fill_rest(*folder);
    expect_finished(*folder);
  }
  photos.want_all();
  const auto folder = photos.open();
  EXPECT_TRUE(folder->resumed());
  EXPECT_TRUE(folder->in_final_place(photos.at("a.jpg")));
  EXPECT_FALSE(folder->in_final_place(photos.at("sub/b.jpg")));
  EXPECT_FALSE(folder->write(photos.at("a.jpg"))) << "it is not ours to be written";
  photos.fill_rest(*folder);
  expect_finished(*folder);
  EXPECT_EQ(photos.what_is_there(),
            (Paths{"photos/", "photos/a.jpg", "photos/sub/", "photos/sub/b.jpg", "photos/sub/empty",
                   "photos/sub/link"}));
}

TEST(PartFolder, that_is_there_already_is_proven_and_leaves_nothing_behind) {
  const FetchedFolder photos = some_photos();
  for (int i = 0; i < 2; ++i) {
    const auto folder = photos.open();
    photos.fill_rest(*folder);
    expect_finished(*folder);
    EXPECT_EQ(photos.what_is_there().size(), 6u);
  }
  photos.open()->discard_if_new();
  EXPECT_EQ(photos.what_is_there().size(), 6u);
}

TEST(PartFolder, a_second_leecher_is_told_that_another_one_fetches_it) {
  const FetchedFolder photos = some_photos();
  const auto first = photos.open();
  const auto second = photos.try_open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_THAT(second.error().message, HasSubstr("another leecher is fetching it"));
  EXPECT_TRUE(fs::exists(photos.dir() / kInfo));
}

TEST(PartFolder, in_which_nothing_was_proven_goes_if_it_was_made_here) {
  const FetchedFolder photos = some_photos();
  {
    const auto folder = photos.open();
    write(*folder, photos.at("sub/deep/c.jpg"), 0, "thi");
    folder->discard_if_new();
    EXPECT_THAT(photos.what_is_there(), IsEmpty());
  }
  {
    const auto folder = photos.open();
    write(*folder, photos.at("sub/deep/c.jpg"), 0, "thi");
  }
  photos.open()->discard_if_new();
  EXPECT_TRUE(fs::exists(photos.dir() / kPart / "sub/deep/c.jpg")) << "an earlier one's";
}

}  // namespace
}  // namespace shoal::storage::part_folder_test
