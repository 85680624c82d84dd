// Files of all sizes, from one and from many, to one and to many.
#include <algorithm>
#include <array>
#include <csignal>
#include <deque>

#include "integration/loopback.hpp"

namespace shoal::test::transfer_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class Transfer : public Loopback {};

class TransferOfSize : public Loopback, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(TransferOfSize, brings_the_whole_file) {
  const auto original = file("some file.bin", GetParam());
  Program seeder = seeder_of(original);
  const auto here = folder("here");
  Program leecher = leecher_of("some file.bin", here);

  const Json found = leecher.wait_for("found");
  const Json complete = leecher.wait_for("complete");
  const FileInfo identity = identify(original);
  EXPECT_EQ(found.at("length"), GetParam());
  EXPECT_EQ(found.at("root"), to_hex(identity.root));
  EXPECT_EQ(found.at("info_hash"), to_hex(info_hash(identity)));
  EXPECT_EQ(complete.at("bytes"), GetParam());
  EXPECT_EQ(complete.at("fetched"), GetParam());
  EXPECT_EQ(complete.at("path"), (here / "some file.bin").string());
  EXPECT_TRUE(same_content(original, here / "some file.bin"));
  EXPECT_FALSE(std::filesystem::exists(part_of(original, here)));
}

INSTANTIATE_TEST_SUITE_P(Sizes, TransferOfSize,
                         ::testing::Values(0, 1, 16383, 16384, 16385,  // about one piece
                                           2 * 16384, 3 * 16384 + 1,   // several
                                           8 * kMiB - 1, 8 * kMiB,     // 512 pieces
                                           8 * kMiB + 1,               // of two blocks
                                           8 * kMiB + 16384 + 1,       // two requests for hashes
                                           16 * kMiB, 16 * kMiB + 1,   // 1024 pieces; four blocks
                                           20 * kMiB + 16384));        // half a last piece

TEST_F(Transfer, tells_the_same_identity_on_both_sides) {
  const auto original = file("a.bin", 3 * kMiB);
  Program seeder = start_seeder({original.string()});
  const Json registered = seeder.wait_for("registered");
  Program leecher = leecher_of("a.bin", folder("here"), {"--no-seed"});
  const Json found = leecher.wait_for("found");
  for (const char* field : {"name", "length", "piece_length", "root", "info_hash"}) {
    EXPECT_EQ(registered.at(field), found.at(field)) << field;
  }
  const std::string magnet = registered.at("magnet");
  EXPECT_TRUE(magnet.starts_with("magnet:?xt=urn:btmh:1220")) << magnet;
  EXPECT_EQ(magnet.substr(24, 64), found.at("info_hash"));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(Transfer, serves_four_leechers_at_once) {
  const auto original = file("wanted.bin", 16 * kMiB + 5);
  Program seeder = seeder_of(original);
  std::deque<Program> leechers;
  for (const char* name : {"1", "2", "3", "4"}) {
    leechers.push_back(leecher_of("wanted.bin", folder(name)));
  }
  for (Program& leecher : leechers) {
    const std::string path = leecher.wait_for("complete").at("path");
    EXPECT_TRUE(same_content(original, path)) << path;
    leecher.wait_for("seeding");
  }
}

TEST_F(Transfer, goes_down_a_chain_where_the_first_has_left) {
  const auto original = file("chain.bin", 5 * kMiB + 1);
  Program a = seeder_of(original);
  const auto at_b = folder("b");
  Program b = leecher_of("chain.bin", at_b);
  b.wait_for("seeding");
  a.signal(SIGINT);
  ASSERT_EQ(a.wait_for_exit(), 0);
  std::filesystem::remove(original);

  const auto at_c = folder("c");
  Program c = leecher_of("chain.bin", at_c);
  EXPECT_EQ(fetched(c), 5 * kMiB + 1);
  EXPECT_TRUE(same_content(at_b / "chain.bin", at_c / "chain.bin"));
}

TEST_F(Transfer, brings_several_names_with_one_command) {
  const auto first = file("first", 100'000, 1);
  const auto second = file("second", 9 * kMiB, 2);
  Program seeder = start_seeder({first.string(), second.string()});
  seeder.wait_for("registered", named("first"));
  seeder.wait_for("registered", named("second"));
  const auto here = folder("here");
  Program leecher = leecher_of("first", here, {"second", "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(leecher.count("complete"), 2);
  EXPECT_TRUE(same_content(first, here / "first"));
  EXPECT_TRUE(same_content(second, here / "second"));
}

TEST_F(Transfer, knows_names_that_are_unusual_and_allowed) {
  const std::string longest(255, 'x');
  for (const std::string& name : {std::string("мир и 平和.txt"), std::string("a,b \"c\" %41 'd'"),
                                  std::string("-dash"), longest}) {
    SCOPED_TRACE(name);
    const auto original = file(name, 20'000);
    Program seeder = seeder_of(original);
    const auto here = folder("here-" + std::to_string(name.size()));
    Program leecher = start_leecher({"--no-seed", "--output", here.string(), "--", name});
    EXPECT_EQ(leecher.wait_for_exit(), 0);
    EXPECT_TRUE(same_content(original, here / name));
  }
}

}  // namespace
}  // namespace shoal::test::transfer_test
