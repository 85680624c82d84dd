#include "session/torrent_writer.hpp"

#include <gmock/gmock.h>

#include "support/temp_dir.hpp"

namespace shoal::torrent_writer_test {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

TorrentFile torrent_of(const std::string& name, const std::vector<std::string>& trackers) {
  return make_torrent({name, 100, 16384, Digest{{std::byte{1}}}}, {}, trackers);
}

TEST(TorrentWriter, names_the_file_after_its_content) {
  const TempDir directory;
  const TorrentFile torrent = torrent_of("big.iso", {"t:1"});
  ASSERT_TRUE(write_torrent(directory.path(), torrent));
  EXPECT_EQ(directory.read("big.iso.torrent"), as_text(encode(torrent)));
}

TEST(TorrentWriter, replaces_what_shoal_made_and_what_is_the_same_already) {
  const TempDir directory;
  ASSERT_TRUE(write_torrent(directory.path(), torrent_of("a", {"t:1"})));
  ASSERT_TRUE(write_torrent(directory.path(), torrent_of("a", {"t:1"})));
  const TorrentFile other = torrent_of("a", {"t:2"});
  ASSERT_TRUE(write_torrent(directory.path(), other));
  EXPECT_EQ(directory.read("a.torrent"), as_text(encode(other)));
}

TEST(TorrentWriter, leaves_every_other_file_as_it_is) {
  const TempDir directory;
  TorrentFile foreign = torrent_of("a", {"t:1"});
  foreign.created_by = "somebody else";
  for (const std::string& content :
       {std::string("notes"), std::string(), std::string(as_text(encode(foreign)))}) {
    directory.write("a.torrent", content);
    const auto written = write_torrent(directory.path(), torrent_of("a", {"t:1"}));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Errc::conflict);
    EXPECT_THAT(written.error().message, HasSubstr("a.torrent"));
    EXPECT_EQ(directory.read("a.torrent"), content);
  }
}

TEST(TorrentWriter, says_when_there_is_no_such_directory) {
  const TempDir directory;
  const auto written = write_torrent(directory / "nowhere", torrent_of("a", {}));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::io);
}

}  // namespace
}  // namespace shoal::torrent_writer_test
