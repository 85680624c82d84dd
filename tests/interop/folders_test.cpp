// Folders that Shoal seeds and libtorrent downloads, and the other way round.
#include "support/folders.hpp"

#include <csignal>

#include "interop/stock_clients.hpp"

namespace shoal::test::interop_folders_test {
namespace {

namespace fs = std::filesystem;

/// What stock clients make on disk: they follow no links here, so without any. Files of other
/// execute bits are told apart by neither.
class StockFolders : public StockClients {
 protected:
  fs::path photos_ = make_folder(folder("theirs") / "photos");
  fs::path here_ = folder("here");
};

TEST_F(StockFolders, a_client_fetches_a_folder_by_magnet_alone) {
  Program seeder = start_seeder({photos_.string()});
  Program client = libtorrent(here_, {"--magnet", magnet_of(seeder)});
  complete(client);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(StockFolders, a_client_fetches_a_folder_by_the_torrent_file_that_the_seeder_writes) {
  const fs::path torrents = folder("torrents");
  Program seeder = start_seeder({photos_.string(), "--torrent-dir", torrents.string()});
  seeder.wait_for("registered");
  Program client = libtorrent(here_, {"--torrent", (torrents / "photos.torrent").string()});
  complete(client);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(StockFolders, a_folder_that_a_client_seeds_is_fetched_by_magnet_torrent_and_name) {
  fs::remove(photos_ / "latest");  // libtorrent would write another target
  const Made made = make_torrent(photos_);
  Program registers = start_seeder({made.torrent.string(), "--register-only"});
  registers.wait_for("registered");
  Program client = libtorrent(photos_.parent_path(), {"--torrent", made.torrent.string()});
  complete(client);
  client.wait_for("tracker", {}, kClientPatience);

  Program by_magnet = leecher_of(made.info.at("magnet").get<std::string>(), here_, {"--no-seed"});
  EXPECT_EQ(by_magnet.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));

  Program by_torrent = leecher_of(made.torrent.string(), folder("two"), {"--no-seed"});
  EXPECT_EQ(by_torrent.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, home_ / "two/photos"));

  Program by_name = leecher_of("photos/2023", folder("three"), {"--no-seed"});
  EXPECT_EQ(by_name.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_ / "2023", home_ / "three/photos/2023"));
}

TEST_F(StockFolders, a_client_and_shoal_fill_a_folder_from_each_other) {
  std::optional<Program> seeder = start_seeder({photos_.string()});
  const std::string magnet = magnet_of(*seeder);
  Program leecher = leecher_of("photos", here_);
  leecher.wait_for("complete");
  leecher.wait_for("registered");
  seeder.reset();
  const fs::path there = folder("there");
  Program client = libtorrent(there, {"--magnet", magnet});
  complete(client);
  EXPECT_TRUE(same_folder(photos_, there / "photos"));
}

}  // namespace
}  // namespace shoal::test::interop_folders_test
