// How files are hashed: the way is told, and what others do to them meanwhile ends no program.
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>

#include "hash/leaf_hasher.hpp"
#include "integration/loopback.hpp"
#include "support/failing_disk.hpp"

namespace shoal::test::hashing_test {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1 << 20;

class Hashing : public Loopback {
 protected:
  [[nodiscard]] Program seeder_with(const Program::Arguments& options,
                                    const Program::Environment& environment = {}) const {
    Program::Arguments arguments{"--json", "--tracker", address_, "--listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return start("seeder", arguments, environment);
  }
};

TEST_F(Hashing, says_at_level_info_which_way_was_the_fastest_here_and_what_else_there_is) {
  Program seeder = seeder_with({file("a.bin", 3 * kMiB).string(), "--log-level", "info"});
  seeder.wait_for("registered");
  seeder.signal(SIGTERM);
  seeder.wait_for_exit();  // what was handed to a worker is still done
  const std::string log = seeder.errors();
  EXPECT_THAT(log, HasSubstr("hashing with "));
  for (const LeafHashingSpeed& one : leaf_hashing_speeds()) {
    EXPECT_THAT(log, HasSubstr(one.name + " ("));
  }
}

TEST_F(Hashing, says_nothing_of_it_unless_asked) {
  Program seeder = seeder_with({file("a.bin", 3 * kMiB).string()});
  seeder.wait_for("registered");
  seeder.signal(SIGTERM);
  seeder.wait_for_exit();
  EXPECT_EQ(seeder.errors(), "");
}

TEST_F(Hashing,
       a_file_that_is_cut_while_its_mapped_bytes_are_hashed_is_told_and_the_other_is_served) {
  const auto cut = file("film.cut", 12 * kMiB);
  Program seeder = seeder_with({cut.string(), file("stays.bin", kMiB).string()},
                               failing_disk::cuts_what_is_mapped());
  const Json refused = seeder.wait_for("refused");
  EXPECT_EQ(refused.at("name"), cut.string());
  EXPECT_EQ(std::filesystem::file_size(cut), 0) << "it was mapped, or this test shows nothing";
  EXPECT_THAT(refused.at("reason").get<std::string>(), HasSubstr("was changed"));
  seeder.wait_for("registered", named("stays.bin"));
}

}  // namespace
}  // namespace shoal::test::hashing_test
