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

Endpoint peer(std::uint16_t number) {
  return {*IpAddress::parse("192.0.2.7"), static_cast<std::uint16_t>(7000 + number)};
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
    return test::run(loop, asker.find(*FileName::parse("a.bin"), root, patience));
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

TEST_F(QueriesTest, unknown_to_the_only_tracker_that_answers_is_not_found_and_names_the_silent) {
  first.on_request(says(unknown()));
  const auto lookup = find(std::nullopt, 300ms);
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::not_found);
  EXPECT_THAT(lookup.error().message, testing::EndsWith("; no answer from " + second.name()));
}

TEST_F(QueriesTest, who_is_too_slow_for_the_others_counts_as_silent) {
  first.on_request(says(unknown()));
  const auto lookup = find(std::nullopt, 1h);
  ASSERT_FALSE(lookup);
  EXPECT_THAT(lookup.error().message, testing::EndsWith("; no answer from " + second.name()));
}

TEST_F(QueriesTest, of_trackers_that_all_answer_none_is_called_silent) {
  first.on_request(says(unknown()));
  second.on_request(says(unknown()));
  const auto lookup = find();
  ASSERT_FALSE(lookup);
  EXPECT_THAT(lookup.error().message, testing::Not(HasSubstr("no answer")));
}

TEST_F(QueriesTest, lists_what_begins_so_in_another_spelling_where_nothing_does_in_this) {
  const std::string composed = "caf\xC3\xA9";
  const std::string decomposed = "cafe\xCC\x81";
  first.on_request([&](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (std::get<ListRequest>(request).prefix != decomposed) return ListReply{false, {}};
    return ListReply{false, {{decomposed + ".iso"}}};
  });
  Announcer asker = announcer({first.name()});
  const auto list = test::run(loop, asker.list(composed));
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->front().name, decomposed + ".iso");
}

TEST_F(QueriesTest, silence_everywhere_names_all_trackers) {
  const auto lookup = find(std::nullopt, 150ms);
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::no_tracker);
  EXPECT_THAT(lookup.error().message, AllOf(HasSubstr(first.name()), HasSubstr(second.name())));
}

TEST_F(QueriesTest, no_tracker_at_all_is_an_error_at_once) {
  Announcer asker = announcer({});
  const auto lookup = test::run(loop, asker.find(*FileName::parse("a.bin"), std::nullopt, 10s));
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::no_tracker);
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
  auto asking = asker->find(*FileName::parse("a.bin"), std::nullopt, 1h);
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

datagram::LookupReply knows_folder(int root, std::uint32_t files = 340) {
  auto reply = knows(root);
  reply.folder = FolderInfo{files, 20'000};
  return reply;
}

TEST_F(QueriesTest, finds_files_and_folders_with_one_question) {
  first.on_request([](const datagram::Request& request) -> std::optional<datagram::Reply> {
    const bool is_folder = std::get<datagram::LookupRequest>(request).name == "photos";
    return is_folder ? knows_folder(1) : knows(1);
  });
  Announcer asker = announcer({first.name()});
  const auto folder = test::run(loop, asker.find(*FileName::parse("photos"), std::nullopt, 10s));
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(folder->file.folder, (FolderInfo{340, 20'000}));
  const auto file = test::run(loop, asker.find(*FileName::parse("a.bin"), std::nullopt, 10s));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_FALSE(file->file.folder);
  EXPECT_EQ(first.seen().size(), 2u);
}

/// How the lookups and lists that a tracker has seen were asked.
std::vector<datagram::Kinds> kinds_seen(const FakeTracker& tracker) {
  std::vector<datagram::Kinds> kinds;
  for (const FakeTracker::Seen& seen : tracker.seen()) {
    const datagram::Request& request = seen.datagram.request;
    if (const auto* lookup = std::get_if<datagram::LookupRequest>(&request))
      kinds.push_back(lookup->kinds);
    if (const auto* list = std::get_if<ListRequest>(&request)) kinds.push_back(list->kinds);
  }
  return kinds;
}

using datagram::Kinds;

TEST_F(QueriesTest, asks_an_older_tracker_for_files_and_remembers_that) {
  first.be_old();
  first.on_request([](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (std::holds_alternative<ListRequest>(request)) return ListReply{false, {{"a.bin", 5, 1, 2}}};
    return knows(1);
  });
  Announcer asker = announcer({first.name()});
  for (int i = 0; i < 2; ++i) {
    const auto lookup = test::run(loop, asker.find(*FileName::parse("a.bin"), std::nullopt, 10s));
    ASSERT_TRUE(lookup) << lookup.error().message;
    EXPECT_EQ(lookup->file, (FileInfo{"a.bin", 1000, 16384, digest(1)}));
  }
  EXPECT_TRUE(test::run(loop, asker.find_peers({"a.bin", 1000, 16384, digest(1)}, 10s)));
  const auto list = test::run(loop, asker.list(""));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_THAT(*list, ElementsAre(datagram::ListEntry{"a.bin", 5, 1, 2}));
  EXPECT_THAT(kinds_seen(first),
              ElementsAre(Kinds::all, Kinds::files, Kinds::files, Kinds::files, Kinds::files));
}

TEST_F(QueriesTest, lists_the_catalogue_of_an_older_tracker) {
  first.be_old();
  first.on_request([](const datagram::Request& request) -> std::optional<datagram::Reply> {
    const bool begins = std::get<ListRequest>(request).after.empty();
    return begins ? ListReply{true, {{"a1", 5, 1, 2}}} : ListReply{false, {{"a2", 5, 1, 2}}};
  });
  Announcer asker = announcer({first.name()});
  const auto list = test::run(loop, asker.list("a"));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->size(), 2u);
  EXPECT_THAT(kinds_seen(first), ElementsAre(Kinds::all, Kinds::files, Kinds::files));
}

TEST_F(QueriesTest, a_name_that_an_older_tracker_does_not_know_is_not_found) {
  first.be_old();
  first.on_request(says(unknown()));
  Announcer asker = announcer({first.name()});
  const auto lookup = test::run(loop, asker.find(*FileName::parse("photos"), std::nullopt, 10s));
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::not_found);
}

TEST_F(QueriesTest, finds_a_folder_at_a_tracker_that_was_updated_meanwhile) {
  first.be_old();
  first.on_request(says(unknown()));
  Announcer asker = announcer({first.name()});
  EXPECT_FALSE(test::run(loop, asker.find(*FileName::parse("photos"), std::nullopt, 10s)));
  first.be_old(false);
  first.on_request([](const datagram::Request& request) -> std::optional<datagram::Reply> {
    if (std::get<datagram::LookupRequest>(request).kinds == Kinds::all) return knows_folder(1);
    return datagram::RefuseReply{datagram::RefuseReason::is_folder, 0, {}, "it is a folder"};
  });
  for (int i = 0; i < 2; ++i) {
    const auto lookup = test::run(loop, asker.find(*FileName::parse("photos"), std::nullopt, 10s));
    ASSERT_TRUE(lookup) << lookup.error().message;
    EXPECT_TRUE(lookup->file.folder);
  }
  EXPECT_THAT(kinds_seen(first),
              ElementsAre(Kinds::all, Kinds::files, Kinds::files, Kinds::all, Kinds::all));
}

TEST_F(QueriesTest, a_tracker_that_answers_everything_with_an_error_is_asked_twice_and_told) {
  first.on_request(says(datagram::ErrorReply{"out of order"}));
  Announcer asker = announcer({first.name()});
  const auto lookup = test::run(loop, asker.find(*FileName::parse("photos"), std::nullopt, 10s));
  ASSERT_FALSE(lookup);
  EXPECT_THAT(lookup.error().message, HasSubstr("out of order"));
  EXPECT_EQ(first.seen().size(), 2u);
}

TEST_F(QueriesTest, merges_the_peers_of_a_folder_by_its_info_hash_whatever_else_is_told) {
  auto one = knows_folder(1);
  auto two = knows_folder(1, 341);
  two.length = 7;
  two.peers = {peer(2)};
  first.on_request(says(one));
  second.on_request(says(two));
  Announcer asker = both();
  const FileInfo wanted{"photos", 1000, 16384, digest(1), FolderInfo{340, 20'000}};
  auto lookup = test::run(loop, asker.find_peers(wanted, 10s));
  ASSERT_TRUE(lookup) << lookup.error().message;
  EXPECT_THAT(lookup->peers, ElementsAre(peer(1), peer(2)));
  second.on_request(says(knows(1, {peer(2)})));  // a file whose root is that info hash
  lookup = test::run(loop, asker.find_peers(wanted, 10s));
  ASSERT_TRUE(lookup) << lookup.error().message;
  EXPECT_THAT(lookup->peers, ElementsAre(peer(1)));
}

TEST_F(QueriesTest, lists_what_is_a_folder) {
  first.on_request(says(ListReply{false, {{"photos", 5, 1, 2, 340}, {"plain", 5, 1, 2}}}));
  Announcer asker = announcer({first.name()});
  const auto list = test::run(loop, asker.list("p"));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_THAT(*list, ElementsAre(datagram::ListEntry{"photos", 5, 1, 2, 340},
                                 datagram::ListEntry{"plain", 5, 1, 2}));
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
