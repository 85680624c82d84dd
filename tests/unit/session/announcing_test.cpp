#include <fstream>

#include <gmock/gmock.h>

#include <shoal/seeder.hpp>
#include <shoal/tracker.hpp>

#include "discovery/announcer.hpp"
#include "net/runtime_impl.hpp"
#include "support/fake_tracker.hpp"
#include "support/run_awaitable.hpp"
#include "support/temp_dir.hpp"

/// Announcers and a real tracker.
namespace shoal::announcing_test {
namespace {

using namespace std::chrono_literals;
using discovery::Announcer;
using discovery::AnnouncerEvents;
using testing::ElementsAre;

FileInfo file(const std::string& name, int content = 1) {
  FileInfo info{name, 100'000, 16384, Digest{}};
  info.root.bytes[0] = static_cast<std::byte>(content);
  return info;
}

PeerId peer(int number) {
  PeerId id;
  id.bytes[19] = static_cast<std::byte>(number);
  return id;
}

class AnnouncingTest : public testing::Test {
 protected:
  AnnouncingTest() { start_tracker(*Endpoint::parse("127.0.0.1:0")); }

  void start_tracker(const Endpoint& address) {
    TrackerOptions options;
    options.listen = {address};
    options.heartbeat = 100ms;
    options.timeout = 1s;
    tracker.emplace(runtime, options);
  }
  Announcer announcer(int number) {
    AnnouncerEvents events;
    events.on_registered = [this](const FileInfo&, const std::string&) { ++registered; };
    events.on_refused = [this](const FileInfo&, const Error& error, const std::string&) {
      refusals.push_back(error.code);
    };
    return Announcer(loop().get_executor(), {tracker->addresses()[0].to_string()}, peer(number),
                     {.listens = {{}, static_cast<std::uint16_t>(4000 + number)}},
                     std::move(events), {.patience = 2s, .probe = 100ms, .first_retry = 50ms});
  }
  Result<discovery::Lookup> find(Announcer& asker, const std::string& name) {
    return test::run(loop(), asker.find(*FileName::parse(name), std::nullopt, 10s));
  }
  bool until(const std::function<bool()>& done) { return test::run_until(loop(), done); }
  asio::io_context& loop() { return runtime.impl().loop; }

  Runtime runtime{1};
  std::optional<Tracker> tracker;
  std::size_t registered = 0;
  std::vector<Errc> refusals;
};

TEST_F(AnnouncingTest, what_one_offers_another_finds) {
  Announcer seeder = announcer(1);
  Announcer leecher = announcer(2);
  seeder.offer(file("a.bin"), true);
  ASSERT_TRUE(until([&] { return registered == 1; }));
  const auto lookup = find(leecher, "a.bin");
  ASSERT_TRUE(lookup) << lookup.error().message;
  EXPECT_EQ(lookup->file, file("a.bin"));
  EXPECT_EQ(lookup->seeders, 1u);
  EXPECT_THAT(lookup->peers, ElementsAre(*Endpoint::parse("127.0.0.1:4001")));
  EXPECT_EQ(find(leecher, "b.bin").error().code, Errc::not_found);
}

TEST_F(AnnouncingTest, a_leecher_becomes_a_seeder) {
  Announcer leecher = announcer(1);
  leecher.offer(file("a.bin"), false);
  ASSERT_TRUE(until([&] { return registered == 1; }));
  Announcer asker = announcer(2);
  EXPECT_EQ(find(asker, "a.bin")->leechers, 1u);
  leecher.offer(file("a.bin"), true);
  ASSERT_TRUE(until([&] { return registered == 2; }));
  const auto lookup = find(asker, "a.bin");
  EXPECT_EQ(lookup->seeders, 1u);
  EXPECT_EQ(lookup->leechers, 0u);
}

TEST_F(AnnouncingTest, heartbeats_keep_files_known_past_the_timeout) {
  Announcer seeder = announcer(1);
  seeder.offer(file("a.bin"), true);
  seeder.offer(file("b.bin"), true);
  ASSERT_TRUE(until([&] { return registered == 2; }));
  loop().run_for(1500ms);
  EXPECT_EQ(tracker->statistics().files, 2u);
  EXPECT_EQ(registered, 2u) << "nothing had to be registered again";
}

TEST_F(AnnouncingTest, an_announcer_that_dies_silently_is_forgotten) {
  {
    Announcer seeder = announcer(1);
    seeder.offer(file("a.bin"), true);
    ASSERT_TRUE(until([&] { return registered == 1; }));
  }
  EXPECT_EQ(tracker->statistics().files, 1u);
  EXPECT_TRUE(until([&] { return tracker->statistics().files == 0; }));
}

TEST_F(AnnouncingTest, closing_withdraws_at_once) {
  Announcer seeder = announcer(1);
  for (int i = 0; i < 10; ++i) seeder.offer(file("file" + std::to_string(i)), true);
  ASSERT_TRUE(until([&] { return registered == 10; }));
  test::run(loop(), seeder.close());
  EXPECT_EQ(tracker->statistics().files, 0u);
}

TEST_F(AnnouncingTest, withdraws_one_file_of_two) {
  Announcer seeder = announcer(1);
  seeder.offer(file("a.bin"), true);
  seeder.offer(file("b.bin"), true);
  ASSERT_TRUE(until([&] { return registered == 2; }));
  seeder.withdraw(info_hash(file("a.bin")));
  EXPECT_TRUE(until([&] { return tracker->statistics().files == 1; }));
  loop().run_for(300ms);
  EXPECT_EQ(registered, 2u) << "both sides agree on the set";
}

TEST_F(AnnouncingTest, everything_is_known_again_after_a_restart) {
  Announcer seeder = announcer(1);
  for (int i = 0; i < 100; ++i) seeder.offer(file("file" + std::to_string(i)), true);
  ASSERT_TRUE(until([&] { return registered == 100; }));
  const Endpoint address = tracker->addresses()[0];
  tracker.reset();
  loop().run_for(20ms);
  start_tracker(address);
  EXPECT_TRUE(until([&] { return tracker->statistics().files == 100; }));
}

TEST_F(AnnouncingTest, a_thousand_files_are_registered_and_listed) {
  Announcer seeder = announcer(1);
  for (int i = 0; i < 1000; ++i) seeder.offer(file("file" + std::to_string(i)), true);
  ASSERT_TRUE(until([&] { return tracker->statistics().files == 1000; }));
  const auto all = test::run(loop(), seeder.list(""));
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 1000u);
  EXPECT_EQ(test::run(loop(), seeder.list("file99"))->size(), 11u);
}

TEST_F(AnnouncingTest, other_content_under_a_name_is_refused_and_the_rest_goes_on) {
  Announcer first = announcer(1);
  first.offer(file("a.bin", 1), true);
  ASSERT_TRUE(until([&] { return registered == 1; }));
  Announcer second = announcer(2);
  second.offer(file("a.bin", 2), true);
  second.offer(file("b.bin", 2), true);
  ASSERT_TRUE(until([&] { return registered == 2 && refusals.size() == 1; }));
  EXPECT_THAT(refusals, ElementsAre(Errc::conflict));
  EXPECT_EQ(find(second, "a.bin")->file, file("a.bin", 1));
}

TEST_F(AnnouncingTest, a_tracker_that_forgets_and_refuses_again_counts_once) {
  const test::TempDir directory;
  for (const char* name : {"refused.bin", "taken.bin"}) {
    std::ofstream(directory / name) << "content of " << name;
  }
  int refused = 0;
  test::FakeTracker forgetful(loop());
  forgetful.on_request([&](const datagram::Request& request) -> std::optional<datagram::Reply> {
    const datagram::Timing often{.heartbeat_ms = 100, .timeout_ms = 1000};
    if (std::holds_alternative<datagram::HeartbeatRequest>(request)) {
      return datagram::HeartbeatReply{.known = false, .timing = often};
    }
    const auto* asked = std::get_if<datagram::RegisterRequest>(&request);
    if (asked == nullptr) return datagram::WithdrawReply{};
    if (asked->file.name != "refused.bin") return datagram::RegisterReply{often};
    ++refused;
    return datagram::RefuseReply{datagram::RefuseReason::table_full, 0, {}, "full"};
  });
  PeerOptions options;
  options.trackers = {tracker->addresses()[0].to_string(), forgetful.name()};
  options.listen = Endpoint::parse("127.0.0.1:0");
  Seeder seeder(runtime, options, [](const Event&) {});
  seeder.add(directory / "refused.bin");
  seeder.add(directory / "taken.bin");
  Announcer asker = announcer(9);
  ASSERT_TRUE(until([&] { return refused >= 4; }));
  EXPECT_TRUE(find(asker, "refused.bin")) << "the other tracker still has it";
}

}  // namespace
}  // namespace shoal::announcing_test
