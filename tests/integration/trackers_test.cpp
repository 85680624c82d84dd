// Trackers beside a tracker, behind a bad line, and for very many files.
#include <csignal>
#include <fstream>

#include "integration/loopback.hpp"
#include "support/datagram_proxy.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test::trackers_test {
namespace {

namespace fs = std::filesystem;

using Seen = DatagramProxy::Seen;

class Trackers : public Loopback {
 protected:
  Trackers() : Loopback({"--heartbeat", "300ms", "--timeout", "10m"}) {}

  /// A seeder whose only way to the tracker is the proxy.
  [[nodiscard]] Program seeder_behind(const DatagramProxy& proxy,
                                      Program::Arguments arguments) const {
    arguments.insert(arguments.end(),
                     {"--json", "--listen", "127.0.0.1:0", "--tracker", proxy.address()});
    return start("seeder", arguments);
  }
  [[nodiscard]] std::vector<Endpoint> peers_of(const std::string& name) const {
    const auto reply = ask_tracker(address_, datagram::LookupRequest{PeerId{}, name});
    const auto* found = std::get_if<datagram::LookupReply>(&reply);
    return found == nullptr ? std::vector<Endpoint>{} : found->peers;
  }
};

TEST_F(Trackers, one_that_is_left_of_several_suffices) {
  Program second = start_tracker({"--heartbeat", "300ms"});
  const std::string other = address_of(second);
  const auto original = file("a.bin", 100'000);
  Program seeder = start_seeder({original.string(), "--tracker", other});
  seeder.wait_for("registered");
  // It has told both, once the second one knows the name too.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const datagram::LookupRequest lookup{PeerId{}, "a.bin"};
  while (std::holds_alternative<datagram::RefuseReply>(ask_tracker(other, lookup))) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  tracker_.kill();
  Program leecher = leecher_of("a.bin", folder("here"), {"--tracker", other, "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original, home_ / "here/a.bin"));
}

// libtorrent keeps an id for a minute, whatever becomes of the tracker, and uses it at every
// tracker of that IP address.
TEST_F(Trackers, started_again_take_the_ids_of_before) {
  const auto id = connect_to_tracker(address_);
  tracker_.kill();
  Program again = start_tracker({"--listen", address_});
  ASSERT_EQ(address_of(again), address_);
  EXPECT_TRUE(std::holds_alternative<datagram::ListReply>(
      ask_tracker(address_, datagram::ListRequest{}, id)));
}

TEST_F(Trackers, of_one_user_on_one_address_take_each_other_s_ids) {
  Program second = start_tracker({});
  const std::string other = address_of(second);
  const datagram::ListRequest list;
  EXPECT_TRUE(std::holds_alternative<datagram::ListReply>(
      ask_tracker(other, list, connect_to_tracker(address_))));
  EXPECT_TRUE(std::holds_alternative<datagram::ListReply>(
      ask_tracker(address_, list, connect_to_tracker(other))));
}

TEST_F(Trackers, run_where_no_secret_can_be_kept) {
  const fs::path no_folder = file("cache", 10);
  Program second = start("tracker", {"--json", "--listen", "127.0.0.1:0"},
                         {"XDG_CACHE_HOME=" + no_folder.string()});
  const auto reply = ask_tracker(address_of(second), datagram::ListRequest{});
  EXPECT_TRUE(std::holds_alternative<datagram::ListReply>(reply));
}

TEST_F(Trackers, behind_a_line_that_loses_a_third_are_told_everything) {
  DatagramProxy proxy(address_);
  proxy.lose(33);
  Program::Arguments files;
  for (int i = 0; i < 40; ++i) {
    files.push_back(file("f" + std::to_string(i), 1000, static_cast<std::uint64_t>(i)));
  }
  Program seeder = seeder_behind(proxy, files);
  for (int i = 0; i < 40; ++i) {
    seeder.wait_for("registered", named("f" + std::to_string(i)), 4 * kPatience);
  }
  EXPECT_EQ(seeder.count("refused"), 0);
}

TEST_F(Trackers, hear_of_a_seeder_s_new_address_with_its_heartbeats) {
  DatagramProxy proxy(address_);
  Program seeder = seeder_behind(proxy, {file("a.bin", 1000).string()});
  seeder.wait_for("registered");
  const std::uint16_t port = Endpoint::parse(address_of(seeder))->port;
  const IpAddress before = *IpAddress::parse("127.0.0.1");
  const IpAddress after = *IpAddress::parse("127.0.0.2");
  ASSERT_EQ(peers_of("a.bin"), (std::vector<Endpoint>{{before, port}}));
  proxy.move_to(after);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const auto peers = peers_of("a.bin");
    if (std::ranges::find(peers, Endpoint{after, port}) != peers.end()) break;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
}

/// So many files of that address, of a host that never calls again.
void fill(const std::string& tracker, const std::string& host, int files) {
  for (int i = 0; i < files; ++i) {
    datagram::RegisterRequest request;
    request.port = 1000;
    request.file = {host + " " + std::to_string(i), 0, 16384, {}};
    request.peer_id.bytes[0] = std::byte{'F'};
    register_at_tracker(tracker, request, host);
  }
}

TEST_F(Trackers, that_a_few_addresses_have_filled_take_a_newcomer_s_file_at_once) {
  Program small = start_tracker({"--max-files", "30"});
  for (const char* host : {"127.0.0.2", "127.0.0.3", "127.0.0.4"})
    fill(address_of(small), host, 10);
  Program seeder = start("seeder", {file("a.bin", 1000).string(), "--json", "--listen",
                                    "127.0.0.1:0", "--tracker", address_of(small)});
  seeder.wait_for("registered");
}

TEST_F(Trackers, that_are_full_are_asked_again_until_there_is_room) {
  Program small = start_tracker({"--max-files", "2", "--heartbeat", "300ms"});
  const auto offer = [&](Program::Arguments files) {
    files.insert(files.end(),
                 {"--json", "--listen", "127.0.0.1:0", "--tracker", address_of(small)});
    return start("seeder", files);
  };
  Program holder = offer({file("a.bin", 1000, 1).string()});
  holder.wait_for("registered");
  Program waiting = offer({file("b.bin", 1000, 2).string(), file("c.bin", 1000, 3).string()});
  const std::string told = waiting.wait_for("notice").at("message");
  EXPECT_NE(told.find("full"), std::string::npos) << told;
  holder.signal(SIGTERM);
  EXPECT_EQ(holder.wait_for_exit(), 0);
  waiting.wait_for("registered", [left = 2](const Json&) mutable { return --left == 0; });
  EXPECT_EQ(waiting.count("refused"), 0);
}

TEST_F(Trackers, know_ten_thousand_files_by_one_heartbeat) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::size_t kFiles = 2'000;
#else
  constexpr std::size_t kFiles = 10'000;
#endif
  const fs::path many = folder("many");
  Program::Arguments files;
  for (std::size_t i = 0; i < kFiles; ++i) {
    const std::string name = "f" + std::to_string(i);
    std::ofstream(many / name) << "content of " << name;
    files.push_back("many/" + name);
  }
  DatagramProxy proxy(address_);
  Program seeder = seeder_behind(proxy, files);
  seeder.wait_for(
      "registered", [left = kFiles](const Json&) mutable { return --left == 0; }, 4 * kPatience);
  EXPECT_EQ(seeder.count("refused"), 0);
  const Seen before = proxy.seen();
  proxy.wait_until([&](const Seen& seen) { return seen.heartbeats >= before.heartbeats + 3; });
  const Seen after = proxy.seen();
  EXPECT_EQ(after.registrations, before.registrations);
  EXPECT_EQ(after.datagrams - before.datagrams, after.heartbeats - before.heartbeats);

  Program leecher = leecher_of("f" + std::to_string(kFiles - 1), folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

}  // namespace
}  // namespace shoal::test::trackers_test
