// --upload-limit, --download-limit, --upload-slots and --max-peers, with real programs. How exact
// limits are is tested on virtual time (RateLimiter: 5 % over 5 s); here, that they hold and are
// made use of.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <fstream>
#include <future>
#include <list>
#include <ranges>
#include <utility>
#include <vector>

#include "integration/loopback.hpp"
#include "support/datagram_proxy.hpp"
#include "support/loopback_socket.hpp"
#include "support/scripted_peer.hpp"
#include "wire/handshake.hpp"

namespace shoal::test::limits_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint32_t kBlock = 16 << 10;

class Limits : public Loopback {
 protected:
  Limits() : Loopback({"--heartbeat", "300ms", "--timeout", "10m"}) {}

  void configure(std::string_view line) const { std::ofstream(config_) << line << '\n'; }

  const std::filesystem::path config_ = home_ / "shoal.conf";
};

/// What moves at most: the rate for that long, and what may be saved up.
double most_at(double rate, double seconds) {
  return rate * (seconds + 0.1) + 16 * kKiB;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST_F(Limits, the_upload_limit_holds_for_all_files_and_leechers_together) {
  const auto one = file("one.bin", kMiB, 1);
  const auto two = file("two.bin", kMiB, 2);
  Program seeder = start_seeder({one.string(), two.string(), "--upload-limit", "1M"});
  seeder.wait_for("registered", named("one.bin"));
  seeder.wait_for("registered", named("two.bin"));
  const auto start = std::chrono::steady_clock::now();
  Program first = leecher_of("one.bin", folder("first"), {"--no-seed"});
  Program second = leecher_of("two.bin", folder("second"), {"--no-seed"});
  EXPECT_EQ(first.wait_for_exit(), 0);
  EXPECT_EQ(second.wait_for_exit(), 0);
  EXPECT_LE(2.0 * kMiB, most_at(kMiB, seconds_since(start)));
}

TEST_F(Limits, the_download_limit_holds_for_all_files_and_seeders_together) {
  Program one = seeder_of(file("one.bin", kMiB, 1));
  Program two = seeder_of(file("two.bin", kMiB, 2));
  Program both = start_seeder({file("one.bin", kMiB, 1), file("two.bin", kMiB, 2)});
  both.wait_for("registered", named("two.bin"));
  const auto start = std::chrono::steady_clock::now();
  Program leecher = start_leecher({"one.bin", "two.bin", "--output", folder("here").string(),
                                   "--no-seed", "--download-limit", "1M"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_LE(2.0 * kMiB, most_at(kMiB, seconds_since(start)));
}

/// It comes as fast as that over some two seconds. They need not be the first ones: what else runs
/// on the machine can only slow it down.
Program::Condition comes_at(double rate) {
  using Clock = std::chrono::steady_clock;
  constexpr double kStretch = 2;
  return
      [rate, seen = std::deque<std::pair<Clock::time_point, double>>{}](const Json& event) mutable {
        const double bytes = event.at("bytes");
        seen.emplace_back(Clock::now(), bytes);
        while (seen.size() > 1 && seconds_since(seen[1].first) >= kStretch) seen.pop_front();
        const auto& [since, before] = seen.front();
        return seconds_since(since) >= kStretch && bytes - before >= rate * seconds_since(since);
      };
}

// Files that last for longer than anybody waits.
constexpr std::uint64_t kLong = static_cast<std::uint64_t>(kPatience.count() + 10) * kMiB;

TEST_F(Limits, the_upload_limit_is_reached) {
  Program seeder = start_seeder({file("a.bin", kLong).string(), "--upload-limit", "1M"});
  seeder.wait_for("registered");
  Program leecher = leecher_of("a.bin", folder("here"));
  leecher.wait_for("progress", comes_at(0.95 * kMiB));
}

TEST_F(Limits, the_download_limit_is_reached_from_one_seeder_and_from_several) {
  const auto original = file("a.bin", kLong);
  Program seeder = seeder_of(original);
  Program leecher = leecher_of("a.bin", folder("here"), {"--download-limit", "1M"});
  leecher.wait_for("progress", comes_at(0.95 * kMiB));

  Program another = seeder_of(original);
  Program third = seeder_of(original);
  Program second = leecher_of("a.bin", folder("there"), {"--download-limit", "1M"});
  second.wait_for("progress", comes_at(0.95 * kMiB));
}

double seconds_of(Program& leecher) {
  return leecher.wait_for("complete").at("seconds");
}

TEST_F(Limits, two_files_get_half_of_the_upload_limit_each_however_many_fetch_them) {
  const auto wanted = file("wanted.bin", 2 * kMiB, 1);
  const auto other = file("other.bin", 2 * kMiB, 2);
  Program seeder = start_seeder({wanted.string(), other.string(), "--upload-limit", "1M"});
  seeder.wait_for("registered", named("wanted.bin"));
  seeder.wait_for("registered", named("other.bin"));
  std::list<Program> crowd;
  for (const char* name : {"one", "two", "three"}) {
    crowd.push_back(leecher_of("wanted.bin", folder(name)));
  }
  Program lone = leecher_of("other.bin", folder("lone"));
  // Half of the limit each, all the time. Were shares a matter of peers, the lone one would have
  // 1/4 and the others together 3/4, and these would be through after two thirds of the time.
  const double longest = std::ranges::max(crowd | std::views::transform(seconds_of));
  const double of_the_lone_one = longest / seconds_of(lone);
  EXPECT_GE(of_the_lone_one, 0.85);
  EXPECT_LE(of_the_lone_one,
            1.5);  // what goes out twice to the crowd, and the last way between them
}

/// One that asks for so many blocks at once, and takes them.
ScriptedPeer asking_peer(const Endpoint& seeder, const FileInfo& file, std::uint32_t requests,
                         std::byte id) {
  ScriptedPeer peer(seeder, file, id);
  peer.says(wire::HaveNone{});
  peer.says(wire::Interested{});
  const std::uint32_t per_piece = file.piece_length / kBlock;
  Bytes asks;
  for (std::uint32_t i = 0; i < requests; ++i) {
    wire::encode(wire::Request{{i / per_piece, i % per_piece * kBlock, kBlock}}, asks);
  }
  peer.sends(asks);  // at once: the first peer has no head start to speak of
  return peer;
}

TEST_F(Limits, peers_of_one_file_get_the_same_of_the_upload_limit_however_much_they_ask_for) {
  const auto original = file("a.bin", 40 * kMiB);
  const FileInfo identity = identify(original);
  Program seeder = start_seeder({original.string(), "--upload-limit", "3M"});
  seeder.wait_for("registered");
  const Endpoint address = Endpoint::parse(address_of(seeder)).value();
  std::list<ScriptedPeer> peers;
  for (const std::uint32_t requests : {1'000u, 2'000u, 500u}) {
    peers.push_back(asking_peer(address, identity, requests, std::byte(peers.size())));
  }
  const auto until = std::chrono::steady_clock::now() + 3s;
  std::vector<std::future<double>> takers;
  for (ScriptedPeer& peer : peers) {
    takers.push_back(std::async(std::launch::async, [&peer, until] {
      double blocks = 0;
      for (; std::chrono::steady_clock::now() < until; ++blocks) peer.hears<wire::Piece>();
      return blocks;
    }));
  }
  std::vector<double> taken;
  for (std::future<double>& taker : takers) taken.push_back(taker.get());
  const auto [least, most] = std::ranges::minmax(taken);
  EXPECT_GE(least, 0.85 * most);
}

TEST_F(Limits, a_very_low_limit_is_slow_and_nothing_worse) {
  const auto original = file("a.bin", 64 * kKiB);
  Program seeder = start_seeder({original.string(), "--upload-limit", "32K"});
  seeder.wait_for("registered");
  const auto here = folder("here");
  Program leecher = leecher_of("a.bin", here, {"--no-seed", "--download-limit", "16K"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, here / "a.bin"));
}

TEST_F(Limits, are_read_again_on_sighup) {
  configure("upload-limit = 64K");
  const auto original = file("a.bin", 8 * kMiB);
  Program seeder = start_seeder({original.string(), "--config", config_.string()});
  seeder.wait_for("registered");
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  leecher.wait_for("progress", has_bytes(1));
  EXPECT_EQ(leecher.count("complete"), 0);

  configure("upload-limit = 0");
  seeder.signal(SIGHUP);
  seeder.wait_for("notice");
  leecher.wait_for("complete");  // two minutes later at the rate before
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(Limits, of_a_leecher_are_read_again_too) {
  configure("download-limit = 64K");
  const auto original = file("a.bin", 8 * kMiB);
  Program seeder = seeder_of(original);
  Program leecher =
      leecher_of("a.bin", folder("here"), {"--no-seed", "--config", config_.string()});
  leecher.wait_for("progress", has_bytes(1));
  configure("download-limit = 1K");
  leecher.signal(SIGHUP);
  leecher.wait_for("notice");
  EXPECT_EQ(leecher.count("complete"), 0);
  configure("download-limit = 0");
  leecher.signal(SIGHUP);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

/// Whether the peer gets a block, and no refusal.
bool is_served(ScriptedPeer& peer) {
  peer.says(wire::Request{{0, 0, kBlock}});
  for (;;) {
    const wire::Message message = peer.hears();
    if (std::holds_alternative<wire::Piece>(message)) return true;
    if (std::holds_alternative<wire::Reject>(message)) return false;
  }
}

TEST_F(Limits, upload_slots_are_read_again_too) {
  configure("upload-slots = 0");
  const auto original = file("a.bin", kMiB);
  const FileInfo identity = identify(original);
  Program seeder = start_seeder({original.string(), "--config", config_.string()});
  seeder.wait_for("registered");
  const Endpoint address = Endpoint::parse(address_of(seeder)).value();
  ScriptedPeer first = asking_peer(address, identity, 0, std::byte{1});
  ScriptedPeer second = asking_peer(address, identity, 0, std::byte{2});
  EXPECT_TRUE(is_served(first));
  EXPECT_TRUE(is_served(second));

  const auto says = [](const char* end) {
    return [end](const Json& event) { return std::string(event.at("message")).ends_with(end); };
  };
  configure("upload-slots = 1");
  seeder.signal(SIGHUP);
  seeder.wait_for("notice", says("no limit down, 1 upload slot."));
  first.hears<wire::Choke>();
  configure("upload-slots = 0");
  seeder.signal(SIGHUP);
  seeder.wait_for("notice", says("no limit down."));
  EXPECT_TRUE(is_served(first));
  EXPECT_TRUE(is_served(second));
}

TEST_F(Limits, that_make_no_sense_change_nothing) {
  configure("upload-limit = 0");
  const auto original = file("a.bin", kMiB);
  Program seeder = start_seeder({original.string(), "--config", config_.string()});
  seeder.wait_for("registered");
  configure("upload-limit = fast");
  seeder.signal(SIGHUP);
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

/// The least there is: a block in 16 s.
TEST_F(Limits, of_nearly_nothing_up_hold_up_nothing_that_comes_down_and_no_tracker) {
  DatagramProxy proxy(address_);
  const auto original = file("a.bin", 4 * kMiB);
  Program seeder = seeder_of(original);
  Program stingy = start("leecher", {"a.bin", "--json", "--listen", "127.0.0.1:0", "--tracker",
                                     proxy.address(), "--output", folder("stingy").string(),
                                     "--upload-limit", "1K", "--download-limit", "2M"});
  stingy.wait_for("progress", has_bytes(1));
  Program other = leecher_of("a.bin", folder("other"), {"--no-seed", "--download-limit", "3M"});
  EXPECT_EQ(other.wait_for_exit(), 0);
  stingy.wait_for("seeding");
  const DatagramProxy::Seen before = proxy.seen();
  proxy.wait_until([&](const auto& seen) { return seen.heartbeats >= before.heartbeats + 3; });
}

TEST_F(Limits, without_a_config_file_sighup_ends_a_seeder) {
  Program seeder = seeder_of(file("a.bin", kMiB));
  seeder.signal(SIGHUP);
  EXPECT_EQ(seeder.wait_for_exit(), 0);
}

TEST_F(Limits, six_hundred_connections_from_one_host_leave_room_for_others) {
  constexpr std::size_t kConnections = 600;
  constexpr std::size_t kMost = 180;  // nine tenths of --max-peers
  const auto original = file("a.bin", kMiB);
  Program seeder = start_seeder({original.string(), "--max-peers", "200"});
  seeder.wait_for("registered");
  const Endpoint to = Endpoint::parse(address_of(seeder)).value();
  const InfoHash20 hash = truncated(info_hash(identify(original)));
  std::list<LoopbackSocket> crowd;
  for (std::size_t i = 0; i < kConnections; ++i) {
    wire::Handshake hello{.info_hash = hash, .peer_id = {}};
    hello.peer_id.bytes[0] = static_cast<std::byte>(i);
    hello.peer_id.bytes[1] = static_cast<std::byte>(i >> 8);
    crowd.emplace_back(SOCK_STREAM, to, "127.0.0.2:0").send(wire::encode(hello));
  }
  std::size_t let_in = 0;
  for (const LoopbackSocket& socket : crowd) let_in += socket.receive().empty() ? 0 : 1;
  EXPECT_GT(let_in, kMost / 2);
  EXPECT_LE(let_in, kMost);

  const auto here = folder("here");
  Program leecher = leecher_of("a.bin", here, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, here / "a.bin"));
}

/// Connections that ask for one byte a second, and get it.
class Nibblers {
 public:
  Nibblers(const Endpoint& to, const FileInfo& file, std::size_t from_each) {
    for (const char* address : {"127.0.0.2:0", "127.0.0.3:0"}) {
      for (std::size_t i = 0; i < from_each; ++i) {
        wire::Handshake hello{truncated(info_hash(file)), {}, true, true};
        store_be<std::uint64_t>(sockets_.size(), hello.peer_id.bytes.data());
        sockets_.emplace_back(SOCK_STREAM, to, address).send(wire::encode(hello));
        EXPECT_FALSE(sockets_.back().receive().empty()) << "is let in";
      }
    }
    thread_ = std::jthread([this](const std::stop_token& stop) {
      Bytes request;
      wire::encode(wire::Request{{0, 0, 1}}, request);
      while (!stop.stop_requested()) {
        for (const LoopbackSocket& socket : sockets_) socket.send(request);
        std::this_thread::sleep_for(1s);
      }
    });
  }

 private:
  std::list<LoopbackSocket> sockets_;
  std::jthread thread_;
};

TEST_F(Limits, two_hosts_that_hold_all_places_by_a_byte_a_second_leave_room_for_others) {
  const auto original = file("a.bin", kMiB);
  Program seeder = start_seeder({original.string(), "--max-peers", "20"});
  seeder.wait_for("registered");
  const Nibblers nibblers(Endpoint::parse(address_of(seeder)).value(), identify(original), 10);
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(Limits, few_descriptors_and_hundreds_of_silent_connections_leave_room_for_others) {
  const auto original = file("a.bin", kMiB);
  Program seeder = start(
      "/bin/sh", {"-c", "ulimit -n 96 && exec \"$@\"", "sh", SHOAL_BIN_DIR "/seeder",
                  original.string(), "--json", "--listen", "127.0.0.1:0", "--tracker", address_});
  const Endpoint to = Endpoint::parse(address_of(seeder)).value();
  seeder.wait_for("registered");
  std::list<LoopbackSocket> crowd;
  for (int i = 0; i < 600; ++i) crowd.emplace_back(SOCK_STREAM, to, "127.0.0.2:0");
  Program slow = leecher_of("a.bin", folder("there"), {"--no-seed", "--download-limit", "300K"});
  slow.wait_for("progress", [](const Json& event) { return event.at("peers") > 0; });
  for (int i = 0; i < 60; ++i) crowd.emplace_back(SOCK_STREAM, to, "127.0.0.2:0");
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(slow.wait_for_exit(), 0);
}

TEST_F(Limits, hundreds_of_silent_connections_leave_room_for_others_too) {
  const auto original = file("a.bin", kMiB);
  Program seeder = seeder_of(original);
  const Endpoint to = Endpoint::parse(address_of(seeder)).value();
  std::list<LoopbackSocket> crowd;
  for (int i = 0; i < 600; ++i) crowd.emplace_back(SOCK_STREAM, to, "127.0.0.2:0");

  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

}  // namespace
}  // namespace shoal::test::limits_test
