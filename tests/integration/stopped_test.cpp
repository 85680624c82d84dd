// Programs that were stopped for minutes (Ctrl-Z, a paused container, a laptop that slept) and go
// on: nobody was silent only because they did not listen.
#include <chrono>

#include "integration/loopback.hpp"
#include "support/datagram_proxy.hpp"
#include "support/hostile_peer.hpp"
#include "support/loopback_socket.hpp"
#include "support/stopped_clock.hpp"
#include "support/tracker_talk.hpp"
#include "wire/handshake.hpp"

namespace shoal::test::stopped_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMiB = 1 << 20;

class Stopped : public Loopback {
 protected:
  /// It has looked at its clock a few times since.
  static void let_go_on(Program& leecher) {
    const std::size_t enough = leecher.count("progress") + 5;
    std::size_t seen = 0;
    leecher.wait_for("progress", [&](const Json&) { return ++seen > enough; });
  }

  const StoppedClock clock_{home_.path()};
};

TEST_F(Stopped, a_leecher_goes_on_with_its_peers_after_ten_minutes) {
  constexpr std::size_t kBlocks = 400;  // of 1280
  const auto original = file("a.bin", 20 * kMiB);
  HostilePeer peer(original, HostilePeer::Habit::stops, kBlocks);
  peer.register_at(address_);
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"}, clock_.environment());
  leecher.wait_for("progress", has_bytes((kBlocks - 100) * 16384));
  clock_.stop_for(10min);
  let_go_on(leecher);
  EXPECT_EQ(leecher.count("failed"), 0);
  peer.reform();
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, home_ / "here/a.bin"));
}

TEST_F(Stopped, a_tracker_forgets_nobody_whom_it_could_not_hear) {
  Program tracker = start("tracker", {"--json", "--listen", "127.0.0.1:0"}, clock_.environment());
  const std::string address = address_of(tracker);
  const FileInfo info = identify(file("a.bin", 100'000));
  register_at_tracker(address, {PeerId{}, 6881, true, info});
  clock_.stop_for(10min);
  const auto reply = ask_tracker(address, datagram::LookupRequest{PeerId{}, "a.bin"});
  EXPECT_TRUE(std::holds_alternative<datagram::LookupReply>(reply));
}

TEST_F(Stopped, a_seeder_sends_its_heartbeat_at_once_however_long_that_was) {
  const DatagramProxy proxy(address_);  // the tracker wants a heartbeat every 30 s
  Program seeder = start("seeder",
                         {"--json", "--listen", "127.0.0.1:0", "--tracker", proxy.address(),
                          file("a.bin", 100'000).string()},
                         clock_.environment());
  seeder.wait_for("registered");
  clock_.stop_for(6s);
  proxy.wait_until([](const DatagramProxy::Seen& seen) { return seen.heartbeats > 0; });
}

TEST_F(Stopped, a_seeder_still_waits_for_the_greeting_of_who_has_come) {
  const auto original = file("a.bin", 100'000);
  Program seeder = start("seeder",
                         {"--json", "--log-level", "info", "--listen", "127.0.0.1:0", "--tracker",
                          address_, original.string()},
                         clock_.environment());
  const Endpoint at = *Endpoint::parse(address_of(seeder));
  seeder.wait_for("registered");
  const LoopbackSocket peer(SOCK_STREAM, at);
  peer.send(Bytes(1, std::byte{19}));  // of its greeting
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  clock_.stop_for(5min);
  while (seeder.errors().find("was stopped") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  wire::Handshake ours{truncated(info_hash(identify(original))), {}, true, true};
  const auto greeting = wire::encode(ours);
  peer.send(BytesView(greeting).subspan(1));
  EXPECT_FALSE(peer.receive().empty()) << "it was closed";
}

// What a person has asked for is real time.
TEST_F(Stopped, a_leecher_has_shared_for_an_hour_when_its_machine_slept_for_longer) {
  const StoppedClock clock(home_.path(), StoppedClock::Kind::machine);
  Program seeder = seeder_of(file("a.bin", 100'000));
  Program leecher = leecher_of("a.bin", folder("here"), {"--seed-for", "1h"}, clock.environment());
  leecher.wait_for("seeding");
  clock.stop_for(2h);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(Stopped, a_leecher_has_waited_for_an_hour_when_its_machine_slept_for_longer) {
  const StoppedClock clock(home_.path(), StoppedClock::Kind::machine);
  const DatagramProxy proxy(address_);
  Program leecher = start("leecher",
                          {"a.bin", "--json", "--listen", "127.0.0.1:0", "--tracker",
                           proxy.address(), "--output", folder("here").string(), "--wait", "1h"},
                          clock.environment());
  leecher.wait_for("waiting");
  clock.stop_for(2h);
  clock.wait_until_seen();
  // It asks for ten seconds more once it has looked how long that was: between two lookups.
  const std::size_t before = proxy.seen().lookups;
  proxy.wait_until([&](const auto& seen) { return seen.lookups >= before + 2; });
  // They go by in steps that do not look like another stop.
  for (const auto more : {4s, 8s, 12s}) {
    clock.stop_for(2h + more);
    clock.wait_until_seen();
  }
  EXPECT_EQ(leecher.wait_for_exit(), 3);
  EXPECT_EQ(leecher.count("failed"), 1);
}

}  // namespace
}  // namespace shoal::test::stopped_test
