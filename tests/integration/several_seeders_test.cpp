// One leecher and several seeders of one file, of whom some may be dead.
#include <list>

#include "integration/loopback.hpp"
#include "support/held_line.hpp"

namespace shoal::test::several_seeders_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kLength = 64 * kMiB;
constexpr std::uint64_t kFromEach = 8 * kMiB;

/// A seeder that can be reached over its line only, since its own tracker is known to nobody else.
struct DistantSeeder {
  explicit DistantSeeder(Program started)
      : program(std::move(started)),
        line(Endpoint::parse(address_of(program)).value(), kFromEach) {}

  Program program;
  HeldLine line;
};

class SeveralSeeders : public Loopback {
 protected:
  DistantSeeder& add_seeder() {
    DistantSeeder& seeder = seeders_.emplace_back(
        start("seeder", {original_, "--json", "--tracker", at_hidden_, "--listen", "127.0.0.1:0"}));
    seeder.program.wait_for("registered");
    seeder.line.register_at(address_, identity_);
    return seeder;
  }
  void expect_a_good_end(Program& leecher) {
    for (DistantSeeder& seeder : seeders_) seeder.line.open();
    EXPECT_EQ(fetched(leecher), kLength);
    EXPECT_TRUE(same_content(original_, here_ / "long.bin"));
  }

  const std::filesystem::path original_ = file("long.bin", kLength);
  const FileInfo identity_ = identify(original_);
  const std::filesystem::path here_ = folder("here");
  Program hidden_ = start_tracker({});
  const std::string at_hidden_ = address_of(hidden_);
  std::list<DistantSeeder> seeders_;
};

TEST_F(SeveralSeeders, three_of_them_serve_at_once) {
  for (int i = 0; i < 3; ++i) add_seeder();
  Program leecher = leecher_of("long.bin", here_);
  EXPECT_EQ(leecher.wait_for("found").at("peers"), 3);
  leecher.wait_for("progress", has_bytes(2 * kFromEach + 1));  // two alone could not bring that
  expect_a_good_end(leecher);
}

TEST_F(SeveralSeeders, when_one_is_killed_in_the_middle_the_other_brings_the_rest) {
  Program& killed = add_seeder().program;
  add_seeder();
  Program leecher = leecher_of("long.bin", here_);
  leecher.wait_for("progress", has_bytes(kFromEach + 1));  // both are at work
  killed.kill();
  expect_a_good_end(leecher);
}

TEST_F(SeveralSeeders, one_that_has_died_and_is_still_listed_is_no_obstacle) {
  add_seeder().program.kill();
  Program living = seeder_of(original_);
  Program leecher = leecher_of("long.bin", here_);
  EXPECT_EQ(leecher.wait_for("found").at("peers"), 2);
  expect_a_good_end(leecher);
}

}  // namespace
}  // namespace shoal::test::several_seeders_test
