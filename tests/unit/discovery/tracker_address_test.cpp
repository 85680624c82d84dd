#include "discovery/tracker_address.hpp"

#include <gtest/gtest.h>

namespace shoal::discovery::tracker_address_test {
namespace {

void expect(std::string_view text, std::string_view host, std::uint16_t port) {
  const auto address = parse_tracker_address(text);
  ASSERT_TRUE(address) << text;
  EXPECT_EQ(address->host, host);
  EXPECT_EQ(address->port, port);
}

TEST(TrackerAddress, reads_names_and_numbers_with_a_port) {
  expect("tracker.example.org:6000", "tracker.example.org", 6000);
  expect("localhost:1", "localhost", 1);
  expect("192.0.2.1:65535", "192.0.2.1", 65535);
  expect("[2001:db8::1]:6969", "2001:db8::1", 6969);
  expect("[fe80::1%eth0]:6969", "fe80::1%eth0", 6969);
}

TEST(TrackerAddress, reads_urls) {
  expect("udp://tracker.example.org:6000", "tracker.example.org", 6000);
  expect("udp://tracker.example.org:6000/announce", "tracker.example.org", 6000);
  expect("udp://[::1]:6000/announce?x=a:b", "::1", 6000);
}

TEST(TrackerAddress, refuses_everything_else_and_says_how_to_write_it) {
  for (const std::string_view bad :
       {"", ":", ":6000", "host", "host:", "host:0", "host:65536", "host:-1", "host:6000x",
        "host: 6000", "[]:1", "::1:6000", "http://host:80/announce", "a b:6000", "host\n:6000",
        "udp://", "udp:///announce", "user@host:6000"}) {
    const auto address = parse_tracker_address(bad);
    ASSERT_FALSE(address) << bad;
    EXPECT_EQ(address.error().code, Errc::bad_input);
    EXPECT_NE(address.error().message.find("host:port"), std::string::npos)
        << address.error().message;
  }
  EXPECT_FALSE(parse_tracker_address(std::string(254, 'a') + ":6000"));
}

}  // namespace
}  // namespace shoal::discovery::tracker_address_test
