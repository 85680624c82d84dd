#include "discovery/answers.hpp"

#include <gmock/gmock.h>

namespace shoal::discovery::answers_test {
namespace {

using datagram::RefuseReason;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kTracker = "tracker.example.org:6000";

Endpoint at(std::string_view text) {
  return *Endpoint::parse(text);
}

Digest digest(int value) {
  Digest result;
  result.bytes[31] = static_cast<std::byte>(value);
  return result;
}

datagram::LookupReply good_reply() {
  return {.length = 100'000,
          .piece_length = 16384,
          .root = digest(1),
          .seeders = 2,
          .leechers = 1,
          .peers = {at("192.0.2.7:7000"), at("[2001:db8::7]:7000")}};
}

Answer answer(datagram::Reply reply, std::string_view from = "198.51.100.1:6000") {
  return {std::move(reply), at(from)};
}

TEST(ReadLookup, takes_over_what_a_good_answer_says) {
  const auto lookup = read_lookup(answer(good_reply()), "a.bin", std::nullopt, kTracker);
  ASSERT_TRUE(lookup);
  EXPECT_EQ(lookup->file, (FileInfo{"a.bin", 100'000, 16384, digest(1)}));
  EXPECT_EQ(lookup->seeders, 2u);
  EXPECT_EQ(lookup->leechers, 1u);
  EXPECT_EQ(lookup->tracker, kTracker);
  EXPECT_THAT(lookup->peers, ElementsAre(at("192.0.2.7:7000"), at("[2001:db8::7]:7000")));
}

TEST(ReadLookup, refuses_impossible_lengths) {
  for (const auto& [length, piece_length] :
       std::initializer_list<std::pair<std::uint64_t, std::uint32_t>>{{100'000, 0},
                                                                      {100'000, 16383},
                                                                      {100'000, 8192},
                                                                      {100'000, 1u << 31},
                                                                      {~0ull, 16384},
                                                                      {1ull << 48, 16384},
                                                                      {0, 0},
                                                                      {0, 5}}) {
    auto reply = good_reply();
    reply.length = length;
    reply.piece_length = piece_length;
    if (length == 0) reply.root = {};
    const auto lookup = read_lookup(answer(reply), "a.bin", std::nullopt, kTracker);
    ASSERT_FALSE(lookup) << length << " " << piece_length;
    EXPECT_EQ(lookup.error().code, Errc::bad_input);
    EXPECT_THAT(lookup.error().message, HasSubstr(kTracker));
  }
}

TEST(ReadLookup, takes_an_empty_file_only_without_a_root) {
  auto reply = good_reply();
  reply.length = 0;
  EXPECT_FALSE(read_lookup(answer(reply), "a", std::nullopt, kTracker));
  reply.root = {};
  EXPECT_TRUE(read_lookup(answer(reply), "a", std::nullopt, kTracker));
}

TEST(ReadLookup, with_a_root_takes_no_other_and_names_both) {
  EXPECT_TRUE(read_lookup(answer(good_reply()), "a", digest(1), kTracker));
  const auto lookup = read_lookup(answer(good_reply()), "a", digest(2), kTracker);
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::conflict);
  EXPECT_THAT(lookup.error().message, HasSubstr(to_hex(digest(1))));
  EXPECT_THAT(lookup.error().message, HasSubstr(to_hex(digest(2))));
}

datagram::LookupReply good_folder() {
  auto reply = good_reply();
  reply.folder = FolderInfo{340, 20'000};
  reply.kinds = datagram::Kinds::all;
  return reply;
}

TEST(ReadLookup, takes_over_what_is_said_of_a_folder) {
  const auto lookup = read_lookup(answer(good_folder()), "photos", std::nullopt, kTracker);
  ASSERT_TRUE(lookup) << lookup.error().message;
  ASSERT_TRUE(lookup->file.folder);
  EXPECT_EQ(*lookup->file.folder, (FolderInfo{340, 20'000}));
  EXPECT_EQ(lookup->file.name, "photos");
  EXPECT_EQ(lookup->file.length, 100'000u);
  EXPECT_EQ(lookup->file.piece_length, 16384u);
  EXPECT_EQ(info_hash(lookup->file).bytes, digest(1).bytes);
  auto empty = good_folder();
  empty.length = 0;
  EXPECT_TRUE(read_lookup(answer(empty), "photos", std::nullopt, kTracker)) << "empty files only";
}

TEST(ReadLookup, refuses_numbers_that_no_folder_has) {
  const auto expect_refused = [](const datagram::LookupReply& reply, const std::string& name) {
    const auto lookup = read_lookup(answer(reply), name, std::nullopt, kTracker);
    ASSERT_FALSE(lookup) << name;
    EXPECT_EQ(lookup.error().code, Errc::bad_input);
    EXPECT_THAT(lookup.error().message, HasSubstr(kTracker));
    EXPECT_THAT(lookup.error().message, HasSubstr("impossible numbers"));
  };
  for (const FolderInfo wrong : {FolderInfo{0, 1}, FolderInfo{1, 0}, FolderInfo{249'001, 1},
                                 FolderInfo{1, (24u << 20) + 1}, FolderInfo{~0u, ~0u}}) {
    auto reply = good_folder();
    reply.folder = wrong;
    expect_refused(reply, "photos");
  }
  auto reply = good_folder();
  reply.piece_length = 16383;
  expect_refused(reply, "photos");
  reply = good_folder();
  reply.length = ~0ull;
  expect_refused(reply, "photos");
  reply = good_folder();
  reply.root = {};
  expect_refused(reply, "photos");
  expect_refused(good_folder(), "a\\b");
}

TEST(ReadLookup, with_an_info_hash_takes_no_other_folder) {
  EXPECT_TRUE(read_lookup(answer(good_folder()), "photos", digest(1), kTracker));
  const auto lookup = read_lookup(answer(good_folder()), "photos", digest(2), kTracker);
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::conflict);
  EXPECT_THAT(lookup.error().message, HasSubstr("a folder with info hash " + to_hex(digest(1))));
  EXPECT_THAT(lookup.error().message, HasSubstr(to_hex(digest(2))));
}

TEST(ReadLookup, unknown_name_is_not_found) {
  const auto lookup =
      read_lookup(answer(datagram::RefuseReply{RefuseReason::unknown_name, 0, {}, ""}), "a.bin",
                  std::nullopt, kTracker);
  ASSERT_FALSE(lookup);
  EXPECT_EQ(lookup.error().code, Errc::not_found);
  EXPECT_THAT(lookup.error().message, HasSubstr("a.bin"));
}

TEST(Reachable, a_loopback_peer_of_a_remote_tracker_is_on_the_trackers_machine) {
  const Endpoint remote = at("198.51.100.1:6000");
  EXPECT_THAT(reachable({at("127.0.0.1:7005"), at("[::1]:7006"), at("192.0.2.7:7007")}, remote),
              ElementsAre(at("198.51.100.1:7005"), at("198.51.100.1:7006"), at("192.0.2.7:7007")));
}

TEST(Reachable, a_loopback_peer_of_a_tracker_on_loopback_is_what_it_says) {
  EXPECT_THAT(reachable({at("127.0.0.1:7005"), at("[::1]:7006")}, at("127.0.0.1:6000")),
              ElementsAre(at("127.0.0.1:7005"), at("[::1]:7006")));
}

TEST(Reachable, leaves_out_what_nobody_can_connect_to_and_repetitions) {
  EXPECT_THAT(reachable({at("192.0.2.7:0"), at("0.0.0.0:7005"), at("[::]:7005"),
                         at("127.0.0.1:7005"), at("198.51.100.1:7005")},
                        at("198.51.100.1:6000")),
              ElementsAre(at("198.51.100.1:7005")));
}

TEST(Reachable, leaves_out_the_ports_of_services) {
  EXPECT_THAT(reachable({at("192.0.2.7:22"), at("192.0.2.7:443"), at("192.0.2.7:1023"),
                         at("192.0.2.7:1024")},
                        at("198.51.100.1:6000")),
              ElementsAre(at("192.0.2.7:1024")));
}

constexpr std::uint32_t kLink = 7;
constexpr std::uint32_t kOtherLink = 9;
const IpAddress kOnALink = at("[fe80::2]:0").address;
const Endpoint kTrackerOnALink{at("[fe80::1]:0").address, 6000, kLink};

TEST(Reachable, a_link_local_peer_is_at_the_link_of_the_tracker_that_told_of_it) {
  const std::vector<std::uint32_t> ours{kLink, kOtherLink};
  EXPECT_THAT(reachable({{kOnALink, 7005}}, kTrackerOnALink, ours),
              ElementsAre(Endpoint{kOnALink, 7005, kLink}));
}

TEST(Reachable, a_loopback_peer_of_a_tracker_on_a_link_is_there) {
  EXPECT_THAT(reachable({at("127.0.0.1:7005"), at("[::1]:7006")}, kTrackerOnALink),
              ElementsAre(Endpoint{kTrackerOnALink.address, 7005, kLink},
                          Endpoint{kTrackerOnALink.address, 7006, kLink}));
}

TEST(Reachable, a_link_local_peer_of_a_tracker_on_this_machine_may_be_on_any_of_its_links) {
  const std::vector<std::uint32_t> ours{kLink, kOtherLink};
  for (const char* tracker : {"127.0.0.1:6000", "[::1]:6000"}) {
    EXPECT_THAT(reachable({{kOnALink, 7005}, at("192.0.2.7:7007")}, at(tracker), ours),
                ElementsAre(Endpoint{kOnALink, 7005, kLink}, Endpoint{kOnALink, 7005, kOtherLink},
                            at("192.0.2.7:7007")));
  }
}

TEST(Reachable, a_link_local_peer_of_a_tracker_elsewhere_is_nowhere) {
  const std::vector<std::uint32_t> ours{kLink};
  for (const char* tracker : {"198.51.100.1:6000", "[2001:db8::1]:6000"})
    EXPECT_THAT(reachable({{kOnALink, 7005}}, at(tracker), ours), testing::IsEmpty()) << tracker;
}

TEST(AppendPage, collects_pages_in_order) {
  std::vector<datagram::ListEntry> list;
  EXPECT_EQ(append_page(answer(datagram::ListReply{true, {{"a1"}, {"a2"}}}), "a", kTracker, list),
            Result<bool>(true));
  EXPECT_EQ(append_page(answer(datagram::ListReply{false, {{"a3"}}}), "a", kTracker, list),
            Result<bool>(false));
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[2].name, "a3");
}

TEST(AppendPage, an_empty_page_is_the_last_whatever_it_says) {
  std::vector<datagram::ListEntry> list;
  EXPECT_EQ(append_page(answer(datagram::ListReply{true, {}}), "", kTracker, list),
            Result<bool>(false));
}

TEST(AppendPage, refuses_pages_that_go_back_leave_the_prefix_or_have_bad_names) {
  for (const char* bad : {"a5", "a4", "b", "a6/../x", "a6\n"}) {
    std::vector<datagram::ListEntry> list = {{"a5"}};
    const auto page = append_page(answer(datagram::ListReply{true, {{bad}}}), "a", kTracker, list);
    ASSERT_FALSE(page) << bad;
    EXPECT_EQ(page.error().code, Errc::bad_input);
  }
}

TEST(Refusal, every_reason_has_its_kind) {
  const auto code = [](RefuseReason reason) {
    return refusal(datagram::RefuseReply{reason, 0, {}, "why"}, "a", kTracker).code;
  };
  EXPECT_EQ(code(RefuseReason::name_taken), Errc::conflict);
  EXPECT_EQ(code(RefuseReason::bad_name), Errc::bad_name);
  EXPECT_EQ(code(RefuseReason::table_full), Errc::table_full);
  EXPECT_EQ(code(RefuseReason::unknown_name), Errc::not_found);
  EXPECT_EQ(code(RefuseReason::bad_request), Errc::bad_input);
  EXPECT_EQ(code(RefuseReason::is_folder), Errc::bad_input);
  EXPECT_EQ(code(static_cast<RefuseReason>(200)), Errc::bad_input);
}

TEST(Refusal, a_taken_name_says_by_which_content) {
  const auto error = refusal(datagram::RefuseReply{RefuseReason::name_taken, 4711, digest(9), ""},
                             "a.bin", kTracker);
  EXPECT_THAT(error.message, HasSubstr("4711"));
  EXPECT_THAT(error.message, HasSubstr(to_hex(digest(9))));
  EXPECT_THAT(error.message, HasSubstr("a.bin"));
}

TEST(Refusal, a_name_taken_by_the_same_content_in_other_pieces_is_no_other_content) {
  const FileInfo file{"a.bin", 4711, 16384, digest(9)};
  const datagram::RefuseReply same{RefuseReason::name_taken, 4711, digest(9), ""};
  EXPECT_THAT(refusal(same, file, kTracker).message,
              testing::AllOf(HasSubstr("the same content"), HasSubstr("leecher")));
  const datagram::RefuseReply other{RefuseReason::name_taken, 4711, digest(8), ""};
  EXPECT_THAT(refusal(other, file, kTracker).message, HasSubstr("other content"));
}

const FileInfo kFolder{"photos", 4711, 16384, digest(9), FolderInfo{340, 20'000}};

TEST(Refusal, a_name_taken_by_a_folder_says_so_and_by_which) {
  const datagram::RefuseReply no{RefuseReason::name_taken, 4711, digest(8), "", true};
  const FileInfo file{"photos", 4711, 16384, digest(8)};
  EXPECT_THAT(refusal(no, file, kTracker).message,
              testing::AllOf(HasSubstr("a folder of 4711 bytes, info hash " + to_hex(digest(8))),
                             HasSubstr("rename the file")));
  const Error of_folder = refusal(no, kFolder, kTracker);
  EXPECT_EQ(of_folder.code, Errc::conflict);
  EXPECT_THAT(of_folder.message,
              testing::AllOf(HasSubstr("a folder of 4711 bytes, info hash " + to_hex(digest(8))),
                             HasSubstr("rename the folder")));
}

TEST(Refusal, of_a_folder_whose_info_hash_is_there_under_another_name_says_so) {
  const datagram::RefuseReply no{RefuseReason::name_taken, 12, kFolder.root, "", true};
  const Error error = refusal(no, kFolder, kTracker);
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_THAT(error.message, HasSubstr("that folder under another name"));
}

TEST(Refusal, of_a_folder_by_an_older_tracker_says_what_to_do) {
  const Error error = refusal(datagram::ErrorReply{"unknown action 1179602020"}, kFolder, kTracker);
  EXPECT_EQ(error.code, Errc::bad_input);
  EXPECT_THAT(error.message,
              testing::AllOf(HasSubstr("\"photos\""), HasSubstr("too old for folders"),
                             HasSubstr("update it"), HasSubstr("magnet link")));
  const FileInfo file{"a", 4711, 16384, digest(8)};
  EXPECT_THAT(refusal(datagram::ErrorReply{"broken"}, file, kTracker).message,
              testing::Not(HasSubstr("old")));
}

TEST(Refusal, what_a_tracker_writes_cannot_reach_the_terminal_raw) {
  for (const datagram::Reply& reply :
       {datagram::Reply(datagram::ErrorReply{"\x1b[2Jgone"}),
        datagram::Reply(datagram::RefuseReply{RefuseReason::table_full, 0, {}, "\x1b[2Jgone"})}) {
    EXPECT_EQ(refusal(reply, "a", kTracker).message.find('\x1b'), std::string::npos);
    EXPECT_EQ(refusal(reply, kFolder, kTracker).message.find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace shoal::discovery::answers_test
