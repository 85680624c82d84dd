// The files that a seeder is given: what it takes, what it refuses, and what it says.
#include <csignal>
#include <sys/stat.h>

#include "integration/loopback.hpp"

namespace shoal::test::seeder_input_test {
namespace {

class SeederInput : public Loopback {
 protected:
  /// Expects that the seeder refuses that path for a reason that has these words.
  static void expect_refused(Program& seeder, const std::string& path, const std::string& words) {
    const std::string reason = seeder.wait_for("refused", named(path)).at("reason");
    EXPECT_NE(reason.find(words), std::string::npos) << path << ": " << reason;
  }
};

TEST_F(SeederInput, what_cannot_be_offered_is_named_and_the_rest_is_served) {
  const auto good = file("good.bin", 30'000, 1);
  const auto secret = file("secret.bin", 10);
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  const auto badly_named = file("tab\there", 10);
  const auto not_utf8 = file("\xff\xfe.bin", 10);
  const auto fifo = home_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto also_good = file("also good.bin", 40'000, 2);
  const std::string missing = home_ / "missing.bin";

  const auto empty = folder("empty");

  Program seeder =
      start_seeder({missing, secret, empty, badly_named, good, not_utf8, fifo, also_good});
  expect_refused(seeder, missing, "does not exist");
  expect_refused(seeder, secret, "permission");
  expect_refused(seeder, empty, "no file");
  expect_refused(seeder, badly_named, "control character");
  expect_refused(seeder, fifo, "regular file");
  seeder.wait_for("refused", [](const Json& event) {
    return event.at("reason").get<std::string>().find("UTF-8") != std::string::npos;
  });
  seeder.wait_for("registered", named("good.bin"));
  seeder.wait_for("registered", named("also good.bin"));

  const auto here = folder("here");
  Program leecher = leecher_of("good.bin", here, {"also good.bin", "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(also_good, here / "also good.bin"));
  seeder.signal(SIGINT);
  EXPECT_EQ(seeder.wait_for_exit(), 0);
  EXPECT_EQ(seeder.count("refused"), 6);
}

TEST_F(SeederInput, a_name_that_stands_for_other_content_is_refused_and_says_which) {
  const auto first = file("same-name", 30'000, 1);
  std::filesystem::create_directory(home_ / "elsewhere");
  const auto other = make_file(home_ / "elsewhere/same-name", 40'000, 2);
  const auto good = file("good.bin", 10);
  Program holder = seeder_of(first);
  Program seeder = start_seeder({other.string(), good.string()});
  const Json refused = seeder.wait_for("refused");
  const std::string reason = refused.at("reason");
  EXPECT_EQ(refused.at("name"), "same-name");
  EXPECT_EQ(refused.at("code"), 5);
  EXPECT_NE(reason.find("30000"), std::string::npos) << reason;
  EXPECT_NE(reason.find(to_hex(identify(first).root)), std::string::npos) << reason;
  seeder.wait_for("registered", named("good.bin"));

  const auto here = folder("here");
  Program leecher = leecher_of("same-name", here, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(first, here / "same-name"));
}

TEST_F(SeederInput, the_same_content_joins) {
  const auto first = file("same-name", 30'000);
  Program one = seeder_of(first);
  std::filesystem::create_directory(home_ / "elsewhere");
  Program two = seeder_of(make_file(home_ / "elsewhere/same-name", 30'000));
  Program leecher = leecher_of("same-name", folder("here"));
  EXPECT_EQ(leecher.wait_for("found").at("peers"), 2);
}

TEST_F(SeederInput, two_files_of_one_name_in_one_seeder_conflict) {
  const auto first = file("same-name", 30'000, 1);
  std::filesystem::create_directory(home_ / "elsewhere");
  const auto other = make_file(home_ / "elsewhere/same-name", 30'000, 2);
  Program seeder = start_seeder({first.string(), other.string()});
  expect_refused(seeder, other, "name");
  EXPECT_EQ(seeder.wait_for("registered").at("root"), to_hex(identify(first).root));
}

TEST_F(SeederInput, with_nothing_to_offer_it_ends_when_its_input_does) {
  Program seeder = start_seeder({(home_ / "missing.bin").string()});
  seeder.wait_for("refused");
  seeder.close_input();
  EXPECT_EQ(seeder.wait_for_exit(), 1);

  Program nothing = start_seeder({});
  nothing.close_input();
  EXPECT_EQ(nothing.wait_for_exit(), 2);
}

TEST_F(SeederInput, refused_by_the_tracker_and_without_input_it_ends_with_5) {
  Program holder = seeder_of(file("taken", 30'000, 1));
  std::filesystem::create_directory(home_ / "elsewhere");
  Program seeder = start_seeder({make_file(home_ / "elsewhere/taken", 30'000, 2).string()});
  seeder.close_input();
  EXPECT_EQ(seeder.wait_for_exit(), 5);
}

/// As in `while read file; do seeder "$file"; done < list`.
TEST_F(SeederInput, with_files_on_the_command_line_it_leaves_standard_input_to_others) {
  home_.write("list", file("second.bin", 200).string() + "\n");
  Program shell = start("/bin/sh", {"-c", "exec < list; \"$@\"; cat", "sh", SHOAL_BIN_DIR "/seeder",
                                    (home_ / "missing.bin").string(), "--tracker", address_,
                                    "--listen", "127.0.0.1:0"});
  EXPECT_EQ(shell.wait_for_exit(), 0);
  EXPECT_NE(shell.output().find("\n" + (home_ / "seeds/second.bin").string()), std::string::npos)
      << shell.output();
}

TEST_F(SeederInput, with_files_on_the_command_line_and_none_left_it_ends) {
  Program seeder = start("seeder", {"--json", "--tracker", address_, "--listen", "127.0.0.1:0",
                                    (home_ / "missing.bin").string()});
  seeder.wait_for("refused");
  EXPECT_EQ(seeder.wait_for_exit(), 1);
}

TEST_F(SeederInput, with_a_dash_it_takes_names_besides_those_on_the_command_line) {
  Program seeder = start("seeder", {"--json", "--tracker", address_, "--listen", "127.0.0.1:0",
                                    file("first.bin", 100, 1).string(), "-"});
  seeder.wait_for("registered", named("first.bin"));
  seeder.type(file("second.bin", 200, 2).string());
  seeder.wait_for("registered", named("second.bin"));
}

TEST_F(SeederInput, takes_names_from_standard_input_separated_by_commas_at_any_time) {
  const auto a = file("a.bin", 100, 1);
  const auto b = file("b c.bin", 200, 2);
  const auto comma = file("with, comma.bin", 300, 3);
  const auto later = file("later.bin", 400, 4);
  Program seeder = start_seeder({});
  seeder.type("  " + a.string() + " , " + b.string() + ",," + home_.path().string() + "/missing");
  seeder.wait_for("registered", named("a.bin"));
  seeder.wait_for("registered", named("b c.bin"));
  expect_refused(seeder, home_ / "missing", "does not exist");
  seeder.type(comma.string());
  seeder.wait_for("registered", named("with, comma.bin"));
  seeder.type("");
  seeder.type("\"" + later.string() + "\"");
  seeder.wait_for("registered", named("later.bin"));

  seeder.close_input();  // no reason to stop
  Program leecher = leecher_of("later.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  seeder.signal(SIGTERM);
  EXPECT_EQ(seeder.wait_for_exit(), 0);
}

TEST_F(SeederInput, a_relative_name_is_found_where_the_seeder_runs) {
  make_file(home_ / "near.bin", 100);
  Program seeder = start_seeder({"near.bin"});
  EXPECT_EQ(seeder.wait_for("registered").at("name"), "near.bin");
}

TEST_F(SeederInput, a_file_that_shrinks_while_it_is_served_is_given_up_and_the_rest_goes_on) {
  const auto shrinks = file("shrinks.bin", 3'000'000, 1);
  const auto stays = file("stays.bin", 3'000'000, 2);
  Program seeder = start_seeder({shrinks.string(), stays.string()});
  seeder.wait_for("registered", named("shrinks.bin"));
  seeder.wait_for("registered", named("stays.bin"));
  std::filesystem::resize_file(shrinks, 1000);
  Program leecher = leecher_of("shrinks.bin", folder("here"));
  EXPECT_EQ(seeder.wait_for("failed").at("name"), "shrinks.bin");
  EXPECT_EQ(leecher.count("complete"), 0);
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), 130);

  Program other = leecher_of("stays.bin", folder("there"), {"--no-seed"});
  EXPECT_EQ(other.wait_for_exit(), 0);
}

}  // namespace
}  // namespace shoal::test::seeder_input_test
