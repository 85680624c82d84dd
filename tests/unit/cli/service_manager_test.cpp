#include "cli/service_manager.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/descriptor.hpp"
#include "support/temp_dir.hpp"

namespace shoal::cli::service_manager_test {
namespace {

/// What a service manager has: a socket at that place, which NOTIFY_SOCKET names.
class Listening {
 public:
  explicit Listening(std::string place) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (place.starts_with('@')) place.front() = '\0';
    std::ranges::copy(place, static_cast<char*>(address.sun_path));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + place.size());
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  }

  /// The next datagram; nothing when none has come, for they come at once.
  std::string heard() {
    std::array<char, 256> bytes{};
    const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(size));
  }

 private:
  test::Descriptor fd_;
};

TEST(ServiceManagerTest, is_told_at_a_path_that_the_program_is_ready_and_that_it_ends) {
  const test::TempDir directory;
  const std::string place = (directory.path() / "notify").string();
  Listening listening(place);
  const ServiceManager manager(place);
  EXPECT_TRUE(manager.is_there());
  manager.ready();
  EXPECT_EQ(listening.heard(), "READY=1");
  manager.stopping();
  EXPECT_EQ(listening.heard(), "STOPPING=1");
}

TEST(ServiceManagerTest, is_told_at_an_abstract_name_too) {
  const std::string place = "@shoal-service-manager-test-" + std::to_string(::getpid());
  Listening listening(place);
  const ServiceManager manager(place);
  EXPECT_TRUE(manager.is_there());
  manager.ready();
  EXPECT_EQ(listening.heard(), "READY=1");
}

TEST(ServiceManagerTest, is_told_at_the_longest_abstract_name) {
  std::string place = "@shoal-" + std::to_string(::getpid()) + "-";
  place.resize(sizeof(sockaddr_un::sun_path), 'x');
  Listening listening(place);
  ServiceManager(place).ready();
  EXPECT_EQ(listening.heard(), "READY=1");
}

TEST(ServiceManagerTest, is_nobody_where_no_socket_can_be) {
  EXPECT_FALSE(ServiceManager("").is_there());
  EXPECT_FALSE(ServiceManager("@").is_there());
  EXPECT_FALSE(ServiceManager("relative/path").is_there());
  EXPECT_FALSE(ServiceManager("vsock:2:1234").is_there());
  const std::size_t most = sizeof(sockaddr_un::sun_path);
  EXPECT_TRUE(ServiceManager("/" + std::string(most - 2, 'x')).is_there());
  EXPECT_FALSE(ServiceManager("/" + std::string(most - 1, 'x')).is_there());
  EXPECT_FALSE(ServiceManager("@" + std::string(most, 'x')).is_there());
  ServiceManager("").ready();  // and nothing happens
}

TEST(ServiceManagerTest, that_has_gone_is_not_missed) {
  const test::TempDir directory;
  ServiceManager((directory.path() / "gone").string()).ready();
}

}  // namespace
}  // namespace shoal::cli::service_manager_test
