// What each ending tells the shell, and what it leaves on the disk.
#include <csignal>

#include "integration/loopback.hpp"
#include "support/loopback_socket.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test::exit_codes_test {
namespace {

class ExitCode : public Loopback {
 protected:
  /// Expects that the leecher fails with that code, for a reason that has these words.
  static void expect_failure(Program& leecher, int code, const std::string& words) {
    const Json failed = leecher.wait_for("failed");
    EXPECT_EQ(failed.at("code"), code);
    const std::string reason = failed.at("reason");
    EXPECT_NE(reason.find(words), std::string::npos) << reason;
    EXPECT_EQ(leecher.wait_for_exit(), code);
    EXPECT_EQ(leecher.count("complete"), 0);
  }
};

TEST_F(ExitCode, is_3_for_a_name_that_nobody_offers) {
  Program leecher = leecher_of("unheard-of.bin", folder("here"));
  expect_failure(leecher, 3, "unheard-of.bin");
  EXPECT_TRUE(std::filesystem::is_empty(home_ / "here"));
}

TEST_F(ExitCode, is_3_at_once_after_the_only_seeder_has_left) {
  Program seeder = seeder_of(file("gone.bin", 1000));
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);
  Program leecher = leecher_of("gone.bin", folder("here"));
  expect_failure(leecher, 3, "gone.bin");
}

TEST_F(ExitCode, is_0_when_a_seeder_comes_within_the_wait) {
  const auto original = file("late.bin", 20'000);
  const auto here = folder("here");
  Program leecher = leecher_of("late.bin", here, {"--wait", "1m", "--no-seed"});
  leecher.wait_for("listening");
  Program seeder = seeder_of(original);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, here / "late.bin"));
}

TEST_F(ExitCode, is_4_when_no_tracker_answers) {
  const LoopbackSocket silent(SOCK_DGRAM);
  const std::string nobody = silent.local().to_string();
  Program leecher = start("leecher", {"any.bin", "--json", "--tracker", nobody, "--listen",
                                      "127.0.0.1:0", "--output", folder("here").string()});
  expect_failure(leecher, 4, nobody);
}

TEST_F(ExitCode, is_4_when_no_tracker_answers_the_list) {
  const LoopbackSocket silent(SOCK_DGRAM);
  Program leecher = start("leecher", {"--list", "--json", "--tracker", silent.local().to_string()});
  expect_failure(leecher, 4, silent.local().to_string());
}

TEST_F(ExitCode, is_0_when_one_of_two_trackers_answers) {
  const LoopbackSocket silent(SOCK_DGRAM);
  const auto original = file("a.bin", 1000);
  Program seeder = seeder_of(original);
  Program leecher =
      leecher_of("a.bin", folder("here"), {"--tracker", silent.local().to_string(), "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(ExitCode, is_5_when_the_root_is_another) {
  Program seeder = seeder_of(file("pinned.bin", 50'000));
  Program leecher = leecher_of("pinned.bin", folder("here"), {"--root", std::string(64, 'a')});
  expect_failure(leecher, 5, "root");
  EXPECT_TRUE(std::filesystem::is_empty(home_ / "here"));
}

TEST_F(ExitCode, is_0_when_the_root_is_the_one) {
  const auto original = file("pinned.bin", 50'000);
  Program seeder = seeder_of(original);
  Program leecher = leecher_of("pinned.bin", folder("here"),
                               {"--root", to_hex(identify(original).root), "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(ExitCode, is_5_for_a_different_file_of_that_name_which_stays_as_it_is) {
  Program seeder = seeder_of(file("report.txt", 5000, 1));
  const auto here = folder("here");
  const auto mine = make_file(here / "report.txt", 5000, 2);
  const Bytes before = read_file(mine);
  const auto written = std::filesystem::last_write_time(mine);
  Program leecher = leecher_of("report.txt", here);
  expect_failure(leecher, 5, "report.txt");
  EXPECT_EQ(read_file(mine), before);
  EXPECT_EQ(std::filesystem::last_write_time(mine), written);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(here), {}), 1);
}

TEST_F(ExitCode, is_5_for_a_different_file_where_an_empty_one_is_wanted) {
  Program seeder = seeder_of(file("empty.txt", 0));
  const auto here = folder("here");
  const auto mine = make_file(here / "empty.txt", 5);
  Program leecher = leecher_of("empty.txt", here);
  expect_failure(leecher, 5, "empty.txt");
  EXPECT_EQ(std::filesystem::file_size(mine), 5);
}

TEST_F(ExitCode, is_1_for_an_output_directory_that_is_missing) {
  Program seeder = seeder_of(file("a.bin", 1000));
  Program leecher = leecher_of("a.bin", home_ / "nowhere");
  expect_failure(leecher, 1, "nowhere");
  EXPECT_FALSE(std::filesystem::exists(home_ / "nowhere"));
}

TEST_F(ExitCode, is_1_for_an_empty_file_into_a_directory_that_is_missing) {
  Program seeder = seeder_of(file("empty", 0));
  Program leecher = leecher_of("empty", home_ / "nowhere");
  expect_failure(leecher, 1, "nowhere");
}

TEST_F(ExitCode, is_1_for_an_output_directory_that_is_a_file) {
  Program seeder = seeder_of(file("a.bin", 1000));
  Program leecher = leecher_of("a.bin", make_file(home_ / "file", 1));
  expect_failure(leecher, 1, "not a directory");
}

TEST_F(ExitCode, is_1_for_an_output_directory_that_cannot_be_written) {
  Program seeder = seeder_of(file("a.bin", 1000));
  const auto here = folder("here");
  std::filesystem::permissions(here, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::remove);
  Program leecher = leecher_of("a.bin", here);
  expect_failure(leecher, 1, "permission");
  EXPECT_TRUE(std::filesystem::is_empty(here));
}

TEST_F(ExitCode, is_1_for_a_file_that_the_disk_has_no_room_for) {
  const FileInfo vast{"vast.bin", 1ull << 46, 128u << 20, Digest{{std::byte{1}}}};
  register_at_tracker(address_, {PeerId{}, 9, true, vast});
  Program leecher = leecher_of("vast.bin", folder("here"));
  expect_failure(leecher, 1, "room");
  EXPECT_TRUE(std::filesystem::is_empty(home_ / "here"));
}

TEST_F(ExitCode, is_1_for_a_name_that_is_not_allowed) {
  const auto here = folder("here");
  for (const char* name : {"../up.bin", "..", "tab\there", "\xff"}) {
    Program leecher = leecher_of(name, here);
    EXPECT_EQ(leecher.wait_for("failed").at("code"), 1) << name;
    EXPECT_EQ(leecher.wait_for_exit(), 1) << name;
  }
  EXPECT_TRUE(std::filesystem::is_empty(here));
}

TEST_F(ExitCode, is_that_of_the_first_name_that_failed) {
  Program seeder = seeder_of(file("good.bin", 1000));
  const auto here = folder("here");
  Program leecher = leecher_of("unheard-of.bin", here, {"good.bin", "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 3);
  EXPECT_EQ(leecher.count("complete"), 1);
  EXPECT_TRUE(std::filesystem::exists(here / "good.bin"));
}

struct Usage {
  const char* program;
  Program::Arguments arguments;

  friend void PrintTo(const Usage& usage, std::ostream* out) {
    *out << usage.program;
    for (const std::string& argument : usage.arguments) *out << " " << argument;
  }
};

class BadUsage : public Loopback, public ::testing::WithParamInterface<Usage> {};

TEST_P(BadUsage, is_2_and_says_where_to_read_more) {
  Program program = start(GetParam().program, GetParam().arguments);
  EXPECT_EQ(program.wait_for_exit(), 2);
  EXPECT_EQ(program.output(), "");
  EXPECT_NE(program.errors().find("--help"), std::string::npos) << program.errors();
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadUsage,
    ::testing::Values(Usage{"leecher", {"a", "--root", "abc"}}, Usage{"leecher", {"--bogus"}},
                      Usage{"leecher", {"a", "b", "--root", std::string(64, '0')}},
                      Usage{"leecher", {"a", "b", "--as", "c"}},
                      Usage{"leecher", {"a", "--as", "b/c"}},
                      Usage{"leecher", {"a", "--no-seed", "--seed-for", "1s"}},
                      Usage{"leecher", {"a", "--wait", "soon"}},
                      Usage{"leecher", {"a", "--tracker", "1.2.3.4:99999"}},
                      Usage{"seeder", {"--listen", "here"}}, Usage{"seeder", {"--root", "x"}},
                      Usage{"tracker", {"extra"}},
                      Usage{"tracker", {"--heartbeat", "9s", "--timeout", "3s"}}));

TEST_F(ExitCode, is_1_for_a_port_that_is_taken) {
  Program second = start("tracker", {"--json", "--listen", address_});
  EXPECT_EQ(second.wait_for_exit(), 1);
  EXPECT_NE(second.errors().find(address_), std::string::npos) << second.errors();
}

TEST_F(ExitCode, is_0_for_help_which_is_a_short_manual) {
  for (const char* name : {"tracker", "seeder", "leecher"}) {
    Program program = start(name, {"--help"});
    EXPECT_EQ(program.wait_for_exit(), 0);
    EXPECT_NE(program.output().find("Examples:"), std::string::npos);
    EXPECT_NE(program.output().find("Exit codes:"), std::string::npos);
    EXPECT_EQ(program.errors(), "");
  }
}

}  // namespace
}  // namespace shoal::test::exit_codes_test
