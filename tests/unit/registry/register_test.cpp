#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

namespace shoal::registry::register_test {
namespace {

using namespace world;
using datagram::RefuseReason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const Peer kAsker = peer(999, "203.0.113.9");

TEST(Register, makes_a_file_known_by_its_name) {
  World world;
  const Peer seeder = peer(1, "10.0.0.1");
  EXPECT_FALSE(world.find("a", kAsker));
  ASSERT_TRUE(world.add(seeder, file("a", 1234, 5)));
  const auto found = world.find("a", kAsker);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->length, 1234u);
  EXPECT_EQ(found->piece_length, 16384u);
  EXPECT_EQ(found->root, file("a", 1234, 5).root);
  EXPECT_EQ(found->seeders, 1u);
  EXPECT_EQ(found->leechers, 0u);
  EXPECT_THAT(found->peers, ElementsAre(seeder.endpoint()));
}

TEST(Register, of_the_same_content_joins_the_swarm) {
  World world;
  const Peer one = peer(1, "10.0.0.1"), two = peer(2, "10.0.0.2"), six = peer(3, "2001:db8::3");
  ASSERT_TRUE(world.add(one, file("a")));
  ASSERT_TRUE(world.add(two, file("a"), false));
  ASSERT_TRUE(world.add(six, file("a")));
  const auto found = world.find("a", kAsker);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->seeders, 2u);
  EXPECT_EQ(found->leechers, 1u);
  EXPECT_THAT(found->peers, UnorderedElementsAre(one.endpoint(), two.endpoint(), six.endpoint()));
  EXPECT_EQ(world.registry.files(), 1u);
}

TEST(Register, of_a_name_that_other_content_holds_is_refused_with_the_holder) {
  World world;
  ASSERT_TRUE(world.add(peer(1, "10.0.0.1"), file("a", 1000, 1)));
  FileInfo other_pieces = file("a", 1000, 1);
  other_pieces.piece_length = 32768;
  for (const FileInfo& other : {file("a", 1001, 1), file("a", 1000, 2), other_pieces}) {
    const auto refused = world.add(peer(2, "10.0.0.2"), other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, RefuseReason::name_taken);
    EXPECT_EQ(refused.error().holder_length, 1000u);
    EXPECT_EQ(refused.error().holder_root, file("a", 1000, 1).root);
    EXPECT_THAT(refused.error().message, HasSubstr("1000 bytes"));
    EXPECT_THAT(refused.error().message, HasSubstr(to_hex(file("a").root)));
  }
  EXPECT_EQ(world.registry.peers(), 1u);
  EXPECT_FALSE(world.beat(peer(2, "10.0.0.2"))) << "a refused host is not remembered";
}

TEST(Register, again_changes_nothing_but_the_flag) {
  World world;
  Peer host = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(host, file("a")));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(world.add(host, file("a")));
  EXPECT_EQ(world.registry.peers(), 1u);
  EXPECT_TRUE(world.beat(host));
  ASSERT_TRUE(world.add(host, file("a"), false));
  EXPECT_EQ(world.find("a", kAsker)->leechers, 1u);
}

TEST(Register, again_as_complete_makes_a_leecher_a_seeder_and_counts_once) {
  World world;
  const Peer leecher = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.add(leecher, file("a"), false));
  EXPECT_EQ(world.scrape(file("a")), (datagram::ScrapeEntry{0, 0, 1}));
  ASSERT_TRUE(world.add(leecher, file("a"), true));
  ASSERT_TRUE(world.add(leecher, file("a"), true));
  EXPECT_EQ(world.scrape(file("a")), (datagram::ScrapeEntry{1, 1, 0}));
}

TEST(Register, name_is_free_again_when_its_last_peer_is_gone) {
  World world;
  const Peer one = peer(1, "10.0.0.1"), two = peer(2, "10.0.0.2");
  ASSERT_TRUE(world.add(one, file("a", 1000, 1)));
  ASSERT_TRUE(world.add(two, file("a", 1000, 1)));
  world.withdraw(one);
  EXPECT_FALSE(world.add(one, file("a", 2000, 2)));
  world.withdraw(two);
  EXPECT_EQ(world.registry.files(), 0u);
  EXPECT_TRUE(world.add(one, file("a", 2000, 2)));
}

TEST(Register, with_a_new_peer_id_at_an_endpoint_is_a_restart) {
  World world;
  Peer old = peer(1, "10.0.0.1");
  ASSERT_TRUE(world.offer(old, file("a")));
  ASSERT_TRUE(world.offer(old, file("b")));
  Peer young = peer(2, "10.0.0.1");
  ASSERT_TRUE(world.offer(young, file("b")));
  EXPECT_THAT(world.names(), ElementsAre("b"));
  EXPECT_TRUE(world.beat(young));
  EXPECT_FALSE(world.beat(old));
  EXPECT_EQ(world.find("b", old)->peers.size(), 1u) << "the old id is a stranger now";
  EXPECT_EQ(world.find("b", young)->peers.size(), 0u);
}

TEST(Register, keeps_hosts_at_other_ports_of_an_address_apart) {
  World world;
  Peer one = peer(1, "10.0.0.1", 6881), two = peer(2, "10.0.0.1", 6882);
  ASSERT_TRUE(world.offer(one, file("a")));
  ASSERT_TRUE(world.offer(two, file("a")));
  EXPECT_THAT(world.find("a", one)->peers, ElementsAre(two.endpoint()));
  EXPECT_THAT(world.find("a", two)->peers, ElementsAre(one.endpoint()));
  EXPECT_TRUE(world.beat(one));
  EXPECT_TRUE(world.beat(two));
}

TEST(Register, of_an_empty_file_needs_no_geometry_but_the_one_form) {
  World world;
  const Peer host = peer(1, "10.0.0.1");
  EXPECT_TRUE(world.add(host, file("empty", 0)));
  EXPECT_EQ(world.find("empty", kAsker)->length, 0u);
  FileInfo wrong = file("empty2", 0);
  wrong.root.bytes[3] = std::byte{1};
  EXPECT_EQ(world.add(host, wrong).error().reason, RefuseReason::bad_request);
  wrong = file("empty2", 0);
  wrong.piece_length = 0;
  EXPECT_EQ(world.add(host, wrong).error().reason, RefuseReason::bad_request);
}

TEST(Register, of_hostile_names_is_refused) {
  World world;
  const Peer host = peer(1, "10.0.0.1");
  using namespace std::string_literals;
  for (const std::string& name : {""s, "."s, ".."s, "../x"s, "a/b"s, "a\0b"s, "a\nb"s, "a\x7f"s,
                                  "\xff\xfe"s, "\xc2\x85"s, std::string(256, 'x')}) {
    const auto refused = world.add(host, file(name));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().reason, RefuseReason::bad_name) << name;
    EXPECT_FALSE(refused.error().message.empty());
  }
  EXPECT_EQ(world.registry.files(), 0u);
  EXPECT_TRUE(world.add(host, file(std::string(255, 'x'))));
}

TEST(Register, of_impossible_lengths_and_ports_is_refused) {
  World world;
  const Peer host = peer(1, "10.0.0.1");
  for (const std::uint32_t pieces : {0u, 1u, 16383u, 16385u, 1u << 31, ~0u}) {
    FileInfo wrong = file("a");
    wrong.piece_length = pieces;
    EXPECT_EQ(world.add(host, wrong).error().reason, RefuseReason::bad_request) << pieces;
  }
  EXPECT_EQ(world.add(host, file("a", ~0ull)).error().reason, RefuseReason::bad_request);
  EXPECT_EQ(world.add(peer(1, "10.0.0.1", 0), file("a")).error().reason, RefuseReason::bad_request);
  EXPECT_EQ(world.registry.peers(), 0u);
}

TEST(Register, is_refused_for_a_name_that_looks_like_another_one_and_says_why) {
  World world;
  ASSERT_TRUE(world.add(peer(1, "10.0.0.1"), file("report.pdf")));
  for (const char* name : {"report\u200b.pdf", "report.pdf ", "re\u00adport.pdf", "a\uffff"})
    EXPECT_EQ(world.add(peer(2, "10.0.0.2"), file(name)).error().reason, RefuseReason::bad_name);
  EXPECT_NE(world.add(peer(2, "10.0.0.2"), file("report\u200b.pdf")).error().message.find("U+200B"),
            std::string::npos);
}

TEST(Register, is_refused_for_another_spelling_of_a_name_that_is_here) {
  const std::vector<std::string> spellings{"caf\u00e9 \u1ebf", "cafe\u0301 e\u0302\u0301",
                                           "caf\u00e9 \u00ea\u0301"};
  for (const std::string& first : spellings) {
    World world;
    Peer host = peer(1, "10.0.0.1");
    ASSERT_TRUE(world.offer(host, file(first)));
    EXPECT_TRUE(world.add(host, file(first))) << "the same again";
    for (const std::string& other : spellings) {
      if (other == first) continue;
      for (const int content : {1, 2}) {
        const auto refused = world.add(peer(2, "10.0.0.2"), file(other, 1000, content));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().reason, RefuseReason::bad_name);
        EXPECT_THAT(refused.error().message, HasSubstr("code points"));
      }
    }
    EXPECT_TRUE(world.add(peer(2, "10.0.0.2"), file("cafe e")));
    world.withdraw(host);
    for (const std::string& other : spellings) {
      Peer next = peer(3, "10.0.0.3");
      ASSERT_TRUE(world.add(next, file(other))) << "nobody has it any more";
      world.withdraw(next);
    }
  }
}

TEST(Register, is_refused_when_a_table_is_full) {
  World world({.max_files = 2, .max_peers = 4, .max_per_address = 2});
  const Peer one = peer(1, "10.0.0.1"), two = peer(2, "10.0.0.2"), three = peer(3, "10.0.0.3");
  const auto reason = [](const auto& result) { return result.error().reason; };
  ASSERT_TRUE(world.add(one, file("a")));
  ASSERT_TRUE(world.add(two, file("b")));
  EXPECT_EQ(reason(world.add(three, file("c"))), RefuseReason::table_full) << "files";
  ASSERT_TRUE(world.add(two, file("a")));
  EXPECT_EQ(reason(world.add(peer(4, "10.0.0.2", 7000), file("a"))), RefuseReason::table_full)
      << "address";
  ASSERT_TRUE(world.add(one, file("b")));
  EXPECT_TRUE(world.add(one, file("a"))) << "who is in can renew";
  EXPECT_EQ(world.registry.peers(), 4u);
  world.withdraw(two);
  ASSERT_TRUE(world.add(three, file("a"))) << "there is room again";
  EXPECT_TRUE(world.add(three, file("b")));
}

TEST(Register, counts_a_64_bit_network_as_one_address) {
  World world({.max_per_address = 1});
  ASSERT_TRUE(world.add(peer(1, "2001:db8:0:1::1"), file("a")));
  EXPECT_FALSE(world.add(peer(2, "2001:db8:0:1:ffff::2"), file("a")));
  EXPECT_TRUE(world.add(peer(3, "2001:db8:0:2::1"), file("a")));
}

TEST(Register, has_no_bound_for_an_address_when_that_is_zero) {
  World world({.max_per_address = 0});
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(world.add(peer(1, "10.0.0.1"), file("f" + std::to_string(i))));
}

}  // namespace
}  // namespace shoal::registry::register_test
