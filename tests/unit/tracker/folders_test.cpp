// A real tracker, a seeder's announcer and a leecher's, and a folder between them.
#include <gmock/gmock.h>

#include <shoal/tracker.hpp>

#include "discovery/announcer.hpp"
#include "discovery/tracker_client.hpp"
#include "net/runtime_impl.hpp"
#include "support/run_awaitable.hpp"
#include "unit/secure/keys_for_tests.hpp"

namespace shoal::tracker_folders_test {
namespace {

using namespace std::chrono_literals;
using discovery::Announcer;
using testing::ElementsAre;
using testing::HasSubstr;

FileInfo folder(int content) {
  FileInfo info{"photos", 5000, 16384, {}, FolderInfo{340, 20'000}};
  info.root.bytes[0] = static_cast<std::byte>(content);
  return info;
}

TrackerOptions in_a_swarm_that_is(bool closed) {
  TrackerOptions options;
  options.listen = {*Endpoint::parse("127.0.0.1:0")};
  if (closed) options.keys = secure::ring_of(1);
  return options;
}

class TrackerFolders : public testing::TestWithParam<bool> {
 protected:
  /// One that listens on that port, and notes what it is told.
  Announcer announcer(std::uint16_t port) {
    discovery::AnnouncerEvents events;
    events.on_registered = [this](const FileInfo& file, const std::string&) {
      told.push_back(file.name);
    };
    events.on_refused = [this](const FileInfo&, const Error& why, const std::string&) {
      told.push_back(why.message);
    };
    PeerId me;
    me.bytes.back() = static_cast<std::byte>(port);
    return Announcer(loop().get_executor(), {tracker.addresses()[0].to_string()}, me,
                     {.listens = {*IpAddress::parse("127.0.0.1"), port}}, std::move(events), {},
                     options.keys);
  }
  asio::io_context& loop() { return runtime.impl().loop; }
  bool until_told(std::size_t messages) {
    return test::run_until(loop(), [&] { return told.size() >= messages; });
  }

  Runtime runtime{1};
  const TrackerOptions options = in_a_swarm_that_is(GetParam());
  Tracker tracker{runtime, options};
  std::vector<std::string> told;
};

TEST_P(TrackerFolders, are_registered_found_and_listed_by_name) {
  Announcer seeder = announcer(7001);
  seeder.offer(folder(1), true);
  ASSERT_TRUE(until_told(1));
  EXPECT_THAT(told, ElementsAre("photos"));
  Announcer leecher = announcer(7002);
  const auto name = *FileName::parse("photos");
  const auto found = test::run(loop(), leecher.find(name, std::nullopt, 10s));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->file, folder(1));
  EXPECT_EQ(found->file.folder, folder(1).folder);
  EXPECT_EQ(found->file.length, 5000u);
  EXPECT_THAT(found->peers, ElementsAre(*Endpoint::parse("127.0.0.1:7001")));
  EXPECT_TRUE(test::run(loop(), leecher.find_peers(folder(1), 10s)));
  EXPECT_FALSE(test::run(loop(), leecher.find_peers(folder(2), 10s)));
  const auto list = test::run(loop(), leecher.list("ph"));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_THAT(*list, ElementsAre(datagram::ListEntry{"photos", 5000, 1, 0, 340}));
}

TEST_P(TrackerFolders, of_one_name_are_one_and_others_are_told_which) {
  Announcer seeder = announcer(7001);
  seeder.offer(folder(1), true);
  ASSERT_TRUE(until_told(1));
  Announcer other = announcer(7002);
  other.offer(folder(2), true);
  ASSERT_TRUE(until_told(2));
  EXPECT_THAT(told.back(),
              HasSubstr("a folder of 5000 bytes, info hash " + to_hex(folder(1).root)));
  FileInfo file{"photos", 5000, 16384, folder(1).root};
  other.offer(file, true);
  ASSERT_TRUE(until_told(3));
  EXPECT_THAT(told.back(), HasSubstr("rename the file"));
}

TEST_P(TrackerFolders, are_refused_to_older_leechers_with_a_reason) {
  Announcer seeder = announcer(7001);
  seeder.offer(folder(1), true);
  ASSERT_TRUE(until_told(1));
  discovery::TrackerClient older(loop().get_executor(), tracker.addresses()[0].to_string(), 50ms,
                                 options.keys);
  const auto answer = test::run(loop(), older.ask(datagram::LookupRequest{{}, "photos"}, 10s));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(std::get<datagram::RefuseReply>(answer->reply).message, HasSubstr("newer version"));
}

INSTANTIATE_TEST_SUITE_P(Swarms, TrackerFolders, testing::Bool(), [](const auto& closed) {
  return closed.param ? std::string("closed") : std::string("open");
});

}  // namespace
}  // namespace shoal::tracker_folders_test
