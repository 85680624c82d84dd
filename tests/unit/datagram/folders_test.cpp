// The actions that know folders, beside the older ones.
#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "datagram/datagram.hpp"
#include "unit/datagram/samples.hpp"

namespace shoal::datagram::folders_test {
namespace {

using samples::encoded;
using samples::hash;
using samples::v4;
using samples::v6;

const std::string kRoot = "3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b";

LookupReply found(std::optional<FolderInfo> folder) {
  return {.length = 0x0102030405,
          .piece_length = 65536,
          .root = hash<Digest>(60),
          .seeders = 5,
          .leechers = 6,
          .peers = {v4(1, 1001)},
          .folder = folder,
          .kinds = Kinds::all};
}

TEST(Folders, are_registered_with_their_info_hash_and_two_numbers) {
  const RegisterRequest request{hash<PeerId>(1), 0x1ae1, true, samples::folder()};
  EXPECT_EQ(to_hex(encoded(Request(request))),
            "0badcafe0badcafe"
            "464f4c44"  // "FOLD"
            "01020304"
            "0102030405060708090a0b0c0d0e0f1011121314"
            "1ae1"
            "01"
            "0000000102030405"
            "00010000" +
                kRoot +
                "11121314"
                "21222324"
                "0d6e61c3af766520666f6c646572");
  const auto decoded = decode_request(encoded(Request(request)));
  ASSERT_TRUE(decoded);
  // Two folders of one info hash are equal, so the numbers are compared by themselves.
  EXPECT_EQ(std::get<RegisterRequest>(decoded->request).file.folder, samples::folder().folder);
  EXPECT_EQ(std::get<RegisterRequest>(decoded->request).file.length, samples::folder().length);
}

TEST(Folders, say_where_they_are_and_whose_they_are_as_files_do) {
  const RegisterRequest bare{hash<PeerId>(1), 6881, true, samples::folder()};
  RegisterRequest full = bare;
  full.file.name = std::string(255, 'x');
  for (const Endpoint& said : {v4(9, 7001), v6(9, 7001)}) {
    full.said = said;
    full.proof = Proof{77};
    const Bytes bytes = encoded(Request(full));
    EXPECT_LE(bytes.size(), kMaxDatagram);
    const auto decoded = decode_request(bytes);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->request, Request(full));
  }
}

TEST(Folders, of_a_lookup_come_with_their_kind_and_numbers) {
  EXPECT_EQ(to_hex(encoded(Reply(found(FolderInfo{7, 8})))),
            "5345454b"  // "SEEK"
            "01020304"
            "02"
            "0000000102030405"
            "00010000" +
                kRoot +
                "00000007"
                "00000008"
                "00000005"
                "00000006"
                "0100"
                "0a01020103e9");
}

TEST(Folders, are_told_from_files_by_the_kind_alone) {
  Bytes bytes = encoded(Reply(found(FolderInfo{7, 8})));
  bytes[8] = std::byte{1};
  const auto file = decode_reply(bytes, false);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->reply, Reply(found(std::nullopt)));
  for (const int kind : {0, 3, 255}) {
    bytes[8] = static_cast<std::byte>(kind);
    EXPECT_FALSE(decode_reply(bytes, false)) << kind;
  }
}

TEST(Folders, of_a_list_come_with_their_kind_and_number_of_files) {
  const ListReply page{false, {{"a", 1, 2, 3}, {"b", 4, 5, 6, 7}}, Kinds::all};
  Bytes bytes = encoded(Reply(page));
  EXPECT_EQ(to_hex(bytes),
            "53484f57"  // "SHOW"
            "01020304"
            "00"
            "02"
            "0161"
            "01"
            "0000000000000001"
            "00000000"
            "00000002"
            "00000003"
            "0162"
            "02"
            "0000000000000004"
            "00000007"
            "00000005"
            "00000006");
  EXPECT_EQ(bytes.size(), kListHead + 2 * list_entry_size("a", Kinds::all));
  bytes[kListHead + 2] = std::byte{3};
  EXPECT_FALSE(decode_reply(bytes, false));
}

TEST(Folders, fill_a_page_and_no_more) {
  const ListReply page{false, std::vector(20, ListEntry{std::string(100, 'n'), 1, 2, 3, 4}),
                       Kinds::all};
  const Bytes bytes = encoded(Reply(page));
  EXPECT_LE(bytes.size(), kMaxDatagram);
  const auto decoded = decode_reply(bytes, false);
  ASSERT_TRUE(decoded);
  const auto& got = std::get<ListReply>(decoded->reply);
  EXPECT_TRUE(got.more);
  EXPECT_EQ(got.files.size(),
            (kMaxDatagram - kListHead) / list_entry_size(page.files[0].name, Kinds::all));
}

TEST(Folders, leave_room_for_the_longest_answer) {
  LookupReply longest = found(FolderInfo{~0u, ~0u});
  longest.peers.assign(99, v6(1, 1));
  longest.asker = v6(9, 7001);
  const Bytes bytes = encoded(Reply(longest));
  EXPECT_EQ(bytes.size(), 71 + kMaxLookupPeers * 18 + 19);
  EXPECT_LE(bytes.size(), kMaxDatagram);
  const auto decoded = decode_reply(bytes, false);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<LookupReply>(decoded->reply).peers.size(), kMaxLookupPeers);
  EXPECT_EQ(std::get<LookupReply>(decoded->reply).asker, longest.asker);
}

TEST(Folders, with_more_peers_than_allowed_are_an_error) {
  Bytes bytes = encoded(Reply(LookupReply{.root = {}, .peers = {}, .kinds = Kinds::all}));
  bytes.resize(2000);
  bytes[69] = std::byte{61};
  EXPECT_FALSE(decode_reply(bytes, false));
  bytes[69] = std::byte{60};
  EXPECT_TRUE(decode_reply(bytes, false));
}

TEST(Folders, that_hold_a_name_are_told_behind_all_that_older_clients_read) {
  RefuseReply refusal{RefuseReason::name_taken, 77, hash<Digest>(61), "taken"};
  Bytes of_file = encoded(Reply(refusal));
  refusal.holder_is_folder = true;
  const Bytes of_folder = encoded(Reply(refusal));
  EXPECT_EQ(decode_reply(of_folder, false)->reply, Reply(refusal));
  of_file.push_back(std::byte{2});
  EXPECT_EQ(of_folder, of_file);
  for (const int other : {0, 1, 3, 255}) {
    of_file.back() = static_cast<std::byte>(other);
    EXPECT_FALSE(std::get<RefuseReply>(decode_reply(of_file, false)->reply).holder_is_folder);
  }
}

}  // namespace
}  // namespace shoal::datagram::folders_test
