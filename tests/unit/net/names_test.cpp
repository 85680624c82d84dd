#include "net/names.hpp"

#include <gmock/gmock.h>

#include "support/fake_names.hpp"
#include "support/run_awaitable.hpp"

namespace shoal::net::names_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

const Addresses kHere{asio::ip::make_address("192.0.2.1")};

class NamesTest : public testing::Test {
 protected:
  NamedHost find(const std::string& host, Duration patience = 20s) {
    return test::run(*loop, names().find(host, Clock::now() + patience));
  }
  Names& names() { return Names::of(loop->get_executor()); }
  /// Asks without waiting for it.
  void begin(const std::string& host, std::vector<std::string>& ended) {
    net::spawn(loop->get_executor(), note(names(), host, ended));
  }
  bool until(const std::function<bool()>& done) { return test::run_until(*loop, done); }

  static asio::awaitable<void> note(Names& names, std::string host,
                                    std::vector<std::string>& ended) {
    const NamedHost found = co_await names.find(host, Clock::now() + 20s);
    ended.push_back(host);
  }
  static asio::awaitable<void> keep(Names& names, std::string host, NamedHost& found) {
    found = co_await names.find(host, Clock::now() + 20s);
  }

  std::unique_ptr<asio::io_context> loop = std::make_unique<asio::io_context>();
  test::FakeNames server{*loop};
};

TEST_F(NamesTest, tells_the_addresses_or_why_there_are_none) {
  server.know("good.test", "192.0.2.1");
  server.refuse("bad.test", "no such name");
  const NamedHost good = find("good.test");
  EXPECT_EQ(good.addresses, kHere);
  EXPECT_EQ(good.problem, "");
  const NamedHost bad = find("bad.test");
  EXPECT_THAT(bad.addresses, IsEmpty());
  EXPECT_EQ(bad.problem, "no such name");
  EXPECT_FALSE(bad.under_way);
}

TEST_F(NamesTest, no_lookup_waits_for_another) {
  server.know("good.test", "192.0.2.1");
  std::vector<std::string> ended;
  for (std::size_t i = 0; i + 1 < Names::kMostLookups; ++i) {
    begin("slow" + std::to_string(i) + ".test", ended);
  }
  EXPECT_EQ(find("good.test").addresses, kHere);
  EXPECT_THAT(ended, IsEmpty());
}

TEST_F(NamesTest, silence_is_told_at_the_deadline_and_an_answer_after_it_still_counts) {
  const NamedHost slow = find("slow.test", 10ms);
  EXPECT_TRUE(slow.under_way);
  EXPECT_EQ(slow.problem, "the name server did not answer for slow.test");
  NamedHost later;
  net::spawn(loop->get_executor(), keep(names(), "slow.test", later));
  loop->restart();
  loop->poll();  // it waits, for the same lookup
  server.know("slow.test", "192.0.2.1");
  EXPECT_TRUE(until([&] { return later.addresses == kHere; }));
  EXPECT_EQ(server.lookups("slow.test"), 1u);
}

TEST_F(NamesTest, a_name_that_is_looked_up_already_is_looked_up_once) {
  std::vector<std::string> ended;
  for (int i = 0; i < 5; ++i) begin("slow.test", ended);
  ASSERT_TRUE(until([&] { return server.lookups("slow.test") == 1; }));
  server.know("slow.test", "192.0.2.1");
  ASSERT_TRUE(until([&] { return ended.size() == 5; }));
  EXPECT_EQ(server.lookups("slow.test"), 1u);
}

TEST_F(NamesTest, goes_on_with_the_last_addresses_when_a_name_is_not_found_any_more) {
  server.know("tracker.test", "192.0.2.1");
  EXPECT_FALSE(find("tracker.test").remembered);
  server.be_silent("tracker.test");
  const NamedHost silent = find("tracker.test", 10ms);
  EXPECT_EQ(silent.addresses, kHere);
  EXPECT_TRUE(silent.remembered);
  EXPECT_EQ(silent.problem, "the name server did not answer for tracker.test");
  server.refuse("tracker.test", "no such name");
  const NamedHost gone = find("tracker.test");
  EXPECT_EQ(gone.addresses, kHere);
  EXPECT_TRUE(gone.remembered);
  EXPECT_EQ(gone.problem, "no such name");
}

TEST_F(NamesTest, threads_are_bounded_and_the_others_have_their_turn) {
  std::vector<std::string> ended;
  for (std::size_t i = 0; i < Names::kMostLookups + 5; ++i) {
    begin("slow" + std::to_string(i) + ".test", ended);
  }
  ASSERT_TRUE(until([&] { return server.threads() == Names::kMostLookups; }));
  server.know("slow0.test", "192.0.2.1");
  const std::string next = "slow" + std::to_string(Names::kMostLookups) + ".test";
  ASSERT_TRUE(until([&] { return server.lookups(next) == 1 && !ended.empty(); }));
  EXPECT_THAT(ended, testing::ElementsAre("slow0.test"));
  ASSERT_TRUE(until([&] { return server.threads() == Names::kMostLookups; }));
  EXPECT_EQ(server.lookups("slow" + std::to_string(Names::kMostLookups + 1) + ".test"), 0u);
}

TEST_F(NamesTest, nobody_who_waits_in_vain_keeps_a_thread_from_others) {
  std::vector<std::string> ended;
  for (std::size_t i = 0; i < Names::kMostLookups; ++i) {
    begin("slow" + std::to_string(i) + ".test", ended);
  }
  ASSERT_TRUE(until([&] { return server.threads() == Names::kMostLookups; }));
  EXPECT_TRUE(find("given-up.test", 10ms).under_way);
  begin("wanted.test", ended);
  server.know("slow0.test", "192.0.2.1");
  ASSERT_TRUE(until([&] { return server.lookups("wanted.test") == 1; }));
  EXPECT_EQ(server.lookups("given-up.test"), 0u);
}

TEST_F(NamesTest, a_loop_ends_without_its_lookups_and_they_end_without_it) {
  std::vector<std::string> ended;
  begin("slow.test", ended);
  ASSERT_TRUE(until([&] { return server.threads() == 1; }));
  loop.reset();
  server.know("slow.test", "192.0.2.1");
  while (server.threads() > 0) std::this_thread::yield();
  EXPECT_THAT(ended, IsEmpty());
}

TEST(LookUp, finds_what_the_system_knows_and_says_when_there_is_no_such_name) {
  const auto here = look_up("localhost");
  ASSERT_TRUE(here) << here.error();
  EXPECT_TRUE(here->front().is_loopback());
  const auto number = look_up("192.0.2.7");
  ASSERT_TRUE(number) << number.error();
  EXPECT_EQ(*number, Addresses{asio::ip::make_address("192.0.2.7")});
  const auto none = look_up("");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error(), HasSubstr("no such name"));
}

}  // namespace
}  // namespace shoal::net::names_test
