// Strangers' datagrams and connections in the middle of a transfer, and trackers that go away.
#include <csignal>
#include <list>
#include <random>

#include "integration/loopback.hpp"
#include "support/hostile_peer.hpp"
#include "support/loopback_socket.hpp"
#include "support/tracker_talk.hpp"
#include "wire/handshake.hpp"

namespace shoal::test::disturbance_test {
namespace {

constexpr std::uint64_t kSize = 20 * (1 << 20) + 7;
constexpr std::size_t kStrangers = 300;

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

Bytes handshake_for(const InfoHash20& file, std::size_t stranger) {
  wire::Handshake handshake;
  handshake.info_hash = file;
  store_be(stranger, handshake.peer_id.bytes.data());
  const auto encoded = wire::encode(handshake);
  return {encoded.begin(), encoded.end()};
}

/// A frame: its length prefix, and what follows.
Bytes frame(std::uint32_t length, std::initializer_list<int> rest) {
  Bytes bytes;
  ByteWriter(bytes).u32(length);
  for (const int byte : rest) bytes.push_back(static_cast<std::byte>(byte));
  return bytes;
}

/// A download that is held in its middle while strangers come.
class Disturbance : public Loopback {
 protected:
  /// What one stranger says to a peer's port.
  using Talk = std::function<Bytes(std::size_t stranger)>;

  void hold_in_the_middle() {
    slow_.register_at(address_);
    leecher_.wait_for("progress", has_bytes(kSize / 4));
  }
  void expect_a_good_end() {
    slow_.reform();
    EXPECT_EQ(fetched(leecher_), kSize);
    EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
  }
  /// Hundreds of them at once; returns when the leecher has closed each connection.
  void connect_strangers(const Talk& talk) {
    const Endpoint leecher = Endpoint::parse(address_of(leecher_)).value();
    std::list<LoopbackSocket> strangers;
    for (std::size_t i = 0; i < kStrangers; ++i) {
      strangers.emplace_back(SOCK_STREAM, leecher).send(talk(i));
    }
    for (const LoopbackSocket& stranger : strangers) stranger.wait_for_close();
  }

  const std::filesystem::path original_ = file("film.bin", kSize);
  const InfoHash20 known_ = truncated(info_hash(identify(original_)));
  const std::filesystem::path here_ = folder("here");
  HostilePeer slow_{original_, HostilePeer::Habit::stops, 500};
  Program leecher_ = leecher_of("film.bin", here_, {"--wait", "20s"});
};

TEST_F(Disturbance, handshakes_for_unknown_files_are_closed) {
  hold_in_the_middle();
  connect_strangers([](std::size_t i) { return handshake_for(InfoHash20{{std::byte{9}}}, i); });
  expect_a_good_end();
}

TEST_F(Disturbance, what_is_no_handshake_is_closed) {
  hold_in_the_middle();
  std::mt19937_64 random(1);
  connect_strangers([&](std::size_t) { return random_bytes(random, wire::kHandshakeLength); });
  expect_a_good_end();
}

TEST_F(Disturbance, length_prefixes_beyond_all_bounds_are_closed) {
  hold_in_the_middle();
  connect_strangers([&](std::size_t i) {
    Bytes talk = handshake_for(known_, i);
    ByteWriter(talk).bytes(frame(0xffffffff, {7, 1, 2, 3}));
    return talk;
  });
  expect_a_good_end();
}

TEST_F(Disturbance, messages_that_the_file_does_not_allow_are_closed) {
  hold_in_the_middle();
  const std::vector<Bytes> bad{
      frame(2, {5, 0xff}),                                    // bitfield of a wrong size
      frame(5, {4, 0xff, 0xff, 0xff, 0xff}),                  // have of no piece
      frame(13, {7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}),     // a block nobody asked for
      frame(13, {6, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0}),  // request of 4 GiB
      frame(4, {20, 0, 'd', '1'}),                            // no extended handshake
      frame(100'000, {5}),                                    // bitfield far too long
  };
  std::mt19937_64 random(2);
  connect_strangers([&](std::size_t i) {
    Bytes talk = handshake_for(known_, i);
    ByteWriter(talk).bytes(bad[i % bad.size()]);
    // And then noise, for a message that deserves an answer and no more.
    ByteWriter(talk).bytes(frame(0x7fffffff, {1}));
    return talk;
  });
  expect_a_good_end();
}

TEST_F(Disturbance, connections_that_end_early_leave_nothing_behind) {
  hold_in_the_middle();
  const Endpoint leecher = Endpoint::parse(address_of(leecher_)).value();
  for (std::size_t i = 0; i < kStrangers; ++i) {
    Bytes talk = handshake_for(known_, i);
    talk.resize(i % (talk.size() + 1));
    LoopbackSocket(SOCK_STREAM, leecher).send(talk);
  }
  expect_a_good_end();
}

TEST_F(Disturbance, stray_datagrams_do_not_reach_the_tracker_s_mind) {
  hold_in_the_middle();
  std::mt19937_64 random(3);
  const LoopbackSocket stranger(SOCK_DGRAM, Endpoint::parse(address_).value());
  for (std::size_t i = 0; i < 2000; ++i) stranger.send(random_bytes(random, i % 1400));
  // Well formed, but with a connection id that was never given.
  Bytes forged;
  datagram::encode(datagram::RequestDatagram{datagram::ConnectionId{42}, datagram::TransactionId{1},
                                             datagram::WithdrawRequest{PeerId{}, 1, {}}},
                   forged);
  for (std::size_t i = 0; i < 500; ++i) stranger.send(forged);

  expect_a_good_end();
  Program other = leecher_of("film.bin", folder("other"), {"--no-seed"});
  EXPECT_EQ(other.wait_for_exit(), 0);
  tracker_.signal(SIGINT);
  EXPECT_EQ(tracker_.wait_for_exit(), 0);
  EXPECT_GE(tracker_.wait_for("statistics").at("dropped"), 500);
  EXPECT_EQ(tracker_.wait_for("statistics").at("files"), 1);
}

class TrackerRestart : public Loopback {
 protected:
  TrackerRestart() : Loopback(options()) {}
  static Program::Arguments options() { return {"--heartbeat", "200ms", "--timeout", "10m"}; }

  /// As after a power cut: nobody is told, everything is forgotten.
  [[nodiscard]] Program restart() {
    tracker_.kill();
    Program::Arguments again = options();
    again.insert(again.end(), {"--listen", address_});
    return start_tracker(again);
  }
};

TEST_F(TrackerRestart, is_made_good_by_the_seeders_heartbeat) {
  const auto first = file("first.bin", 1000, 1);
  const auto second = file("second.bin", 2000, 2);
  Program seeder = start_seeder({first.string(), second.string()});
  seeder.wait_for("registered", named("first.bin"));
  seeder.wait_for("registered", named("second.bin"));
  Program tracker = restart();
  tracker.wait_for("listening");
  const auto here = folder("here");
  Program leecher = leecher_of("first.bin", here, {"second.bin", "--wait", "1m", "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(second, here / "second.bin"));
  EXPECT_EQ(seeder.count("registered"), 2) << "told once";
}

TEST_F(TrackerRestart, in_the_middle_of_a_transfer_is_not_noticed) {
  const auto original = file("film.bin", kSize);
  HostilePeer slow(original, HostilePeer::Habit::stops, 500);
  slow.register_at(address_);
  const auto here = folder("here");
  Program leecher = leecher_of("film.bin", here);
  leecher.wait_for("progress", has_bytes(kSize / 4));
  Program tracker = restart();
  tracker.wait_for("listening");
  slow.reform();
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original, here / "film.bin"));
  leecher.wait_for("seeding");
  // The leecher, now a seeder, makes itself known there.
  Program next = leecher_of("film.bin", folder("there"), {"--wait", "1m", "--no-seed"});
  EXPECT_EQ(next.wait_for_exit(), 0);
}

TEST_F(TrackerRestart, that_never_comes_does_not_end_a_transfer) {
  const auto original = file("film.bin", kSize);
  HostilePeer slow(original, HostilePeer::Habit::stops, 500);
  slow.register_at(address_);
  const auto here = folder("here");
  Program leecher = leecher_of("film.bin", here, {"--no-seed"});
  leecher.wait_for("progress", has_bytes(kSize / 4));
  tracker_.kill();
  slow.reform();
  leecher.wait_for("complete");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, here / "film.bin"));
}

TEST_F(TrackerRestart, a_tracker_that_starts_last_is_found) {
  tracker_.kill();
  const auto original = file("a.bin", 1000);
  Program seeder = start_seeder({original.string()});
  Program leecher = leecher_of("a.bin", folder("here"), {"--wait", "1m", "--no-seed"});
  seeder.wait_for("listening");
  leecher.wait_for("listening");
  Program::Arguments late = options();
  late.insert(late.end(), {"--listen", address_});
  Program tracker = start_tracker(late);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

class ForgetfulTracker : public Loopback {
 protected:
  ForgetfulTracker() : Loopback({"--heartbeat", "200ms", "--timeout", "1s"}) {}
};

TEST_F(ForgetfulTracker, drops_a_seeder_that_was_killed) {
  Program seeder = seeder_of(file("a.bin", 1000));
  seeder.kill();
  const datagram::LookupRequest lookup{PeerId{}, "a.bin"};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!std::holds_alternative<datagram::RefuseReply>(ask_tracker(address_, lookup))) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
}

}  // namespace
}  // namespace shoal::test::disturbance_test
