#include <gmock/gmock.h>

#include "discovery/announcer.hpp"
#include "support/fake_tracker.hpp"
#include "support/run_awaitable.hpp"

namespace shoal::discovery::queries_test {
namespace {

using namespace std::chrono_literals;
using datagram::ListReply;
using datagram::ListRequest;
using test::FakeTracker;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Digest digest(int value) {
  Digest result;
  result.bytes[31] = static_cast<std::byte>(value);
  return result;
}

Endpoint peer(std::uint16_t port) {
  return {*IpAddress::parse("192.0.2.7"), port};
}

datagram::LookupReply knows(int root, std::vector<Endpoint> peers = {peer(1)}) {
  return {.length = 1000,
          .piece_length = 16384,
          .root = digest(root),
          .seeders = 1,
          .leechers = 0,
          .peers = std::move(peers)};
}

datagram::RefuseReply unknown() {
  return {datagram::RefuseReason::unknown_name, 0, {}, ""};
}

/// Always the same answer.
FakeTracker::Handler says(datagram::Reply reply) {
  return [reply = std::move(reply)](const datagram::Request&) { return reply; };
}

class QueriesTest : public testing::Test {
 protected:
  Announcer announcer(std::vector<std::string> trackers) {
    return Announcer(loop.get_executor(), std::move(trackers), PeerId{}, {}, {},
                     {.first_retry = 20ms});
  }
  Announcer both() { return announcer({first.name(), second.name()}); }

  Result<Lookup> find(std::optional<Digest> root = std::nullopt, Duration patience = 10s) {
    Announcer asker = both();
    return test::run(loop, asker.find("a.bin", root, patience));
  }

  asio::io_context loop;
  FakeTracker first{loop};
  FakeTracker second{loop};
};

TEST_F(QueriesTest, finds_a_name_at_any_tracker_without_waiting_for_the_others) {
  second.on_request(says(knows(1)));
  const Time start = Clock::now();
  const auto lookup = find();
  EXPECT_LT(Clock::now() - start, 2s);
  ASSERT_TRUE(lookup) << lookup.error().message;
  EXPECT_EQ(lookup->file, (FileInfo{"a.bin", 1000, 16384, digest(1)}));
  EXPECT_EQ(lookup->tracker, second.name());
  EXPECT_THAT(lookup->peers, ElementsAre(peer(1)));
}

TEST_F(QueriesTest, goes_past_a_tracker_that_does_not_know_the_name) {
  first.on_request(says(unknown()));
  second.lose(2);
  second.on_request(says(knows(1)));
  const auto lookup = find();
  ASSERT_TRUE(lookup) << lookup.error().message;
  EXPECT_EQ(lookup->tracker, second.name());
}

TEST_F(QueriesTest, with_a_root_takes_only_the_tracker_that_knows_that_content) {
  first.on_request(says(knows(1)));
  second.lose(2);
  second.on_request(says(knows(2)));
  const auto lookup = find(digest(2));
  ASSERT_TRUE(lookup) << lookup.error().message;
  EXPECT_EQ(lookup->file.root, digest(2));
}

TEST_F(QueriesTest, other_content_under_the_name_is_a_conflict_that_names_the_root_known) {
  first.on_request(says(knows(1)));
  second.on_request(says(unknown()));
  const auto lookup = find(digest(2));
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::conflict);
  EXPECT_THAT(lookup.error().message, HasSubstr(to_hex(digest(1))));
}

TEST_F(QueriesTest, unknown_everywhere_is_not_found) {
  first.on_request(says(unknown()));
  second.on_request(says(unknown()));
  const auto lookup = find();
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::not_found);
}

TEST_F(QueriesTest, unknown_to_the_only_tracker_that_answers_is_not_found) {
  first.on_request(says(unknown()));
  const auto lookup = find(std::nullopt, 300ms);
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::not_found);
}

TEST_F(QueriesTest, silence_everywhere_names_all_trackers) {
  const auto lookup = find(std::nullopt, 150ms);
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::no_tracker);
  EXPECT_THAT(lookup.error().message, AllOf(HasSubstr(first.name()), HasSubstr(second.name())));
}

TEST_F(QueriesTest, no_tracker_at_all_is_an_error_at_once) {
  Announcer asker = announcer({});
  const auto lookup = test::run(loop, asker.find("a.bin", std::nullopt, 10s));
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::no_tracker);
}

TEST_F(QueriesTest, a_bad_name_is_never_sent) {
  Announcer asker = both();
  const auto lookup = test::run(loop, asker.find("../a", std::nullopt, 10s));
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::bad_name);
  EXPECT_EQ(first.connects(), 0);
}

TEST_F(QueriesTest, nonsense_from_one_tracker_does_not_hide_the_other) {
  auto nonsense = knows(1);
  nonsense.piece_length = 7;
  first.on_request(says(nonsense));
  second.lose(2);
  second.on_request(says(knows(2)));
  const auto lookup = find();
  ASSERT_TRUE(lookup) << lookup.error().message;
  EXPECT_EQ(lookup->file.root, digest(2));
}

TEST_F(QueriesTest, asks_end_as_cancelled_when_the_announcer_dies) {
  auto asker = std::make_unique<Announcer>(both());
  auto asking = asker->find("a.bin", std::nullopt, 1h);
  asker.reset();
  const auto lookup = test::run(loop, std::move(asking));
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::cancelled);
}

TEST_F(QueriesTest, merges_the_peers_of_all_trackers) {
  first.on_request(says(knows(1, {peer(1), peer(2)})));
  second.on_request(says(knows(1, {peer(2), peer(3)})));
  Announcer asker = both();
  const auto lookup = test::run(loop, asker.find_peers({"a.bin", 1000, 16384, digest(1)}, 10s));
  ASSERT_TRUE(lookup) << lookup.error().message;
  EXPECT_THAT(lookup->peers, ElementsAre(peer(1), peer(2), peer(3)));
}

TEST_F(QueriesTest, merges_no_peers_of_other_content) {
  first.on_request(says(knows(1, {peer(1)})));
  second.on_request(says(knows(2, {peer(2)})));
  Announcer asker = both();
  const auto lookup = test::run(loop, asker.find_peers({"a.bin", 1000, 16384, digest(1)}, 10s));
  ASSERT_TRUE(lookup);
  EXPECT_THAT(lookup->peers, ElementsAre(peer(1)));
}

TEST_F(QueriesTest, lists_page_by_page_from_the_first_tracker_that_answers) {
  second.on_request([](const datagram::Request& request) -> std::optional<datagram::Reply> {
    const auto& asked = std::get<ListRequest>(request);
    EXPECT_EQ(asked.prefix, "a");
    if (asked.after.empty()) return ListReply{true, {{"a1", 5, 1, 2}, {"a2"}}};
    if (asked.after == "a2") return ListReply{true, {{"a3"}}};
    EXPECT_EQ(asked.after, "a3");
    return ListReply{false, {{"a4"}}};
  });
  Announcer asker = both();
  const auto list = test::run(loop, asker.list("a"));
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 4u);
  EXPECT_EQ((*list)[0], (datagram::ListEntry{"a1", 5, 1, 2}));
  EXPECT_EQ((*list)[3].name, "a4");
}

TEST_F(QueriesTest, a_catalogue_without_end_is_cut) {
  std::uint64_t next = 1'000'000;
  first.on_request([&](const datagram::Request&) -> std::optional<datagram::Reply> {
    ListReply page{true, {}};
    for (int i = 0; i < 40; ++i) page.files.push_back({std::to_string(next++)});
    return page;
  });
  Announcer asker = announcer({first.name()});
  const auto list = test::run(loop, asker.list(""));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->size(), 100'000u);
}

TEST_F(QueriesTest, a_catalogue_that_goes_round_in_circles_is_an_error) {
  first.on_request(says(ListReply{true, {{"a1"}, {"a2"}}}));
  Announcer asker = announcer({first.name()});
  const auto list = test::run(loop, asker.list(""));
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Errc::bad_input);
}

TEST_F(QueriesTest, a_list_that_nobody_sends_is_no_tracker) {
  Announcer asker = both();
  const auto list = test::run(loop, asker.list("", 100ms));
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Errc::no_tracker);
}

}  // namespace
}  // namespace shoal::discovery::queries_test
