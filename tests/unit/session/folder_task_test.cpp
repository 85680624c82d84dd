#include <gmock/gmock.h>

#include "session/fetch_task.hpp"
#include "support/fetch_task_test.hpp"
#include "support/sample_folder.hpp"

namespace shoal::session::folder_task_test {
namespace {

using namespace std::chrono_literals;
using test::FetchTaskTest;
using test::file;
using test::kPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FolderTaskTest : public FetchTaskTest {
 protected:
  void folder_is_offered() {
    is_offered(folder_.info());
    finder->searching->description = folder_.dictionary();
    finder->searching->known = {kPeer};
  }

  [[nodiscard]] TorrentFile torrent() const {
    TorrentFile torrent;
    torrent.file = folder_.info();
    torrent.tree = folder_.tree();
    torrent.info_hash = info_hash(folder_.info());
    torrent.info_dictionary = folder_.dictionary();
    return torrent;
  }
  /// A .torrent file of it.
  void torrent_is_here() {
    Link link = link_to(folder_.info());
    link.torrent = torrent();
    finder->searching->description = folder_.dictionary();
    backend->links["/theirs/photos.torrent"] = link;
  }

  test::SampleFolder folder_{16384, {{"2023/a.jpg", 10}, {"2024/a.jpg", 40'000}, {"2024/b", 0}}};
};

TEST_F(FolderTaskTest, a_folders_name_is_described_by_a_peer_before_anything_is_fetched) {
  folder_is_offered();
  comes_after(1s);
  fetch("photos");
  run();
  EXPECT_THAT(failures, IsEmpty());
  EXPECT_EQ(backend->described, 1u);
  ASSERT_THAT(backend->begun, SizeIs(1));
  const Wanted& wanted = backend->begun[0];
  ASSERT_NE(wanted.tree, nullptr);
  EXPECT_EQ(wanted.selection.size(), 3u);
  EXPECT_EQ(wanted.length(), 40'010u);
  EXPECT_EQ(wanted.info_hash, info_hash(folder_.info()));
  EXPECT_TRUE(wanted.known_by_name());
  ASSERT_THAT(told<event::Found>(), SizeIs(1));
  EXPECT_EQ(told<event::Found>()[0].files, 3u);
  EXPECT_EQ(told<event::Found>()[0].bytes, 40'010u);
  ASSERT_THAT(told<event::Complete>(), SizeIs(1));
  EXPECT_EQ(told<event::Complete>()[0].path, "/here/photos");
  EXPECT_EQ(told<event::Complete>()[0].files, 3u);
}

TEST_F(FolderTaskTest, what_is_there_already_is_seen_to_file_by_file) {
  folder_is_offered();
  backend->on_disk = {"/here/photos"};
  comes_after(1s);
  fetch("photos");
  run();
  EXPECT_EQ(backend->adopted, 0u);
  EXPECT_THAT(backend->begun, SizeIs(1));
}

TEST_F(FolderTaskTest, parts_of_it_are_wanted_only) {
  folder_is_offered();
  comes_after(1s);
  fetch("photos", {.parts = {"2023", "**/b"}});
  run();
  ASSERT_THAT(backend->begun, SizeIs(1));
  EXPECT_EQ(backend->begun[0].selection.size(), 2u);
  EXPECT_EQ(told<event::Found>()[0].bytes, 10u);
}

TEST_F(FolderTaskTest, a_part_that_is_not_in_it_ends_before_anything_is_begun) {
  folder_is_offered();
  fetch("photos", {.parts = {"2025"}});
  run();
  EXPECT_THAT(backend->begun, IsEmpty());
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::no_part);
}

TEST_F(FolderTaskTest, a_file_has_no_parts) {
  is_offered(file("photos"));
  fetch("photos", {.parts = {"2025"}});
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::no_part);
  EXPECT_THAT(failures[0].reason.message, HasSubstr("is a file"));
}

TEST_F(FolderTaskTest, a_folder_of_another_name_than_the_one_asked_for_is_not_fetched) {
  FileInfo other = folder_.info();
  other.name = "holidays";
  is_offered(other);
  finder->searching->description = folder_.dictionary();
  finder->searching->known = {kPeer};
  fetch("holidays");
  run();
  EXPECT_THAT(backend->begun, IsEmpty());
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::unprovable);
}

TEST_F(FolderTaskTest, another_content_than_the_one_asked_for_is_a_conflict) {
  folder_is_offered();
  fetch("photos", {.info_hash = InfoHash{}});
  run();
  EXPECT_THAT(backend->begun, IsEmpty());
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::conflict);
}

TEST_F(FolderTaskTest, more_of_one_that_is_shared_in_part_joins_that_part) {
  folder_is_offered();
  finder->searching->failed = Error{Errc::not_found, "nobody describes it"};
  backend->part = FetchBackend::Part{torrent(), {folder_.index_of("2023/a.jpg")}};
  comes_after(1s);
  fetch("photos", {.parts = {"2024/b"}});
  run();
  EXPECT_THAT(failures, IsEmpty());
  ASSERT_THAT(backend->begun, SizeIs(1));
  EXPECT_THAT(backend->begun[0].selection,
              ElementsAre(folder_.index_of("2023/a.jpg"), folder_.index_of("2024/b")));
}

TEST_F(FolderTaskTest, a_part_that_made_way_for_nothing_is_said_to_be_shared_no_more) {
  folder_is_offered();
  backend->part = FetchBackend::Part{torrent(), {folder_.index_of("2023/a.jpg")}};
  fetch("photos", {.parts = {"2025"}});
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_THAT(failures[0].reason.message, HasSubstr("not shared any more"));
}

TEST_F(FolderTaskTest, of_a_torrent_file_needs_peers_unless_all_of_it_is_here) {
  torrent_is_here();
  finder->searching->known = {};
  finder->searching->failed = Error{Errc::not_found, "nobody has it"};
  backend->on_disk = {"/here/photos"};
  fetch("/theirs/photos.torrent");
  run();
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].reason.code, Errc::not_found);
  EXPECT_THAT(backend->begun, IsEmpty());

  backend->folder_is_here = true;
  comes_after(1s);
  fetch("/theirs/photos.torrent");
  run();
  EXPECT_THAT(failures, SizeIs(1));
  EXPECT_THAT(backend->begun, SizeIs(1));
}

TEST_F(FolderTaskTest, only_what_people_have_typed_or_named_may_join_a_folder_that_is_there) {
  folder_is_offered();
  torrent_is_here();
  comes_after(1s);
  fetch("photos");
  run();
  backend->offered.clear();
  fetch("/theirs/photos.torrent");
  run();
  backend->offered.clear();
  fetch("/theirs/photos.torrent", {.as = "mine"});
  run();
  ASSERT_THAT(backend->begun, SizeIs(3));
  EXPECT_TRUE(backend->begun[0].name_is_typed);
  EXPECT_FALSE(backend->begun[1].name_is_typed);
  EXPECT_TRUE(backend->begun[2].name_is_typed);
}

}  // namespace
}  // namespace shoal::session::folder_task_test
