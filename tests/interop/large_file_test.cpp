#include <csignal>

#include "interop/stock_clients.hpp"

namespace shoal::test {
namespace {

constexpr std::chrono::minutes kPatient(4);

constexpr std::uint64_t kSize = (5ull << 30) + 12345;

class LargeFile : public StockClients {
 protected:
  [[nodiscard]] std::filesystem::path original() const {
    return make_sparse_file(folder("seeds") / "large.bin", kSize);
  }
};

TEST_F(LargeFile, of_5_GiB_that_libtorrent_seeds_arrives_whole) {
  const auto original = this->original();
  const auto torrents = folder("torrents");
  Program seeder = start_seeder({original.string(), "--torrent-dir", torrents.string()});
  seeder.wait_for("registered", {}, kPatient);
  Program client =
      libtorrent(original.parent_path(), {"--torrent", (torrents / "large.bin.torrent").string()});
  complete(client, kPatient);
  client.wait_for("tracker", {}, kClientPatience);
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);
  const auto here = folder("here");
  Program leecher = leecher_of("large.bin", here);
  leecher.wait_for("complete", {}, kPatient);
  EXPECT_TRUE(same_content(original, here / "large.bin"));
}

TEST_F(LargeFile, of_5_GiB_that_shoal_seeds_arrives_whole) {
  const auto original = this->original();
  Program seeder = start_seeder({original.string()});
  const std::string magnet = seeder.wait_for("registered", {}, kPatient).at("magnet");
  const auto here = folder("here");
  Program client = libtorrent(here, {"--magnet", magnet});
  complete(client, kPatient);
  EXPECT_TRUE(same_content(original, here / "large.bin"));
}

}  // namespace
}  // namespace shoal::test
