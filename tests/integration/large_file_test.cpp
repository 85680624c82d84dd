#include "integration/loopback.hpp"

namespace shoal::test::large_file_test {
namespace {

constexpr std::chrono::minutes kMinute(1);

class LargeFile : public Loopback {};

/// Some bytes in each piece, so that every one has to be fetched.
constexpr std::uint64_t kStep = 8 << 20;

TEST_F(LargeFile, of_more_than_4_GiB_arrives_whole) {
  constexpr std::uint64_t kSize = (4ull << 30) + (40 << 20) + 17;
  std::filesystem::create_directory(home_ / "seeds");
  const auto original = make_sparse_file(home_ / "seeds/large.bin", kSize, kStep);
  Program seeder = start_seeder({original.string()});
  seeder.wait_for("registered", {}, kMinute);
  const auto here = folder("here");
  Program leecher = leecher_of("large.bin", here);
  EXPECT_EQ(leecher.wait_for("complete", {}, kMinute).at("fetched"), kSize);
  EXPECT_TRUE(same_content(original, here / "large.bin"));
}

}  // namespace
}  // namespace shoal::test::large_file_test
