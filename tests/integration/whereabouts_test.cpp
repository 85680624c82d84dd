// Where trackers list a seeder: where it listens, in each family, or where it says it is.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>

#include "integration/loopback.hpp"
#include "support/datagram_proxy.hpp"
#include "support/fake_tracker.hpp"
#include "support/ipv6.hpp"
#include "support/loopback_socket.hpp"
#include "support/own_network.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test::whereabouts_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

std::uint16_t port_of(Program& program) {
  return Endpoint::parse(address_of(program))->port;
}

Endpoint at(const char* address, std::uint16_t port) {
  return {IpAddress::parse(address).value(), port};
}

Program::Condition says(const std::string& words) {
  return [words](const Json& event) {
    return event.at("message").get<std::string>().find(words) != std::string::npos;
  };
}

std::optional<datagram::LookupReply> look_up(const std::string& tracker, const std::string& name) {
  const auto reply = ask_tracker(tracker, datagram::LookupRequest{PeerId{}, name});
  const auto* found = std::get_if<datagram::LookupReply>(&reply);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

/// Returns when the tracker sends others to so many addresses, and what it says then.
datagram::LookupReply wait_for_peers(const std::string& tracker, const std::string& name,
                                     std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const auto found = look_up(tracker, name);
    if (found && found->peers.size() >= count) return *found;
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("the tracker does not list " + name + " so often");
  }
}

/// What a program is told that a name stands for.
Program::Environment name_means(const std::string& entry) {
  const char* const options = std::getenv("ASAN_OPTIONS");
  const std::string before = options == nullptr ? "" : std::string(options) + ":";
  return {"LD_PRELOAD=" SHOAL_TEST_NAMES, "ASAN_OPTIONS=" + before + "verify_asan_link_order=0",
          "TEST_NAME=" + entry};
}

class Whereabouts : public Loopback {
 protected:
  /// A seeder with no options but these.
  [[nodiscard]] Program seeder(Program::Arguments arguments,
                               const Program::Environment& environment = {}) const {
    arguments.insert(arguments.begin(), "--json");
    return start("seeder", arguments, environment);
  }
};

/// The tracker is at the same port of 127.0.0.1 and ::1. It reads what came to ::1 first, so who is
/// registered at 127.0.0.1 is not so by luck.
class InBothFamilies : public Whereabouts {
 protected:
  void SetUp() override {
    if (!has_ipv6()) GTEST_SKIP() << kNoIpv6;
    constexpr int kMostTries = 5;  // somebody may take the port before the tracker does
    for (int tries = 1; !listens(); ++tries) ASSERT_LT(tries, kMostTries) << both_->describe();
  }

  /// At a port that is free for both, as far as that can be known.
  bool listens() {
    const std::uint16_t port = LoopbackSocket(SOCK_DGRAM).local().port;
    const std::string number = std::to_string(port);
    v4_ = "127.0.0.1:" + number;
    v6_ = "[::1]:" + number;
    name_ = "two.test:" + number;
    both_.emplace(start_tracker({"--listen", v6_, "--listen", v4_, "--heartbeat", "300ms"}));
    try {
      both_->wait_for("listening",
                      [this](const Json& event) { return event.at("address") == v4_; });
      return true;
    } catch (const std::runtime_error&) {
      EXPECT_NE(both_->wait_for_exit(), 0);
      return false;
    }
  }

  std::optional<Program> both_;
  std::string v4_, v6_, name_;
};

TEST_F(Whereabouts, a_seeder_on_one_address_is_registered_and_found_there) {
  const auto original = file("a.bin", 100'000);
  Program offers = seeder({original.string(), "--listen", "127.0.0.2:0", "--tracker", address_});
  offers.wait_for("registered");
  EXPECT_THAT(look_up(address_, "a.bin")->peers, ElementsAre(at("127.0.0.2", port_of(offers))));
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(InBothFamilies, a_seeder_on_ipv4_says_why_a_tracker_on_ipv6_cannot_list_it) {
  Program offers =
      seeder({file("a.bin", 1000).string(), "--listen", "0.0.0.0:0", "--tracker", v6_});
  const Json told = offers.wait_for("tracker", says("listen on IPv4 only"));
  EXPECT_EQ(told.at("answers"), false);
  EXPECT_EQ(offers.count("registered"), 0);
  EXPECT_FALSE(look_up(v4_, "a.bin"));
}

TEST_F(InBothFamilies, a_seeder_on_ipv4_is_registered_over_ipv4_though_the_name_has_ipv6_too) {
  for (const char* order : {"two.test=::1,127.0.0.1", "two.test=127.0.0.1,::1"}) {
    Program offers =
        seeder({file("a.bin", 1000).string(), "--listen", "0.0.0.0:0", "--tracker", name_},
               name_means(order));
    offers.wait_for("registered");
    EXPECT_THAT(look_up(v4_, "a.bin")->peers, ElementsAre(at("127.0.0.1", port_of(offers))));
  }
}

TEST_F(InBothFamilies, a_seeder_on_both_is_registered_in_both_and_is_one_seeder) {
  Program offers = seeder({file("a.bin", 1000).string(), "--tracker", name_},
                          name_means("two.test=127.0.0.1,::1"));
  const auto found = wait_for_peers(v4_, "a.bin", 2);
  const std::uint16_t port = port_of(offers);
  EXPECT_THAT(found.peers, UnorderedElementsAre(at("127.0.0.1", port), at("::1", port)));
  EXPECT_EQ(found.seeders, 1u);
  offers.wait_for("registered");
  EXPECT_EQ(offers.count("registered"), 1u);
  Program leecher =
      start_leecher({"a.bin", "--output", folder("here").string(), "--no-seed", "--tracker", v6_});
  EXPECT_EQ(leecher.wait_for("found").at("peers"), 1);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(InBothFamilies, a_tracker_that_answers_in_one_of_them_is_not_kept_waiting_for_the_other) {
  Program only_v4 = start_tracker({"--heartbeat", "300ms"});
  const std::string address = address_of(only_v4);
  const std::string name = "two.test" + address.substr(address.rfind(':'));
  Program offers = seeder({file("a.bin", 1000).string(), "--tracker", name},
                          name_means("two.test=::1,127.0.0.1"));
  offers.wait_for("registered");
  EXPECT_EQ(offers.count("tracker"), 0u);
  EXPECT_THAT(look_up(address, "a.bin")->peers, ElementsAre(at("127.0.0.1", port_of(offers))));
}

TEST_F(Whereabouts, a_seeder_behind_a_proxy_is_found_where_it_says_it_is) {
  DatagramProxy proxy(address_);
  proxy.move_to(*IpAddress::parse("127.0.0.2"));
  std::uint16_t port = 0;
  {
    const LoopbackSocket probe(SOCK_STREAM, "127.0.0.1:0");
    port = probe.local().port;
  }
  const std::string here = at("127.0.0.1", port).to_string();
  const auto original = file("a.bin", 100'000);
  Program offers = seeder(
      {original.string(), "--listen", here, "--address", here, "--tracker", proxy.address()});
  offers.wait_for("registered");
  EXPECT_THAT(look_up(address_, "a.bin")->peers, ElementsAre(at("127.0.0.1", port)));
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

/// On a thread of its own, for real programs.
class TrackerOfAThread {
 public:
  explicit TrackerOfAThread(FakeTracker::Handler handler) {
    tracker_.on_request(std::move(handler));
    thread_ = std::jthread([this] { loop_.run(); });
  }
  ~TrackerOfAThread() { loop_.stop(); }
  TrackerOfAThread(const TrackerOfAThread&) = delete;
  TrackerOfAThread& operator=(const TrackerOfAThread&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  asio::io_context loop_;
  FakeTracker tracker_{loop_};
  std::string name_ = tracker_.name();
  std::jthread thread_;
};

TEST_F(Whereabouts, a_seeder_that_the_tracker_sees_elsewhere_says_so_once) {
  const TrackerOfAThread tracker([](const datagram::Request& request) {
    const datagram::Timing often{100, 60'000};
    std::optional<datagram::Reply> reply;
    if (std::holds_alternative<datagram::RegisterRequest>(request))
      reply = datagram::RegisterReply{often, at("192.0.2.9", 7001)};
    if (std::holds_alternative<datagram::HeartbeatRequest>(request))
      reply = datagram::HeartbeatReply{false, often};
    if (std::holds_alternative<datagram::WithdrawRequest>(request))
      reply = datagram::WithdrawReply{};
    return reply;
  });
  Program offers = seeder(
      {file("a.bin", 1000).string(), file("b.bin", 1000, 2).string(), "--tracker", tracker.name()});
  const Json told = offers.wait_for("notice", says("sees this machine as 192.0.2.9"));
  EXPECT_THAT(told.at("message").get<std::string>(), testing::HasSubstr("--address HOST:PORT"));
  offers.wait_for("registered", named("b.bin"));
  EXPECT_EQ(std::ranges::count_if(offers.events(),
                                  [](const Json& event) {
                                    return event.at("event") == "notice" &&
                                           says("sees this machine")(event);
                                  }),
            1);
}

TEST_F(Whereabouts, a_said_address_where_nobody_listens_is_told) {
  const LoopbackSocket nobody(SOCK_STREAM);
  const std::string said = nobody.local().to_string();
  Program offers = seeder({file("a.bin", 1000).string(), "--tracker", address_, "--address", said});
  offers.wait_for("notice", says("Nobody listens at " + said));
}

TEST_F(Whereabouts, a_leecher_that_shares_is_told_too) {
  const auto original = file("a.bin", 1000);
  Program offers = seeder_of(original);
  const FileInfo known = identify(original);
  const Endpoint where = Endpoint::parse(address_of(offers)).value();
  const TrackerOfAThread tracker([&](const datagram::Request& request) {
    const datagram::Timing timing{60'000, 600'000};
    std::optional<datagram::Reply> reply;
    if (std::holds_alternative<datagram::LookupRequest>(request)) {
      reply = datagram::LookupReply{known.length, known.piece_length, known.root, 1, 0,
                                    {where},      std::nullopt};
    }
    if (std::holds_alternative<datagram::RegisterRequest>(request))
      reply = datagram::RegisterReply{timing, at("192.0.2.9", 7001)};
    if (std::holds_alternative<datagram::WithdrawRequest>(request))
      reply = datagram::WithdrawReply{};
    return reply;
  });
  Program leecher = start("leecher", {"--json", "a.bin", "--output", folder("here").string(),
                                      "--tracker", tracker.name()});
  leecher.wait_for("complete");
  const Json told = leecher.wait_for("notice", says("sees this machine as 192.0.2.9:7001"));
  EXPECT_THAT(told.at("message").get<std::string>(), testing::HasSubstr("seeder FILE --address"));
  leecher.wait_for("registered");
  EXPECT_EQ(leecher.count("notice"), 1u);
}

/// A tracker on all addresses, as the programs of before were, answers from the address that the
/// question came from.
TEST(WhereaboutsOfOneAddress, is_told_to_a_tracker_that_is_asked_at_loopback) {
  const OwnNetwork network;
  // A second address, which takes root, is what makes the wrong answer possible.
  if (!network.missing().empty()) GTEST_SKIP() << network.missing();
  ASSERT_TRUE(network.add("10.9.0.5/32")) << "it takes ip, of iproute2";
  const TempDir home;
  Program tracker("tracker", {"--json", "--listen", "0.0.0.0:0"}, home.path());
  const std::string address = at("127.0.0.1", port_of(tracker)).to_string();
  const auto original = make_file(home / "a.bin", 100'000, 1);
  Program offers("seeder", {"--json", "a.bin", "--listen", "10.9.0.5:0", "--tracker", address},
                 home.path());
  offers.wait_for("registered");
  std::filesystem::create_directory(home / "here");
  Program leecher("leecher",
                  {"--json", "a.bin", "--output", "here", "--no-seed", "--tracker", address},
                  home.path());
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, home / "here/a.bin"));
}

TEST(WhereaboutsBehindAProxy, a_leecher_is_told_that_everybody_is_seen_at_one_address) {
  const OwnNetwork nobody_is_dialled;  // 192.0.2.9 would be
  if (!nobody_is_dialled.missing().empty()) GTEST_SKIP() << nobody_is_dialled.missing();
  const TrackerOfAThread tracker([](const datagram::Request& request) {
    std::optional<datagram::Reply> reply;
    FileInfo file{"a.bin", 1000, 16384, {}};
    file.root.bytes[0] = std::byte{1};
    if (std::holds_alternative<datagram::LookupRequest>(request)) {
      reply = datagram::LookupReply{file.length,
                                    file.piece_length,
                                    file.root,
                                    1,
                                    0,
                                    {at("192.0.2.9", 7001)},
                                    at("192.0.2.9", 40'000)};
    }
    return reply;
  });
  const TempDir home;
  Program leecher("leecher", {"--json", "a.bin", "--tracker", tracker.name()}, home.path());
  leecher.wait_for("notice", says("--address HOST:PORT"));
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), 130);
}

}  // namespace
}  // namespace shoal::test::whereabouts_test
