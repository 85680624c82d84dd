#include "discovery/visibility.hpp"

#include <gmock/gmock.h>

namespace shoal::discovery::visibility_test {
namespace {

using testing::HasSubstr;
using testing::Optional;

IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}

Endpoint at(std::string_view text) {
  return Endpoint::parse(text).value();
}

const std::vector<IpAddress> kOwn{address("127.0.0.1"), address("10.9.0.2"), address("fd00::2")};

Lookup found(std::string_view asker, const std::vector<std::string_view>& peers) {
  Lookup lookup{.file = {}, .peers = {}, .tracker = "10.9.0.1:6000", .asker = at(asker)};
  for (const std::string_view peer : peers) lookup.peers.push_back(at(peer));
  return lookup;
}

TEST(Visibility, a_seeder_that_is_seen_elsewhere_is_told_what_to_do) {
  const auto warning = listed_elsewhere("10.9.0.1:6000", at("172.17.0.1:7001"), {}, kOwn);
  EXPECT_THAT(warning, Optional(HasSubstr("sees this machine as 172.17.0.1:7001")));
  EXPECT_THAT(warning, Optional(HasSubstr("--address HOST:PORT")));
}

TEST(Visibility, a_leecher_that_shares_is_told_what_it_can_do) {
  const auto warning = leecher_listed_elsewhere("10.9.0.1:6000", at("172.17.0.1:7001"), kOwn);
  EXPECT_THAT(warning, Optional(HasSubstr("sees this machine as 172.17.0.1:7001")));
  EXPECT_THAT(warning, Optional(HasSubstr("seeder FILE --address HOST:PORT")));
  EXPECT_EQ(leecher_listed_elsewhere("t:1", at("10.9.0.2:7001"), kOwn), std::nullopt);
}

TEST(Visibility, that_a_name_does_not_tell_where_a_seeder_is_is_said) {
  EXPECT_THAT(listed_elsewhere("t:1", at("172.17.0.1:7001"), {}, kOwn),
              Optional(HasSubstr("HOST in numbers")));
}

TEST(Visibility, a_seeder_that_is_seen_where_it_is_is_told_nothing) {
  for (const char* listed : {"10.9.0.2:7001", "[fd00::2]:7001", "127.0.0.1:7001", "[::1]:7001"})
    EXPECT_EQ(listed_elsewhere("t:1", at(listed), {}, kOwn), std::nullopt) << listed;
  EXPECT_EQ(listed_elsewhere("t:1", at("172.17.0.1:7001"), {}, {}), std::nullopt)
      << "its own addresses are not known";
}

TEST(Visibility, a_seeder_is_told_when_what_it_said_is_not_taken) {
  EXPECT_EQ(listed_elsewhere("t:1", at("10.9.0.7:1"), at("10.9.0.7:1"), kOwn), std::nullopt);
  EXPECT_THAT(listed_elsewhere("t:1", at("172.17.0.1:1"), at("198.51.100.7:1"), kOwn),
              Optional(HasSubstr("not to 198.51.100.7:1")));
  EXPECT_EQ(listed_elsewhere("t:1", at("10.9.0.2:1"), at("198.51.100.7:1"), kOwn), std::nullopt)
      << "it is for magnet links";
}

TEST(Visibility, a_leecher_is_told_when_all_and_itself_are_seen_at_one_foreign_address) {
  const auto warning =
      all_at_one_address(found("172.17.0.1:40000", {"172.17.0.1:7001", "172.17.0.1:7002"}), kOwn);
  EXPECT_THAT(warning, Optional(HasSubstr("172.17.0.1")));
  EXPECT_THAT(warning, Optional(HasSubstr("--address HOST:PORT")));
}

TEST(Visibility, a_leecher_is_told_nothing_when_peers_differ_or_it_is_seen_as_itself) {
  EXPECT_EQ(all_at_one_address(found("172.17.0.1:4", {"172.17.0.1:7001", "10.9.0.7:1"}), kOwn),
            std::nullopt);
  EXPECT_EQ(all_at_one_address(found("10.9.0.2:4", {"10.9.0.2:7001"}), kOwn), std::nullopt);
  EXPECT_EQ(all_at_one_address(found("127.0.0.1:4", {"127.0.0.1:7001"}), kOwn), std::nullopt);
  EXPECT_EQ(all_at_one_address(found("172.17.0.1:4", {}), kOwn), std::nullopt);
  Lookup of_an_older_tracker = found("172.17.0.1:4", {"172.17.0.1:7001"});
  of_an_older_tracker.asker.reset();
  EXPECT_EQ(all_at_one_address(of_an_older_tracker, kOwn), std::nullopt);
}

}  // namespace
}  // namespace shoal::discovery::visibility_test
