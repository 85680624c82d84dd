// Somebody else at the address of a seeder: another user of its machine, or behind its router.
#include <csignal>
#include <filesystem>
#include <sys/stat.h>

#include "integration/loopback.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test::neighbour_test {
namespace {

namespace fs = std::filesystem;

class Neighbour : public Loopback {
 protected:
  Neighbour() : Loopback({"--heartbeat", "300ms", "--timeout", "1h"}) {}

  [[nodiscard]] Program seeder_at(const std::string& port, const fs::path& what,
                                  const fs::path& cache) const {
    return start("seeder", {what.string(), "--json", "--listen", port, "--tracker", address_},
                 {"XDG_CACHE_HOME=" + cache.string()});
  }
  [[nodiscard]] datagram::Reply lookup(const std::string& name) const {
    return ask_tracker(address_, datagram::LookupRequest{PeerId{}, name});
  }
};

TEST_F(Neighbour, takes_neither_the_place_nor_the_name_of_a_seeder) {
  Program seeder = seeder_at("127.0.0.1:0", file("a.bin", 1000), folder("cache"));
  seeder.wait_for("registered");
  datagram::RegisterRequest theirs;
  theirs.peer_id.bytes[0] = std::byte{'N'};
  theirs.port = Endpoint::parse(address_of(seeder))->port;
  theirs.file = {"a.bin", 0, 16384, {}};
  const auto reply = ask_tracker(address_, theirs);
  const auto* refused = std::get_if<datagram::RefuseReply>(&reply);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->reason, datagram::RefuseReason::place_taken);
  const auto found = lookup("a.bin");
  ASSERT_TRUE(std::holds_alternative<datagram::LookupReply>(found));
  EXPECT_EQ(std::get<datagram::LookupReply>(found).length, 1000u);
}

TEST_F(Neighbour, is_no_seeder_that_was_killed_and_is_known_at_once_when_it_is_started_again) {
  const fs::path cache = folder("cache");
  Program seeder = seeder_at("127.0.0.1:0", file("a.bin", 1000, 1), cache);
  seeder.wait_for("registered");
  const std::string port = address_of(seeder);
  struct stat status {};
  ASSERT_EQ(::stat((cache / "shoal/host.secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  seeder.kill();
  Program again = seeder_at(port, file("b.bin", 2000, 2), cache);
  again.wait_for("registered");
  EXPECT_EQ(again.count("notice"), 0);
  EXPECT_TRUE(std::holds_alternative<datagram::RefuseReply>(lookup("a.bin")));
}

TEST_F(Neighbour, at_the_same_port_is_told_and_waits) {
  Program first = seeder_at("127.0.0.1:0", file("a.bin", 1000, 1), folder("one"));
  first.wait_for("registered");
  const std::string port = address_of(first);
  first.kill();  // behind a router each could listen at that port, on machines of their own
  Program second = seeder_at(port, file("b.bin", 2000, 2), folder("other"));
  const std::string told = second.wait_for("notice").at("message");
  EXPECT_NE(told.find(port), std::string::npos) << told;
  EXPECT_NE(told.find("--listen"), std::string::npos) << told;
  EXPECT_EQ(second.count("refused"), 0);
}

}  // namespace
}  // namespace shoal::test::neighbour_test
