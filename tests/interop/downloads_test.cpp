// Shoal seeds, libtorrent downloads by the magnet link that the seeder prints.
#include <array>
#include <csignal>
#include <deque>

#include "interop/stock_clients.hpp"
#include "metainfo/geometry.hpp"

namespace shoal::test::downloads_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class Download : public StockClients {};

class DownloadOfSize : public StockClients, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(DownloadOfSize, brings_the_whole_file_by_magnet_alone) {
  const auto original = file("some file.bin", GetParam());
  Program seeder = start_seeder({original.string()});
  const auto here = folder("here");
  Program client = libtorrent(here, {"--magnet", magnet_of(seeder)});
  complete(client);
  EXPECT_TRUE(same_content(original, here / "some file.bin"));
}

INSTANTIATE_TEST_SUITE_P(Sizes, DownloadOfSize,
                         ::testing::Values(1, 16384, 16385,         // about one piece
                                           8 * kMiB, 8 * kMiB + 1,  // 512 pieces; of two blocks
                                           8 * kMiB + 16384 + 1, 16 * kMiB,  // 514 pieces; 1024
                                           20 * kMiB + 12345));

/// Of any number, also such as our own choice of piece length avoids.
class DownloadOfPieces : public StockClients,
                         public ::testing::WithParamInterface<std::uint32_t> {};

TEST_P(DownloadOfPieces, goes_from_libtorrent_to_shoal_and_from_there_to_libtorrent) {
  const std::uint64_t size = std::uint64_t{GetParam()} * kMinPieceLength - 5;
  const auto original = file("foreign.bin", size);
  const Made made = make_torrent(original, {"--piece-length", std::to_string(kMinPieceLength)});
  ASSERT_EQ(made.info.at("pieces"), GetParam());

  Program registers = start_seeder({made.torrent.string(), "--register-only"});
  registers.wait_for("registered");
  Program first = libtorrent(original.parent_path(), {"--torrent", made.torrent.string()});
  complete(first);
  first.wait_for("tracker", {}, kClientPatience);
  const auto here = folder("here");
  Program shoal = leecher_of("foreign.bin", here);
  EXPECT_EQ(fetched(shoal), size);
  shoal.wait_for("seeding");
  first.signal(SIGTERM);
  ASSERT_EQ(first.wait_for_exit(), 0);
  std::filesystem::remove(original);

  const auto there = folder("there");
  Program second = libtorrent(there, {"--magnet", made.info.at("magnet").get<std::string>()});
  complete(second);
  EXPECT_TRUE(same_content(here / "foreign.bin", there / "foreign.bin"));
}

INSTANTIATE_TEST_SUITE_P(Pieces, DownloadOfPieces, ::testing::Values(513, 600));

TEST_F(Download, takes_from_three_seeders_at_once) {
  constexpr std::uint64_t kSize = 64 * kMiB;
  const auto original = file("shared.bin", kSize);
  std::deque<Program> seeders;
  for (int i = 0; i < 3; ++i) seeders.push_back(seeder_of(original));
  std::array<std::uint64_t, 3> before{};
  std::ranges::transform(seeders, before.begin(), &Program::bytes_read);

  const auto here = folder("here");
  Program client = libtorrent(
      here, {"--magnet", magnet_of(seeders[0]), "--download-limit", std::to_string(16 * kMiB)});
  complete(client);
  EXPECT_TRUE(same_content(original, here / "shared.bin"));
  for (std::size_t i = 0; i < seeders.size(); ++i) {
    EXPECT_GT(seeders[i].bytes_read() - before[i], kSize / 100) << "seeder " << i;
  }
}

TEST_F(Download, goes_on_where_a_killed_client_was) {
  constexpr std::uint64_t kSize = 16 * kMiB;
  const auto original = file("long.bin", kSize);
  Program seeder = start_seeder({original.string()});
  const auto here = folder("here");
  const Program::Arguments what{"--magnet", magnet_of(seeder)};
  {
    Program client = libtorrent(here, {what[0], what[1], "--download-limit", "2000000"});
    client.wait_for("progress", has_bytes(kSize / 4), kClientPatience);
    client.kill();
  }
  ASSERT_FALSE(same_content(original, here / "long.bin"));
  Program client = libtorrent(here, what);
  const Json end = complete(client);
  EXPECT_LT(end.at("fetched"), kSize);
  EXPECT_TRUE(same_content(original, here / "long.bin"));
}

TEST_F(Download, goes_on_after_the_seeder_was_killed_and_came_back) {
  constexpr std::uint64_t kSize = 16 * kMiB;
  const auto original = file("long.bin", kSize);
  std::string port;
  std::string magnet;
  const auto here = folder("here");
  Program client = [&] {
    Program seeder = start_seeder({original.string()});
    port = address_of(seeder);
    magnet = magnet_of(seeder);
    Program started = libtorrent(here, {"--magnet", magnet, "--download-limit", "4000000"});
    started.wait_for("progress", has_bytes(kSize / 4), kClientPatience);
    seeder.kill();
    return started;
  }();
  client.wait_for(
      "progress", [](const Json& now) { return now.at("bytes") > 0 && now.at("peers") == 0; },
      kClientPatience);
  Program seeder =
      start("seeder", {"--json", "--tracker", address_, "--listen", port, original.string()});
  complete(client);
  EXPECT_TRUE(same_content(original, here / "long.bin"));
}

}  // namespace
}  // namespace shoal::test::downloads_test
