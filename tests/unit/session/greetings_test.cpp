#include "session/greetings.hpp"

#include <gmock/gmock.h>

namespace shoal::session::greetings_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Key = Greetings::Key;

const Time kStart{};

Party party(const std::string& address) {
  return Party::of(Endpoint::parse(address)->address);
}
const Party kAda = party("192.0.2.1:1");
const Party kBob = party("192.0.2.2:1");

class GreetingsTest : public testing::Test {
 protected:
  /// Somebody comes while there are plenty of descriptors.
  std::optional<Key> comes(const Party& who, std::size_t connected = 0) {
    const auto leaves = greetings.make_room(100, connected);
    last = greetings.enter(who, now);
    return leaves;
  }
  /// The same while there are few.
  std::optional<Key> comes_at_last(const Party& who, std::size_t connected = 0) {
    const auto leaves = greetings.make_room(1000, connected);
    last = greetings.enter(who, now);
    return leaves;
  }

  Greetings greetings{{.connections = 300, .descriptors = 1024, .spare = 40}};
  Time now = kStart;
  Key last{};
};

TEST_F(GreetingsTest, last_ten_seconds_each) {
  EXPECT_EQ(greetings.next_deadline(), std::nullopt);
  comes(kAda);
  const Key first = last;
  now += 3s;
  comes(kAda);
  EXPECT_EQ(greetings.next_deadline(), kStart + 10s);
  EXPECT_THAT(greetings.overdue(kStart + 10s - 1ms), IsEmpty());
  EXPECT_THAT(greetings.overdue(kStart + 10s), ElementsAre(first));
  EXPECT_THAT(greetings.overdue(kStart + 11s), IsEmpty()) << "each is told once";
  EXPECT_EQ(greetings.next_deadline(), kStart + 13s);
  EXPECT_THAT(greetings.overdue(kStart + 20s), ElementsAre(last));
  EXPECT_EQ(greetings.next_deadline(), std::nullopt) << "nobody is left to be waited for";
}

TEST_F(GreetingsTest, that_are_over_have_no_deadline) {
  comes(kAda);
  greetings.leave(last);
  EXPECT_EQ(greetings.next_deadline(), std::nullopt);
  EXPECT_EQ(greetings.size(), 0u);
}

TEST_F(GreetingsTest, may_be_as_many_as_may_be_connected) {
  for (int i = 0; i < 300; ++i) ASSERT_EQ(comes(kAda), std::nullopt) << i;
  EXPECT_EQ(comes(kAda), Key{1}) << "the oldest";
  EXPECT_EQ(comes(kAda), Key{2});
  EXPECT_EQ(greetings.size(), 300u);
}

TEST_F(GreetingsTest, may_be_two_hundred_however_few_may_be_connected) {
  Greetings few({.connections = 2, .descriptors = 1024, .spare = 40});
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(few.make_room(100, 0), std::nullopt) << i;
    few.enter(kAda, now);
  }
  EXPECT_EQ(few.make_room(100, 0), Key{1});
}

TEST_F(GreetingsTest, end_for_the_oldest_of_the_party_with_the_most) {
  for (int i = 0; i < 100; ++i) comes(kBob);
  for (int i = 0; i < 200; ++i) comes(kAda);
  EXPECT_EQ(comes(kBob), Key{101});
}

TEST_F(GreetingsTest, of_one_64_are_those_of_one_party) {
  for (int i = 0; i < 100; ++i) comes(kBob);
  for (int i = 0; i < 200; ++i) comes(party("[2001:db8::" + std::to_string(i + 1) + "]:1"));
  EXPECT_EQ(comes(kBob), Key{101});
}

TEST_F(GreetingsTest, are_not_ended_twice_for_one_that_has_not_left_yet) {
  for (int i = 0; i < 300; ++i) comes(kAda);
  EXPECT_EQ(comes(kAda), Key{1});
  greetings.leave(Key{1});
  EXPECT_EQ(greetings.size(), 300u) << "it was not counted any more";
  EXPECT_EQ(comes(kAda), Key{2});
}

TEST_F(GreetingsTest, make_room_where_descriptors_are_few) {
  comes(kAda, 5);
  comes(kAda, 5);
  EXPECT_EQ(greetings.most_connected(), 300u);
  EXPECT_EQ(comes_at_last(kBob, 5), Key{1});
  EXPECT_EQ(greetings.most_connected(), 7u) << "as many as there were of both";
}

TEST_F(GreetingsTest,
       make_room_until_half_of_those_have_gone_who_were_there_when_descriptors_were_few) {
  comes(kAda, 9);
  ASSERT_EQ(comes_at_last(kBob, 9), Key{1});  // ten were here
  ASSERT_EQ(greetings.most_connected(), 10u);
  const Key bob = last;
  EXPECT_EQ(comes(kAda, 9), bob) << "ten again, wherever the newcomer is";
  EXPECT_EQ(comes(kAda, 4), std::nullopt) << "five are fewer than ten";
  EXPECT_EQ(greetings.most_connected(), 10u);
  EXPECT_EQ(comes(kAda, 0), std::nullopt) << "two are fewer than half";
  EXPECT_EQ(greetings.most_connected(), 300u);
}

TEST_F(GreetingsTest, nobody_leaves_where_nobody_greets) {
  EXPECT_EQ(greetings.make_room(1000, 9), std::nullopt);
  EXPECT_EQ(greetings.most_connected(), 9u) << "who is connected makes room by itself";
}

}  // namespace
}  // namespace shoal::session::greetings_test
