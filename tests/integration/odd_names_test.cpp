// Names that look alike, and names that are no text at all.
#include <csignal>

#include "integration/loopback.hpp"

namespace shoal::test::odd_names_test {
namespace {

constexpr const char* kComposed = "caf\xC3\xA9.txt";     // as Linux types it
constexpr const char* kDecomposed = "cafe\xCC\x81.txt";  // as macOS keeps it

struct Spellings {
  const char* registered;
  const char* typed;

  friend void PrintTo(const Spellings& one, std::ostream* out) { *out << one.typed; }
};

class TwoSpellings : public Loopback, public ::testing::WithParamInterface<Spellings> {};

TEST_P(TwoSpellings, of_a_name_are_one_to_who_types_it) {
  const auto [registered, typed] = GetParam();
  Program seeder = seeder_of(file(registered, 40'000));
  Program leecher = leecher_of(typed, folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for("found").at("name"), registered);
  EXPECT_NE(leecher.wait_for("notice").at("message").get<std::string>().find("spelling"),
            std::string::npos);
  const Json complete = leecher.wait_for("complete");
  EXPECT_EQ(complete.at("name"), registered);
  EXPECT_EQ(complete.at("target"), typed);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(home_ / "seeds" / registered, home_ / "here" / registered));
}

TEST_P(TwoSpellings, of_a_path_are_one_to_who_types_it) {
  const auto [there, typed] = GetParam();
  const auto path = file(there, 40'000);
  Program seeder = start_seeder({(path.parent_path() / typed).string()});
  EXPECT_EQ(seeder.wait_for("registered").at("name"), there);
}

TEST_P(TwoSpellings, of_the_folder_for_the_file_are_one_too) {
  const auto [there, typed] = GetParam();
  Program seeder = seeder_of(file("film.bin", 40'000));
  const auto here = folder(there);
  Program leecher = leecher_of("film.bin", home_ / typed, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(std::filesystem::exists(here / "film.bin"));
}

TEST_P(TwoSpellings, of_the_beginning_of_a_name_are_one) {
  const auto [registered, typed] = GetParam();
  Program seeder = seeder_of(file(registered, 40'000));
  const std::string_view name = typed;
  Program list = start_leecher({"--list", std::string(name.substr(0, name.find('.')))});
  EXPECT_EQ(list.wait_for("file").at("name"), registered);
  EXPECT_EQ(list.wait_for_exit(), 0);
}

TEST_P(TwoSpellings, of_a_configuration_and_of_a_keys_folder_are_one) {
  const auto [there, typed] = GetParam();
  const auto config = file(there, 0);
  Program shows =
      start("tracker", {"--config", (config.parent_path() / typed).string(), "--print-config"});
  EXPECT_EQ(shows.wait_for_exit(), 0) << shows.errors();
  const auto keys = folder(there);
  Program makes = start("tracker", {"--new-key", (home_ / typed / "our.key").string()});
  EXPECT_EQ(makes.wait_for_exit(), 0) << makes.errors();
  EXPECT_TRUE(std::filesystem::exists(keys / "our.key"));
}

TEST_P(TwoSpellings, cannot_be_two_files_at_one_tracker) {
  const auto [registered, typed] = GetParam();
  Program first = seeder_of(file(registered, 40'000, 1));
  Program second = start_seeder({file(typed, 40'000, 2).string()});
  const std::string reason = second.wait_for("refused").at("reason");
  EXPECT_NE(reason.find("in other code points"), std::string::npos) << reason;
}

INSTANTIATE_TEST_SUITE_P(Each, TwoSpellings,
                         ::testing::Values(Spellings{kDecomposed, kComposed},
                                           Spellings{kComposed, kDecomposed}),
                         [](const auto& test) {
                           return test.index == 0 ? "one_code_point_is_typed" : "two_are_typed";
                         });

class OddNames : public Loopback {};

TEST_F(OddNames, that_nobody_offers_in_any_spelling_are_told_as_they_were_typed) {
  Program leecher = leecher_of(kComposed, folder("here"));
  const Json failed = leecher.wait_for("failed");
  EXPECT_EQ(failed.at("name"), kComposed);
  EXPECT_EQ(leecher.wait_for_exit(), 3);
}

TEST_F(OddNames, a_folder_with_nothing_in_it_is_refused_as_it_was_typed) {
  std::filesystem::create_directory(home_ / "d");
  Program seeder = start_seeder({"d/"});
  const Json refused = seeder.wait_for("refused");
  EXPECT_EQ(refused.at("name"), "d/");
  EXPECT_NE(refused.at("reason").get<std::string>().find("no file"), std::string::npos) << refused;
}

TEST_F(OddNames, a_file_that_is_no_torrent_is_told_what_its_name_makes_of_it) {
  const auto path = file("data.torrent", 1000);
  Program seeder = start_seeder({"--register-only", path.string()});
  const std::string reason = seeder.wait_for("refused").at("reason");
  EXPECT_NE(reason.find("ends in .torrent is taken for"), std::string::npos) << reason;
}

TEST_F(OddNames, a_file_with_a_slash_is_told_to_be_no_directory) {
  Program seeder = start_seeder({file("f", 10).string() + "/"});
  EXPECT_NE(seeder.wait_for("refused").at("reason").get<std::string>().find("not a directory"),
            std::string::npos);
}

TEST_F(OddNames, a_path_that_is_no_utf8_reaches_scripts_as_the_bytes_that_it_is) {
  Program seeder = seeder_of(file("film.bin", 40'000));
  std::filesystem::create_directory(home_ / "o\xff");
  Program leecher = start_leecher({"film.bin", "--output", "o\xff", "--no-seed"});
  const Json complete = leecher.wait_for("complete");
  EXPECT_EQ(complete.at("path_bytes"), "b/8vZmlsbS5iaW4=");  // o\xff/film.bin
  EXPECT_EQ(leecher.wait_for_exit(), 0);

  Program refusing = start_seeder({"\xff\xfe"});
  EXPECT_EQ(refusing.wait_for("refused").at("name_bytes"), "//4=");
}

// ---- a file that is called like a torrent

TEST_F(OddNames, the_same_command_again_finds_a_fetched_file_that_is_called_like_a_torrent) {
  Program seeder = seeder_of(file("x.torrent", 40'000));
  for (int i = 0; i < 2; ++i) {
    Program leecher = start_leecher({"x.torrent", "--no-seed"});  // in home_
    EXPECT_EQ(leecher.wait_for("complete").at("name"), "x.torrent");
    EXPECT_EQ(leecher.wait_for_exit(), 0);
  }
}

/// A real one: it is offered as a file like any other, and what it stands for is something else.
TEST_F(OddNames, the_same_command_again_finds_a_fetched_file_that_is_a_torrent) {
  Program seeder = start_seeder({file("film.bin", 40'000).string(), "--torrent-dir", "seeds"});
  seeder.wait_for("registered");
  Program other = seeder_of(home_ / "seeds/film.bin.torrent");
  for (int i = 0; i < 2; ++i) {
    Program leecher = start_leecher({"film.bin.torrent", "--no-seed"});
    EXPECT_EQ(leecher.wait_for("complete").at("name"), "film.bin.torrent");
    EXPECT_EQ(leecher.wait_for_exit(), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(home_ / "film.bin"));

  Program joining = start_leecher({"./film.bin.torrent", "--no-seed"});
  EXPECT_EQ(joining.wait_for("complete").at("name"), "film.bin");
  EXPECT_EQ(joining.wait_for_exit(), 0);
}

TEST_F(OddNames, a_torrent_is_joined_though_somebody_offers_another_file_by_its_name) {
  Program seeder = start_seeder({file("film.bin", 40'000).string(), "--torrent-dir", "."});
  seeder.wait_for("registered");
  Program other = seeder_of(file("film.bin.torrent", 50'000));
  Program leecher = start_leecher({"film.bin.torrent", "--no-seed"});
  EXPECT_EQ(leecher.wait_for("complete").at("name"), "film.bin");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(OddNames, a_file_that_is_no_torrent_and_that_nobody_offers_is_told_to_be_neither) {
  make_file(home_ / "x.torrent", 1000);
  Program leecher = start_leecher({"x.torrent", "--no-seed"});
  const std::string reason = leecher.wait_for("failed").at("reason");
  EXPECT_NE(reason.find("no .torrent file"), std::string::npos) << reason;
  EXPECT_NE(reason.find("as a name"), std::string::npos) << reason;
  EXPECT_NE(leecher.wait_for_exit(), 0);
}

}  // namespace
}  // namespace shoal::test::odd_names_test
