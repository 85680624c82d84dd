#include "net/name_cache.hpp"

#include <gtest/gtest.h>

namespace shoal::net::name_cache_test {
namespace {

using namespace std::chrono_literals;

const Addresses kHere{asio::ip::make_address("192.0.2.1")};
const Addresses kThere{asio::ip::make_address("192.0.2.2"), asio::ip::make_address("2001:db8::2")};

class NameCacheTest : public testing::Test {
 protected:
  NameCache cache;
  Time now = Time{} + 1000h;
};

TEST_F(NameCacheTest, knows_where_a_name_led_to_last) {
  EXPECT_TRUE(cache.find("tracker.test", now).empty());
  cache.keep("tracker.test", kHere, now);
  cache.keep("tracker.test", kThere, now + 1s);
  EXPECT_EQ(cache.find("tracker.test", now + 2s), kThere);
  EXPECT_TRUE(cache.find("other.test", now).empty());
}

TEST_F(NameCacheTest, forgets_after_its_time) {
  cache.keep("tracker.test", kHere, now);
  EXPECT_EQ(cache.find("tracker.test", now + NameCache::kLife - 1ns), kHere);
  EXPECT_TRUE(cache.find("tracker.test", now + NameCache::kLife).empty());
}

TEST_F(NameCacheTest, is_bounded_and_the_oldest_name_makes_room) {
  for (std::size_t i = 0; i < NameCache::kMost; ++i) {
    cache.keep("name" + std::to_string(i), kHere, now + std::chrono::seconds(i));
  }
  now += std::chrono::seconds(NameCache::kMost);
  cache.keep("name0", kHere, now);  // the youngest now
  cache.keep("one more", kHere, now);
  EXPECT_EQ(cache.find("name0", now), kHere);
  EXPECT_TRUE(cache.find("name1", now).empty());
  EXPECT_EQ(cache.find("name2", now), kHere);
  EXPECT_EQ(cache.find("one more", now), kHere);
}

}  // namespace
}  // namespace shoal::net::name_cache_test
