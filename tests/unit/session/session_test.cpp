#include <optional>
#include <random>

#include <gmock/gmock.h>

#include <shoal/leecher.hpp>
#include <shoal/seeder.hpp>
#include <shoal/tracker.hpp>

#include "metainfo/geometry.hpp"
#include "net/runtime_impl.hpp"
#include "support/run_awaitable.hpp"
#include "support/temp_dir.hpp"

/// Seeders and leechers in one process, as a program sees them that embeds them.
namespace shoal::session_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SessionTest : public testing::Test {
 protected:
  /// What one of them has told.
  struct Told {
    std::vector<Event> events;

    [[nodiscard]] EventHandler handler() {
      return [this](const Event& event) { events.push_back(event); };
    }
    template <class Kind>
    [[nodiscard]] std::vector<Kind> of() const {
      std::vector<Kind> some;
      for (const Event& event : events)
        if (const auto* one = std::get_if<Kind>(&event)) some.push_back(*one);
      return some;
    }
  };

  SessionTest() { std::filesystem::create_directory(into); }
  ~SessionTest() override { runtime.impl().loop.poll(); }  // connections that were closed end

  PeerOptions options() const {
    PeerOptions options;
    options.trackers = trackers;
    options.listen = *Endpoint::parse("127.0.0.1:0");
    return options;
  }
  /// Makes a file of its own content.
  std::filesystem::path file(const std::string& name, std::size_t length = 100'000) {
    std::string bytes(length, '\0');
    for (char& one : bytes) one = static_cast<char>(random_() >> 8);
    return home.write(name, bytes);
  }
  bool until(const std::function<bool()>& done) {
    return test::run_until(runtime.impl().loop, done);
  }
  /// What has a name by then.
  template <class Kind>
  bool tells(const Told& told, std::size_t count = 1) {
    return until([&] { return told.of<Kind>().size() >= count; });
  }
  static std::string link(const FileInfo& file, const Endpoint& peer) {
    const std::vector<std::string> peers{peer.to_string()};
    return magnet_link(file, {}, peers);
  }

  test::TempDir home;
  const std::filesystem::path into = home / "into";
  Runtime runtime{1};
  std::vector<std::string> trackers;

 private:
  std::minstd_rand random_;
};

TEST_F(SessionTest, a_leecher_turns_into_a_seeder_of_what_is_whole) {
  Told seeders;
  Seeder seeder(runtime, options(), seeders.handler());
  seeder.add(file("a.bin"));
  ASSERT_TRUE(tells<event::Seeding>(seeders));
  const FileInfo info = seeders.of<event::Seeding>()[0].file;

  Told told;
  Leecher leecher(runtime, options(), told.handler());
  const Endpoint address = leecher.address();
  leecher.fetch(link(info, seeder.address()), {.directory = into});
  ASSERT_TRUE(tells<event::Complete>(told));
  FileInfo unknown = info;
  unknown.root.bytes[0] ^= std::byte{1};
  leecher.fetch(link(unknown, seeder.address()), {.directory = into, .wait = 1h});
  ASSERT_TRUE(tells<event::Waiting>(told)) << "nobody has that one";

  Seeder second(std::move(leecher));
  EXPECT_EQ(second.address(), address);
  ASSERT_THAT(told.of<event::Seeding>(), SizeIs(1)) << "what is whole, and at once";
  EXPECT_EQ(told.of<event::Seeding>()[0].file, info);

  Told others;
  const auto elsewhere = home / "elsewhere";
  std::filesystem::create_directory(elsewhere);
  Leecher other(runtime, options(), others.handler());
  other.fetch(link(info, address), {.directory = elsewhere});
  EXPECT_TRUE(tells<event::Complete>(others)) << "it is served under the same port";

  second.add(into / "a.bin");
  EXPECT_TRUE(tells<event::Seeding>(told, 2)) << "it is known to be offered already";
  second.add(file("a.bin"));
  ASSERT_TRUE(tells<event::Refused>(told)) << "another one of that name is not";
  EXPECT_EQ(told.of<event::Refused>()[0].reason.code, Errc::conflict);
  EXPECT_THAT(told.of<event::Failed>(), IsEmpty()) << "what was fetched ends without a word";
}

TEST_F(SessionTest, what_trackers_were_told_before_is_not_told_again) {
  TrackerOptions of_tracker;
  of_tracker.listen = {*Endpoint::parse("127.0.0.1:0")};
  of_tracker.heartbeat = 100ms;
  Tracker tracker(runtime, of_tracker);
  trackers = {tracker.addresses()[0].to_string()};
  Told seeders;
  Seeder seeder(runtime, options(), seeders.handler());
  seeder.add(file("a.bin"));
  ASSERT_TRUE(tells<event::Registered>(seeders));

  Told told;
  Leecher leecher(runtime, options(), told.handler());
  leecher.fetch("a.bin", {.directory = into});
  ASSERT_TRUE(tells<event::Registered>(told));
  EXPECT_THAT(told.of<event::Complete>(), SizeIs(1)) << "registered is told of what is whole";
  Seeder second(std::move(leecher));
  second.add(file("b.bin"));
  ASSERT_TRUE(tells<event::Registered>(told, 2));
  std::vector<std::string> names;
  for (const auto& registered : told.of<event::Registered>()) names.push_back(registered.file.name);
  EXPECT_THAT(names, ElementsAre("a.bin", "b.bin"));
}

TEST_F(SessionTest, a_target_may_be_fetched_again_as_soon_as_it_has_failed) {
  Told told;
  std::optional<Leecher> leecher;
  std::size_t busy = 0;
  leecher.emplace(runtime, options(), [&](const Event& event) {
    told.handler()(event);
    const auto* failed = std::get_if<event::Failed>(&event);
    if (failed == nullptr) return;
    if (failed->reason.code == Errc::busy) ++busy;
    if (told.of<event::Failed>().size() < 3) leecher->fetch("a.bin", {.directory = into});
  });
  leecher->fetch("a.bin", {.directory = into});
  ASSERT_TRUE(tells<event::Failed>(told, 3));
  EXPECT_EQ(busy, 0u);
}

TEST_F(SessionTest, ends_in_the_middle_of_everything) {
  Told seeders;
  Seeder seeder(runtime, options(), seeders.handler());
  seeder.add(file("a.bin", 8 << 20));
  ASSERT_TRUE(tells<event::Seeding>(seeders));
  const FileInfo info = seeders.of<event::Seeding>()[0].file;
  Told told;
  std::optional<Leecher> leecher(std::in_place, runtime, options(), told.handler());
  leecher->set_limits({.download = 1 << 20});
  leecher->fetch(link(info, seeder.address()), {.directory = into});
  leecher->fetch("b.bin", {.directory = into, .wait = 1h});
  ASSERT_TRUE(tells<event::Progress>(told));
  bool closed = false;
  leecher->close([&] { closed = true; });
  const std::size_t before = told.events.size();
  EXPECT_TRUE(until([&] { return closed; }));
  leecher.reset();
  EXPECT_THAT(told.events, SizeIs(before)) << "nothing is told after that";
}

}  // namespace
}  // namespace shoal::session_test
