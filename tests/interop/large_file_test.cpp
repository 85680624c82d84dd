#include "interop/stock_clients.hpp"

namespace shoal::test::large_file_test {
namespace {

constexpr std::chrono::minutes kPatient(4);

class LargeDownload : public StockClients {};

TEST_F(LargeDownload, of_5_GiB_arrives_whole) {
  constexpr std::uint64_t kSize = (5ull << 30) + 12345;
  std::filesystem::create_directory(home_ / "seeds");
  const auto original = make_sparse_file(home_ / "seeds/large.bin", kSize);
  Program seeder = start_seeder({original.string()});
  const std::string magnet = seeder.wait_for("registered", {}, kPatient).at("magnet");
  const auto here = folder("here");
  Program client = libtorrent(here, {"--magnet", magnet});
  complete(client, kPatient);
  EXPECT_TRUE(same_content(original, here / "large.bin"));
}

}  // namespace
}  // namespace shoal::test::large_file_test
