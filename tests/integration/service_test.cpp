// The programs as services: what they tell whoever started them, and what a signal means then.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "integration/loopback.hpp"
#include "support/notify_socket.hpp"

namespace shoal::test::service_test {
namespace {

class Service : public Loopback {
 protected:
  [[nodiscard]] Program start_service(const std::string& name, Program::Arguments arguments) {
    arguments.insert(arguments.begin(), "--json");
    return Program(name, arguments, home_.path(), {"NOTIFY_SOCKET=" + place_});
  }

  const std::string place_ = (home_ / "notify").string();
  NotifySocket manager_{place_};
};

TEST_F(Service, tells_when_it_listens_and_when_it_is_asked_to_end) {
  Program tracker = start_service("tracker", {"--listen", "127.0.0.1:0"});
  tracker.wait_for("listening");
  EXPECT_EQ(manager_.heard(kPatience), "READY=1");
  tracker.signal(SIGTERM);
  EXPECT_EQ(manager_.heard(kPatience), "STOPPING=1");
  EXPECT_EQ(tracker.wait_for_exit(), 0);
}

TEST_F(Service, is_not_ended_by_a_hangup_since_it_has_no_terminal_to_lose) {
  Program tracker = start_service("tracker", {"--listen", "127.0.0.1:0"});
  tracker.wait_for("listening");
  tracker.signal(SIGHUP);
  const std::string at = address_of(tracker);
  Program seeder = start("seeder", {"--json", "--tracker", at, "--listen", "127.0.0.1:0",
                                    file("a.bin", 1000).string()});
  seeder.wait_for("registered");
  tracker.signal(SIGTERM);
  EXPECT_EQ(tracker.wait_for_exit(), 0);
}

TEST_F(Service, reads_its_limits_again_from_the_standard_files_at_a_hangup) {
  const auto configure = [&](std::string_view text) {
    std::ofstream(home_ / "seeder.conf") << text;
  };
  configure("upload-limit = 1M\n");
  Program seeder(
      "seeder",
      {"--json", "--tracker", address_, "--listen", "127.0.0.1:0", file("a.bin", 1000).string()},
      home_.path(), {"NOTIFY_SOCKET=" + place_, "SHOAL_CONFIG_DIR=" + home_.path().string()});
  seeder.wait_for("registered");
  configure("upload-limit = 2M\n");
  seeder.signal(SIGHUP);
  seeder.wait_for("notice", [](const Json& event) {
    return std::string(event.at("message")).contains("2.0 MiB/s");
  });
  // Without the file the defaults hold.
  std::filesystem::remove(home_ / "seeder.conf");
  seeder.signal(SIGHUP);
  seeder.wait_for("notice", [](const Json& event) {
    return std::string(event.at("message")).contains("no limit up");
  });
}

TEST_F(Service, tells_that_it_ends_by_itself) {
  Program seeder = start_service(
      "seeder", {"--tracker", address_, "--listen", "127.0.0.1:0", (home_ / "missing").string()});
  EXPECT_EQ(manager_.heard(kPatience), "READY=1");
  EXPECT_EQ(manager_.heard(kPatience), "STOPPING=1");
  EXPECT_NE(seeder.wait_for_exit(), 0);
}

}  // namespace
}  // namespace shoal::test::service_test
