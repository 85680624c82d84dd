// Who has the key, and who has not.
#include "integration/closed_swarm.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "base/hex.hpp"
#include "support/capture.hpp"

namespace shoal::test::closed_swarm_test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kMiB = 1 << 20;

TEST_F(ClosedSwarm, brings_a_file_to_whoever_has_the_key) {
  const auto original = file("a.bin", 20 * kMiB + 12345);
  Program seeder = closed_seeder(original);
  const auto here = folder("here");
  Program leecher = leecher_of("a.bin", here, {"--key", key_});
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original, here / "a.bin"));

  // Which passes it on.
  leecher.wait_for("seeding");
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);
  const auto there = folder("there");
  Program second = leecher_of("a.bin", there, {"--key", key_, "--no-seed"});
  EXPECT_EQ(second.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, there / "a.bin"));
}

TEST_F(ClosedSwarm, keeps_to_limits) {
  const auto original = file("a.bin", 2 << 20);
  Program seeder = seeder_with(original, {"--key", key_, "--upload-limit", "1M"});
  const auto start = std::chrono::steady_clock::now();
  Program leecher = leecher_of("a.bin", folder("here"), {"--key", key_, "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took.count(), 1.8);
  EXPECT_TRUE(same_content(original, home_ / "here/a.bin"));
}

TEST_F(ClosedSwarm, takes_the_key_from_the_environment) {
  ::setenv("SHOAL_KEY_FILE", key_.c_str(), 1);
  const auto original = file("a.bin", kMiB);
  Program seeder = seeder_of(original);
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  ::unsetenv("SHOAL_KEY_FILE");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(ClosedSwarm, takes_several_keys_from_the_environment) {
  const std::string next = new_key("next.key");
  Program tracker = start("tracker", {"--json", "--listen", "127.0.0.1:0"},
                          {"SHOAL_KEY_FILE=" + key_ + ":" + next});
  address_ = address_of(tracker);
  for (const std::string& key : {key_, next}) {
    Program list = start_leecher({"--list", "--key", key});
    EXPECT_EQ(list.wait_for_exit(), 0) << key;
  }
}

TEST_F(ClosedSwarm, lists_and_fetches_by_link_too) {
  Program seeder = start_seeder({"--key", key_, file("a.bin", kMiB).string()});
  const std::string magnet = seeder.wait_for("registered").at("magnet");
  Program list = start_leecher({"--list", "--key", key_});
  EXPECT_EQ(list.wait_for_exit(), 0);
  EXPECT_THAT(list.output(), HasSubstr("a.bin"));
  Program leecher = leecher_of(magnet, folder("here"), {"--no-seed", "--key", key_});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(ClosedSwarm, does_not_answer_who_has_no_key_or_another_one) {
  Program seeder = closed_seeder(file("a.bin", kMiB));
  Program keyless = leecher_of("a.bin", folder("keyless"), {"--no-seed"});
  Program stranger = leecher_of("a.bin", folder("stranger"), {"--key", new_key("other.key")});
  EXPECT_EQ(keyless.wait_for_exit(), 4);
  EXPECT_EQ(stranger.wait_for_exit(), 4);
  EXPECT_THAT(std::string(stranger.wait_for("failed").at("reason")), HasSubstr("same --key"));
}

TEST_F(ClosedSwarm, rolls_its_key_without_a_break) {
  const std::string next = new_key("next.key");
  // First everybody learns the new key, then uses it, then forgets the old one.
  Program tracker = start_tracker({"--key", key_, "--key", next});
  address_ = address_of(tracker);
  const auto original = file("a.bin", kMiB);
  Program seeder = seeder_with(original, {"--key", next, "--key", key_});
  Program behind = leecher_of("a.bin", folder("behind"), {"--key", key_, "--key", next});
  behind.wait_for("complete");
  Program ahead = leecher_of("a.bin", folder("ahead"), {"--key", next, "--no-seed"});
  EXPECT_EQ(ahead.wait_for_exit(), 0);
}

TEST_F(ClosedSwarm, survives_a_restart_of_its_tracker) {
  const auto original = file("a.bin", kMiB);
  const std::string listen = address_;
  Program seeder = closed_seeder(original);
  tracker_.signal(SIGINT);
  ASSERT_EQ(tracker_.wait_for_exit(), 0);
  Program again = start_tracker({"--listen", listen, "--key", key_});
  again.wait_for("listening");
  Program leecher =
      leecher_of("a.bin", folder("here"), {"--key", key_, "--wait", "1m", "--no-seed"});
  seeder.signal(SIGINT);
  Program second = closed_seeder(original);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(ClosedSwarm, says_at_the_start_which_kind_it_is) {
  EXPECT_THAT(std::string(tracker_.wait_for("notice").at("message")),
              HasSubstr("Closed swarm, key " + key_id(read(key_))));
  Program open = start_tracker({});
  EXPECT_THAT(std::string(open.wait_for("notice").at("message")), HasSubstr("Open swarm"));
}

TEST_F(ClosedSwarm, keeps_the_key_out_of_everything_it_prints) {
  std::ifstream in(key_);
  std::string secret;
  while (in >> secret && secret.size() != 64) {
  }
  ASSERT_EQ(secret.size(), 64u);
  Program seeder = seeder_with(file("a.bin", kMiB), {"--key", key_, "--log-level", "trace"});
  Program leecher = leecher_of("a.bin", folder("here"), {"--key", key_, "--log-level", "trace"});
  leecher.wait_for("complete");
  const secure::Psk psk(read(key_)->first(), secure::preferred_cipher());
  for (const Program* program : {&seeder, &leecher, &tracker_}) {
    const std::string said = program->output() + program->errors();
    EXPECT_THAT(said, Not(HasSubstr(secret.substr(0, 8))));
    EXPECT_THAT(said, Not(HasSubstr(to_hex(psk.bytes()).substr(0, 8))));
  }
}

/// What a program that was killed in this way has left in its directory.
bool leaves_core(Program program, const std::filesystem::path& directory) {
  program.signal(SIGABRT);
  EXPECT_EQ(program.wait_for_exit(), -SIGABRT);
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.path().filename().string().starts_with("core")) continue;
    std::filesystem::remove(entry.path());
    found = true;
  }
  return found;
}

TEST_F(ClosedSwarm, leaves_no_core_dump_of_a_program_that_has_a_key) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &before), 0);
  const rlimit most{before.rlim_max, before.rlim_max};
  ::setrlimit(RLIMIT_CORE, &most);
  Program open = start_tracker({});
  open.wait_for("listening");
  Program closed = start_tracker({"--key", key_});
  closed.wait_for("listening");
  ::setrlimit(RLIMIT_CORE, &before);
  if (!leaves_core(std::move(open), home_.path())) {
    GTEST_SKIP()
        << "this machine keeps no core dumps where a program is (core_pattern, ulimit), so "
           "that none is there proves nothing";
  }
  EXPECT_FALSE(leaves_core(std::move(closed), home_.path()));
}

// ---- what can be seen from outside ------------------------------------------

Bytes piece_of(const std::filesystem::path& path, std::size_t at) {
  const Bytes content = read_file(path);
  const auto from = content.begin() + static_cast<long>(at);
  return {from, from + 16};
}

class ClosedWire : public ClosedSwarm {
 protected:
  /// What a whole download shows to somebody who sees every packet.
  Capture::Seen seen_of(const Program::Arguments& key, Descriptor socket) {
    Program tracker = start_tracker(key);
    address_ = address_of(tracker);
    // Others use this interface meanwhile, so what is looked for must be of this test alone.
    const std::string name = "secret-plans-" + std::to_string(::getpid()) + ".bin";
    const auto original = file(name, 5 * kMiB, static_cast<std::uint64_t>(::getpid()) << 32);
    std::vector<Bytes> needles{piece_of(original, 0), piece_of(original, 2 * kMiB + 7),
                               piece_of(original, 5 * kMiB - 16)};
    needles.emplace_back(as_bytes(name).begin(), as_bytes(name).end() - 4);
    const FileInfo info = identify(original);
    const InfoHash hash = info_hash(info);
    needles.emplace_back(info.root.bytes.begin(), info.root.bytes.end());
    needles.emplace_back(hash.bytes.begin(), hash.bytes.begin() + 20);
    Capture capture(std::move(socket), needles);
    {
      Program seeder = seeder_with(original, key);
      Program::Arguments options = key;
      options.push_back("--no-seed");
      Program leecher = leecher_of(name, folder("here" + std::to_string(++runs_)), options);
      EXPECT_EQ(leecher.wait_for_exit(), 0);
      seeder.signal(SIGINT);
      EXPECT_EQ(seeder.wait_for_exit(), 0);
    }
    return capture.stop();
  }

 private:
  int runs_ = 0;
};

TEST_F(ClosedWire, shows_nothing_of_name_and_content) {
  if (!Capture::socket()) {
    GTEST_SKIP() << "to see what goes over the wire takes the right to capture (CAP_NET_RAW)";
  }
  const Capture::Seen open = seen_of({}, *Capture::socket());
  ASSERT_GT(open.needles, 5u) << "in the clear everything can be found";
  const Capture::Seen closed = seen_of({"--key", key_}, *Capture::socket());
  EXPECT_GT(closed.bytes, 5 * kMiB) << "it did see the download";
  EXPECT_EQ(closed.needles, 0u);
}

}  // namespace
}  // namespace shoal::test::closed_swarm_test
