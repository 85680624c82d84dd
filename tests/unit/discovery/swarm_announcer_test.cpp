#include <gmock/gmock.h>

#include "discovery/announcer.hpp"
#include "support/fake_names.hpp"
#include "support/fake_tracker.hpp"
#include "support/run_awaitable.hpp"

/// Announcer::follow() and what it is made of, at trackers that a test speaks for.
namespace shoal::discovery::swarm_announcer_test {
namespace {

using namespace std::chrono_literals;
using datagram::AnnounceEvent;
using datagram::AnnounceRequest;
using test::FakeTracker;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const AnnouncerTiming kFast{.patience = 200ms, .probe = 50ms, .first_retry = 20ms};
const InfoHash kSwarm{{std::byte{0xab}, std::byte{0xcd}}};

Endpoint at(const char* text) {
  return Endpoint::parse(text).value();
}

class SwarmAnnouncerTest : public testing::Test {
 protected:
  SwarmAnnouncerTest() {
    for (FakeTracker* tracker : {&own, &other}) {
      tracker->on_request([this](const datagram::Request& request) { return answer(request); });
    }
    PeerId me;
    me.bytes[0] = std::byte{'S'};
    announcer.emplace(loop.get_executor(), std::vector<std::string>{own.name()}, me,
                      Whereabouts{.listens = at("0.0.0.0:4242")}, AnnouncerEvents{}, kFast);
  }

  std::optional<datagram::Reply> answer(const datagram::Request& request) const {
    if (!std::holds_alternative<AnnounceRequest>(request)) return std::nullopt;
    return datagram::AnnounceReply{1800, 1, 2, peers};
  }
  std::vector<std::string> follow(const std::vector<std::string>& more, std::uint64_t left = 100) {
    return announcer->follow(
        kSwarm, more, {.left = left},
        [this](const std::string& tracker, const Result<std::vector<Endpoint>>& found) {
          ++answers;
          last_tracker = tracker;
          if (found) last_peers = *found;
          if (!found) last_error = found.error();
        });
  }
  bool until(const std::function<bool()>& done) { return test::run_until(loop, done); }
  static std::vector<AnnounceEvent> events(const FakeTracker& tracker) {
    std::vector<AnnounceEvent> result;
    for (const auto& request : tracker.seen_as<AnnounceRequest>()) result.push_back(request.event);
    return result;
  }

  asio::io_context loop;
  FakeTracker own{loop};
  FakeTracker other{loop};
  std::vector<Endpoint> peers{at("127.0.0.1:5001")};
  std::optional<Announcer> announcer;
  int answers = 0;
  std::string last_tracker;
  std::vector<Endpoint> last_peers;
  std::optional<Error> last_error;
};

TEST_F(SwarmAnnouncerTest, a_family_in_which_a_tracker_has_no_address_says_nothing_of_the_tracker) {
  test::FakeNames names(loop);
  names.know("old.test", "127.0.0.1");
  other.on_request({});
  const std::string name = "old.test:" + std::to_string(other.address().port);
  announcer.emplace(loop.get_executor(), std::vector<std::string>{}, PeerId{},
                    Whereabouts{.listens = at("[::]:4242"), .both_families = true},
                    AnnouncerEvents{}, kFast);
  follow({name});
  for (int told = 1; told <= 2; ++told) {
    ASSERT_TRUE(until([&] { return answers == told; }));
    EXPECT_EQ(last_error.value().code, Errc::no_tracker) << last_error->message;
    announcer->addresses_changed();
  }
}

TEST_F(SwarmAnnouncerTest, a_tracker_that_answers_in_one_family_has_not_failed) {
  const auto executor = loop.get_executor();
  const Sources v6{std::nullopt, at("[::]:0")};
  TrackerClients both{std::make_shared<TrackerClient>(executor, own.name(), 20ms, Keys{}, v6),
                      std::make_shared<TrackerClient>(executor, own.name(), 20ms)};
  SwarmAnnouncer swarm(
      executor, std::move(both), {PeerId{}, 4242}, kSwarm, {.left = 100},
      [this](const std::string&, const Result<std::vector<Endpoint>>& found) {
        ++answers;
        if (!found) last_error = found.error();
      },
      1s);
  ASSERT_TRUE(until([&] { return answers == 1; }));
  EXPECT_FALSE(last_error);
}

TEST_F(SwarmAnnouncerTest, announces_at_our_trackers_and_at_others_and_tells_their_peers) {
  const std::string url = "udp://" + other.name() + "/announce";
  EXPECT_THAT(follow({url}), ElementsAre(own.name(), url));
  EXPECT_EQ(answers, 0) << "nothing is called back at once";
  ASSERT_TRUE(until([&] { return answers == 2; }));
  EXPECT_EQ(last_peers, peers);
  for (const FakeTracker* tracker : {&own, &other}) {
    const auto seen = tracker->seen_as<AnnounceRequest>();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].info_hash, truncated(kSwarm));
    EXPECT_EQ(seen[0].event, AnnounceEvent::started);
    EXPECT_EQ(seen[0].left, 100u);
    EXPECT_EQ(seen[0].port, 4242);
    EXPECT_EQ(seen[0].num_want, 200);
    EXPECT_EQ(seen[0].peer_id.bytes[0], std::byte{'S'});
  }
}

TEST_F(SwarmAnnouncerTest, a_tracker_that_is_named_twice_is_asked_once) {
  EXPECT_THAT(follow({"udp://" + own.name(), "udp://" + other.name(), other.name()}),
              ElementsAre(own.name(), "udp://" + other.name()));
  ASSERT_TRUE(until([&] { return answers == 2; }));
  loop.run_for(50ms);
  EXPECT_EQ(own.seen_as<AnnounceRequest>().size(), 1u);
  EXPECT_EQ(other.seen_as<AnnounceRequest>().size(), 1u);
}

TEST_F(SwarmAnnouncerTest, tells_completion_at_once) {
  follow({});
  ASSERT_TRUE(until([&] { return answers == 1; }));
  ASSERT_NE(announcer->followed(kSwarm), nullptr);
  announcer->followed(kSwarm)->update({.downloaded = 60, .left = 40});
  announcer->followed(kSwarm)->update({.downloaded = 100, .left = 0, .uploaded = 7});
  ASSERT_TRUE(until([&] { return answers == 2; }));
  EXPECT_THAT(events(own), ElementsAre(AnnounceEvent::started, AnnounceEvent::completed));
  const auto seen = own.seen_as<AnnounceRequest>();
  EXPECT_EQ(seen[1].downloaded, 100u);
  EXPECT_EQ(seen[1].left, 0u);
  EXPECT_EQ(seen[1].uploaded, 7u);
}

TEST_F(SwarmAnnouncerTest, tells_when_it_leaves_the_trackers_that_know_it) {
  other.on_request(nullptr);
  follow({other.name()});
  ASSERT_TRUE(until([&] { return own.seen_as<AnnounceRequest>().size() == 1 && answers == 2; }));
  const std::size_t silent = other.seen_as<AnnounceRequest>().size();
  announcer->unfollow(kSwarm);
  EXPECT_EQ(announcer->followed(kSwarm), nullptr);
  ASSERT_TRUE(until([&] { return own.seen_as<AnnounceRequest>().size() == 2; }));
  EXPECT_THAT(events(own), ElementsAre(AnnounceEvent::started, AnnounceEvent::stopped));
  EXPECT_EQ(own.seen_as<AnnounceRequest>()[1].num_want, 0);
  EXPECT_EQ(other.seen_as<AnnounceRequest>().size(), silent);
  EXPECT_EQ(answers, 2) << "nothing is called back any more";
}

TEST_F(SwarmAnnouncerTest, closing_tells_that_it_leaves) {
  follow({other.name()});
  ASSERT_TRUE(until([&] { return answers == 2; }));
  test::run(loop, announcer->close());
  EXPECT_THAT(events(own), ElementsAre(AnnounceEvent::started, AnnounceEvent::stopped));
  EXPECT_THAT(events(other), ElementsAre(AnnounceEvent::started, AnnounceEvent::stopped));
  EXPECT_TRUE(follow({}).empty()) << "it is over";
}

TEST_F(SwarmAnnouncerTest, closing_does_not_wait_long_for_a_silent_tracker) {
  follow({});
  ASSERT_TRUE(until([&] { return answers == 1; }));
  own.on_request(nullptr);
  const Time before = Clock::now();
  test::run(loop, announcer->close());
  EXPECT_LT(Clock::now() - before, 5s);
}

TEST_F(SwarmAnnouncerTest, a_refusal_is_told_and_asked_again_later) {
  own.on_request([](const datagram::Request&) -> std::optional<datagram::Reply> {
    return datagram::ErrorReply{"not here"};
  });
  follow({});
  ASSERT_TRUE(until([&] { return answers == 1; }));
  ASSERT_TRUE(last_error);
  EXPECT_THAT(last_error->message, HasSubstr("not here"));
  EXPECT_NE(last_error->code, Errc::no_tracker);
  own.on_request([this](const datagram::Request& request) { return answer(request); });
  ASSERT_TRUE(until([&] { return answers == 2; }));
  EXPECT_THAT(events(own), ElementsAre(AnnounceEvent::started, AnnounceEvent::started));
}

TEST_F(SwarmAnnouncerTest, a_silent_tracker_and_a_bad_address_are_told_by_name) {
  own.on_request(nullptr);
  follow({"udp://nonsense"});
  ASSERT_TRUE(until([&] { return answers == 1; }));
  EXPECT_EQ(last_tracker, "udp://nonsense");
  EXPECT_EQ(last_error->code, Errc::bad_input);
  ASSERT_TRUE(until([&] { return last_tracker == own.name(); }));
  EXPECT_EQ(last_error->code, Errc::no_tracker);
}

TEST_F(SwarmAnnouncerTest, unreachable_peers_are_left_out) {
  peers = {at("0.0.0.0:7005"), at("127.0.0.1:0"), at("192.0.2.1:7007"), at("192.0.2.1:7007")};
  follow({});
  ASSERT_TRUE(until([&] { return answers == 1; }));
  EXPECT_THAT(last_peers, ElementsAre(at("192.0.2.1:7007")));
}

TEST_F(SwarmAnnouncerTest, may_be_destroyed_by_what_it_calls) {
  int calls = 0;
  announcer->follow(kSwarm, {other.name()}, {.left = 1},
                    [&](const std::string&, const Result<std::vector<Endpoint>>&) {
                      ++calls;
                      announcer.reset();
                    });
  ASSERT_TRUE(until([&] { return !announcer; }));
  loop.run_for(50ms);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace shoal::discovery::swarm_announcer_test
