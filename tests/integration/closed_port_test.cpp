// What comes to the port of a closed swarm's peer, and what becomes of it.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "base/hex.hpp"
#include "integration/closed_swarm.hpp"
#include "support/loopback_socket.hpp"
#include "support/tls_socket.hpp"
#include "wire/handshake.hpp"

namespace shoal::test::closed_port_test {

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kMiB = 1 << 20;

/// Returns when the program has said so on standard error.
void wait_for_log(const Program& program, std::string_view words) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (program.errors().find(words) == std::string::npos) {
    if (std::chrono::steady_clock::now() > end) {
      throw std::runtime_error("not logged: " + std::string(words) + "\n" + program.errors());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

class ClosedPort : public ClosedSwarm {
 protected:
  ClosedPort() : original_(file("a.bin", 3 * kMiB)), seeder_(closed_seeder(original_)) {
    port_ = *Endpoint::parse(std::string(seeder_.wait_for("listening").at("address")));
  }
  /// The port still serves.
  void expect_served() {
    Program leecher = leecher_of("a.bin", folder("served"), {"--key", key_, "--no-seed"});
    EXPECT_EQ(leecher.wait_for_exit(), 0);
  }
  /// What openssl s_client says of a handshake with these arguments.
  std::string s_client(const std::string& arguments) const {
    const std::string command = "timeout 20 openssl s_client -connect " + port_.to_string() +
                                " -tls1_3 -brief " + arguments + " < /dev/null 2>&1";
    FILE* const output = ::popen(command.c_str(), "r");
    std::string text;
    std::array<char, 256> part;
    while (std::fgets(part.data(), static_cast<int>(part.size()), output) != nullptr) {
      text += part.data();
    }
    ::pclose(output);
    return text;
  }
  /// docs/protocol.md says how to compute it.
  std::string psk_arguments(const std::string& key_file) const {
    const secure::Psk psk(read(key_file)->first(), secure::Cipher::chacha20_poly1305);
    return "-ciphersuites TLS_CHACHA20_POLY1305_SHA256 -alpn shoal/1 -psk_identity '" +
           psk.identity + "' -psk " + to_hex(psk.bytes());
  }

  std::filesystem::path original_;
  Program seeder_;
  Endpoint port_;
};

TEST_F(ClosedPort, closes_on_a_plain_peer_without_a_byte_and_says_so_here) {
  const auto hello = wire::encode(
      wire::Handshake{.info_hash = truncated(info_hash(identify(original_))), .peer_id = {}});
  const LoopbackSocket plain(SOCK_STREAM, port_);
  plain.send(hello);
  EXPECT_TRUE(plain.receive().empty());
  wait_for_log(seeder_, "does not speak TLS");
  expect_served();
}

TEST_F(ClosedPort, open_peer_closes_on_tls_and_says_so) {
  Program tracker = start_tracker({});
  address_ = address_of(tracker);
  Program open = seeder_with(file("open.bin", 1000), {"--log-level", "info"});
  const LoopbackSocket tls(SOCK_STREAM,
                           *Endpoint::parse(std::string(open.wait_for("listening").at("address"))));
  Bytes hello(250, std::byte{1});
  hello[0] = std::byte{22};
  hello[1] = std::byte{3};
  tls.send(hello);
  EXPECT_TRUE(tls.receive().empty());
  wait_for_log(open, "came with TLS");
}

TEST_F(ClosedPort, completes_the_handshake_of_openssl_with_the_key) {
  const std::string said = s_client(psk_arguments(key_));
  EXPECT_THAT(said, HasSubstr("CONNECTION ESTABLISHED"));
  EXPECT_THAT(said, HasSubstr("TLSv1.3"));
}

TEST_F(ClosedPort, completes_no_handshake_of_openssl_without_the_key) {
  EXPECT_THAT(s_client("-alpn shoal/1"), Not(HasSubstr("CONNECTION ESTABLISHED")));
  EXPECT_THAT(s_client(psk_arguments(new_key("other.key"))),
              Not(HasSubstr("CONNECTION ESTABLISHED")));
  wait_for_log(seeder_, "no key that we accept");
  expect_served();
}

// More connections than are waited for at once, none of which says anything.
TEST_F(ClosedPort, lets_real_peers_in_past_hundreds_that_are_silent) {
  std::deque<LoopbackSocket> silent;
  for (int i = 0; i < 800; ++i) silent.emplace_back(SOCK_STREAM, port_);
  wait_for_log(seeder_, "makes room for others");
  expect_served();
}

TEST_F(ClosedPort, is_not_shut_for_others_by_one_address) {
  const auto context = std::make_shared<const secure::TlsContext>(read(key_));
  TlsSocket first(context, port_, "127.0.0.2:0");
  std::deque<LoopbackSocket> silent;
  for (int i = 0; i < 800; ++i) silent.emplace_back(SOCK_STREAM, port_);
  wait_for_log(seeder_, "makes room for others");
  first.greet();
  EXPECT_NO_THROW(first.finish()) << "it was here before all of them";
}

// And some that begin a handshake and stop in the middle of it.
TEST_F(ClosedPort, lets_real_peers_in_past_hundreds_that_are_slow) {
  std::deque<LoopbackSocket> slow;
  Bytes half{std::byte{22}, std::byte{3}, std::byte{1}, std::byte{2}, std::byte{0}, std::byte{1}};
  for (int i = 0; i < 800; ++i) slow.emplace_back(SOCK_STREAM, port_).send(half);
  wait_for_log(seeder_, "makes room for others");
  expect_served();
  slow.back().send(half);  // a little more does not buy it more time
  EXPECT_NO_THROW(slow.back().wait_for_close());
}

// All at once, while somebody fetches. One address gets nine tenths of the connections, so some are
// turned away once they have proven the key; by then everybody has been served.
TEST_F(ClosedPort, shakes_hands_with_five_hundred_at_once_and_goes_on_serving) {
  constexpr std::uint64_t kLength = 12 * kMiB;
  const auto large = file("large.bin", kLength);
  wire::Handshake hello{.info_hash = truncated(info_hash(identify(large))), .peer_id = {}};
  Program seeder = closed_seeder(large);
  const auto port = *Endpoint::parse(std::string(seeder.wait_for("listening").at("address")));
  Program leecher = leecher_of("large.bin", folder("meanwhile"),
                               {"--key", key_, "--no-seed", "--download-limit", "4M"});
  leecher.wait_for("progress", has_bytes(1));

  const auto context = std::make_shared<const secure::TlsContext>(read(key_));
  std::deque<TlsSocket> crowd;
  for (int i = 0; i < 500; ++i) crowd.emplace_back(context, port);
  for (TlsSocket& one : crowd) one.greet();
  for (TlsSocket& one : crowd) ASSERT_NO_THROW(one.finish());
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    store_be(static_cast<std::uint32_t>(i), hello.peer_id.bytes.data());
    crowd[i].write(wire::encode(hello));
  }
  int let_in = 0;
  for (TlsSocket& one : crowd) {
    try {
      if (!one.read().empty()) ++let_in;
    } catch (const std::system_error&) {
      continue;  // turned away
    }
  }
  EXPECT_GE(let_in, 400);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fetched(leecher), kLength) << "nothing was lost and fetched again";
}

/// Connects and sends garbage, time and again, faster than anybody can answer, until told to stop.
class Storm {
 public:
  explicit Storm(const Endpoint& port) {
    // While one waits for room in the system's queue, which it looks for once a second, others go
    // on.
    for (std::uint32_t i = 1; i <= 4; ++i) {
      threads_.emplace_back([this, port, i](const std::stop_token& stop) { run(port, i, stop); });
    }
  }
  /// Returns when there have been so many connections.
  void wait_for(std::uint64_t connections) const {
    for (auto now = connections_.load(); now < connections; now = connections_.load()) {
      connections_.wait(now);
    }
  }

 private:
  void run(const Endpoint& port, std::uint32_t state, const std::stop_token& stop) {
    Bytes garbage(300);
    while (!stop.stop_requested()) {
      for (std::byte& b : garbage) {
        b = static_cast<std::byte>((state = state * 1664525 + 1013904223) >> 24);
      }
      if (state >> 31 != 0) garbage[0] = std::byte{22};  // as TLS begins
      LoopbackSocket(SOCK_STREAM, port).send(garbage);
      ++connections_;
      connections_.notify_all();
    }
  }

  std::atomic<std::uint64_t> connections_ = 0;
  std::vector<std::jthread> threads_;
};

TEST_F(ClosedPort, serves_on_with_bounded_memory_through_ten_thousand_garbage_connections) {
  expect_served();
  const std::uint64_t before = seeder_.peak_memory();
  Storm storm(port_);
  // They come in, and get everything, while it goes on; the last one began after thousands.
  for (std::uint64_t next = 0; next <= 10'000; next += 2'500) {
    storm.wait_for(next);
    Program leecher =
        leecher_of("a.bin", folder("at " + std::to_string(next)), {"--key", key_, "--no-seed"});
    EXPECT_EQ(leecher.wait_for_exit(), 0);
  }
  [[maybe_unused]] const std::uint64_t grown = seeder_.peak_memory() - before;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which keep what was freed
  EXPECT_LT(grown, 24 * kMiB);
#endif
}

// ---- key files and the command line -----------------------------------------

class NewKey : public Loopback {};

TEST_F(NewKey, is_made_by_the_tracker_and_told_of) {
  Program maker = start("tracker", {"--new-key", "our.key"});
  EXPECT_EQ(maker.wait_for_exit(), 0);
  EXPECT_THAT(maker.output(), HasSubstr("--key our.key"));
  EXPECT_EQ(std::filesystem::status(home_ / "our.key").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  Program again = start("tracker", {"--new-key", "our.key"});
  EXPECT_EQ(again.wait_for_exit(), 1);
  EXPECT_THAT(again.errors(), HasSubstr("is there already"));
}

TEST_F(NewKey, is_refused_when_others_can_read_it) {
  Program maker = start("tracker", {"--new-key", "our.key"});
  EXPECT_EQ(maker.wait_for_exit(), 0);
  std::filesystem::permissions(home_ / "our.key", std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  for (const char* program : {"tracker", "seeder", "leecher"}) {
    Program refused = start(program, {"--key", "our.key"});
    EXPECT_EQ(refused.wait_for_exit(), 2);
    EXPECT_THAT(refused.errors(), HasSubstr("chmod 600 our.key"));
  }
}

}  // namespace
}  // namespace shoal::test::closed_port_test
