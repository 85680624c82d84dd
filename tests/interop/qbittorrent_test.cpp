// qBittorrent, as people have it, driven through its web interface.
#include <csignal>

#include "interop/stock_clients.hpp"
#include "support/folders.hpp"

namespace shoal::test::qbittorrent_test {
namespace {

constexpr std::uint64_t kSize = (16 << 20) + 4321;

class QBittorrent : public StockClients {
 protected:
  const std::filesystem::path original_ = file("some file.bin", kSize);
  const std::filesystem::path state_ = folder("state");
  const std::filesystem::path here_ = folder("here");
};

TEST_F(QBittorrent, downloads_what_shoal_seeds_by_the_magnet_link) {
  Program seeder = start_seeder({original_.string()});
  const Json registered = seeder.wait_for("registered");
  Program client = qbittorrent(state_, here_, {"--magnet", registered.at("magnet")});
  complete(client);
  EXPECT_TRUE(same_content(original_, here_ / "some file.bin"));

  const InfoHash20 hash = info_hash_20(registered.at("info_hash"));
  const auto comes_to = [&](std::uint32_t seeders, std::uint32_t completed) {
    return eventually([&] {
      const auto now = scrape(hash);
      return now.seeders == seeders && now.completed == completed && now.leechers == 0;
    });
  };
  EXPECT_TRUE(comes_to(2, 1)) << "it said that it has completed the file";
  client.signal(SIGTERM);
  EXPECT_TRUE(comes_to(1, 1)) << "it said that it stopped";
}

TEST_F(QBittorrent, goes_on_after_it_was_restarted) {
  Program seeder = start_seeder({original_.string()});
  const Program::Arguments what{"--magnet", magnet_of(seeder), "--download-limit", "2000000"};
  Program before = qbittorrent(state_, here_, what);
  before.wait_for("progress", has_bytes(kSize / 4), kClientPatience);
  before.signal(SIGTERM);
  ASSERT_EQ(before.wait_for_exit(), 0);
  Program after = qbittorrent(state_, here_, what);
  EXPECT_LT(complete(after).at("fetched"), kSize);
  EXPECT_TRUE(same_content(original_, here_ / "some file.bin"));
}

TEST_F(QBittorrent, seeds_what_a_shoal_leecher_fetches_by_name) {
  Program seeder = start_seeder({original_.string(), "--torrent-dir", home_.path().string()});
  seeder.wait_for("registered");
  Program client = qbittorrent(state_, original_.parent_path(),
                               {"--torrent", (home_ / "some file.bin.torrent").string()});
  complete(client);
  client.wait_for("tracker", {}, kClientPatience);
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);

  Program leecher = leecher_of("some file.bin", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, here_ / "some file.bin"));
}

TEST_F(QBittorrent, downloads_a_folder_that_shoal_seeds_by_the_magnet_link) {
  const std::filesystem::path photos = make_folder(folder("theirs") / "photos");
  Program seeder = start_seeder({photos.string()});
  Program client = qbittorrent(state_, here_, {"--magnet", magnet_of(seeder)});
  complete(client);
  EXPECT_TRUE(same_folder(photos, here_ / "photos"));
}

TEST_F(QBittorrent, downloads_a_folder_by_the_torrent_file_that_the_seeder_writes) {
  const std::filesystem::path photos = make_folder(folder("theirs") / "photos");
  Program seeder = start_seeder({photos.string(), "--torrent-dir", home_.path().string()});
  seeder.wait_for("registered");
  Program client = qbittorrent(state_, here_, {"--torrent", (home_ / "photos.torrent").string()});
  complete(client);
  EXPECT_TRUE(same_folder(photos, here_ / "photos"));
}

TEST_F(QBittorrent, seeds_a_folder_that_a_shoal_leecher_fetches_by_name) {
  const std::filesystem::path photos = make_folder(folder("theirs") / "photos");
  Program seeder = start_seeder({photos.string(), "--torrent-dir", home_.path().string()});
  seeder.wait_for("registered");
  Program client =
      qbittorrent(state_, photos.parent_path(), {"--torrent", (home_ / "photos.torrent").string()});
  complete(client);
  client.wait_for("tracker", {}, kClientPatience);
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);
  Program registers = start_seeder({(home_ / "photos.torrent").string(), "--register-only"});
  registers.wait_for("registered");

  Program leecher = leecher_of("photos", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos, here_ / "photos"));
}

}  // namespace
}  // namespace shoal::test::qbittorrent_test
