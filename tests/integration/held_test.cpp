// What held a download is told at its end.
#include "integration/loopback.hpp"

namespace shoal::test::held_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class Held : public Loopback {};

TEST_F(Held, by_its_own_limit) {
  Program seeder = seeder_of(file("a.bin", 3 * kMiB));
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed", "--download-limit", "2M"});
  const Json held = leecher.wait_for("complete").at("held_by");
  EXPECT_GT(held.at("own_limit"), 0.1) << held.dump();
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(Held, by_the_line_of_the_only_seeder) {
  Program seeder = start_seeder({file("a.bin", 3 * kMiB).string(), "--upload-limit", "2M"});
  seeder.wait_for("registered");
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  const Json held = leecher.wait_for("complete").at("held_by");
  EXPECT_GT(held.at("peers").get<double>() + held.at("sources").get<double>(), 0.1) << held.dump();
  EXPECT_EQ(held.at("own_limit"), 0);
}

TEST_F(Held, people_are_told_in_words) {
  Program seeder = seeder_of(file("a.bin", 3 * kMiB));
  Program leecher = start(
      "leecher", {"a.bin", "--verbose", "--no-seed", "--tracker", address_, "--listen",
                  "127.0.0.1:0", "--download-limit", "2M", "--output", folder("here").string()});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(leecher.output().contains("\n  held by its own limit (")) << leecher.output();
}

}  // namespace
}  // namespace shoal::test::held_test
