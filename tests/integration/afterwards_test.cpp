// What a leecher does once it has a file, and what trackers know of everybody.
#include <csignal>

#include "integration/loopback.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test::afterwards_test {
namespace {

constexpr std::uint64_t kSize = 3'000'000;

class Afterwards : public Loopback {
 protected:
  [[nodiscard]] datagram::LookupReply look_up(const std::string& name) const {
    return std::get<datagram::LookupReply>(
        ask_tracker(address_, datagram::LookupRequest{PeerId{}, name}));
  }

  const std::filesystem::path original_ = file("a.bin", kSize);
  const std::filesystem::path here_ = folder("here");
};

TEST_F(Afterwards, it_serves_on_the_port_that_it_had) {
  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("a.bin", here_);
  const Endpoint address = Endpoint::parse(address_of(leecher)).value();
  leecher.wait_for("seeding");
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);

  const auto there = folder("there");
  Program next = leecher_of("a.bin", there, {"--wait", "10s", "--no-seed"});
  EXPECT_EQ(next.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, there / "a.bin"));
  const datagram::LookupReply known = look_up("a.bin");
  EXPECT_EQ(known.seeders, 1);
  EXPECT_EQ(known.peers, std::vector<Endpoint>{address});
}

TEST_F(Afterwards, seed_for_ends_it_by_itself) {
  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("a.bin", here_, {"--seed-for", "300ms"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(leecher.count("complete"), 1);
  EXPECT_EQ(leecher.count("seeding"), 1);
  EXPECT_EQ(look_up("a.bin").seeders, 1) << "the seeder, but not the leecher that has left";
}

TEST_F(Afterwards, no_seed_ends_it_at_once) {
  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("a.bin", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(leecher.count("complete"), 1);
  EXPECT_EQ(leecher.count("seeding"), 0);
  EXPECT_EQ(look_up("a.bin").peers.size(), 1);
}

TEST_F(Afterwards, ctrl_c_while_seeding_is_a_good_end) {
  Program seeder = seeder_of(original_);
  Program leecher = leecher_of("a.bin", here_);
  leecher.wait_for("seeding");
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(look_up("a.bin").peers.size(), 1);
}

TEST_F(Afterwards, an_identical_file_is_proven_and_seeded_without_fetching) {
  Program seeder = seeder_of(original_);
  make_file(here_ / "a.bin", kSize);
  Program leecher = leecher_of("a.bin", here_);
  EXPECT_EQ(fetched(leecher), 0);
  leecher.wait_for("seeding");
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);

  Program next = leecher_of("a.bin", folder("there"), {"--wait", "10s", "--no-seed"});
  EXPECT_EQ(next.wait_for_exit(), 0);
}

TEST_F(Afterwards, a_whole_part_file_needs_nothing_from_anybody) {
  Program seeder = seeder_of(original_);
  make_file(here_ / "a.bin.part", kSize);
  Program leecher = leecher_of("a.bin", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fetched(leecher), 0);
  EXPECT_TRUE(same_content(original_, here_ / "a.bin"));
}

TEST_F(Afterwards, an_empty_file_is_offered_on_too) {
  Program seeder = seeder_of(file("empty", 0));
  Program leecher = leecher_of("empty", here_);
  leecher.wait_for("seeding");
  seeder.signal(SIGINT);
  ASSERT_EQ(seeder.wait_for_exit(), 0);
  Program next = leecher_of("empty", folder("there"), {"--wait", "10s", "--no-seed"});
  EXPECT_EQ(next.wait_for_exit(), 0);
}

TEST_F(Afterwards, list_shows_names_in_order_and_by_prefix) {
  Program seeder =
      start_seeder({original_.string(), file("b.bin", 7).string(), file("ab.txt", 0).string()});
  for (const char* name : {"a.bin", "b.bin", "ab.txt"}) {
    seeder.wait_for("registered", named(name));
  }
  Program all = start_leecher({"--list"});
  EXPECT_EQ(all.wait_for_exit(), 0);
  ASSERT_EQ(all.events().size(), 3) << all.output();
  EXPECT_EQ(all.events()[0], (Json{{"event", "file"},
                                   {"name", "a.bin"},
                                   {"length", kSize},
                                   {"seeders", 1},
                                   {"leechers", 0},
                                   {"kind", "file"}}));
  EXPECT_EQ(all.events()[1].at("name"), "ab.txt");
  EXPECT_EQ(all.events()[2].at("name"), "b.bin");

  Program some = start_leecher({"--list", "a"});
  EXPECT_EQ(some.wait_for_exit(), 0);
  EXPECT_EQ(some.count("file"), 2);
  Program none = start_leecher({"--list", "zzz"});
  EXPECT_EQ(none.wait_for_exit(), 0);
  EXPECT_EQ(none.output(), "");
}

TEST_F(Afterwards, list_is_a_table_for_people) {
  Program seeder = seeder_of(original_);
  Program table = start("leecher", {"--list", "--tracker", address_});
  EXPECT_EQ(table.wait_for_exit(), 0);
  EXPECT_NE(table.output().find("a.bin"), std::string::npos) << table.output();
  EXPECT_EQ(table.output().find('\x1b'), std::string::npos) << "no colours in a pipe";
}

TEST_F(Afterwards, people_are_told_the_same_in_words) {
  Program seeder =
      start("seeder", {original_.string(), "--tracker", address_, "--listen", "127.0.0.1:0"});
  Program leecher = start("leecher", {"a.bin", "--tracker", address_, "--listen", "127.0.0.1:0",
                                      "--wait", "20s", "--no-seed", "--output", here_.string()});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_NE(leecher.output().find("Complete: \"a.bin\""), std::string::npos) << leecher.output();
  EXPECT_EQ(leecher.output().find('\x1b'), std::string::npos) << "no colours in a pipe";
  seeder.signal(SIGINT);
  EXPECT_EQ(seeder.wait_for_exit(), 0);
  EXPECT_NE(seeder.output().find("magnet:?xt=urn:btmh:1220"), std::string::npos);
}

TEST_F(Afterwards, the_leecher_asks_for_a_name_it_was_not_given) {
  Program seeder = seeder_of(original_);
  Program leecher = start_leecher({"--no-seed", "--output", here_.string()});
  leecher.type("");
  leecher.type("  a.bin ");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(original_, here_ / "a.bin"));

  Program silent = start_leecher({});
  silent.close_input();
  EXPECT_EQ(silent.wait_for_exit(), 2);
}

}  // namespace
}  // namespace shoal::test::afterwards_test
