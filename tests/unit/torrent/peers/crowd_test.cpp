#include "torrent/peers/crowd.hpp"

#include <gtest/gtest.h>

namespace shoal::torrent::crowd_test {
namespace {

const IpAddress kOne = *IpAddress::parse("192.0.2.1");
const IpAddress kOther = *IpAddress::parse("192.0.2.2");

TEST(Crowd, gives_one_address_nine_tenths_of_the_room) {
  Crowd crowd(20);
  for (int i = 0; i < 18; ++i) {
    ASSERT_TRUE(crowd.admits(kOne));
    crowd.enters(kOne);
  }
  EXPECT_FALSE(crowd.admits(kOne));
  EXPECT_TRUE(crowd.admits(kOther));
}

TEST(Crowd, admits_nobody_when_full_and_again_when_somebody_has_left) {
  Crowd crowd(2);
  crowd.enters(kOne);
  crowd.enters(kOther);
  EXPECT_FALSE(crowd.admits(*IpAddress::parse("192.0.2.3")));
  crowd.leaves(kOne);
  EXPECT_TRUE(crowd.admits(kOne));
  EXPECT_EQ(crowd.size(), 1u);
}

TEST(Crowd, of_one_admits_one) {
  EXPECT_TRUE(Crowd(1).admits(kOne));
}

}  // namespace
}  // namespace shoal::torrent::crowd_test
