// What a program holds when very many peers are connected, and ask for more than they take.
#include <chrono>
#include <functional>
#include <list>

#include "integration/loopback.hpp"
#include "metainfo/geometry.hpp"
#include "support/loopback_socket.hpp"
#include "support/tracker_talk.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

namespace shoal::test::bounds_test {
namespace {

constexpr std::uint32_t kMiB = 1 << 20;
constexpr std::uint32_t kBlock = 16 << 10;
constexpr std::uint32_t kSize = 40 * kMiB;
constexpr std::uint32_t kRequests = 2'000;  // as many as are taken
// One address gets at most nine tenths of --max-peers (500).
constexpr std::size_t kFromOne = 400;
constexpr std::size_t kFromAnother = 95;

class Bounds : public Loopback {
 protected:
  /// One after the other, each until it is let in; so they are all connected afterwards.
  void connect_crowd(Program& to) {
    const Endpoint address = Endpoint::parse(address_of(to)).value();
    const Bytes requests = talk();
    for (std::size_t i = 0; i < kFromOne + kFromAnother; ++i) {
      wire::Handshake hello{truncated(info_hash(identity_)), {}, true, true};
      store_be<std::uint64_t>(i, hello.peer_id.bytes.data());
      const char* const from = i < kFromOne ? "127.0.0.2:0" : "127.0.0.3:0";
      const LoopbackSocket& peer = crowd_.emplace_back(SOCK_STREAM, address, from);
      peer.send(wire::encode(hello));
      ASSERT_FALSE(peer.receive().empty());
      peer.send(requests);
    }
  }
  static void wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  /// While the crowd is there, beside which others have a place, and after it has left.
  void expect_bounded(Program& program) {
    const std::size_t descriptors = program.open_descriptors();
    const std::size_t threads = program.threads();
    connect_crowd(program);
    EXPECT_LE(program.open_descriptors(), descriptors + 500);
    EXPECT_EQ(program.threads(), threads);
    const auto here = folder("here");
    Program leecher = leecher_of("film.bin", here, {"--no-seed"});
    leecher.wait_for("progress", [](const Json& event) { return event.at("peers") > 0; });
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which keep what was freed
    // 64 MiB of blocks together and 64 KiB for each, the mapped file, and what it takes anyhow;
    // half a MiB for each would be more.
    EXPECT_LT(program.peak_memory(), 160 * kMiB);
#endif
    EXPECT_EQ(leecher.wait_for_exit(), 0);
    EXPECT_TRUE(same_content(original_, here / "film.bin"));
    wait_until([&] { return program.open_descriptors() <= descriptors + 1; });
    crowd_.clear();  // who did not read has lost its connection
  }
  /// Asks for everything, often, and takes none of it.
  [[nodiscard]] Bytes talk() const {
    Bytes talk;
    wire::encode(wire::HaveNone{}, talk);
    wire::encode(wire::Interested{}, talk);
    const std::uint32_t blocks_per_piece = identity_.piece_length / kBlock;
    for (std::uint32_t i = 0; i < kRequests; ++i) {
      const std::uint32_t block = i % (kSize / kBlock);
      wire::encode(
          wire::Request{{block / blocks_per_piece, block % blocks_per_piece * kBlock, kBlock}},
          talk);
    }
    return talk;
  }

  const std::filesystem::path original_ = file("film.bin", kSize);
  const FileInfo identity_ = identify(original_);
  std::list<LoopbackSocket> crowd_;
};

TEST_F(Bounds, hold_for_a_seeder_with_five_hundred_peers_that_ask_and_do_not_read) {
  Program seeder = seeder_of(original_);
  expect_bounded(seeder);
}

TEST_F(Bounds, hold_for_a_leecher_that_has_become_a_seeder_under_a_limit) {
  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("film.bin", folder("first"), {"--upload-limit", "20M"});
  leecher.wait_for("seeding");
  expect_bounded(leecher);
}

// Whoever registers it need have nothing of it.
TEST_F(Bounds, of_memory_hold_for_a_file_that_is_only_claimed_to_have_two_million_pieces) {
  LoopbackSocket silent(SOCK_STREAM);
  silent.listen();
  FileInfo claim{"claim.bin", std::uint64_t{kMaxPieces} * kMinPieceLength, kMinPieceLength, {}};
  claim.root.bytes.fill(std::byte{7});
  const auto registers = [&] {
    return ask_tracker(address_,
                       datagram::RegisterRequest{PeerId{}, silent.local().port, true, claim});
  };
  ASSERT_TRUE(std::holds_alternative<datagram::RegisterReply>(registers()));
  Program leecher = leecher_of("claim.bin", folder("claimed"));
  leecher.wait_for("progress");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(leecher.peak_memory(), 48 * kMiB);
#endif
}

TEST_F(Bounds, more_files_than_may_be_open_leave_descriptors_for_peers) {
  Program::Arguments arguments{"-c",          "ulimit -n 64 && exec \"$@\"",
                               "sh",          SHOAL_BIN_DIR "/seeder",
                               "--json",      "--listen",
                               "127.0.0.1:0", "--tracker",
                               address_};
  for (int i = 0; i < 100; ++i) {
    arguments.push_back(file("f" + std::to_string(i), 1000, static_cast<std::uint64_t>(i)));
  }
  Program seeder = start("/bin/sh", arguments);
  const std::string reason = seeder.wait_for("refused").at("reason");
  EXPECT_NE(reason.find("ulimit -n"), std::string::npos) << reason;
  const std::string name = seeder.wait_for("registered").at("name");
  seeder.wait_for("refused", [left = 30](const Json&) mutable { return --left == 0; });
  Program leecher = leecher_of(name, folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

}  // namespace
}  // namespace shoal::test::bounds_test
