// Of equal files one is fetched, from whoever has any of them.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"
#include "support/sample_folder.hpp"

namespace shoal::test::equal_files_test {
namespace {

using namespace std::chrono_literals;
using Key = DrivenTorrent::Key;
using Pieces = std::set<std::uint32_t>;

constexpr std::uint64_t kLong = 100'000;  // of `a`, `c` and `d`, which are equal
// Pieces of each.
const Pieces kA{0, 1, 2, 3};
const Pieces kB{4};
const Pieces kD{9, 10, 11, 12};

class EqualFiles : public ::testing::Test {
 protected:
  EqualFiles() {
    leecher_.logic.start();
    leecher_.settle();
    leecher_.disk_holds({});
    leecher_.checks = 0;
  }

  [[nodiscard]] torrent::Content content() {
    torrent::Content content = folder_.with_layers();
    const std::vector<FileIndex> wanted{folder_.index_of("a"), folder_.index_of("b")};
    content.want_only(wanted);
    return content;
  }
  Key joins(const std::string& address, const Pieces& pieces) {
    const Key key = leecher_.joins(address);
    Bitfield bits(leecher_.logic.content().space().pieces());
    for (const std::uint32_t piece : pieces) bits.set(piece);
    const Bytes wire = bits.to_wire();
    leecher_.says(key, wire::BitfieldMessage{wire});
    leecher_.says(key, wire::Unchoke{});
    return key;
  }
  /// As the peer hears it.
  std::vector<BlockRef> asked_of(Key key) {
    std::vector<BlockRef> blocks;
    for (const auto& request : leecher_.writes_of<wire::Request>(key)) {
      const auto& [piece, begin, length] = request.range;
      blocks.push_back(leecher_.logic.content().space().block(piece, begin, length).value());
    }
    return blocks;
  }
  static Pieces pieces_of(const std::vector<BlockRef>& blocks) {
    Pieces pieces;
    for (const BlockRef block : blocks) pieces.insert(value(block.piece));
    return pieces;
  }
  void sends(Key key, const std::vector<BlockRef>& blocks) {
    for (const BlockRef block : blocks) leecher_.sends_block(key, block);
    leecher_.drains(key);
    leecher_.disk_stores();
  }
  void takes_back(Key key, std::uint32_t piece) {
    const Bytes payload = wire::encode(wire::DontHave{piece});
    leecher_.says(key, wire::Extended{wire::kOurDontHaveId, payload});
  }
  [[nodiscard]] bool is_whole() const { return leecher_.logic.content().complete(); }

  SampleFolder folder_{32768, {{"a", kLong}, {"b", 10}, {"c", kLong}, {"d", kLong}}};
  DrivenTorrent leecher_{folder_, content(), DrivenTorrent::Role::fetch, {}};
};

TEST_F(EqualFiles, come_from_who_has_another_of_them) {
  const Key peer = joins("192.0.2.1:5000", kD);
  const auto asked = asked_of(peer);
  EXPECT_EQ(pieces_of(asked), kD) << "as the peer knows them";
  sends(peer, asked);
  for (const std::uint32_t piece : kA) {
    EXPECT_TRUE(leecher_.logic.content().has(PieceIndex{piece})) << piece;
  }
  EXPECT_EQ(leecher_.logic.fetched(), kLong);
  sends(joins("192.0.2.2:5000", kB), {{PieceIndex{4}, 0}});
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(leecher_.finishes, 1);
}

TEST_F(EqualFiles, come_in_turns_from_those_who_have_some_of_each) {
  const Key one = joins("192.0.2.1:5000", {0, 10});
  const Key other = joins("192.0.2.2:5000", {7, 12});  // of `c` and `d`
  const auto of_one = asked_of(one);
  const auto of_other = asked_of(other);
  EXPECT_EQ(pieces_of(of_one), (Pieces{0, 10}));
  EXPECT_EQ(pieces_of(of_other), (Pieces{7, 12}));
  sends(one, of_one);
  sends(other, of_other);
  for (const std::uint32_t piece : kA) {
    EXPECT_TRUE(leecher_.logic.content().has(PieceIndex{piece})) << piece;
  }
}

TEST_F(EqualFiles, are_asked_for_once_of_who_has_all_of_them) {
  const Key peer = leecher_.joins("192.0.2.1:5000");
  leecher_.says(peer, wire::HaveAll{});
  leecher_.says(peer, wire::Unchoke{});
  const auto asked = asked_of(peer);
  sends(peer, asked);
  EXPECT_EQ(pieces_of(asked), (Pieces{0, 1, 2, 3, 4}));
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(leecher_.logic.fetched(), kLong + 10);
}

TEST_F(EqualFiles, are_asked_for_as_the_peer_gets_them) {
  const Key peer = leecher_.joins("192.0.2.1:5000");  // and does not say what it has
  leecher_.says(peer, wire::Unchoke{});
  EXPECT_TRUE(asked_of(peer).empty());
  leecher_.says(peer, wire::Have{9});
  leecher_.waits(1s);
  const auto asked = asked_of(peer);
  EXPECT_EQ(pieces_of(asked), Pieces{9});
  sends(peer, asked);
  leecher_.says(peer, wire::Have{0});
  leecher_.waits(1s);
  EXPECT_TRUE(asked_of(peer).empty()) << "that piece is here";
}

TEST_F(EqualFiles, that_are_taken_back_are_asked_of_others) {
  const Key peer = joins("192.0.2.1:5000", {0, 9});
  EXPECT_EQ(pieces_of(asked_of(peer)), Pieces{0});
  takes_back(peer, 9);
  const Key other = joins("192.0.2.2:5000", {9});
  EXPECT_TRUE(asked_of(other).empty()) << "the first one has it still, as the other file's";
  takes_back(peer, 0);
  leecher_.waits(1s);
  EXPECT_EQ(pieces_of(asked_of(other)), Pieces{9});
  EXPECT_EQ(leecher_.closed(peer), "");
}

TEST_F(EqualFiles, a_rejected_block_is_asked_for_again) {
  const Key peer = joins("192.0.2.1:5000", {9});
  const auto asked = asked_of(peer);
  ASSERT_FALSE(asked.empty());
  for (const BlockRef block : asked) {
    leecher_.says(peer, wire::Reject{{9, block.block * kBlockLength,
                                      leecher_.logic.content().space().size(block)}});
  }
  leecher_.waits(3s);
  const auto again = asked_of(peer);
  EXPECT_EQ(pieces_of(again), Pieces{9});
  sends(peer, again);
  EXPECT_TRUE(leecher_.logic.content().has(PieceIndex{0}));
}

TEST_F(EqualFiles, a_wrong_piece_of_one_is_not_asked_for_as_another) {
  const Key peer = joins("192.0.2.1:5000", {0, 1, 2, 3, 4, 5, 9});
  const auto asked = asked_of(peer);
  EXPECT_EQ(pieces_of(asked), (Pieces{0, 1, 2, 3, 4}));
  for (const bool right : {true, false}) {
    for (const BlockRef block : asked) {
      if ((block.piece != PieceIndex{0}) == right) leecher_.sends_block(peer, block, right);
    }
    leecher_.drains(peer);
    leecher_.disk_stores();
  }
  EXPECT_EQ(leecher_.closed(peer), "");
  EXPECT_TRUE(asked_of(peer).empty());
  EXPECT_FALSE(leecher_.logic.content().has(PieceIndex{0}));
}

}  // namespace
}  // namespace shoal::test::equal_files_test
