#include "session/one_at_a_time.hpp"

#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>

#include "net/spawn.hpp"

namespace shoal::session::one_at_a_time_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OneAtATimeTest : public testing::Test {
 protected:
  using Turns = OneAtATime<std::string>;

  /// Somebody comes; keeps its turn until the test takes it.
  void comes(int who, const std::string& key) {
    net::spawn(loop.get_executor(), wait(*this, who, key));
    settle();
  }
  void goes(int who) {
    has_turn.erase(who);
    settle();
  }
  void settle() {
    loop.restart();
    loop.poll();
  }
  [[nodiscard]] std::vector<int> whose_turn_it_is() const {
    std::vector<int> who;
    for (const auto& [one, turn] : has_turn) who.push_back(one);
    return who;
  }

  asio::io_context loop;
  Turns turns{loop.get_executor()};
  std::map<int, Turns::Turn> has_turn;
  std::vector<int> sent_away;

 private:
  static asio::awaitable<void> wait(OneAtATimeTest& test, int who, std::string key) {
    auto turn = co_await test.turns.enter(key);
    if (turn) {
      test.has_turn.emplace(who, *std::move(turn));
    } else {
      test.sent_away.push_back(who);
    }
  }
};

TEST_F(OneAtATimeTest, others_wait_in_the_order_in_which_they_came) {
  comes(1, "a");
  comes(2, "a");
  comes(3, "a");
  EXPECT_THAT(whose_turn_it_is(), ElementsAre(1));
  goes(1);
  EXPECT_THAT(whose_turn_it_is(), ElementsAre(2));
  comes(4, "a");
  goes(2);
  EXPECT_THAT(whose_turn_it_is(), ElementsAre(3));
  goes(3);
  EXPECT_THAT(whose_turn_it_is(), ElementsAre(4));
  goes(4);
  comes(5, "a");
  EXPECT_THAT(whose_turn_it_is(), ElementsAre(5));
}

TEST_F(OneAtATimeTest, another_key_is_not_waited_for) {
  comes(1, "a");
  comes(2, "b");
  EXPECT_THAT(whose_turn_it_is(), ElementsAre(1, 2));
}

TEST_F(OneAtATimeTest, nobody_waits_any_more_when_it_is_over) {
  comes(1, "a");
  comes(2, "a");
  turns.stop();
  settle();
  comes(3, "b");
  EXPECT_THAT(whose_turn_it_is(), ElementsAre(1));
  EXPECT_THAT(sent_away, ElementsAre(2, 3));
  goes(1);
  EXPECT_THAT(whose_turn_it_is(), IsEmpty());
}

}  // namespace
}  // namespace shoal::session::one_at_a_time_test
