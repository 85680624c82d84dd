// A disk that gives other bytes than were written, while no time of the file tells: what is good is
// fetched all the same, what is not is named, and the seeder learns of it.
#include <csignal>

#include <gmock/gmock.h>

#include "integration/loopback.hpp"
#include "support/failing_disk.hpp"
#include "support/scripted_peer.hpp"

namespace shoal::test::rotten_disk_test {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kSize = 17 * (1 << 20) + 100;  // two blocks a piece
constexpr int kNotProvable = 5;

class RottenDisk : public Loopback {
 protected:
  RottenDisk() { seeder_.wait_for("registered"); }

  void piece_rots(std::uint32_t piece) const {
    failing_disk::rot(ranges_, std::uint64_t{piece} * identity_.piece_length + 1000, 1);
  }
  [[nodiscard]] Program::Condition says(const std::string& words) const {
    return [words](const Json& event) {
      return event.at("message").get<std::string>().contains(words);
    };
  }
  [[nodiscard]] std::uint32_t pieces() const {
    return static_cast<std::uint32_t>((kSize + identity_.piece_length - 1) /
                                      identity_.piece_length);
  }
  /// Takes the whole piece, as a peer does.
  void takes(ScriptedPeer& peer, std::uint32_t piece) const {
    constexpr std::uint32_t kBlock = 16384;
    for (std::uint32_t begin = 0; begin < identity_.piece_length; begin += kBlock) {
      peer.says(wire::Request{{piece, begin, kBlock}});
    }
    for (std::uint32_t begin = 0; begin < identity_.piece_length; begin += kBlock) {
      peer.hears<wire::Piece>();
    }
  }
  void expect_that_the_seeder_learns_of(std::uint32_t piece) {
    seeder_.wait_for("notice", says("piece " + std::to_string(piece + 1) + " of " +
                                    std::to_string(pieces()) + " on disk is not what was hashed"));
  }

  const std::filesystem::path original_ = file("film.rot", kSize);
  const FileInfo identity_ = identify(original_);
  const std::filesystem::path ranges_ = home_ / "ranges";
  Program seeder_ = start(
      "seeder", {"--json", "--tracker", address_, "--listen", "127.0.0.1:0", original_.string()},
      failing_disk::rots(ranges_));
  const Endpoint at_ = Endpoint::parse(address_of(seeder_)).value();
};

TEST_F(RottenDisk, gives_all_that_is_good_and_the_rest_is_named_on_both_sides) {
  for (const std::uint32_t piece : {7u, 100u, 101u}) piece_rots(piece);
  Program leecher = leecher_of("film.rot", folder("here"), {"--no-seed"});
  const Json failed = leecher.wait_for("failed", {}, 3 * kPatience);
  EXPECT_EQ(leecher.wait_for_exit(), kNotProvable);
  EXPECT_THAT(failed.at("reason").get<std::string>(),
              HasSubstr("3 of " + std::to_string(pieces()) + " pieces cannot be proven"));
  EXPECT_EQ(failed.at("known"), 1);
  leecher.wait_for("progress", has_bytes(kSize - 3 * identity_.piece_length));
  EXPECT_EQ(leecher.count("wrong_data"), 1);
  for (const std::uint32_t piece : {7u, 100u, 101u}) expect_that_the_seeder_learns_of(piece);
}

TEST_F(RottenDisk, of_one_seeder_is_no_obstacle_beside_another) {
  for (std::uint32_t piece = 0; piece < pieces(); piece += 10) piece_rots(piece);
  Program leecher = leecher_of("film.rot", folder("here"));
  leecher.wait_for("wrong_data");
  Program good = seeder_of(original_);
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original_, home_ / "here/film.rot"));
}

TEST_F(RottenDisk, with_a_bad_sector_gives_everything_else) {
  const std::filesystem::path bad = file("bad.rot", kSize);
  Program seeder =
      start("seeder", {"--json", "--tracker", address_, "--listen", "127.0.0.1:0", bad.string()},
            failing_disk::has_bad_sectors(ranges_));
  seeder.wait_for("registered");
  piece_rots(7);
  Program leecher = leecher_of("bad.rot", folder("here"));
  seeder.wait_for("notice", says("piece 8 of " + std::to_string(pieces()) + " cannot be read"));
  leecher.wait_for("progress", has_bytes(kSize - identity_.piece_length));
  EXPECT_EQ(seeder.count("failed"), 0);
}

TEST_F(RottenDisk, is_found_out_when_a_peer_asks_again_for_a_piece_that_it_was_sent) {
  piece_rots(7);
  ScriptedPeer peer(at_, identity_);
  peer.hears<wire::Unchoke>();
  takes(peer, 7);
  takes(peer, 8);
  takes(peer, 8);  // which is good
  takes(peer, 7);
  expect_that_the_seeder_learns_of(7);
  EXPECT_EQ(seeder_.count("notice"), 1);
  EXPECT_THROW(for (;;) peer.hears(), std::runtime_error) << "who does not know is let go";
  ScriptedPeer later(at_, identity_, std::byte{'y'});
  later.hears<wire::Unchoke>();
  takes(later, 8);
  later.says(wire::Request{{7, 0, 16384}});
  later.hears<wire::Reject>();
}

TEST_F(RottenDisk, is_found_out_when_a_peer_leaves_over_it) {
  piece_rots(7);
  {
    ScriptedPeer peer(at_, identity_);
    peer.hears<wire::Unchoke>();
    takes(peer, 7);
  }
  expect_that_the_seeder_learns_of(7);
}

TEST_F(RottenDisk, is_found_out_when_a_peer_asks_for_the_hashes_of_its_blocks) {
  piece_rots(7);
  ScriptedPeer peer(at_, identity_);
  peer.hears<wire::Unchoke>();
  const std::uint32_t blocks = identity_.piece_length / 16384;
  const std::uint32_t height = 11;  // of the tree over 1089 blocks
  peer.says(wire::HashRequest{{identity_.root, 0, 7 * blocks, blocks, height - 1}});
  expect_that_the_seeder_learns_of(7);
}

}  // namespace
}  // namespace shoal::test::rotten_disk_test
