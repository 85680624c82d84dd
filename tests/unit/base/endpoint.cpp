#include <net/if.h>
#include <string>
#include <unordered_set>

#include <gtest/gtest.h>

#include <shoal/endpoint.hpp>

namespace shoal::endpoint_test {
namespace {

using namespace std::string_literals;

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress());
}

TEST(IpAddress, is_unspecified_v4_by_default) {
  EXPECT_TRUE(IpAddress().is_v4());
  EXPECT_TRUE(IpAddress().is_unspecified());
  EXPECT_EQ(IpAddress().to_string(), "0.0.0.0");
  EXPECT_EQ(IpAddress(), IpAddress(IpAddress::V4{}));
}

TEST(IpAddress, text_round_trips) {
  for (const char* text : {"192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1",
                           "fe80::1:2:3:4", "2001:db8:1:2:3:4:5:6"}) {
    EXPECT_EQ(address(text).to_string(), text);
  }
}

TEST(IpAddress, keeps_the_bytes_of_v4) {
  const IpAddress::V4 bytes{std::byte{192}, std::byte{0}, std::byte{2}, std::byte{9}};
  EXPECT_EQ(IpAddress(bytes), address("192.0.2.9"));
  EXPECT_EQ(address("192.0.2.9").v4(), bytes);
}

TEST(IpAddress, v4_mapped_is_the_same_host_as_v4) {
  const IpAddress mapped = address("::ffff:192.0.2.1");
  EXPECT_TRUE(mapped.is_v4());
  EXPECT_EQ(mapped, address("192.0.2.1"));
  EXPECT_EQ(mapped.to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress(address("192.0.2.1").v6()), mapped);
  EXPECT_FALSE(address("::192.0.2.1").is_v4());
}

TEST(IpAddress, knows_loopback_and_unspecified) {
  for (const char* text : {"127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(address(text).is_loopback()) << text;
    EXPECT_FALSE(address(text).is_unspecified()) << text;
  }
  for (const char* text : {"128.0.0.1", "126.0.0.1", "::2", "1::1", "0.0.0.0", "::"}) {
    EXPECT_FALSE(address(text).is_loopback()) << text;
  }
  EXPECT_TRUE(address("::").is_unspecified());
  EXPECT_FALSE(address("0.0.0.1").is_unspecified());
}

TEST(IpAddress, refuses_what_is_no_address) {
  for (const std::string& text : {""s, "1.2.3"s, "1.2.3.256"s, "1.2.3.4.5"s, "01.2.3.4"s,
                                  " 1.2.3.4"s, "1.2.3.4 "s, "1.2.3.4\0"s, "localhost"s, ":::"s,
                                  "12345::"s, "fe80::1%eth0"s, "[::1]"s, std::string(5000, ':')}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(Endpoint, text_round_trips) {
  for (const char* text : {"192.0.2.1:6000", "[2001:db8::1]:6000", "0.0.0.0:0", "[::]:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
}

TEST(Endpoint, without_a_host_means_every_v4_address) {
  EXPECT_EQ(Endpoint::parse(":6000"), (Endpoint{IpAddress(), 6000}));
}

TEST(Endpoint, mapped_v4_in_brackets_is_v4) {
  EXPECT_EQ(Endpoint::parse("[::ffff:192.0.2.1]:7"), (Endpoint{address("192.0.2.1"), 7}));
}

TEST(Endpoint, refuses_what_is_no_endpoint) {
  for (const std::string& text : {""s,
                                  ":"s,
                                  "6000"s,
                                  "192.0.2.1"s,
                                  "192.0.2.1:"s,
                                  "192.0.2.1:65536"s,
                                  "192.0.2.1:-1"s,
                                  "192.0.2.1:+1"s,
                                  "192.0.2.1: 1"s,
                                  "192.0.2.1:1 "s,
                                  "192.0.2.1:000001"s,
                                  "192.0.2.1:99999999999"s,
                                  "2001:db8::1:6000"s,
                                  "[192.0.2.1]:6000"s,
                                  "[]:6000"s,
                                  "[::1:6000"s,
                                  "::1]:6000"s,
                                  "[::1]6000"s,
                                  "localhost:6000"s,
                                  "192.0.2.1:1\0"s,
                                  "*:1"s}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

// Every machine has an interface lo.
TEST(Endpoint, names_the_zone_of_a_link_local_address) {
  const auto by_name = Endpoint::parse("[fe80::1%lo]:6000");
  ASSERT_TRUE(by_name);
  EXPECT_EQ(by_name->address, address("fe80::1"));
  EXPECT_EQ(by_name->port, 6000);
  EXPECT_EQ(by_name->scope, ::if_nametoindex("lo"));
  EXPECT_EQ(by_name->to_string(), "[fe80::1%lo]:6000");
  const std::string number = std::to_string(by_name->scope);
  EXPECT_EQ(Endpoint::parse("[fe80::1%" + number + "]:6000"), by_name);
  const auto without = Endpoint::parse("[fe80::1]:6000");
  ASSERT_TRUE(without);
  EXPECT_EQ(without->scope, 0u);
  EXPECT_EQ(without->to_string(), "[fe80::1]:6000");
}

TEST(Endpoint, gives_the_number_of_an_interface_that_has_gone) {
  EXPECT_EQ((Endpoint{address("fe80::1"), 1, 4'000'000'000}).to_string(), "[fe80::1%4000000000]:1");
}

TEST(Endpoint, refuses_zones_that_are_none) {
  for (const std::string& text : {"[fe80::1%]:1"s,
                                  "[fe80::1%nosuchif]:1"s,
                                  "[fe80::1%lo%lo]:1"s,
                                  "[%lo]:1"s,
                                  "%lo:1"s,
                                  "[fe80::1%lo\0]:1"s,
                                  "[fe80::1% lo]:1"s,
                                  "[fe80::1%0]:1"s,
                                  "[fe80::1%-1]:1"s,
                                  "[fe80::1%+1]:1"s,
                                  "[fe80::1%1x]:1"s,
                                  "[fe80::1%4000000000]:1"s,
                                  "[fe80::1%4294967297]:1"s,
                                  "[fe80::1%" + std::string(16, '1') + "]:1",
                                  "[fe80::1%" + std::string(70'000, 'l') + "]:1",
                                  "192.0.2.1%lo:1"s,
                                  "[192.0.2.1%lo]:1"s,
                                  "169.254.1.1%lo:1"s,
                                  "[::ffff:192.0.2.1%lo]:1"s,
                                  "[2001:db8::1%lo]:1"s,
                                  "[::1%lo]:1"s,
                                  "[::%lo]:1"s,
                                  "[fec0::1%lo]:1"s,
                                  "fe80::1%lo:1"s}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text.substr(0, 100);
  }
}

TEST(Endpoint, of_another_link_is_another_one) {
  const Endpoint first{address("fe80::1"), 1, 1};
  const Endpoint second{address("fe80::1"), 1, 2};
  EXPECT_NE(first, second);
  EXPECT_LT(first, second);
  EXPECT_NE(std::hash<Endpoint>{}(first), std::hash<Endpoint>{}(second));
  EXPECT_EQ((std::unordered_set<Endpoint>{first, second, first}).size(), 2u);
}

TEST(IpAddress, knows_link_local) {
  for (const char* text : {"fe80::", "fe80::1", "febf:ffff::1"})
    EXPECT_TRUE(address(text).is_link_local()) << text;
  for (const char* text : {"fe7f::1", "fec0::1", "ff02::1", "::1", "2001:db8::1", "169.254.0.1"})
    EXPECT_FALSE(address(text).is_link_local()) << text;
}

TEST(Endpoint, differs_by_port_and_address_in_order_and_hash) {
  const Endpoint low = *Endpoint::parse("192.0.2.1:1");
  const Endpoint port = *Endpoint::parse("192.0.2.1:256");
  const Endpoint host = *Endpoint::parse("192.0.2.2:1");
  EXPECT_LT(low, port);
  EXPECT_LT(port, host);
  const std::hash<Endpoint> hash;
  EXPECT_EQ(hash(low), hash(*Endpoint::parse("[::ffff:192.0.2.1]:1")));
  EXPECT_NE(hash(low), hash(port));
  EXPECT_NE(hash(low), hash(host));
  const std::unordered_set<Endpoint> set{low, port, host, low};
  EXPECT_EQ(set.size(), 3u);
  const std::unordered_set<IpAddress> hosts{low.address, port.address, host.address};
  EXPECT_EQ(hosts.size(), 2u);
}

}  // namespace
}  // namespace shoal::endpoint_test
