#include "discovery/address_choice.hpp"

#include <set>

#include <gmock/gmock.h>

namespace shoal::discovery::address_choice_test {
namespace {

using Address = AddressChoice::Address;
using testing::ElementsAre;

Address at(int last) {
  return {asio::ip::make_address("192.0.2." + std::to_string(last)), 6000};
}
AddressChoice of(std::vector<Address> addresses) {
  AddressChoice choice;
  choice.found(std::move(addresses));
  return choice;
}

TEST(AddressChoice, with_one_address_asks_that) {
  AddressChoice one = of({at(1)});
  EXPECT_FALSE(one.several());
  EXPECT_THAT(one.next(7), ElementsAre(at(1)));
  one.heard_nothing();
  EXPECT_THAT(one.next(8), ElementsAre(at(1)));
}

TEST(AddressChoice, with_none_asks_nobody) {
  const AddressChoice none;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none.next(7).empty());
}

TEST(AddressChoice, begins_with_any_of_them) {
  const AddressChoice three = of({at(1), at(2), at(3)});
  std::set<Address> first;
  for (std::uint32_t random = 0; random < 3; ++random) {
    ASSERT_EQ(three.next(random).size(), 1u);
    first.insert(three.next(random).front());
  }
  EXPECT_EQ(first.size(), 3u);
}

TEST(AddressChoice, asks_all_once_the_first_is_silent_and_stays_with_who_answers) {
  AddressChoice three = of({at(1), at(2), at(3)});
  three.heard_nothing();
  EXPECT_THAT(three.next(0), ElementsAre(at(1), at(2), at(3)));
  three.answered(at(2));
  for (std::uint32_t random = 0; random < 3; ++random)
    EXPECT_THAT(three.next(random), ElementsAre(at(2)));
  three.heard_nothing();
  EXPECT_EQ(three.next(0).size(), 3u);
  three.answered(at(3));
  EXPECT_THAT(three.next(0), ElementsAre(at(3)));
}

TEST(AddressChoice, remembers_who_answered_over_a_lookup_that_finds_it_again) {
  AddressChoice choice = of({at(1), at(2)});
  choice.answered(at(2));
  choice.clear();
  EXPECT_TRUE(choice.empty());
  choice.found({at(3), at(2), at(4)});
  EXPECT_THAT(choice.next(0), ElementsAre(at(2)));
  choice.found({at(3), at(4)});
  EXPECT_EQ(choice.home(), std::nullopt);
  EXPECT_THAT(choice.next(1), ElementsAre(at(4)));
}

TEST(AddressChoice, does_not_stay_with_an_address_that_is_none_of_them) {
  AddressChoice choice = of({at(1), at(2)});
  choice.answered(at(9));
  EXPECT_EQ(choice.home(), std::nullopt);
}

}  // namespace
}  // namespace shoal::discovery::address_choice_test
