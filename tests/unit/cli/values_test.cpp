#include "cli/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::cli::values_test {
namespace {

using testing::HasSubstr;

TEST(HostPort, is_brought_into_one_form) {
  EXPECT_EQ(parse_host_port("192.0.2.1:7000"), "192.0.2.1:7000");
  EXPECT_EQ(parse_host_port("192.0.2.1"), "192.0.2.1:6000");
  EXPECT_EQ(parse_host_port("tracker.example"), "tracker.example:6000");
  EXPECT_EQ(parse_host_port("my_host-1:65535"), "my_host-1:65535");
  EXPECT_EQ(parse_host_port("[2001:db8::1]:7000"), "[2001:db8::1]:7000");
  EXPECT_EQ(parse_host_port("[2001:db8::1]"), "[2001:db8::1]:6000");
  EXPECT_EQ(parse_host_port("2001:db8::1"), "[2001:db8::1]:6000");
}

TEST(HostPort, refuses_what_is_none) {
  for (const char* bad : {"", ":", ":6000", "h:", "h:0", "h:65536", "h:-1", "h:+1", "h: 1", "h:1x",
                          "a b:1", "[::1:5", "[::1]5", "::g", "udp://h:1", "h/x:1", "[]:1"}) {
    const auto result = parse_host_port(bad);
    ASSERT_FALSE(result) << bad << " -> " << *result;
    EXPECT_THAT(result.error().message, HasSubstr(bad));
  }
  EXPECT_TRUE(parse_host_port(std::string(253, 'a')));
  EXPECT_FALSE(parse_host_port(std::string(254, 'a')));
}

TEST(HostPort, takes_the_zone_of_a_link_local_address) {
  EXPECT_EQ(parse_host_port("[fe80::1%lo]:7000"), "[fe80::1%lo]:7000");
  EXPECT_EQ(parse_host_port("[fe80::1%lo]"), "[fe80::1%lo]:6000");
  EXPECT_EQ(parse_host_port("fe80::1%lo"), "[fe80::1%lo]:6000");
}

TEST(HostPort, says_what_is_wrong_with_a_zone) {
  const auto why = [](const char* text) {
    const auto parsed = parse_host_port(text);
    return parsed ? "taken: " + *parsed : parsed.error().message;
  };
  EXPECT_THAT(why("[fe80::1%nosuchif]:6000"), HasSubstr("no network interface \"nosuchif\""));
  EXPECT_THAT(why("[fe80::1%]:6000"), HasSubstr("no network interface \"\""));
  EXPECT_THAT(why("[fe80::1]:6000"), HasSubstr("[fe80::1%eth0]"));
  EXPECT_THAT(why("[2001:db8::1%lo]:6000"), HasSubstr("only link-local addresses"));
  EXPECT_THAT(why("192.0.2.1%lo:6000"), HasSubstr("only link-local addresses"));
  for (const char* bad : {"host%lo:1", "%lo:1", "[%lo]:1", "[x:%lo]:1", "[fe80::1%lo%lo]:1"})
    EXPECT_FALSE(parse_host_port(bad)) << bad;
}

TEST(PeerAddress, is_none_that_means_something_on_this_machine_only) {
  for (const char* bad : {"[fe80::1%lo]:7001", "[fe80::1]:7001"})
    EXPECT_THAT(parse_peer_address(bad).error().message, HasSubstr("on this machine only")) << bad;
}

TEST(PeerAddress, has_a_port) {
  EXPECT_EQ(parse_peer_address("host.example:7001"), "host.example:7001");
  EXPECT_EQ(parse_peer_address("[2001:db8::1]:7001"), "[2001:db8::1]:7001");
  for (const char* bad : {"host.example", "2001:db8::1", "[2001:db8::1]", "h:0", ""}) {
    EXPECT_THAT(parse_peer_address(bad).error().message, HasSubstr(bad));
  }
}

TEST(Listen, is_an_address_and_a_port) {
  EXPECT_EQ(parse_listen("127.0.0.1:0"), *Endpoint::parse("127.0.0.1:0"));
  EXPECT_EQ(parse_listen(":6000"), *Endpoint::parse("0.0.0.0:6000"));
  EXPECT_THAT(parse_listen("6000").error().message, HasSubstr("0.0.0.0:6000"));
  EXPECT_EQ(parse_listen("[fe80::1%lo]:7001"), *Endpoint::parse("[fe80::1%lo]:7001"));
  EXPECT_THAT(parse_listen("[fe80::1%nosuchif]:7001").error().message,
              HasSubstr("no network interface \"nosuchif\""));
  EXPECT_THAT(parse_listen("[fe80::1]:7001").error().message, HasSubstr("[fe80::1%eth0]"));
}

TEST(Root, says_how_many_characters_it_got) {
  EXPECT_TRUE(parse_root(std::string(64, 'a')));
  EXPECT_THAT(parse_root(std::string(63, 'a')).error().message, HasSubstr("63"));
}

TEST(Count, is_a_whole_number) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_EQ(parse_count("18446744073709551615"), 18446744073709551615U);
  for (const char* bad :
       {"", "-1", "+1", " 1", "1 ", "1.5", "1e3", "0x10", "18446744073709551616"}) {
    EXPECT_FALSE(parse_count(bad)) << bad;
  }
}

}  // namespace
}  // namespace shoal::cli::values_test
