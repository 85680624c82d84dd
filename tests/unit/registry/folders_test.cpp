// Folders among the files of a registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metainfo/file_tree.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "unit/registry/world.hpp"

namespace shoal::registry::folders_test {
namespace {

using namespace world;
using datagram::Kinds;
using datagram::RefuseReason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const Peer kAsker = peer(999, "203.0.113.9");
const Peer kOne = peer(1, "10.0.0.1");
const Peer kTwo = peer(2, "10.0.0.2");

std::vector<datagram::ListEntry> listed(const World& world, Kinds kinds) {
  datagram::ListReply reply;
  world.registry.list({"", "", kinds}, reply);
  EXPECT_EQ(reply.kinds, kinds);
  return reply.files;
}

static_assert(sizeof(Swarm) <= 216, "a tracker of files has a million of them, and no folders");

TEST(FolderRegistry, makes_a_folder_known_by_its_name) {
  World world;
  ASSERT_TRUE(world.add(kOne, folder("photos", 7, 340)));
  const auto found = world.find("photos", kAsker);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->length, 1000u);
  EXPECT_EQ(found->root, folder("photos", 7).root);
  EXPECT_EQ(found->folder, (FolderInfo{340, 200}));
  EXPECT_EQ(found->seeders, 1u);
  EXPECT_THAT(found->peers, ElementsAre(kOne.endpoint()));
  ASSERT_TRUE(world.add(kTwo, file("plain")));
  EXPECT_FALSE(world.find("plain", kAsker)->folder);
}

TEST(FolderRegistry, lists_what_is_a_folder_and_how_many_files_it_has) {
  World world;
  ASSERT_TRUE(world.add(kOne, folder("photos", 7, 340)));
  ASSERT_TRUE(world.add(kOne, file("plain")));
  EXPECT_THAT(listed(world, Kinds::all), ElementsAre(datagram::ListEntry{"photos", 1000, 1, 0, 340},
                                                     datagram::ListEntry{"plain", 1000, 1, 0}));
}

TEST(FolderRegistry, lists_page_by_page_whatever_fits) {
  World world;
  const Peer host = peer(1, "10.0.0.1");
  std::vector<std::string> names;
  for (int i = 100; i < 130; ++i) {
    names.push_back(std::to_string(i) + std::string(252, 'x'));
    ASSERT_TRUE(world.add(host, i % 2 == 0 ? file(names.back()) : folder(names.back(), i)));
  }
  std::vector<std::string> seen;
  datagram::ListReply page{.more = true, .files = {}};
  while (page.more) {
    world.registry.list({"", seen.empty() ? "" : seen.back(), Kinds::all}, page);
    Bytes bytes;
    datagram::encode({{}, page}, bytes);
    const auto read = datagram::decode_reply(bytes, false);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->reply, datagram::Reply(page)) << "nothing is cut away in the datagram";
    ASSERT_FALSE(page.files.empty());
    for (const auto& entry : page.files) seen.push_back(entry.name);
  }
  EXPECT_EQ(seen, names);
}

TEST(FolderRegistry, joins_by_the_info_hash_alone_and_keeps_the_numbers_of_the_first) {
  World world;
  ASSERT_TRUE(world.add(kOne, folder("photos", 7, 340)));
  FileInfo told_otherwise = folder("photos", 7, 341);
  told_otherwise.length = 4711;
  told_otherwise.piece_length = 32768;
  ASSERT_TRUE(world.add(kTwo, told_otherwise));
  const auto found = world.find("photos", kAsker);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->peers, UnorderedElementsAre(kOne.endpoint(), kTwo.endpoint()));
  EXPECT_EQ(found->folder, (FolderInfo{340, 200}));
  EXPECT_EQ(found->length, 1000u);
  EXPECT_EQ(found->piece_length, 16384u);
  ASSERT_TRUE(world.add(kOne, told_otherwise)) << "renews";
  EXPECT_EQ(world.find("photos", kAsker)->folder, (FolderInfo{340, 200}));
}

TEST(FolderRegistry, refuses_another_folder_under_the_name_and_names_the_holder) {
  World world;
  ASSERT_TRUE(world.add(kOne, folder("photos", 7)));
  const auto refused = world.add(kTwo, folder("photos", 8));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, RefuseReason::name_taken);
  EXPECT_EQ(refused.error().holder_length, 1000u);
  EXPECT_EQ(refused.error().holder_root, folder("photos", 7).root);
  EXPECT_TRUE(refused.error().holder_is_folder);
  EXPECT_THAT(refused.error().message, HasSubstr("taken by a folder of 1000 bytes"));
  EXPECT_THAT(refused.error().message, HasSubstr(to_hex(folder("photos", 7).root)));
}

TEST(FolderRegistry, lets_a_name_stand_for_one_content_whatever_its_kind) {
  for (const bool folder_first : {true, false}) {
    World world;
    const FileInfo first = folder_first ? folder("a") : file("a");
    FileInfo second = folder_first ? file("a") : folder("a");
    for (const int content : {1, 2}) {  // even if the root of one is the info hash of the other
      second.root.bytes[0] = static_cast<std::byte>(content);
      ASSERT_TRUE(world.add(kOne, first));
      const auto refused = world.add(kTwo, second);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().reason, RefuseReason::name_taken);
      EXPECT_EQ(refused.error().holder_is_folder, folder_first);
      EXPECT_EQ(refused.error().holder_root, first.root);
      EXPECT_THAT(refused.error().message, HasSubstr(folder_first ? "a folder" : "a file"));
    }
    world.withdraw(kOne);
    EXPECT_TRUE(world.add(kTwo, second)) << "nobody has it any more";
  }
}

TEST(FolderRegistry, refuses_a_second_name_for_one_info_hash_and_says_the_first) {
  World world;
  ASSERT_TRUE(world.add(kOne, folder("photos", 7)));
  const auto refused = world.add(kTwo, folder("pictures", 7));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, RefuseReason::name_taken);
  EXPECT_EQ(refused.error().holder_root, folder("photos", 7).root);
  EXPECT_THAT(refused.error().message, HasSubstr("\"photos\""));
  EXPECT_EQ(world.registry.files(), 1u);
}

TEST(FolderRegistry, refuses_a_folder_that_claims_the_info_hash_of_a_file) {
  World world;
  ASSERT_TRUE(world.add(kOne, file("big.iso")));
  FileInfo lie = folder("evil");
  lie.root = Digest{info_hash(file("big.iso")).bytes};
  EXPECT_EQ(world.add(kTwo, lie).error().reason, RefuseReason::name_taken);
  // The tracker knows a swarm by 20 bytes of the hash; the others count all the same.
  FileInfo near = folder("photos", 7);
  ASSERT_TRUE(world.add(kOne, near));
  near.root.bytes[31] = std::byte{1};
  EXPECT_EQ(world.add(kTwo, near).error().reason, RefuseReason::name_taken);
  world.withdraw(kOne, info_hash(near));
  EXPECT_TRUE(world.find("photos", kAsker));
}

TEST(FolderRegistry, refuses_numbers_that_no_folder_has) {
  World world;
  const auto reason = [&](const FileInfo& wrong) {
    const auto done = world.add(kOne, wrong);
    return done ? std::optional<RefuseReason>() : done.error().reason;
  };
  const auto with = [](auto change) {
    FileInfo wrong = folder("photos");
    change(wrong);
    return wrong;
  };
  constexpr auto kMostFiles = static_cast<std::uint32_t>(kMaxFilesOfTree);
  constexpr auto kMostBytes = static_cast<std::uint32_t>(kMaxTreeDictionary);
  for (const FileInfo& wrong : {with([](FileInfo& f) { f.folder->files = 0; }),
                                with([](FileInfo& f) { f.folder->files = kMostFiles + 1; }),
                                with([](FileInfo& f) { f.folder->dictionary = 0; }),
                                with([](FileInfo& f) { f.folder->dictionary = kMostBytes + 1; }),
                                with([](FileInfo& f) { f.piece_length = 0; }),
                                with([](FileInfo& f) { f.piece_length = 16383; }),
                                with([](FileInfo& f) { f.piece_length = 8192; }),
                                with([](FileInfo& f) { f.piece_length = 1u << 31; }),
                                with([](FileInfo& f) { f.length = kMaxFileLength + 1; }),
                                with([](FileInfo& f) { f.length = ~0ull; }), with([](FileInfo& f) {
                                  f.length = std::uint64_t{kMaxPieces} * 16384 + 1;
                                }),
                                with([](FileInfo& f) { f.root = {}; })})
    EXPECT_EQ(reason(wrong), RefuseReason::bad_request)
        << wrong.folder->files << " " << wrong.folder->dictionary << " " << wrong.length;
  EXPECT_EQ(world.registry.files(), 0u);
  EXPECT_EQ(reason(with([](FileInfo& f) {
              f.folder = FolderInfo{kMostFiles, kMostBytes};
              f.piece_length = kMaxPieceLength;
              f.length = kMaxFileLength;
            })),
            std::nullopt);
}

TEST(FolderRegistry, takes_a_folder_of_empty_files_only) {
  World world;
  FileInfo empty = folder("empty");
  empty.length = 0;
  ASSERT_TRUE(world.add(kOne, empty));
  EXPECT_EQ(world.find("empty", kAsker)->length, 0u);
}

TEST(FolderRegistry, refuses_names_that_no_folder_can_have) {
  World world;
  for (const char* name :
       {"", ".", "..", "a/b", "a/", "a\\b", "a\nb", "photos\u200b", "photos ", "\xff"})
    EXPECT_EQ(world.add(kOne, folder(name)).error().reason, RefuseReason::bad_name) << name;
  ASSERT_TRUE(world.add(kOne, file("caf\u00e9")));
  EXPECT_EQ(world.add(kTwo, folder("cafe\u0301", 7)).error().reason, RefuseReason::bad_name)
      << "another spelling";
}

TEST(FolderRegistry, keeps_a_folder_alive_and_ends_it_as_it_does_files) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, folder("photos", 7)));
  ASSERT_TRUE(world.offer(host, file("plain")));
  world.pass(seconds(30));
  EXPECT_TRUE(world.beat(host));
  world.pass(seconds(30));
  EXPECT_THAT(world.names(), ElementsAre("photos", "plain"));
  world.withdraw(host, info_hash(folder("photos", 7)));
  EXPECT_THAT(world.names(), ElementsAre("plain"));
  ASSERT_TRUE(world.add(host, folder("photos", 8)));
  Peer young = peer(2, "10.0.0.1");
  ASSERT_TRUE(world.offer(young, folder("photos", 9))) << "started again, with another content";
  EXPECT_THAT(world.names(), ElementsAre("photos"));
  EXPECT_EQ(world.find("photos", kAsker)->root, folder("photos", 9).root);
  world.pass(seconds(45));
  EXPECT_EQ(world.registry.files(), 0u);
  EXPECT_EQ(world.registry.peers(), 0u);
}

TEST(FolderRegistry, is_full_of_folders_as_it_is_of_files) {
  World world({.max_files = 2, .max_peers = 4, .max_per_address = 2});
  ASSERT_TRUE(world.add(kOne, folder("a", 1)));
  ASSERT_TRUE(world.add(kTwo, folder("b", 2)));
  EXPECT_EQ(world.add(peer(3, "10.0.0.3"), folder("c", 3)).error().reason,
            RefuseReason::table_full);
  ASSERT_TRUE(world.add(kOne, folder("b", 2)));
  EXPECT_EQ(world.add(peer(4, "10.0.0.1", 7000), folder("b", 2)).error().reason,
            RefuseReason::table_full);
}

TEST(FolderRegistry, describes_a_swarm_that_stock_clients_have_begun) {
  World world({.open = true});
  const FileInfo photos = folder("photos", 7);
  ASSERT_TRUE(world.announce(peer(5, "10.0.0.5"), photos, 0));
  EXPECT_THAT(world.names(), ElementsAre());
  ASSERT_TRUE(world.add(kOne, photos));
  EXPECT_EQ(world.find("photos", kAsker)->seeders, 2u);
  EXPECT_EQ(world.registry.files(), 1u);
}

}  // namespace
}  // namespace shoal::registry::folders_test
