#include "cli/options.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/parse_helpers.hpp"

namespace shoal::cli::options_test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kRoot = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

TEST(TrackerOptions, default_to_what_the_original_did) {
  const auto command = tracker({});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_TRUE(command->default_listen);
  EXPECT_THAT(command->options.listen, ElementsAre(*Endpoint::parse("0.0.0.0:6000")));
  EXPECT_EQ(command->options.heartbeat, 30s);
  EXPECT_EQ(command->options.timeout, 45s);
  EXPECT_FALSE(command->options.open);
  EXPECT_FALSE(command->output.json);
  EXPECT_EQ(command->output.log_level, "warn");
}

TEST(TrackerOptions, take_every_option) {
  const auto command =
      tracker({"--listen", "127.0.0.1:0", "--listen", "[::1]:7000", "--heartbeat", "500ms",
               "--timeout=2s", "--max-files", "10", "--max-peers", "20", "--max-per-address", "0",
               "--threads", "2", "--open", "--json", "--log-level", "debug"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->options.threads, 2U);
  EXPECT_FALSE(command->default_listen);
  EXPECT_THAT(command->options.listen,
              ElementsAre(*Endpoint::parse("127.0.0.1:0"), *Endpoint::parse("[::1]:7000")));
  EXPECT_EQ(command->options.heartbeat, 500ms);
  EXPECT_EQ(command->options.timeout, 2s);
  EXPECT_EQ(command->options.max_files, 10U);
  EXPECT_EQ(command->options.max_peers, 20U);
  EXPECT_EQ(command->options.max_per_address, 0U);
  EXPECT_TRUE(command->options.open);
  EXPECT_TRUE(command->output.json);
  EXPECT_EQ(command->output.log_level, "debug");
}

TEST(SeederOptions, take_a_dash_for_standard_input_and_no_file) {
  const auto command = seeder({"a.bin", "-", "./-"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_THAT(command->files, ElementsAre("a.bin", "./-"));
  EXPECT_TRUE(command->names_from_input);
  EXPECT_FALSE(seeder({"a.bin"})->names_from_input);
}

TEST(SeederOptions, default_to_the_tracker_on_this_machine_and_any_port) {
  const auto command = seeder({});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_TRUE(command->files.empty());
  EXPECT_THAT(command->peer.trackers, ElementsAre("127.0.0.1:6000"));
  EXPECT_FALSE(command->peer.listen);
  EXPECT_TRUE(command->offer.torrent_directory.empty());
  EXPECT_FALSE(command->offer.register_only);
}

TEST(SeederOptions, take_files_between_and_after_options) {
  const auto command = seeder({"a.iso", "--tracker", "t.example:7000", "b, c.iso", "--tracker",
                               "::1", "[d,e]", "--listen", ":7001", "--torrent-dir", "t/",
                               "--address", "host.example:7001", "--register-only", "--", "-f"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_THAT(command->files, ElementsAre("a.iso", "b, c.iso", "[d,e]", "-f"));
  EXPECT_THAT(command->peer.trackers, ElementsAre("t.example:7000", "[::1]:6000"));
  EXPECT_EQ(command->peer.listen, *Endpoint::parse("0.0.0.0:7001"));
  EXPECT_EQ(command->offer.torrent_directory, "t/");
  EXPECT_TRUE(command->offer.register_only);
  EXPECT_THAT(command->peer.public_addresses, ElementsAre("host.example:7001"));
}

TEST(LeecherOptions, default_to_this_folder_and_to_seeding_without_end) {
  const auto command = leecher({"big.iso"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_THAT(command->names, ElementsAre("big.iso"));
  EXPECT_THAT(command->peer.trackers, ElementsAre("127.0.0.1:6000"));
  EXPECT_EQ(command->fetch.directory, ".");
  EXPECT_FALSE(command->fetch.root);
  EXPECT_EQ(command->fetch.wait, 0ms);
  EXPECT_TRUE(command->seed);
  EXPECT_FALSE(command->seed_for);
  EXPECT_FALSE(command->list);
}

TEST(LeecherOptions, take_every_option) {
  const auto command =
      leecher({"--tracker", "192.0.2.1:1", "--output", "/tmp/x", "--listen", "[::]:9", "--root",
               kRoot, "--wait", "5m", "--seed-for", "2h", "--json", "a"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_THAT(command->names, ElementsAre("a"));
  EXPECT_THAT(command->peer.trackers, ElementsAre("192.0.2.1:1"));
  EXPECT_EQ(command->fetch.directory, "/tmp/x");
  EXPECT_EQ(command->peer.listen, *Endpoint::parse("[::]:9"));
  EXPECT_EQ(command->fetch.root, parse_digest(kRoot));
  EXPECT_EQ(command->fetch.wait, 5min);
  EXPECT_EQ(command->seed_for, 2h);
  EXPECT_TRUE(command->seed);
}

TEST(LeecherOptions, know_no_seed_and_list) {
  const std::string link = std::string("magnet:?xt=urn:btmh:1220") + kRoot;
  EXPECT_EQ(leecher({link, "a.torrent"})->names, (std::vector<std::string>{link, "a.torrent"}));

  const auto quick = leecher({"a", "b", "--no-seed"});
  ASSERT_TRUE(quick) << quick.error().text;
  EXPECT_THAT(quick->names, ElementsAre("a", "b"));
  EXPECT_FALSE(quick->seed);
  const auto listing = leecher({"--list", "deb"});
  ASSERT_TRUE(listing) << listing.error().text;
  EXPECT_TRUE(listing->list);
  EXPECT_THAT(listing->names, ElementsAre("deb"));
}

TEST(LeecherOptions, know_verbose_which_is_for_people) {
  EXPECT_FALSE(leecher({"a"})->output.verbose);
  EXPECT_TRUE(leecher({"a", "--verbose"})->output.verbose);
  EXPECT_FALSE(leecher({"a", "--verbose", "--json"}));
  EXPECT_FALSE(leecher({"--list", "--verbose"}));
}

TEST(LeecherOptions, know_sync_and_preallocate) {
  const auto plain = leecher({"a"});
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->fetch.sync);
  EXPECT_FALSE(plain->fetch.preallocate);
  const auto both = leecher({"a", "--sync", "--preallocate"});
  ASSERT_TRUE(both) << both.error().text;
  EXPECT_TRUE(both->fetch.sync);
  EXPECT_TRUE(both->fetch.preallocate);
  EXPECT_FALSE(leecher({"--list", "--sync"}));
}

/// Sets a variable of the environment, or takes it away, as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  void set(const char* value) const {
    value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1);
  }

  const char* name_;
  std::optional<std::string> before_;
};

TEST(CacheDirectory, is_the_user_s_own_and_none_with_no_cache) {
  const Variable home("HOME", "/home/anybody");
  {
    const Variable unset("XDG_CACHE_HOME", nullptr);
    EXPECT_EQ(seeder({"a"})->peer.cache_directory, "/home/anybody/.cache/shoal");
    EXPECT_EQ(leecher({"a"})->peer.cache_directory, "/home/anybody/.cache/shoal");
  }
  const Variable cache("XDG_CACHE_HOME", "/var/caches");
  EXPECT_EQ(seeder({"a"})->peer.cache_directory, "/var/caches/shoal");
  EXPECT_EQ(seeder({"a", "--no-cache"})->peer.cache_directory, "");
  EXPECT_EQ(leecher({"a", "--no-cache"})->peer.cache_directory, "");
  EXPECT_EQ(leecher({"--list"})->peer.cache_directory, "") << "a list leaves nothing behind";
}

TEST(CacheDirectory, of_a_tracker_is_the_same_one) {
  const Variable cache("XDG_CACHE_HOME", "/var/caches");
  EXPECT_EQ(tracker({})->options.cache_directory, "/var/caches/shoal");
}

TEST(CacheDirectory, is_not_made_of_a_relative_path_or_of_nothing) {
  const Variable relative("XDG_CACHE_HOME", "caches");
  const Variable home("HOME", "");
  EXPECT_EQ(seeder({"a"})->peer.cache_directory, "");
}

TEST(LeecherOptions, one_tracker_option_does_not_swallow_the_name_after_it) {
  const auto command = leecher({"--tracker", "h:1", "big.iso"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_THAT(command->peer.trackers, ElementsAre("h:1"));
  EXPECT_THAT(command->names, ElementsAre("big.iso"));
}

template <class Command>
void expect_usage(const Parsed<Command>& parsed, const std::string& word) {
  ASSERT_FALSE(parsed) << word;
  EXPECT_EQ(parsed.error().code, ExitCode::usage) << parsed.error().text;
  EXPECT_THAT(parsed.error().text, AllOf(HasSubstr(word), HasSubstr("--help")));
}

TEST(BadUsage, of_the_tracker_names_the_option) {
  expect_usage(tracker({"--listen", "6000"}), "--listen");
  expect_usage(tracker({"--listen", "localhost:6000"}), "--listen");
  expect_usage(tracker({"--listen"}), "--listen");
  expect_usage(tracker({"--heartbeat", "30"}), "--heartbeat");
  expect_usage(tracker({"--heartbeat", "0s"}), "--heartbeat");
  expect_usage(tracker({"--heartbeat", "45s"}), "--timeout");
  expect_usage(tracker({"--timeout", "soon"}), "--timeout");
  expect_usage(tracker({"--timeout", "30s"}), "--timeout");
  expect_usage(tracker({"--max-files", "0"}), "--max-files");
  expect_usage(tracker({"--max-files", "-1"}), "--max-files");
  expect_usage(tracker({"--max-peers", "0"}), "--max-peers");
  expect_usage(tracker({"--max-peers", "many"}), "--max-peers");
  expect_usage(tracker({"--threads", "0"}), "--threads");
  expect_usage(tracker({"--threads", "4294967297"}), "--threads");
  expect_usage(tracker({"--max-per-address", "99999999999999999999999"}), "--max-per-address");
  expect_usage(tracker({"--log-level", "loud"}), "--log-level");
  expect_usage(tracker({"--frobnicate"}), "--frobnicate");
  expect_usage(tracker({"surplus"}), "surplus");
  expect_usage(tracker({"--heartbeat", "1s", "--heartbeat", "2s"}), "--heartbeat");
}

TEST(BadUsage, of_the_seeder_names_the_option) {
  expect_usage(seeder({"--tracker", "host:0"}), "--tracker");
  expect_usage(seeder({"--tracker", "host:65536"}), "--tracker");
  expect_usage(seeder({"--tracker", "bad host:1"}), "--tracker");
  expect_usage(seeder({"--tracker", ""}), "--tracker");
  expect_usage(seeder({"--listen", "1.2.3:1"}), "--listen");
  expect_usage(seeder({"--seed-for", "1s"}), "--seed-for");
  expect_usage(seeder({""}), "FILE");
}

TEST(BadUsage, of_the_leecher_names_the_option) {
  expect_usage(leecher({"a", "--root", "abc"}), "--root");
  expect_usage(leecher({"a", "--root", std::string(64, 'g')}), "--root");
  expect_usage(leecher({"a", "b", "--root", kRoot}), "--root");
  expect_usage(leecher({"a", "--wait", "5"}), "--wait");
  expect_usage(leecher({"a", "--wait", "-5s"}), "--wait");
  expect_usage(leecher({"a", "--seed-for", "1d"}), "--seed-for");
  expect_usage(leecher({"a", "--no-seed", "--seed-for", "1s"}), "--no-seed");
  expect_usage(leecher({"--list", "--wait", "1s"}), "--list");
  expect_usage(leecher({"--list", "a", "b"}), "--list");
  expect_usage(leecher({"a", "--output", ""}), "--output");
  expect_usage(leecher({""}), "NAME");
  expect_usage(leecher({"magnet:?xt=urn:btmh:1220ab"}), "magnet");
}

TEST(BadUsage, knows_unknown_options_in_every_form) {
  for (const char* option : {"--frobnicate", "--frobnicate=1", "-x", "-xyz"}) {
    expect_usage(seeder({"a", option, "b"}), option);
  }
}

TEST(SeederOptions, take_everything_after_two_dashes_as_a_file) {
  const auto command = seeder({"-", "--", "--json", "--", "-x"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_THAT(command->files, ElementsAre("--json", "--", "-x"));
  EXPECT_FALSE(command->output.json);
}

TEST(BadUsage, shows_nothing_that_could_steer_the_terminal) {
  const auto parsed = seeder({"--tracker", "\x1b[2Jevil"});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().text.find('\x1b'), std::string::npos);
}

TEST(Help, is_a_manual_that_knows_every_option_and_the_exit_codes) {
  for (const char* option : {"--help", "-h"}) {
    const auto help = leecher({option});
    ASSERT_FALSE(help);
    EXPECT_EQ(help.error().code, ExitCode::done);
    for (const char* word :
         {"--tracker", "--output", "--root", "--wait", "--seed-for", "--no-seed", "--listen",
          "--list", "--json", "--log-level", "--version", "Examples", "130"}) {
      EXPECT_THAT(help.error().text, HasSubstr(word));
    }
  }
  for (const char* word :
       {"--tracker", "--listen", "--json", "--log-level", "--version", "Examples", "Exit codes"}) {
    EXPECT_THAT(seeder({"--help"}).error().text, HasSubstr(word));
  }
  for (const char* word :
       {"--listen", "--heartbeat", "--timeout", "--max-files", "--max-peers", "--max-per-address",
        "--threads", "--json", "--log-level", "--version", "Exit codes"}) {
    EXPECT_THAT(tracker({"--help"}).error().text, HasSubstr(word));
  }
}

TEST(Version, tells_program_commit_and_how_it_hashes) {
  const auto version = seeder({"--version"});
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, ExitCode::done);
  EXPECT_THAT(
      version.error().text,
      testing::MatchesRegex("seeder \\(Shoal\\) [0-9.]+\ncommit [^\n]+\nhashing by [^\n]+\n"));
}

TEST(Arguments, leave_out_the_programs_name) {
  const char* const argv[] = {"seeder", "a", "b"};
  EXPECT_THAT(arguments(3, argv), ElementsAre("a", "b"));
  EXPECT_TRUE(arguments(1, argv).empty());
  EXPECT_TRUE(arguments(0, nullptr).empty());
}

TEST(KeyOptions, are_the_same_for_all_three_programs) {
  const std::vector<std::string> options{"--key", "new.key", "--key", "old.key"};
  const auto files = ElementsAre("new.key", "old.key");
  EXPECT_THAT(tracker(options)->key_files, files);
  EXPECT_THAT(seeder(options)->key_files, files);
  EXPECT_THAT(leecher(options)->key_files, files);
  EXPECT_TRUE(seeder({})->key_files.empty());
  EXPECT_FALSE(leecher({"--key", ""}));
}

TEST(KeyOptions, make_a_key_and_do_nothing_else) {
  EXPECT_EQ(tracker({"--new-key", "our.key"})->new_key, "our.key");
  EXPECT_FALSE(tracker({})->new_key);
  EXPECT_FALSE(tracker({"--new-key", "our.key", "--key", "our.key"}));
  EXPECT_FALSE(tracker({"--new-key", "our.key", "--listen", ":7000"}));
}

TEST(WebOptions, may_have_an_address_or_none) {
  EXPECT_FALSE(tracker({})->web.listen);
  const Endpoint here = *Endpoint::parse("127.0.0.1:0");
  const Endpoint there = *Endpoint::parse("127.0.0.1:8080");
  EXPECT_EQ(tracker({"--web"})->web.listen, here);
  EXPECT_EQ(tracker({"--web", "--json"})->web.listen, here);
  EXPECT_EQ(tracker({"--web", "127.0.0.1:8080"})->web.listen, there);
  EXPECT_EQ(tracker({"--web=127.0.0.1:8080"})->web.listen, there);
  EXPECT_EQ(tracker({"--web", "[::1]:8080"})->web.listen, *Endpoint::parse("[::1]:8080"));
  EXPECT_EQ(tracker({"--web", ":8080", "--web-open"})->web.listen, *Endpoint::parse(":8080"));
}

TEST(WebOptions, leave_names_and_links_that_follow_to_the_program) {
  const auto sharing = seeder({"--web", "big.iso"});
  ASSERT_TRUE(sharing);
  EXPECT_TRUE(sharing->web.listen);
  EXPECT_THAT(sharing->files, ElementsAre("big.iso"));
  const std::string magnet =
      "magnet:?xt=urn:btmh:1220" + std::string(64, 'a') + "&x.pe=192.0.2.7:7001";
  const auto fetching = leecher({"--web", magnet});
  ASSERT_TRUE(fetching);
  EXPECT_THAT(fetching->names, ElementsAre(magnet));
  EXPECT_THAT(seeder({"--web", "--", "--web"})->files, ElementsAre("--web"));
}

TEST(WebOptions, that_are_meant_for_an_address_and_are_none_are_refused) {
  for (const char* wrong : {"localhost:80", "127.0.0.1:99999", "tracker.example:8080"})
    EXPECT_FALSE(seeder({"--web", wrong, "a"})) << wrong;
  EXPECT_FALSE(leecher({"--list", "--web"}));
  EXPECT_FALSE(leecher({"--list", "--web-token", "token"}));
  EXPECT_FALSE(tracker({"--web", "--web"}));
}

}  // namespace
}  // namespace shoal::cli::options_test
