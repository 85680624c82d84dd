#include "registry/giving_way.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shoal::registry::giving_way_test {
namespace {

Party party(const std::string& address) {
  return Party::of(IpAddress::parse(address).value());
}

const Party kNewcomer = party("192.0.2.1");

TEST(GivingWay, is_for_one_of_the_party_that_holds_most) {
  const std::vector<Candidate> drawn{
      {1, party("10.0.0.1"), 5, 0}, {2, party("10.0.0.2"), 9, 0}, {3, party("10.0.0.3"), 7, 0}};
  EXPECT_EQ(who_gives_way(drawn, kNewcomer, 0), 1u);
  EXPECT_EQ(who_gives_way(drawn, kNewcomer, 7), 1u);
}

TEST(GivingWay, is_for_nobody_who_would_then_hold_less_than_the_newcomer) {
  const std::vector<Candidate> drawn{{1, party("10.0.0.1"), 20, 0}};
  EXPECT_EQ(who_gives_way(drawn, kNewcomer, 18), 0u);
  EXPECT_EQ(who_gives_way(drawn, kNewcomer, 19), std::nullopt);
  EXPECT_EQ(who_gives_way({}, kNewcomer, 0), std::nullopt);
}

TEST(GivingWay, takes_what_is_of_least_use_of_a_party) {
  const std::vector<Candidate> drawn{
      {1, party("10.0.0.1"), 9, 5}, {2, party("10.0.0.1"), 9, 2}, {3, party("10.0.0.2"), 8, 0}};
  EXPECT_EQ(who_gives_way(drawn, kNewcomer, 0), 1u);
}

TEST(GivingWay, is_for_the_network_drawn_most_often_where_no_party_holds_much) {
  std::vector<Candidate> drawn;
  for (Id id = 0; id < 30; ++id)
    drawn.push_back({id, party("10.0." + std::to_string(id) + ".1"), 1, 0});
  EXPECT_EQ(who_gives_way(drawn, kNewcomer, 0), std::nullopt) << "everybody is alone";
  drawn.push_back({30, party("10.0.7.2"), 1, 0});
  const auto found = who_gives_way(drawn, kNewcomer, 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(drawn[*found].party.network(), party("10.0.7.0").network());
  EXPECT_EQ(who_gives_way(drawn, party("10.0.7.3"), 0), std::nullopt) << "it is of that network";
  EXPECT_EQ(who_gives_way(drawn, party("10.0.9.3"), 0), std::nullopt) << "one is not clearly more";
  EXPECT_EQ(who_gives_way(drawn, kNewcomer, 16), std::nullopt) << "it has something already";
}

TEST(GivingWay, takes_from_who_holds_most_of_a_network) {
  const std::vector<Candidate> drawn{
      {1, party("10.0.0.1"), 1, 0}, {2, party("10.0.0.2"), 2, 0}, {3, party("10.0.0.3"), 1, 0}};
  EXPECT_EQ(who_gives_way(drawn, kNewcomer, 1), 1u);
}

}  // namespace
}  // namespace shoal::registry::giving_way_test
