#include "discovery/tracker_client.hpp"

#include <set>

#include <gmock/gmock.h>

#include "support/fake_names.hpp"
#include "support/fake_tracker.hpp"
#include "support/ipv6.hpp"
#include "support/run_awaitable.hpp"

namespace shoal::discovery::tracker_client_test {
namespace {

using namespace std::chrono_literals;
using test::FakeTracker;
using testing::HasSubstr;

datagram::LookupRequest lookup(std::string name) {
  return {{}, std::move(name)};
}

/// Answers a lookup with the length of the name, so that answers can be told apart.
std::optional<datagram::Reply> name_length(const datagram::Request& request) {
  const auto* asked = std::get_if<datagram::LookupRequest>(&request);
  if (asked == nullptr) return std::nullopt;
  return datagram::LookupReply{
      .length = asked->name.size(), .piece_length = 16384, .root = {}, .peers = {}};
}

class TrackerClientTest : public testing::Test {
 protected:
  TrackerClientTest() { tracker.on_request(name_length); }

  Result<Answer> ask(TrackerClient& who, datagram::Request request, Duration patience = 10s) {
    return test::run(loop, who.ask(std::move(request), patience));
  }
  void expect_length(const Result<Answer>& answer, std::uint64_t length) {
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_TRUE(std::holds_alternative<datagram::LookupReply>(answer->reply));
    EXPECT_EQ(std::get<datagram::LookupReply>(answer->reply).length, length);
  }

  asio::io_context loop;
  FakeTracker tracker{loop};
  TrackerClient client{loop.get_executor(), tracker.name(), 20ms};
};

TEST_F(TrackerClientTest, connects_once_and_tells_who_answered) {
  const auto answer = ask(client, lookup("abc"));
  expect_length(answer, 3);
  EXPECT_EQ(answer->from, tracker.address());
  expect_length(ask(client, lookup("abcd")), 4);
  EXPECT_EQ(tracker.connects(), 1);
  EXPECT_EQ(tracker.seen().size(), 2u);
}

TEST_F(TrackerClientTest, reaches_a_tracker_by_name_and_by_url) {
  TrackerClient by_name(loop.get_executor(), "localhost:" + std::to_string(tracker.address().port),
                        20ms);
  expect_length(ask(by_name, lookup("abc")), 3);
  TrackerClient by_url(loop.get_executor(), "udp://" + tracker.name() + "/announce", 20ms);
  expect_length(ask(by_url, lookup("abc")), 3);
}

TEST_F(TrackerClientTest, reaches_a_tracker_over_ipv6) {
  if (!test::has_ipv6()) GTEST_SKIP() << test::kNoIpv6;
  FakeTracker v6(loop, *Endpoint::parse("[::1]:0"));
  v6.on_request(name_length);
  TrackerClient to_v6(loop.get_executor(), v6.name(), 20ms);
  const auto answer = ask(to_v6, lookup("abc"));
  expect_length(answer, 3);
  EXPECT_EQ(answer->from, v6.address());
}

TEST_F(TrackerClientTest, sends_again_what_was_lost) {
  tracker.lose(2);
  expect_length(ask(client, lookup("abc")), 3);
  tracker.lose(1);
  expect_length(ask(client, lookup("abcd")), 4);
}

TEST_F(TrackerClientTest,
       believes_no_garbage_no_stranger_no_other_transaction_no_other_kind_and_no_repetition) {
  tracker.be_noisy();
  for (std::size_t length = 1; length < 20; ++length) {
    expect_length(ask(client, lookup(std::string(length, 'x'))), length);
  }
}

asio::awaitable<void> keep_length(TrackerClient& client, std::string name,
                                  std::vector<std::uint64_t>& lengths) {
  const auto answer = co_await client.ask(lookup(std::move(name)), 10s);
  if (answer) lengths.push_back(std::get<datagram::LookupReply>(answer->reply).length);
}

TEST_F(TrackerClientTest, matches_answers_that_come_in_another_order) {
  tracker.hold_answers(10);
  std::vector<std::uint64_t> lengths;
  for (std::size_t i = 1; i <= 10; ++i) {
    net::spawn(loop.get_executor(), keep_length(client, std::string(i, 'x'), lengths));
  }
  ASSERT_TRUE(test::run_until(loop, [&] { return lengths.size() == 10; }));
  EXPECT_THAT(lengths, testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_EQ(tracker.connects(), 1);
}

TEST_F(TrackerClientTest, has_64_asks_on_their_way_at_once_and_random_ids) {
  tracker.hold_answers(1000);
  TrackerClient patient(loop.get_executor(), tracker.name(), 5s);
  std::vector<std::uint64_t> lengths;
  for (std::size_t i = 1; i <= 200; ++i) {
    net::spawn(loop.get_executor(), keep_length(patient, std::string(i, 'x'), lengths));
  }
  ASSERT_TRUE(
      test::run_until(loop, [&] { return tracker.seen().size() >= TrackerClient::kWindow; }));
  loop.run_for(20ms);
  EXPECT_EQ(tracker.seen().size(), TrackerClient::kWindow);
  std::set<datagram::TransactionId> ids;
  for (const auto& seen : tracker.seen()) ids.insert(seen.datagram.transaction);
  EXPECT_EQ(ids.size(), TrackerClient::kWindow);
  EXPECT_GT(static_cast<std::uint32_t>(*ids.rbegin()), 1u << 24)
      << "as good as impossible for random ids";
}

TEST_F(TrackerClientTest, gets_through_many_more_asks_than_fit_the_window) {
  std::vector<std::uint64_t> lengths;
  for (std::size_t i = 0; i < 500; ++i) {
    net::spawn(loop.get_executor(), keep_length(client, std::string(i % 200, 'x'), lengths));
  }
  ASSERT_TRUE(test::run_until(loop, [&] { return lengths.size() == 500; }));
}

TEST_F(TrackerClientTest, connects_anew_when_its_connection_id_is_not_taken_any_more) {
  expect_length(ask(client, lookup("abc")), 3);
  tracker.forget_connections();
  expect_length(ask(client, lookup("abcd")), 4);
  EXPECT_EQ(tracker.connects(), 2);
}

// A tracker takes a connection id from the address that it gave it to.
TEST_F(TrackerClientTest, connects_anew_at_once_when_our_address_changes) {
  TrackerClient patient(loop.get_executor(), tracker.name(), 5s);
  expect_length(ask(patient, lookup("abc")), 3);
  tracker.hold_answers(2);  // that to the old address never comes
  std::vector<std::uint64_t> lengths;
  net::spawn(loop.get_executor(), keep_length(patient, "abcd", lengths));
  ASSERT_TRUE(test::run_until(loop, [&] { return tracker.seen().size() == 2; }));
  patient.addresses_changed();
  ASSERT_TRUE(test::run_until(loop, [&] { return !lengths.empty(); }));
  EXPECT_THAT(lengths, testing::ElementsAre(4));
  EXPECT_EQ(tracker.connects(), 2);
}

TEST_F(TrackerClientTest, says_when_the_zone_of_a_tracker_is_none_of_this_machine) {
  TrackerClient nowhere(loop.get_executor(), "[fe80::1%nosuchif]:6000", 5ms);
  const auto answer = ask(nowhere, lookup("abc"), 50ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::no_tracker);
  EXPECT_THAT(answer.error().message, HasSubstr("no network interface of this machine"));
}

TEST_F(TrackerClientTest, errors_and_refusals_are_answers) {
  tracker.on_request([](const datagram::Request&) { return datagram::ErrorReply{"go away"}; });
  auto answer = ask(client, lookup("abc"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<datagram::ErrorReply>(answer->reply).message, "go away");
  tracker.on_request([](const datagram::Request&) {
    return datagram::RefuseReply{datagram::RefuseReason::unknown_name, 0, {}, ""};
  });
  answer = ask(client, lookup("abc"));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::holds_alternative<datagram::RefuseReply>(answer->reply));
}

TEST_F(TrackerClientTest, silence_is_an_error_that_names_the_address_within_patience) {
  tracker.on_request(nullptr);
  const Time start = Clock::now();
  const auto answer = ask(client, lookup("abc"), 150ms);
  EXPECT_LT(Clock::now() - start, 5s);
  EXPECT_GE(Clock::now() - start, 150ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::no_tracker);
  EXPECT_THAT(answer.error().message, HasSubstr(tracker.name()));
  EXPECT_GE(tracker.seen().size(), 2u) << "it was tried more than once";
}

TEST_F(TrackerClientTest, a_port_that_nobody_listens_on_does_not_end_the_client) {
  Endpoint address;
  {
    FakeTracker gone(loop);
    address = gone.address();
  }
  TrackerClient early(loop.get_executor(), address.to_string(), 10ms);
  EXPECT_FALSE(ask(early, lookup("abc"), 60ms));
  FakeTracker late(loop, address);
  late.on_request(name_length);
  expect_length(ask(early, lookup("abc")), 3);
}

TEST_F(TrackerClientTest, a_new_ask_does_not_sit_out_the_long_waits_of_an_old_one) {
  Endpoint address;
  {
    FakeTracker gone(loop);
    address = gone.address();
  }
  TrackerClient early(loop.get_executor(), address.to_string(), 200ms);
  std::vector<std::uint64_t> lengths;
  net::spawn(loop.get_executor(), keep_length(early, "old", lengths));
  loop.run_for(1700ms);  // it has sent four times; its fifth comes after 2.4 s at the earliest
  FakeTracker late(loop, address);
  late.on_request(name_length);
  expect_length(ask(early, lookup("new!"), 650ms), 4);
  EXPECT_TRUE(test::run_until(loop, [&] { return lengths.size() == 1; }));
}

asio::awaitable<void> keep_error(asio::awaitable<Result<Answer>> asking,
                                 std::vector<Errc>& errors) {
  const auto answer = co_await std::move(asking);
  if (!answer) errors.push_back(answer.error().code);
}

class TrackerNames : public TrackerClientTest {
 protected:
  [[nodiscard]] std::string named(const std::string& host) const {
    return host + ":" + std::to_string(tracker.address().port);
  }

  test::FakeNames names{loop};
};

TEST_F(TrackerNames, one_that_does_not_exist_is_said_to_be_the_problem) {
  names.refuse("lost.test", "the name server knows no such name as lost.test");
  TrackerClient lost(loop.get_executor(), "lost.test:6000", 10ms);
  const auto answer = ask(lost, lookup("abc"), 300ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::no_tracker);
  EXPECT_THAT(answer.error().message, HasSubstr("lost.test:6000"));
  EXPECT_THAT(answer.error().message, HasSubstr("no such name"));
}

TEST_F(TrackerNames, a_silent_name_server_is_said_to_be_the_problem) {
  TrackerClient slow(loop.get_executor(), "slow.test:6000", 10ms);
  const auto answer = ask(slow, lookup("abc"), 100ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::no_tracker);
  EXPECT_THAT(answer.error().message, HasSubstr("the name server did not answer for slow.test"));
}

TEST_F(TrackerNames, one_that_is_not_found_holds_up_no_other) {
  names.know("good.test", "127.0.0.1");
  TrackerClient slow(loop.get_executor(), named("slow.test"), 10ms);
  TrackerClient good(loop.get_executor(), named("good.test"), 10ms);
  std::vector<Errc> errors;
  net::spawn(loop.get_executor(), keep_error(slow.ask(lookup("abc"), 1min), errors));
  ASSERT_TRUE(test::run_until(loop, [&] { return names.threads() == 1; }));
  expect_length(ask(good, lookup("abcd")), 4);
  EXPECT_TRUE(errors.empty());
}

TEST_F(TrackerNames, one_that_is_found_late_is_asked_at_once) {
  TrackerClient slow(loop.get_executor(), named("slow.test"), 1h);
  ASSERT_FALSE(ask(slow, lookup("abc"), 50ms));
  names.know("slow.test", "127.0.0.1");
  expect_length(ask(slow, lookup("abc")), 3);
  EXPECT_EQ(names.lookups("slow.test"), 1u);
}

TEST_F(TrackerNames, one_that_is_not_found_any_more_is_asked_where_it_was_last) {
  names.know("moving.test", "127.0.0.1");
  {
    TrackerClient before(loop.get_executor(), named("moving.test"), 20ms);
    expect_length(ask(before, lookup("abc")), 3);
  }
  names.refuse("moving.test", "no such name");
  TrackerClient after(loop.get_executor(), named("moving.test"), 20ms);
  expect_length(ask(after, lookup("abcd")), 4);
  tracker.on_request({});
  TrackerClient silent(loop.get_executor(), named("moving.test"), 20ms);
  const auto answer = ask(silent, lookup("abc"), 300ms);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("does not answer where it was last"));
  EXPECT_THAT(answer.error().message, HasSubstr("no such name"));
}

TEST_F(TrackerNames, one_of_another_family_is_looked_up_again_only_when_our_addresses_change) {
  names.know("old.test", "127.0.0.1");
  Sources v6_only;
  v6_only.v4.reset();
  TrackerClient v6(loop.get_executor(), named("old.test"), 20ms, {}, v6_only);
  for (int i = 0; i < 3; ++i) {
    const auto answer = ask(v6, lookup("abc"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::not_found);
  }
  EXPECT_EQ(names.lookups("old.test"), 1u);
  v6.addresses_changed();
  EXPECT_FALSE(ask(v6, lookup("abc")));
  EXPECT_EQ(names.lookups("old.test"), 2u);
}

/// One name for three trackers, or for one at three addresses.
class SeveralAddresses : public TrackerNames {
 protected:
  SeveralAddresses() {
    for (const char* host : {"127.0.0.2", "127.0.0.3"}) {
      trackers.push_back(std::make_unique<FakeTracker>(
          loop, Endpoint{*IpAddress::parse(host), tracker.address().port}));
      trackers.back()->on_request(name_length);
    }
    names.know("several.test", std::vector<std::string>{"127.0.0.1", "127.0.0.2", "127.0.0.3"});
  }
  FakeTracker& at(const Endpoint& address) {
    for (const auto& one : trackers)
      if (one->address() == address) return *one;
    return tracker;
  }

  std::vector<std::unique_ptr<FakeTracker>> trackers;
};

TEST_F(SeveralAddresses, are_one_tracker_and_who_answered_is_asked_again) {
  TrackerClient several(loop.get_executor(), named("several.test"), 1min);
  const auto first = ask(several, lookup("abc"));
  expect_length(first, 3);
  for (int i = 0; i < 5; ++i) {
    several.addresses_changed();  // connects anew
    const auto again = ask(several, lookup("abcd"));
    expect_length(again, 4);
    EXPECT_EQ(again->from, first->from);
  }
  // The first time all are asked, and one of them twice, where the machine halts for a moment.
  for (const FakeTracker* one : {&tracker, trackers[0].get(), trackers[1].get()})
    EXPECT_LE(one->connects(), one->address() == first->from ? 7 : 2) << one->name();
}

TEST_F(SeveralAddresses, take_over_from_one_that_falls_silent) {
  TrackerClient several(loop.get_executor(), named("several.test"), 20ms);
  auto last = ask(several, lookup("abc"));
  for (int silent = 0; silent < 2; ++silent) {
    expect_length(last, 3);
    at(last->from).lose(1'000'000);
    const auto next = ask(several, lookup("abc"));
    ASSERT_TRUE(next);
    EXPECT_NE(next->from, last->from);
    last = next;
  }
}

TEST_F(SeveralAddresses, of_which_one_alone_answers_are_enough) {
  tracker.lose(1'000'000);
  trackers.front()->lose(1'000'000);
  TrackerClient several(loop.get_executor(), named("several.test"), 20ms);
  const auto answer = ask(several, lookup("abc"));
  expect_length(answer, 3);
  EXPECT_EQ(answer->from, trackers.back()->address());
}

TEST_F(TrackerClientTest, an_address_that_is_none_fails_every_ask) {
  TrackerClient bad(loop.get_executor(), "nonsense");
  const auto answer = ask(bad, lookup("abc"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::bad_input);
}

/// A hundred asks with endless patience, some of which have to wait for a place in the window.
void ask_often(asio::io_context& loop, TrackerClient& client, std::vector<Errc>& errors) {
  for (int i = 0; i < 100; ++i)
    net::spawn(loop.get_executor(), keep_error(client.ask(lookup("abc"), 1h), errors));
}

TEST_F(TrackerClientTest, closing_ends_asks_in_every_state_promptly) {
  tracker.on_request(nullptr);
  std::vector<Errc> errors;
  ask_often(loop, client, errors);
  ASSERT_TRUE(
      test::run_until(loop, [&] { return tracker.seen().size() >= TrackerClient::kWindow; }));
  client.close();
  ASSERT_TRUE(test::run_until(loop, [&] { return errors.size() == 100; }));
  EXPECT_THAT(errors, testing::Each(Errc::cancelled));
  EXPECT_EQ(ask(client, lookup("abc")).error().code, Errc::cancelled);
}

TEST_F(TrackerClientTest, may_die_while_asks_are_under_way) {
  tracker.on_request(nullptr);
  std::vector<Errc> errors;
  auto mortal = std::make_unique<TrackerClient>(loop.get_executor(), tracker.name(), 20ms);
  ask_often(loop, *mortal, errors);
  loop.run_for(5ms);
  mortal.reset();
  ASSERT_TRUE(test::run_until(loop, [&] { return errors.size() == 100; }));
}

TEST_F(TrackerClientTest, after_cancelling_all_new_asks_go_on) {
  tracker.on_request(nullptr);
  std::vector<Errc> errors;
  ask_often(loop, client, errors);
  loop.run_for(5ms);
  tracker.on_request(name_length);
  client.cancel_all();
  expect_length(ask(client, lookup("abc")), 3);
  EXPECT_TRUE(test::run_until(loop, [&] { return errors.size() == 100; }));
}

TEST(TrackerClientLoop, a_loop_that_dies_with_asks_under_way_leaves_nothing_behind) {
  std::vector<Errc> errors;
  std::optional<TrackerClient> client;
  {
    asio::io_context loop;
    FakeTracker tracker(loop);
    client.emplace(loop.get_executor(), tracker.name(), 20ms);
    ask_often(loop, *client, errors);
    loop.run_for(5ms);
    client.reset();
  }
  EXPECT_TRUE(errors.size() == 0 || errors.size() == 100);
}

}  // namespace
}  // namespace shoal::discovery::tracker_client_test
