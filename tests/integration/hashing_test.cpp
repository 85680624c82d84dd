// How files are hashed: the way is told, and what others do to them meanwhile ends no program.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "hash/leaf_hasher.hpp"
#include "integration/loopback.hpp"
#include "support/failing_disk.hpp"

namespace shoal::test::hashing_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kMiB = 1 << 20;

class Hashing : public Loopback {
 protected:
  [[nodiscard]] Program seeder_with(const Program::Arguments& options,
                                    const Program::Environment& environment = {}) const {
    Program::Arguments arguments{"--json", "--tracker", address_, "--listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return start("seeder", arguments, environment);
  }
  /// What a seeder of that file says at level info; in the end, for it says things meanwhile.
  [[nodiscard]] std::string log_of(const std::filesystem::path& path,
                                   const Program::Arguments& options) const {
    Program::Arguments arguments{path.string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    Program seeder = seeder_with(arguments);
    seeder.wait_for("registered");
    seeder.signal(SIGTERM);
    seeder.wait_for_exit();
    return seeder.errors();
  }
};

TEST_F(Hashing, says_at_level_info_which_way_was_the_fastest_here_and_what_else_there_is) {
  const std::string log = log_of(file("a.bin", 17 * kMiB), {"--log-level", "info"});
  EXPECT_THAT(log, HasSubstr("hashing with "));
  for (const LeafHashingSpeed& one : leaf_hashing_speeds()) {
    EXPECT_THAT(log, HasSubstr(one.name + " ("));
  }
}

TEST_F(Hashing, measures_nothing_for_a_small_file) {
  EXPECT_THAT(log_of(file("a.bin", 3 * kMiB), {"--log-level", "info"}),
              Not(HasSubstr("hashing with ")));
}

TEST_F(Hashing, measures_nothing_for_a_file_that_is_known) {
  const auto known = file("a.bin", 17 * kMiB);
  const auto is_measured = [&] {
    return log_of(known, {"--log-level", "info"}).find("hashing with ") != std::string::npos;
  };
  EXPECT_TRUE(is_measured());
  // It is too new to be believed at first. Every look takes a moment, so the time comes.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (is_measured()) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST_F(Hashing, says_nothing_of_it_unless_asked) {
  EXPECT_EQ(log_of(file("a.bin", 17 * kMiB), {}), "");
}

TEST_F(Hashing,
       a_file_that_is_cut_while_its_mapped_bytes_are_hashed_is_told_and_the_other_is_served) {
  const auto cut = file("film.cut", 33 * kMiB);
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
