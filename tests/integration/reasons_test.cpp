// Why nothing comes is told while it does not come.
#include <list>

#include "integration/loopback.hpp"
#include "support/datagram_proxy.hpp"
#include "support/hostile_peer.hpp"
#include "support/loopback_socket.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test::reasons_test {
namespace {

constexpr std::uint64_t kSize = 1 << 20;
constexpr int kNobodyOffersIt = 3;
constexpr int kNoTracker = 4;

class Reasons : public Loopback {
 protected:
  /// The tracker believes that somebody at that port of this machine has the file.
  void register_at_port(std::uint16_t port, const FileInfo& file) const {
    PeerId id;
    store_be(port, id.bytes.data());
    register_at_tracker(address_, {id, port, true, file});
  }
  static Program::Condition with_code(int code) {
    return [code](const Json& event) { return event.at("code") == code; };
  }
};

TEST_F(Reasons, of_peers_that_are_not_connected_are_told_with_the_progress) {
  const FileInfo wanted = identify(file("a.bin", kSize));
  std::list<LoopbackSocket> sockets;
  for (int i = 0; i < 3; ++i) {
    sockets.emplace_back(SOCK_STREAM);
    if (i == 0) sockets.back().listen();  // there is nobody but the system; the others refuse
    register_at_port(sockets.back().local().port, wanted);
  }
  // One that knows nothing of a.bin. This tracker must not know it, or would take nobody else
  // there.
  const LoopbackSocket other_tracker(SOCK_DGRAM);
  Program other = start("seeder", {"--json", "--tracker", other_tracker.local().to_string(),
                                   "--listen", "127.0.0.1:0", file("b.bin", kSize, 2).string()});
  other.wait_for("seeding");
  register_at_port(Endpoint::parse(address_of(other)).value().port, wanted);
  Program leecher = leecher_of("a.bin", folder("here"));
  const Json told = leecher.wait_for(
      "progress",
      [](const Json& event) {
        return event.at("known") == 4 && event.contains("trouble") &&
               event.at("trouble") == Json{{"refused", 2}, {"silent", 1}, {"no_handshake", 1}};
      },
      3 * kPatience);
  EXPECT_EQ(told.at("peers"), 0);
}

TEST_F(Reasons, a_sender_of_wrong_data_is_named_at_once_and_once) {
  const auto original = file("a.bin", kSize);
  HostilePeer liar(original, HostilePeer::Habit::corrupts);
  liar.register_at(address_);
  Program leecher = leecher_of("a.bin", folder("here"));
  const Json told = leecher.wait_for("wrong_data");
  EXPECT_EQ(told.at("name"), "a.bin");
  EXPECT_EQ(told.at("peer"), liar.address().to_string());
  leecher.wait_for("progress", [](const Json& event) {
    return event.contains("trouble") && event.at("trouble").contains("wrong_data");
  });
  EXPECT_EQ(leecher.count("wrong_data"), 1);
}

TEST_F(Reasons, waiting_for_a_seeder_is_told_before_one_comes) {
  const DatagramProxy proxy(address_);
  Program leecher = start("leecher", {"--json", "a.bin", "--output", folder("here").string(),
                                      "--wait", "5m", "--no-seed", "--tracker", proxy.address()});
  const Json told = leecher.wait_for("waiting");
  EXPECT_EQ(told.at("name"), "a.bin");
  EXPECT_EQ(told.at("code"), kNobodyOffersIt);
  // It asks once more, and again once that was answered.
  proxy.wait_until([before = proxy.seen().lookups](const DatagramProxy::Seen& seen) {
    return seen.lookups >= before + 2;
  });
  Program seeder = seeder_of(file("a.bin", kSize));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(leecher.count("waiting"), 1) << "told again though nothing had changed";
}

TEST_F(Reasons, waiting_for_a_tracker_is_told_and_what_it_says_when_it_comes) {
  tracker_.kill();
  Program leecher = leecher_of("a.bin", folder("here"), {"--wait", "5m"});
  leecher.wait_for("waiting", with_code(kNoTracker));
  Program again = start_tracker({"--listen", address_});
  leecher.wait_for("waiting", with_code(kNobodyOffersIt));
  EXPECT_EQ(leecher.count("waiting"), 2);
}

TEST_F(Reasons, waiting_for_the_peers_of_a_link_is_told) {
  const std::string link = "magnet:?xt=urn:btmh:1220" + std::string(64, 'a');
  Program leecher = leecher_of(link, folder("here"), {"--wait", "5m"});
  const Json told = leecher.wait_for("waiting");
  EXPECT_EQ(told.at("target"), link);
}

TEST_F(Reasons, people_are_told_which_tracker_is_silent_while_another_knows_nobody) {
  const LoopbackSocket silent(SOCK_DGRAM);
  const std::string name = silent.local().to_string();
  Program leecher =
      start("leecher", {"a.bin", "--output", folder("here").string(), "--listen", "127.0.0.1:0",
                        "--tracker", name, "--tracker", address_, "--wait", "5m"});
  leecher.wait_for_output([&](const std::string& output) {
    return output.contains("no answer from " + name + "; waiting for a seeder.");
  });
}

TEST_F(Reasons, without_time_to_wait_there_is_no_word_of_waiting) {
  Program leecher = leecher_of("a.bin", folder("here"));
  EXPECT_EQ(leecher.wait_for_exit(), kNobodyOffersIt);
  EXPECT_EQ(leecher.count("waiting"), 0);
}

}  // namespace
}  // namespace shoal::test::reasons_test
