#include "registry/connection_ids.hpp"

#include <set>

#include <gtest/gtest.h>

namespace shoal::registry::connection_ids_test {
namespace {

using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

const Time kMinute = Time{} + minutes(1000);
const IpAddress kClient = IpAddress::parse("192.0.2.1").value();
const IpAddress kOther = IpAddress::parse("192.0.2.2").value();
const IpAddress kClient6 = IpAddress::parse("2001:db8::1").value();

SipKey key(int first) {
  SipKey key{};
  key[0] = static_cast<std::byte>(first);
  return key;
}

std::uint64_t number(datagram::ConnectionId id) {
  return static_cast<std::uint64_t>(id);
}

TEST(ConnectionIds, are_valid_in_their_minute_and_the_two_after_it) {
  const ConnectionIds ids(key(1));
  for (const IpAddress& client : {kClient, kClient6}) {
    const std::uint64_t id = number(ids.issue(client, kMinute + seconds(59)));
    EXPECT_TRUE(ids.valid(id, client, kMinute));
    EXPECT_TRUE(ids.valid(id, client, kMinute + seconds(60)));
    EXPECT_TRUE(ids.valid(id, client, kMinute + minutes(3) - nanoseconds(1)));
    EXPECT_FALSE(ids.valid(id, client, kMinute + minutes(3)));
    EXPECT_FALSE(ids.valid(id, client, kMinute + minutes(1000)));
  }
}

TEST(ConnectionIds, live_for_the_two_minutes_that_BEP_15_asks_for) {
  const ConnectionIds ids(key(1));
  for (int second = 0; second < 60; ++second) {
    const Time issued = kMinute + seconds(second);
    EXPECT_TRUE(ids.valid(number(ids.issue(kClient, issued)), kClient, issued + minutes(2)));
  }
}

TEST(ConnectionIds, from_the_future_are_not_valid) {
  const ConnectionIds ids(key(1));
  EXPECT_FALSE(ids.valid(number(ids.issue(kClient, kMinute + minutes(1))), kClient, kMinute));
}

TEST(ConnectionIds, work_before_the_epoch_of_the_clock) {
  const ConnectionIds ids(key(1));
  const Time early = Time{} - seconds(30);
  EXPECT_TRUE(ids.valid(number(ids.issue(kClient, early)), kClient, Time{} + seconds(30)));
}

TEST(ConnectionIds, belong_to_one_address_and_one_secret) {
  const ConnectionIds ids(key(1));
  const std::uint64_t id = number(ids.issue(kClient, kMinute));
  EXPECT_FALSE(ids.valid(id, kOther, kMinute));
  EXPECT_FALSE(ids.valid(id, kClient6, kMinute));
  EXPECT_FALSE(ConnectionIds(key(2)).valid(id, kClient, kMinute));
  EXPECT_TRUE(ConnectionIds(key(1)).valid(id, kClient, kMinute));
}

TEST(ConnectionIds, with_any_bit_flipped_are_not_valid) {
  const ConnectionIds ids(key(1));
  const std::uint64_t id = number(ids.issue(kClient, kMinute));
  for (int bit = 0; bit < 64; ++bit)
    EXPECT_FALSE(ids.valid(id ^ std::uint64_t{1} << bit, kClient, kMinute)) << bit;
}

TEST(ConnectionIds, differ_from_minute_to_minute) {
  const ConnectionIds ids(key(1));
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(number(ids.issue(kClient, kMinute + minutes(i))));
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_FALSE(seen.contains(datagram::kConnectMagic));
}

}  // namespace
}  // namespace shoal::registry::connection_ids_test
