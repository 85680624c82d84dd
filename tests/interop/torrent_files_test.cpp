// What libtorrent makes of the torrent files that we write.
#include <gmock/gmock.h>

#include "interop/stock_clients.hpp"
#include "metainfo/torrent_file.hpp"
#include "session/torrent_writer.hpp"
#include "support/vectors.hpp"

namespace shoal::test::torrent_files_test {
namespace {

class TorrentFiles : public StockClients {
 protected:
  [[nodiscard]] Program load(Program::Arguments files) const {
    files.insert(files.begin(), {"-B", SHOAL_CLIENTS "/load_torrents.py", "--json"});
    return start(SHOAL_PYTHON, files);
  }
};

TEST_F(TorrentFiles, mean_the_same_to_libtorrent) {
  Program::Arguments files;
  const std::vector<std::string> trackers{"192.0.2.1:6000", "tracker.example:7000"};
  for (const Vector& vector : vectors_with_content()) {
    const auto folder = this->folder(to_hex(vector.info_hash));
    ASSERT_TRUE(
        write_torrent(folder, shoal::make_torrent(vector.file, vector.piece_layer, trackers)));
    files.push_back((folder / (vector.file.name + ".torrent")).string());
  }
  Program libtorrent = load(files);
  ASSERT_EQ(libtorrent.wait_for_exit(), 0);
  ASSERT_EQ(libtorrent.events().size(), files.size());
  auto told = libtorrent.events().begin();
  for (const Vector& vector : vectors_with_content()) {
    SCOPED_TRACE(told->dump());
    ASSERT_EQ(told->at("event"), "loaded");
    EXPECT_EQ(told->at("name"), vector.file.name);
    EXPECT_EQ(told->at("length"), vector.file.length);
    EXPECT_EQ(told->at("pieces"), vector.pieces);
    EXPECT_EQ(told->at("piece_length"), vector.file.piece_length);
    EXPECT_EQ(told->at("root"), to_hex(vector.file.root));
    EXPECT_EQ(told->at("info_hash"), to_hex(vector.info_hash));
    EXPECT_EQ(told->at("trackers"),
              Json::array({"udp://192.0.2.1:6000", "udp://tracker.example:7000"}));
    ++told;
  }
}

}  // namespace
}  // namespace shoal::test::torrent_files_test
