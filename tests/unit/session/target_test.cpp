#include "session/target.hpp"

#include <filesystem>

#include <gmock/gmock.h>

#include "support/temp_dir.hpp"

namespace shoal::session::target_test {
namespace {

template <class Kind>
bool is(const std::string& typed) {
  const auto target = parse_target(typed);
  return target && std::holds_alternative<Kind>(*target);
}

class TargetTest : public testing::Test {
 protected:
  TargetTest() {
    home.write("here.torrent", "");
    home.write(std::string("bad\n.torrent"), "");
    std::filesystem::create_directory(home / "folder.torrent");
    std::filesystem::current_path(home.path());
  }
  ~TargetTest() override { std::filesystem::current_path(before_); }

  test::TempDir home;

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(TargetTest, names_are_checked_and_are_no_links) {
  for (const char* name : {"big.iso", "magnet", "a.torrents", "not here.torrent"}) {
    EXPECT_TRUE(is<FileName>(name)) << name;
    EXPECT_FALSE(may_be_link(name)) << name;
  }
  for (const char* name : {"", "a/b", "..", "a\nb"}) {
    const auto target = parse_target(name);
    ASSERT_FALSE(target) << name;
    EXPECT_EQ(target.error().code, Errc::bad_name) << name;
  }
}

TEST_F(TargetTest, magnet_links_and_torrent_files_are) {
  for (const std::string& link :
       {std::string("magnet:?xt=urn:btmh:1220"), std::string("./here.torrent"),
        (home / "folder.torrent").string()}) {
    EXPECT_TRUE(is<LinkText>(link)) << link;
    EXPECT_TRUE(may_be_link(link)) << link;
  }
  EXPECT_FALSE(may_be_link("not/here.torrent")) << "but a part of a folder, perhaps";
}

TEST_F(TargetTest, a_torrent_file_without_a_path_may_as_well_be_a_name) {
  EXPECT_TRUE(is<TorrentOrName>("here.torrent"));
  EXPECT_TRUE(may_be_link("here.torrent"));
  EXPECT_TRUE(is<FileName>("folder.torrent"));
}

TEST_F(TargetTest, one_that_cannot_be_a_name_is_still_a_torrent_file) {
  const auto target = parse_target("bad\n.torrent");
  ASSERT_TRUE(target);
  EXPECT_FALSE(std::get<TorrentOrName>(*target).name);
}

TEST_F(TargetTest, a_path_is_told_to_be_one_and_what_to_write_instead) {
  EXPECT_THAT(parse_target("./my photos/2024").error().message,
              testing::HasSubstr("write in its place: 'my photos/2024'"));
  EXPECT_THAT(parse_target("/").error().message, testing::HasSubstr("is a path on this machine"));
  EXPECT_THAT(parse_target("./there.torrent/2024").error().message,
              testing::HasSubstr("there is no file ./there.torrent here"));
}

TEST_F(TargetTest, what_is_behind_a_torrent_files_path_is_in_it) {
  EXPECT_EQ(end_of_torrent_file("./here.torrent/2024/a.torrent"), 14u);
  EXPECT_EQ(end_of_torrent_file("here.torrent/"), 12u);
  EXPECT_EQ(end_of_torrent_file("here.torrent"), 0u);
  EXPECT_EQ(end_of_torrent_file("folder.torrent/2024"), 0u) << "that is a folder";
  EXPECT_EQ(end_of_torrent_file("none.torrent/here.torrent/"), 0u);
}

}  // namespace
}  // namespace shoal::session::target_test
