#include "base/party.hpp"

#include <gtest/gtest.h>

namespace shoal::party_test {
namespace {

Party party(const char* address) {
  return Party::of(IpAddress::parse(address).value());
}

TEST(Party, is_one_address_of_ipv4) {
  EXPECT_EQ(party("192.0.2.1"), party("192.0.2.1"));
  EXPECT_NE(party("192.0.2.1"), party("192.0.2.2"));
}

TEST(Party, is_a_64_of_ipv6_whatever_the_low_bits_say) {
  EXPECT_EQ(party("2001:db8::1"), party("2001:db8::ffff:1:2:3"));
  EXPECT_NE(party("2001:db8::1"), party("2001:db8:0:1::1"));
}

TEST(Party, is_the_ipv4_address_where_that_is_written_in_ipv6) {
  EXPECT_EQ(party("::ffff:192.0.2.1"), party("192.0.2.1"));
}

TEST(Party, of_one_family_is_never_that_of_the_other) {
  EXPECT_NE(party("32.1.13.184"), party("2001:db8::"));  // the same leading bytes
  EXPECT_NE(party("0.0.0.0"), party("::"));
}

TEST(Party, has_a_24_or_a_48_around_it) {
  EXPECT_EQ(party("192.0.2.1").network(), party("192.0.2.254").network());
  EXPECT_NE(party("192.0.2.1").network(), party("192.0.3.1").network());
  EXPECT_EQ(party("2001:db8:0:1::1").network(), party("2001:db8:0:ffff::1").network());
  EXPECT_NE(party("2001:db8:0:1::1").network(), party("2001:db8:1:1::1").network());
  EXPECT_NE(party("32.1.13.0").network(), party("2001:d00::").network());
}

TEST(Party, equal_ones_have_equal_hashes) {
  const std::hash<Party> hash;
  EXPECT_EQ(hash(party("2001:db8::1")), hash(party("2001:db8::2")));
  EXPECT_NE(hash(party("192.0.2.1")), hash(party("192.0.2.2")));
}

}  // namespace
}  // namespace shoal::party_test
