#include "cli/service_manager.hpp"

#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/notify_socket.hpp"
#include "support/temp_dir.hpp"

namespace shoal::cli::service_manager_test {
namespace {

TEST(ServiceManagerTest, is_told_at_a_path_that_the_program_is_ready_and_that_it_ends) {
  const test::TempDir directory;
  const std::string place = (directory.path() / "notify").string();
  test::NotifySocket listening(place);
  const ServiceManager manager(place);
  EXPECT_TRUE(manager.is_there());
  manager.ready();
  EXPECT_EQ(listening.heard(), "READY=1");
  manager.stopping();
  EXPECT_EQ(listening.heard(), "STOPPING=1");
}

TEST(ServiceManagerTest, is_told_at_an_abstract_name_too) {
  const std::string place = "@shoal-service-manager-test-" + std::to_string(::getpid());
  test::NotifySocket listening(place);
  const ServiceManager manager(place);
  EXPECT_TRUE(manager.is_there());
  manager.ready();
  EXPECT_EQ(listening.heard(), "READY=1");
}

TEST(ServiceManagerTest, is_told_at_the_longest_abstract_name) {
  std::string place = "@shoal-" + std::to_string(::getpid()) + "-";
  place.resize(sizeof(sockaddr_un::sun_path), 'x');
  test::NotifySocket listening(place);
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
