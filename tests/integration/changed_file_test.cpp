// Files that are changed, cut short, replaced or deleted while they are served.
#include <csignal>
#include <fstream>
#include <ostream>

#include "integration/loopback.hpp"
#include "support/loopback_socket.hpp"
#include "support/tracker_talk.hpp"
#include "wire/handshake.hpp"

namespace shoal::test::changed_file_test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSize = 3'000'000;

/// Wrong bytes in every piece; length and inode stay.
void overwrite(const fs::path& path) {
  std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
  for (std::uint64_t at = 0; at < kSize; at += 1000) {
    out.seekp(static_cast<std::streamoff>(at));
    out.put('!');
  }
}

struct Case {
  const char* name;
  const char* words;  // of the reason that is told
  void (*change)(const fs::path&);

  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }
};

const Case kCases[] = {
    {"deleted", "deleted", [](const fs::path& path) { fs::remove(path); }},
    {"cut_short", "1000 bytes now", [](const fs::path& path) { fs::resize_file(path, 1000); }},
    {"made_longer", "bytes now", [](const fs::path& path) { fs::resize_file(path, kSize + 1); }},
    {"written_to", "written to", overwrite},
    {"written_to_with_its_time_set_back", "written to",
     [](const fs::path& path) {
       const auto time = fs::last_write_time(path);
       overwrite(path);
       fs::last_write_time(path, time);
     }},
    {"replaced", "replaced",
     [](const fs::path& path) {
       make_file(path.string() + ".new", kSize, 9);
       fs::rename(path.string() + ".new", path);
     }},
};

class ChangedFile : public Loopback, public ::testing::WithParamInterface<Case> {
 protected:
  [[nodiscard]] Program seeder_of_both() const {
    Program seeder = start_seeder({changes_.string(), stays_.string()});
    seeder.wait_for("registered", named("changes.bin"));
    seeder.wait_for("registered", named("stays.bin"));
    return seeder;
  }
  void change() const { GetParam().change(changes_); }
  static void expect_told(Program& program) {
    const Json failed = program.wait_for("failed");
    EXPECT_EQ(failed.at("name"), "changes.bin");
    EXPECT_EQ(failed.at("code"), 1);
    const std::string reason = failed.at("reason");
    EXPECT_NE(reason.find(GetParam().words), std::string::npos) << reason;
    EXPECT_NE(reason.find("changes.bin"), std::string::npos) << reason;
  }
  [[nodiscard]] bool tracker_knows(const std::string& name) const {
    return std::holds_alternative<datagram::LookupReply>(
        ask_tracker(address_, datagram::LookupRequest{PeerId{}, name}));
  }
  void wait_until_forgotten() const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (tracker_knows("changes.bin")) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }

  const fs::path changes_ = file("changes.bin", kSize, 1);
  const fs::path stays_ = file("stays.bin", kSize, 2);
  const FileInfo before_ = identify(changes_);
};

TEST_P(ChangedFile, is_noticed_withdrawn_and_told_and_the_rest_is_served) {
  Program seeder = seeder_of_both();
  change();
  expect_told(seeder);
  wait_until_forgotten();
  Program leecher = leecher_of("stays.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(seeder.count("failed"), 1);
}

TEST_P(ChangedFile, drops_the_peers_that_are_connected_for_it) {
  Program seeder = seeder_of_both();
  const LoopbackSocket peer(SOCK_STREAM, Endpoint::parse(address_of(seeder)).value());
  wire::Handshake hello{truncated(info_hash(before_)), {}, true, true};
  hello.peer_id.bytes.fill(std::byte{'x'});
  peer.send(wire::encode(hello));
  ASSERT_FALSE(peer.receive().empty());
  change();
  peer.wait_for_close();
  expect_told(seeder);
}

TEST_P(ChangedFile, gives_nobody_a_wrong_byte) {
  Program seeder = seeder_of_both();
  change();
  const auto here = folder("here");
  // It may come before the seeder has noticed, or after; what was deleted or replaced can still be
  // read by who has it open.
  Program leecher = leecher_of("changes.bin", here, {"--wait", "1m", "--no-seed"});
  expect_told(seeder);
  fs::create_directory(home_ / "elsewhere");
  const auto original = make_file(home_ / "elsewhere/changes.bin", kSize, 1);
  Program honest = seeder_of(original);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, here / "changes.bin"));
}

TEST_P(ChangedFile, is_noticed_by_a_leecher_that_has_turned_into_a_seeder) {
  const auto original = make_file(folder("elsewhere") / "changes.bin", kSize, 1);
  fs::remove(changes_);
  Program first = seeder_of(original);
  Program leecher = leecher_of("changes.bin", home_ / "seeds");
  leecher.wait_for("seeding");
  change();
  expect_told(leecher);
  EXPECT_EQ(first.count("failed"), 0);
}

INSTANTIATE_TEST_SUITE_P(Each, ChangedFile, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

class ChangedFiles : public Loopback {};

TEST_F(ChangedFiles, can_be_named_again_and_are_offered_as_they_are_now) {
  const auto path = file("a.bin", kSize, 1);
  Program seeder = seeder_of(path);
  make_file(path, kSize, 2);
  seeder.wait_for("failed");
  seeder.type(path.string());
  const std::string root = to_hex(identify(path).root);
  seeder.wait_for("registered", [&](const Json& event) { return event.at("root") == root; });
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(path, home_ / "here/a.bin"));
}

TEST_F(ChangedFiles, that_only_got_other_rights_are_read_again_and_served_on) {
  const auto path = file("a.bin", kSize);
  Program seeder = seeder_of(path);
  const std::uint64_t before = seeder.bytes_read();
  fs::permissions(path, fs::perms::owner_read);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (seeder.bytes_read() < before + kSize) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(seeder.count("failed"), 0);
}

TEST_F(ChangedFiles, end_a_seeder_that_has_no_other_and_no_input) {
  const auto path = file("a.bin", kSize);
  Program seeder = seeder_of(path);
  seeder.close_input();
  fs::remove(path);
  EXPECT_EQ(seeder.wait_for_exit(), 1);
}

}  // namespace
}  // namespace shoal::test::changed_file_test
