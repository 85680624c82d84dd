#include "discovery/announcer.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "support/fake_tracker.hpp"
#include "support/run_awaitable.hpp"

namespace shoal::discovery::announcer_test {
namespace {

using namespace std::chrono_literals;
using datagram::HeartbeatRequest;
using datagram::RegisterRequest;
using datagram::WithdrawRequest;
using test::FakeTracker;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr datagram::Timing kTiming{100, 300};
/// Nothing is lost on loopback, so nothing is sent twice, however slow the machine.
const AnnouncerTiming kNoRetries{.patience = 10s, .probe = 50ms, .first_retry = 5s};
const AnnouncerTiming kImpatient{.patience = 200ms, .probe = 50ms, .first_retry = 20ms};

FileInfo file(int number) {
  FileInfo info{"file" + std::to_string(number), 100, 16384, Digest{}};
  info.root.bytes[0] = std::byte{1};
  return info;
}

/// Takes everything.
std::optional<datagram::Reply> accept(const datagram::Request& request) {
  if (std::holds_alternative<RegisterRequest>(request)) return datagram::RegisterReply{kTiming};
  if (std::holds_alternative<HeartbeatRequest>(request))
    return datagram::HeartbeatReply{true, kTiming};
  if (std::holds_alternative<WithdrawRequest>(request)) return datagram::WithdrawReply{};
  return std::nullopt;
}

class AnnouncerTest : public testing::Test {
 protected:
  AnnouncerTest() {
    first.on_request(accept);
    second.on_request(accept);
  }

  Announcer make(std::vector<std::string> trackers, const AnnouncerTiming& timing = kNoRetries) {
    AnnouncerEvents events;
    events.on_registered = [this](const FileInfo& info, const std::string& tracker) {
      registered.push_back(info.name + " at " + tracker);
    };
    events.on_refused = [this](const FileInfo& info, const Error& error,
                               const std::string& tracker) {
      refused.push_back(info.name + " at " + tracker);
      last_refusal = error;
    };
    events.on_put_off = [this](const FileInfo& info, const Error&, const std::string& tracker) {
      put_off.push_back(info.name + " at " + tracker);
    };
    events.on_listed = [this](const std::string&, const Endpoint& at,
                              const std::optional<Endpoint>&) { listed.push_back(at.to_string()); };
    events.on_tracker_state = [this](const std::string& tracker, bool answers,
                                     const std::string& message) {
      states.push_back((answers ? "+" : "-") + tracker);
      last_message = message;
    };
    PeerId me;
    me.bytes[0] = std::byte{'S'};
    return Announcer(loop.get_executor(), std::move(trackers), me, where, std::move(events), timing,
                     {}, secret);
  }
  bool until(const std::function<bool()>& done) { return test::run_until(loop, done); }

  Whereabouts where{.listens = *Endpoint::parse("[::]:4242"), .both_families = true};
  std::optional<HostSecret> secret;
  asio::io_context loop;
  FakeTracker first{loop};
  FakeTracker second{loop};
  std::vector<std::string> registered;
  std::vector<std::string> refused;
  std::vector<std::string> put_off;
  std::vector<std::string> states;
  std::vector<std::string> listed;
  Error last_refusal{};
  std::string last_message;
};

TEST_F(AnnouncerTest, registers_with_every_tracker_and_then_sends_one_heartbeat_for_all_files) {
  Announcer announcer = make({first.name(), second.name()});
  announcer.offer(file(1), true);
  announcer.offer(file(2), false);
  ASSERT_TRUE(until([&] {
    return !first.seen_as<HeartbeatRequest>().empty() &&
           !second.seen_as<HeartbeatRequest>().empty();
  }));
  EXPECT_THAT(registered, testing::UnorderedElementsAre(
                              "file1 at " + first.name(), "file1 at " + second.name(),
                              "file2 at " + first.name(), "file2 at " + second.name()));
  auto sent = first.seen_as<RegisterRequest>();
  std::ranges::sort(sent, {}, [](const RegisterRequest& request) { return request.file.name; });
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].file, file(1));
  EXPECT_TRUE(sent[0].complete);
  EXPECT_FALSE(sent[1].complete);
  EXPECT_EQ(sent[0].port, 4242);
  datagram::FileSet both;
  both.add(info_hash(file(1)));
  both.add(info_hash(file(2)));
  EXPECT_EQ(first.seen_as<HeartbeatRequest>()[0].files, both);
  EXPECT_TRUE(states.empty());
}

FileInfo folder(int number) {
  FileInfo info = file(number);
  info.name = "folder" + std::to_string(number);
  info.folder = FolderInfo{340, 20'000};
  return info;
}

TEST_F(AnnouncerTest, registers_a_folder_by_its_info_hash) {
  Announcer announcer = make({first.name()});
  announcer.offer(folder(1), true);
  ASSERT_TRUE(until([&] { return !first.seen_as<HeartbeatRequest>().empty(); }));
  EXPECT_THAT(registered, ElementsAre("folder1 at " + first.name()));
  const auto sent = first.seen_as<RegisterRequest>();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].file, folder(1));
  EXPECT_EQ(sent[0].file.folder, folder(1).folder);
  EXPECT_EQ(sent[0].file.length, 100u);
  datagram::FileSet set;
  set.add(InfoHash{folder(1).root.bytes});
  EXPECT_EQ(first.seen_as<HeartbeatRequest>()[0].files, set);
  announcer.withdraw(info_hash(folder(1)));
  ASSERT_TRUE(until([&] { return !first.seen_as<WithdrawRequest>().empty(); }));
  EXPECT_EQ(first.seen_as<WithdrawRequest>()[0].file, info_hash(folder(1)));
}

TEST_F(AnnouncerTest, an_older_tracker_takes_the_files_and_refuses_the_folder_with_a_reason) {
  first.be_old();
  Announcer announcer = make({first.name(), second.name()});
  announcer.offer(folder(1), true);
  announcer.offer(file(2), true);
  ASSERT_TRUE(until([&] { return registered.size() == 3 && !refused.empty(); }));
  EXPECT_THAT(refused, ElementsAre("folder1 at " + first.name()));
  EXPECT_THAT(last_refusal.message,
              testing::AllOf(HasSubstr("too old for folders"), HasSubstr("magnet link")));
  EXPECT_THAT(registered,
              testing::UnorderedElementsAre("file2 at " + first.name(), "file2 at " + second.name(),
                                            "folder1 at " + second.name()));
  ASSERT_TRUE(until([&] { return first.seen_as<HeartbeatRequest>().size() >= 2; }));
  EXPECT_EQ(first.seen_as<RegisterRequest>().size(), 2u) << "it is not asked again and again";
}

TEST_F(AnnouncerTest, talks_to_trackers_from_the_address_that_we_listen_on) {
  where = {.listens = *Endpoint::parse("127.0.0.3:4242")};
  Announcer announcer = make({first.name()});
  announcer.offer(file(1), true);
  ASSERT_TRUE(until([&] { return !first.seen_as<HeartbeatRequest>().empty(); }));
  for (const FakeTracker::Seen& seen : first.seen())
    EXPECT_EQ(seen.from.address().to_string(), "127.0.0.3");
}

TEST_F(AnnouncerTest, registers_nowhere_over_a_family_that_we_do_not_listen_in_and_says_so) {
  where = {.listens = *Endpoint::parse("[::1]:4242")};
  Announcer announcer = make({first.name()});
  announcer.offer(file(1), true);
  ASSERT_TRUE(until([&] { return !states.empty(); }));
  EXPECT_THAT(states, ElementsAre("-" + first.name()));
  EXPECT_THAT(last_message, HasSubstr("we listen on IPv6 only"));
  EXPECT_EQ(first.connects(), 0);
  EXPECT_TRUE(registered.empty());
}

TEST_F(AnnouncerTest, asks_for_names_over_any_family) {
  where = {.listens = *Endpoint::parse("[::1]:4242")};
  first.on_request([](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (!std::holds_alternative<datagram::LookupRequest>(request)) return std::nullopt;
    return datagram::LookupReply{100, 16384, file(1).root, 1, 0, {}};
  });
  Announcer announcer = make({first.name()});
  EXPECT_TRUE(test::run(loop, announcer.find(*FileName::parse("file1"), std::nullopt, 10s)));
}

TEST_F(AnnouncerTest, says_in_each_datagram_where_others_reach_us_in_that_family) {
  const Endpoint said = *Endpoint::parse("192.0.2.7:7001");
  where.said = {*Endpoint::parse("[2001:db8::7]:7001"), said};
  Announcer announcer = make({first.name()});
  announcer.offer(file(1), true);
  ASSERT_TRUE(until([&] { return !first.seen_as<HeartbeatRequest>().empty(); }));
  announcer.withdraw(info_hash(file(1)));
  ASSERT_TRUE(until([&] { return !first.seen_as<WithdrawRequest>().empty(); }));
  EXPECT_EQ(first.seen_as<RegisterRequest>()[0].said, said);
  EXPECT_EQ(first.seen_as<HeartbeatRequest>()[0].said, said);
  EXPECT_EQ(first.seen_as<WithdrawRequest>()[0].said, said);
}

TEST_F(AnnouncerTest, shows_each_tracker_a_proof_of_its_own_in_each_datagram) {
  secret = HostSecret{std::byte{7}};
  {
    Announcer announcer = make({first.name(), second.name()});
    announcer.offer(file(1), true);
    announcer.offer(file(2), true);
    ASSERT_TRUE(until([&] {
      return !first.seen_as<HeartbeatRequest>().empty() &&
             !second.seen_as<HeartbeatRequest>().empty();
    }));
    announcer.withdraw(info_hash(file(1)));
    ASSERT_TRUE(until([&] { return !first.seen_as<WithdrawRequest>().empty(); }));
    net::spawn(loop.get_executor(), announcer.close());
    ASSERT_TRUE(until([&] { return first.seen_as<WithdrawRequest>().size() == 2; }));
  }
  for (FakeTracker* tracker : {&first, &second}) {
    const auto proof = proof_for(*secret, tracker->name());
    for (const auto& request : tracker->seen_as<RegisterRequest>()) EXPECT_EQ(request.proof, proof);
    for (const auto& request : tracker->seen_as<HeartbeatRequest>())
      EXPECT_EQ(request.proof, proof);
    for (const auto& request : tracker->seen_as<WithdrawRequest>()) EXPECT_EQ(request.proof, proof);
  }
}

TEST_F(AnnouncerTest, waits_for_a_place_that_another_program_has) {
  first.on_request([&](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (const auto* asked = std::get_if<RegisterRequest>(&request);
        asked != nullptr && asked->file.name == "file1")
      return datagram::RefuseReply{datagram::RefuseReason::place_taken, 0, {}, "taken"};
    return accept(request);
  });
  Announcer announcer = make({first.name()});
  for (int i = 1; i <= 2; ++i) announcer.offer(file(i), true);
  ASSERT_TRUE(until([&] { return first.seen_as<RegisterRequest>().size() >= 4; }));
  EXPECT_THAT(put_off, ElementsAre("file1 at " + first.name()));
  EXPECT_TRUE(refused.empty());
}

TEST_F(AnnouncerTest, tells_where_a_tracker_lists_us_when_that_changes) {
  Endpoint seen = *Endpoint::parse("192.0.2.1:4242");
  first.on_request([&](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (std::holds_alternative<RegisterRequest>(request))
      return datagram::RegisterReply{kTiming, seen};
    if (std::holds_alternative<HeartbeatRequest>(request))
      return datagram::HeartbeatReply{false, kTiming};
    return accept(request);
  });
  Announcer announcer = make({first.name()});
  announcer.offer(file(1), true);
  announcer.offer(file(2), true);
  ASSERT_TRUE(until([&] { return first.seen_as<RegisterRequest>().size() >= 6; }));
  EXPECT_THAT(listed, ElementsAre("192.0.2.1:4242"));
  seen = *Endpoint::parse("192.0.2.2:4242");
  ASSERT_TRUE(until([&] { return listed.size() >= 2; }));
  EXPECT_THAT(listed, ElementsAre("192.0.2.1:4242", "192.0.2.2:4242"));
}

TEST_F(AnnouncerTest, calls_nothing_back_before_offer_returns) {
  Announcer announcer = make({"nonsense"});
  announcer.offer(file(1), true);
  EXPECT_TRUE(states.empty());
  ASSERT_TRUE(until([&] { return !states.empty(); }));
  EXPECT_THAT(states, ElementsAre("-nonsense"));
  EXPECT_THAT(last_message, HasSubstr("host:port"));
}

TEST_F(AnnouncerTest, registers_a_thousand_files_once_each) {
  Announcer announcer = make({first.name()});
  for (int i = 0; i < 1000; ++i) announcer.offer(file(i), true);
  ASSERT_TRUE(until([&] { return registered.size() == 1000; }));
  std::set<std::string> names;
  for (const auto& request : first.seen_as<RegisterRequest>()) names.insert(request.file.name);
  EXPECT_EQ(names.size(), 1000u);
  EXPECT_EQ(first.seen_as<RegisterRequest>().size(), 1000u);
}

TEST_F(AnnouncerTest, registers_everything_again_when_the_tracker_does_not_know_the_set) {
  bool forgot = true;
  first.on_request([&](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (std::holds_alternative<HeartbeatRequest>(request)) {
      return datagram::HeartbeatReply{!std::exchange(forgot, false), kTiming};
    }
    return accept(request);
  });
  Announcer announcer = make({first.name()});
  announcer.offer(file(1), true);
  announcer.offer(file(2), true);
  ASSERT_TRUE(until([&] { return first.seen_as<HeartbeatRequest>().size() >= 2; }));
  EXPECT_EQ(first.seen_as<RegisterRequest>().size(), 4u);
  EXPECT_EQ(registered.size(), 4u);
}

TEST_F(AnnouncerTest, refused_by_one_tracker_stays_offered_at_the_other) {
  first.on_request([&](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (std::holds_alternative<RegisterRequest>(request)) {
      return datagram::RefuseReply{datagram::RefuseReason::name_taken, 77, {}, ""};
    }
    return accept(request);
  });
  Announcer announcer = make({first.name(), second.name()});
  announcer.offer(file(1), true);
  ASSERT_TRUE(until([&] { return second.seen_as<HeartbeatRequest>().size() >= 2; }));
  EXPECT_THAT(refused, ElementsAre("file1 at " + first.name()));
  EXPECT_THAT(registered, ElementsAre("file1 at " + second.name()));
  EXPECT_EQ(last_refusal.code, Errc::conflict);
  EXPECT_THAT(last_refusal.message, HasSubstr("77"));
  EXPECT_TRUE(first.seen_as<HeartbeatRequest>().empty()) << "an empty set needs no heartbeat";
}

TEST_F(AnnouncerTest, offers_again_what_a_tracker_has_no_room_for_and_says_so_once) {
  first.on_request([&](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (const auto* asked = std::get_if<RegisterRequest>(&request);
        asked != nullptr && asked->file.name != "file1")
      return datagram::RefuseReply{datagram::RefuseReason::table_full, 0, {}, "full"};
    return accept(request);
  });
  Announcer announcer = make({first.name()});
  for (int i = 1; i <= 3; ++i) announcer.offer(file(i), true);
  ASSERT_TRUE(until([&] { return first.seen_as<RegisterRequest>().size() >= 6; }));
  EXPECT_FALSE(first.seen_as<HeartbeatRequest>().empty());
  EXPECT_EQ(put_off.size(), 1u) << "for both";
  EXPECT_TRUE(refused.empty());
  first.on_request(accept);
  ASSERT_TRUE(until([&] { return registered.size() == 3; }));
}

TEST_F(AnnouncerTest, withdraws_at_every_tracker) {
  Announcer announcer = make({first.name(), second.name()});
  announcer.offer(file(1), true);
  ASSERT_TRUE(until([&] { return registered.size() == 2; }));
  announcer.withdraw(info_hash(file(1)));
  ASSERT_TRUE(until([&] {
    return !first.seen_as<WithdrawRequest>().empty() && !second.seen_as<WithdrawRequest>().empty();
  }));
  EXPECT_EQ(first.seen_as<WithdrawRequest>()[0].file, info_hash(file(1)));
}

TEST_F(AnnouncerTest,
       tells_once_that_a_tracker_is_silent_goes_on_trying_and_tells_once_that_it_is_back) {
  first.on_request(nullptr);
  Announcer announcer = make({first.name()}, kImpatient);
  announcer.offer(file(1), true);
  announcer.offer(file(2), true);
  ASSERT_TRUE(until([&] { return states.size() == 1; }));
  EXPECT_THAT(last_message, HasSubstr(first.name()));
  const std::size_t tried = first.seen().size();
  ASSERT_TRUE(until([&] { return first.seen().size() > tried + 3; }));
  EXPECT_THAT(states, ElementsAre("-" + first.name()));
  first.on_request(accept);
  ASSERT_TRUE(until([&] { return registered.size() == 2; }));
  EXPECT_THAT(states, ElementsAre("-" + first.name(), "+" + first.name()));
}

TEST_F(AnnouncerTest, close_withdraws_everything_and_then_is_silent) {
  Announcer announcer = make({first.name(), second.name()});
  announcer.offer(file(1), true);
  announcer.offer(file(2), true);
  ASSERT_TRUE(until([&] { return registered.size() == 4; }));
  test::run(loop, announcer.close());
  const auto gone = first.seen_as<WithdrawRequest>();
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].file, std::nullopt);
  EXPECT_EQ(second.seen_as<WithdrawRequest>().size(), 1u);
  const std::size_t sent = first.seen().size();
  announcer.offer(file(3), true);
  loop.run_for(250ms);
  EXPECT_EQ(first.seen().size(), sent);
}

TEST_F(AnnouncerTest, close_waits_about_a_second_for_a_tracker_that_has_fallen_silent) {
  Announcer announcer = make({first.name()}, {.patience = 10s, .probe = 5s, .first_retry = 100ms});
  announcer.offer(file(1), true);
  ASSERT_TRUE(until([&] { return registered.size() == 1; }));
  first.on_request(nullptr);
  const Time start = Clock::now();
  test::run(loop, announcer.close());
  EXPECT_LT(Clock::now() - start, 5s);
  test::run(loop, announcer.close());
}

TEST_F(AnnouncerTest, close_without_anything_registered_sends_nothing) {
  Announcer announcer = make({first.name()});
  test::run(loop, announcer.close());
  EXPECT_EQ(first.connects(), 0);
}

TEST_F(AnnouncerTest, may_be_destroyed_at_any_moment_and_calls_nothing_back_after_that) {
  for (const auto after : {0ms, 1ms, 3ms, 10ms, 120ms}) {
    {
      Announcer announcer = make({first.name(), second.name()});
      for (int i = 0; i < 200; ++i) announcer.offer(file(i), true);
      loop.restart();
      loop.run_for(after);
    }
    const auto told = registered.size();
    loop.restart();
    loop.run_for(20ms);
    EXPECT_EQ(registered.size(), told);
  }
}

TEST_F(AnnouncerTest, may_be_destroyed_by_what_it_calls) {
  auto announcer = std::make_unique<Announcer>(make({first.name(), second.name()}));
  AnnouncerEvents events;
  int calls = 0;
  events.on_registered = [&](const FileInfo&, const std::string&) {
    ++calls;
    announcer.reset();
  };
  announcer->set_events(std::move(events));
  announcer->offer(file(1), true);
  announcer->offer(file(2), true);
  ASSERT_TRUE(until([&] { return announcer == nullptr; }));
  loop.run_for(50ms);
  EXPECT_EQ(calls, 1);
}

TEST_F(AnnouncerTest, events_can_be_handed_to_another_owner) {
  Announcer announcer = make({first.name()});
  announcer.offer(file(1), true);
  ASSERT_TRUE(until([&] { return registered.size() == 1; }));
  std::vector<std::string> others;
  AnnouncerEvents events;
  events.on_registered = [&](const FileInfo& info, const std::string&) {
    others.push_back(info.name);
  };
  announcer.set_events(std::move(events));
  announcer.offer(file(2), true);
  ASSERT_TRUE(until([&] { return others.size() == 1; }));
  EXPECT_EQ(registered.size(), 1u);
}

}  // namespace
}  // namespace shoal::discovery::announcer_test
