// Machines with several addresses, with none but link-local ones, and with others than before.
#include "integration/loopback.hpp"
#include "support/network_namespace.hpp"

namespace shoal::test::addresses_test {
namespace {

namespace fs = std::filesystem;

std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':'));
}

class TrackerOfManyAddresses : public Loopback {
 protected:
  /// A file goes around by way of a tracker on every address, which each program asks at another.
  void expect_answers(Program::Arguments options, const Program::Arguments& key) const {
    options.insert(options.end(), {"--listen", "0.0.0.0:0"});
    Program tracker = start_tracker(options);
    const std::string port = port_of(address_of(tracker));
    const auto original = file("a.bin", 100'000);
    const auto start_peer = [&](const std::string& program, const std::string& asked,
                                Program::Arguments arguments) {
      arguments.insert(arguments.end(),
                       {"--json", "--listen", "127.0.0.1:0", "--tracker", asked + port});
      arguments.insert(arguments.end(), key.begin(), key.end());
      return start(program, arguments);
    };
    Program seeder = start_peer("seeder", "127.0.0.2", {original.string()});
    seeder.wait_for("registered");
    for (const char* asked : {"127.0.0.1", "127.0.0.3"}) {
      const fs::path into = folder(asked);
      Program leecher =
          start_peer("leecher", asked, {"a.bin", "--no-seed", "--output", into.string()});
      EXPECT_EQ(leecher.wait_for_exit(), 0);
      EXPECT_TRUE(same_content(original, into / "a.bin"));
    }
  }
};

TEST_F(TrackerOfManyAddresses, answers_from_the_one_that_was_asked) {
  expect_answers({}, {});
}

TEST_F(TrackerOfManyAddresses, answers_from_the_one_that_was_asked_by_each_of_its_threads) {
  expect_answers({"--threads", "3"}, {});
}

TEST_F(TrackerOfManyAddresses, answers_from_the_one_that_was_asked_in_a_closed_swarm) {
  const std::string key = (home_ / "our.key").string();
  Program maker = start("tracker", {"--new-key", key});
  ASSERT_EQ(maker.wait_for_exit(), 0);
  expect_answers({"--key", key}, {"--key", key});
}

/// Two machines with a cable between them, `here` and `there`, each with an eth0.
class TwoMachines : public ::testing::Test {
 protected:
  void SetUp() override {
    // A machine of one's own to lose an address takes root and iproute2; why[] says which is
    // missing.
    if (const auto why = NetworkNamespace::missing()) GTEST_SKIP() << *why;
    here_.emplace();
    there_.emplace();
    here_->connect("eth0", *there_, "eth0");
  }

  [[nodiscard]] Program start(const NetworkNamespace& machine, const std::string& name,
                              Program::Arguments arguments) const {
    arguments.insert(arguments.begin(), "--json");
    const auto inside = machine.enter();
    return {name, arguments, home_.path()};
  }
  /// On every address, forgetting nobody and expecting to hear of nobody for ten minutes.
  [[nodiscard]] Program start_patient_tracker() const {
    return start(*here_, "tracker",
                 {"--listen", "0.0.0.0:0", "--heartbeat", "10m", "--timeout", "30m"});
  }
  [[nodiscard]] Program start_leecher(const NetworkNamespace& machine, const std::string& tracker,
                                      const std::string& into,
                                      Program::Arguments options = {}) const {
    fs::create_directory(home_ / into);
    options.insert(options.end(), {"a.bin", "--no-seed", "--output", (home_ / into).string(),
                                   "--tracker", tracker});
    return start(machine, "leecher", options);
  }
  [[nodiscard]] fs::path original(std::uint64_t size = 100'000) const {
    fs::create_directory(home_ / "seeds");
    return make_file(home_ / "seeds/a.bin", size, 1);
  }
  void expect_fetched(Program& leecher, const std::string& into) const {
    EXPECT_EQ(leecher.wait_for_exit(), 0);
    EXPECT_TRUE(same_content(home_ / "seeds/a.bin", home_ / into / "a.bin"));
  }

  TempDir home_;
  std::optional<NetworkNamespace> here_;
  std::optional<NetworkNamespace> there_;
};

TEST_F(TwoMachines, find_a_tracker_at_each_of_its_addresses) {
  for (const char* one : {"192.0.2.1/24", "192.0.2.2/24"})
    here_->ip(std::string("addr add ") + one + " dev eth0");
  for (const char* one : {"2001:db8::1/64", "2001:db8::2/64"})
    here_->ip(std::string("addr add ") + one + " dev eth0 nodad");
  there_->ip("addr add 192.0.2.9/24 dev eth0");
  there_->ip("addr add 2001:db8::9/64 dev eth0 nodad");
  for (const char* listen : {"0.0.0.0:0", "[::]:0"}) {
    Program tracker = start(*here_, "tracker", {"--listen", listen});
    const std::string port = port_of(address_of(tracker));
    const bool v4 = listen[0] == '0';
    for (const char* asked :
         {v4 ? "192.0.2.1" : "[2001:db8::1]", v4 ? "192.0.2.2" : "[2001:db8::2]"}) {
      Program list = start(*there_, "leecher", {"--list", "--tracker", asked + port});
      EXPECT_EQ(list.wait_for_exit(), 0) << asked;
    }
  }
}

class CableOnly : public TwoMachines {
 protected:
  void SetUp() override {
    TwoMachines::SetUp();
    if (IsSkipped()) return;
    here_->ip("addr add fe80::1/64 dev eth0 nodad");
    there_->ip("addr add fe80::2/64 dev eth0 nodad");
    tracker_.emplace(start(*here_, "tracker", {"--listen", "0.0.0.0:0", "--listen", "[::]:0"}));
    tracker_->wait_for("listening", [&](const Json& event) {
      const std::string address = event.at("address");
      (address[0] == '[' ? over_the_cable_ : on_the_machine_) = port_of(address);
      return address[0] == '[';
    });
    over_the_cable_ = "[fe80::1%eth0]" + over_the_cable_;
    on_the_machine_ = "127.0.0.1" + on_the_machine_;
  }

  std::optional<Program> tracker_;
  std::string over_the_cable_;
  std::string on_the_machine_;
};

TEST_F(CableOnly, link_local_addresses_are_enough_for_everybody) {
  Program seeder = start(*there_, "seeder", {original().string(), "--tracker", over_the_cable_});
  seeder.wait_for("registered");
  Program beside_the_tracker = start_leecher(*here_, over_the_cable_, "one");
  expect_fetched(beside_the_tracker, "one");
  Program beside_the_seeder = start_leecher(*there_, over_the_cable_, "two");
  expect_fetched(beside_the_seeder, "two");
}

// It is told fe80::2, and not at which of its links that is.
TEST_F(CableOnly, a_leecher_that_asks_its_own_machine_finds_a_seeder_at_the_link) {
  Program seeder = start(*there_, "seeder", {original().string(), "--tracker", over_the_cable_});
  seeder.wait_for("registered");
  Program leecher = start_leecher(*here_, on_the_machine_, "one");
  expect_fetched(leecher, "one");
}

// It is told 127.0.0.1, which is the machine of the tracker.
TEST_F(CableOnly, a_seeder_on_the_tracker_s_machine_is_found_over_the_link) {
  Program seeder = start(*here_, "seeder", {original().string(), "--tracker", on_the_machine_});
  seeder.wait_for("registered");
  Program leecher = start_leecher(*there_, over_the_cable_, "one");
  expect_fetched(leecher, "one");
}

TEST_F(CableOnly, programs_listen_on_a_link) {
  Program tracker = start(*here_, "tracker", {"--listen", "[fe80::1%eth0]:0"});
  const std::string address = address_of(tracker);
  ASSERT_TRUE(address.starts_with("[fe80::1%eth0]:")) << address;
  Program seeder =
      start(*there_, "seeder",
            {original().string(), "--tracker", address, "--listen", "[fe80::2%eth0]:0"});
  EXPECT_TRUE(address_of(seeder).starts_with("[fe80::2%eth0]:"));
  seeder.wait_for("registered");
  Program leecher = start_leecher(*here_, address, "one");
  expect_fetched(leecher, "one");
}

TEST_F(CableOnly, a_zone_that_is_not_there_is_said_at_once) {
  Program leecher = start_leecher(*there_, "[fe80::1%eth7]:6000", "one");
  EXPECT_EQ(leecher.wait_for_exit(), 2);
  EXPECT_NE(leecher.errors().find("no network interface \"eth7\""), std::string::npos)
      << leecher.errors();
}

class MovingMachine : public TwoMachines {
 protected:
  void SetUp() override {
    TwoMachines::SetUp();
    if (IsSkipped()) return;
    here_->ip("addr add 192.0.2.1/24 dev eth0");
    there_->ip("addr add 192.0.2.2/24 dev eth0");
    tracker_.emplace(start_patient_tracker());
    tracker_address_ = "192.0.2.1" + port_of(address_of(*tracker_));
  }
  void move() const {
    there_->ip("addr flush dev eth0");
    there_->ip("addr add 192.0.2.3/24 dev eth0");
  }

  std::optional<Program> tracker_;
  std::string tracker_address_;
};

// Nothing but the system's word makes the seeder speak to the tracker within ten minutes.
TEST_F(MovingMachine, with_a_seeder_is_found_at_its_new_address) {
  Program seeder = start(*there_, "seeder", {original().string(), "--tracker", tracker_address_});
  seeder.wait_for("registered");
  move();
  Program leecher = start_leecher(*here_, tracker_address_, "one");
  expect_fetched(leecher, "one");
}

TEST_F(MovingMachine, with_a_seeder_goes_on_with_those_who_fetch) {
  Program seeder =
      start(*there_, "seeder", {original(8'000'000).string(), "--tracker", tracker_address_});
  seeder.wait_for("registered");
  Program leecher = start_leecher(*here_, tracker_address_, "one", {"--download-limit", "2M"});
  leecher.wait_for("progress", has_bytes(1));
  move();
  expect_fetched(leecher, "one");
}

TEST_F(MovingMachine, with_a_leecher_goes_on_fetching) {
  Program seeder =
      start(*here_, "seeder", {original(8'000'000).string(), "--tracker", tracker_address_});
  seeder.wait_for("registered");
  Program leecher = start_leecher(*there_, tracker_address_, "one", {"--download-limit", "2M"});
  leecher.wait_for("progress", has_bytes(1));
  move();
  expect_fetched(leecher, "one");
}

}  // namespace
}  // namespace shoal::test::addresses_test
