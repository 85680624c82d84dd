// Peers that lie or break off. Alone they get nobody a wrong file; beside an honest one they do
// not matter.
#include <csignal>
#include <ostream>

#include "integration/loopback.hpp"
#include "support/hostile_peer.hpp"

namespace shoal::test {
namespace {

constexpr std::uint64_t kSize = 9 * (1 << 20) + 100;  // two blocks a piece

using Habit = HostilePeer::Habit;
using Seen = HostilePeer::Seen;

struct Case {
  const char* name;
  Habit habit;
  std::size_t good_blocks;
  /// What shows that the peer has done its worst.
  std::function<bool(const Seen&)> worst;

  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }
};

const Case kCases[] = {
    {"corrupts_every_block", Habit::corrupts, 0, [](const Seen& s) { return s.bad_blocks > 0; }},
    {"corrupts_after_a_while", Habit::corrupts, 101,
     [](const Seen& s) { return s.bad_blocks > 0; }},
    {"says_nothing_when_asked", Habit::stops, 0, [](const Seen& s) { return s.requests > 0; }},
    {"goes_silent_after_a_while", Habit::stops, 101,
     [](const Seen& s) { return s.good_blocks == 101; }},
    {"resets_in_the_middle_of_a_piece", Habit::resets, 101,
     [](const Seen& s) { return s.bad_blocks > 0; }},
    {"rejects_every_request", Habit::rejects, 0, [](const Seen& s) { return s.requests > 0; }},
    {"rejects_after_a_while", Habit::rejects, 101, [](const Seen& s) { return s.requests > 102; }},
    {"lies_about_hashes", Habit::lies_about_hashes, 0,
     [](const Seen& s) { return s.hash_requests > 0 && s.ended > 0; }},
    {"never_unchokes", Habit::never_unchokes, 0, [](const Seen& s) { return s.hash_requests > 0; }},
};

class BadPeer : public Loopback, public ::testing::WithParamInterface<Case> {
 protected:
  void register_bad() { bad_.register_at(address_); }
  void wait_for_the_worst() { bad_.wait_until(GetParam().worst); }

  const std::filesystem::path original_ = file("film.bin", kSize);
  const std::filesystem::path here_ = folder("here");
  HostilePeer bad_{original_, GetParam().habit, GetParam().good_blocks};
};

TEST_P(BadPeer, alone_never_makes_a_file) {
  register_bad();
  Program leecher = leecher_of("film.bin", here_);
  wait_for_the_worst();
  const std::size_t told = leecher.count("progress");
  leecher.wait_for("progress", [&](const Json&) { return leecher.count("progress") > told + 1; });
  EXPECT_EQ(leecher.count("complete"), 0);
  EXPECT_FALSE(std::filesystem::exists(here_ / "film.bin"));
  EXPECT_TRUE(std::filesystem::exists(here_ / "film.bin.part"));
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), 130);
}

TEST_P(BadPeer, beside_an_honest_one_does_not_matter) {
  register_bad();
  Program leecher = leecher_of("film.bin", here_);
  wait_for_the_worst();
  Program seeder = seeder_of(original_);
  // A leecher hears of new peers from those that ask it, and asks the tracker when it is alone.
  Program other = leecher_of("film.bin", folder("other"));
  other.wait_for("complete");
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
  EXPECT_TRUE(same_content(original_, home_ / "other/film.bin"));
}

INSTANTIATE_TEST_SUITE_P(Each, BadPeer, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

class BadPeers : public Loopback {};

TEST_F(BadPeers, all_at_once_do_not_keep_the_file_from_anybody) {
  const auto original = file("film.bin", kSize);
  std::list<HostilePeer> bad;
  for (const Case& one : kCases) {
    bad.emplace_back(original, one.habit, one.good_blocks).register_at(address_);
  }
  Program seeder = seeder_of(original);
  const auto here = folder("here");
  Program leecher = leecher_of("film.bin", here);
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original, here / "film.bin"));
}

TEST_F(BadPeers, a_liar_is_not_asked_again) {
  const auto original = file("film.bin", kSize);
  HostilePeer liar(original, Habit::corrupts);
  liar.register_at(address_);
  Program leecher = leecher_of("film.bin", folder("here"));
  liar.wait_until([](const Seen& seen) { return seen.ended > 0; });
  const std::size_t told = leecher.count("progress");
  // Long enough for several attempts to connect again.
  leecher.wait_for("progress", [&](const Json&) { return leecher.count("progress") > told + 20; });
  EXPECT_EQ(liar.seen().connections, 1);
}

}  // namespace
}  // namespace shoal::test
