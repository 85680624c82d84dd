#include "discovery/window.hpp"

#include <string>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include "net/spawn.hpp"
#include "net/wakeup.hpp"

namespace shoal::discovery::window_test {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> visit(Window& window, std::string name, std::string& log, net::Wakeup& inside,
                            Time deadline, int& visitors) {
  ++visitors;
  const bool entered = co_await window.enter(deadline);
  log += (entered ? "+" : "-") + name;
  if (entered) {
    const Window::Place place(window);
    co_await inside.wait();
  }
  --visitors;
}

class WindowTest : public testing::Test {
 protected:
  void begin(std::string name, Time deadline = Time::max()) {
    net::spawn(loop.get_executor(),
               visit(window, std::move(name), log, inside, deadline, visitors));
    loop.restart();
    loop.poll();
  }

  /// Visitors hold references to the window, so all of them leave before it dies.
  void TearDown() override {
    while (visitors > 0) {
      window.wake_all();
      inside.notify_all();
      loop.restart();
      loop.poll();
    }
  }

  int visitors = 0;
  asio::io_context loop;
  Window window{loop.get_executor(), 2};
  net::Wakeup inside{loop.get_executor()};  ///< notified = all inside leave
  std::string log;
};

TEST_F(WindowTest, lets_so_many_in_and_the_others_in_order) {
  for (const char* name : {"a", "b", "c", "d", "e"}) begin(name);
  EXPECT_EQ(log, "+a+b");
  inside.notify_all();
  loop.poll();
  EXPECT_EQ(log, "+a+b+c+d");
  inside.notify_all();
  loop.poll();
  EXPECT_EQ(log, "+a+b+c+d+e");
  inside.notify_all();
  loop.poll();
  begin("f");
  begin("g");
  begin("h");
  EXPECT_EQ(log, "+a+b+c+d+e+f+g");
}

TEST_F(WindowTest, who_waits_past_the_deadline_gives_up_and_takes_no_place) {
  begin("a");
  begin("b");
  begin("late", Clock::now() - 1ms);
  begin("c");
  loop.poll();
  EXPECT_EQ(log, "+a+b-late");
  inside.notify_all();
  loop.poll();
  EXPECT_EQ(log, "+a+b-late+c");
}

TEST_F(WindowTest, all_who_wait_can_be_sent_away) {
  for (const char* name : {"a", "b", "c", "d"}) begin(name);
  window.wake_all();
  loop.poll();
  EXPECT_EQ(log, "+a+b-c-d");
}

}  // namespace
}  // namespace shoal::discovery::window_test
