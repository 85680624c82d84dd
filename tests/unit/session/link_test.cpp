#include "session/link.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "metainfo/magnet.hpp"
#include "support/temp_dir.hpp"

namespace shoal::link_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FileInfo file() {
  FileInfo info{"big.iso", 40'000, 16384, Digest{}};
  info.root.bytes[0] = std::byte{7};
  return info;
}

class LinkTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const Bytes& bytes) const {
    const std::filesystem::path path = home / name;
    std::ofstream(path, std::ios::binary) << as_text(bytes);
    return path.string();
  }
  test::TempDir home;
};

TEST_F(LinkTest, asks_no_more_than_some_trackers_and_two_of_a_host) {
  Magnet magnet{info_hash(file()), "big.iso", {}, {}};
  for (int i = 1; i <= 10; ++i) {
    magnet.trackers.push_back("udp://192.0.2.1:" + std::to_string(6000 + i));
  }
  for (int i = 1; i <= 50; ++i) {
    magnet.trackers.push_back("udp://t" + std::to_string(i) + ".example:6969/announce");
  }
  const auto link = read_link(format(magnet));
  ASSERT_TRUE(link);
  ASSERT_EQ(link->trackers.size(), kMostTrackersOfALink);
  EXPECT_EQ(link->trackers[1], "udp://192.0.2.1:6002");
  EXPECT_EQ(link->trackers[2], "udp://t1.example:6969/announce");
  EXPECT_THAT(link->ignored, testing::IsEmpty());
}

TEST_F(LinkTest, reads_a_magnet_link) {
  Magnet magnet{info_hash(file()),
                "big.iso",
                {"udp://192.0.2.1:6000", "udp://t.example:80/announce", "http://t.example/a",
                 "udp://nonsense", "wss://x\n"},
                {"192.0.2.2:7000", "peer.example:7001"}};
  const auto link = read_link(format(magnet));
  ASSERT_TRUE(link) << link.error().message;
  EXPECT_EQ(link->info_hash, info_hash(file()));
  EXPECT_EQ(link->label, FileName::parse("big.iso").value());
  EXPECT_THAT(link->trackers, ElementsAre("udp://192.0.2.1:6000", "udp://t.example:80/announce"));
  ASSERT_EQ(link->ignored.size(), 3u);
  EXPECT_EQ(link->ignored[0], "http://t.example/a");
  EXPECT_THAT(link->ignored[2], testing::Not(HasSubstr("\n")));
  EXPECT_EQ(link->peers, magnet.peers);
  EXPECT_FALSE(link->torrent);
}

TEST_F(LinkTest, a_name_that_is_not_allowed_is_no_label) {
  const auto link = read_link(format({info_hash(file()), "../evil", {}, {}}));
  ASSERT_TRUE(link);
  EXPECT_EQ(link->label, std::nullopt);
}

TEST_F(LinkTest, says_what_is_wrong_with_a_magnet_link) {
  const auto v1 = read_link("magnet:?xt=urn:btih:0123456789012345678901234567890123456789");
  ASSERT_FALSE(v1);
  EXPECT_EQ(v1.error().code, Errc::bad_input);
  EXPECT_THAT(v1.error().message, HasSubstr("only v2 content can be fetched"));
}

TEST_F(LinkTest, reads_a_torrent_file) {
  FileInfo small = file();
  small.length = 1000;
  const std::vector<std::string> trackers{"192.0.2.1:6000"};
  const std::string path = write("x.torrent", encode(make_torrent(small, {}, trackers)));
  const auto link = read_link(path);
  ASSERT_TRUE(link) << link.error().message;
  EXPECT_EQ(link->info_hash, info_hash(small));
  EXPECT_EQ(link->label, FileName::parse("big.iso").value());
  EXPECT_THAT(link->trackers, ElementsAre("udp://192.0.2.1:6000"));
  ASSERT_TRUE(link->torrent);
  EXPECT_EQ(link->torrent->file, small);
}

TEST_F(LinkTest, says_what_is_wrong_with_a_torrent_file) {
  const auto missing = read_link((home / "no.torrent").string());
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("no.torrent"));
  const std::string path = write("bad.torrent", Bytes(10, std::byte{'x'}));
  const auto bad = read_link(path);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::bad_input);
  EXPECT_THAT(bad.error().message, HasSubstr("bad.torrent"));
}

}  // namespace
}  // namespace shoal::link_test
