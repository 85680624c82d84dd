// A seeder that is written here message by message, for what stock clients do rarely; ours fetches
// from it and from nobody else.
#include <set>

#include <gmock/gmock.h>

#include "hash/merkle.hpp"
#include "integration/loopback.hpp"
#include "support/scripted_peer.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test::scripted_seeder_test {
namespace {

constexpr std::uint32_t kBlock = 16384;
constexpr std::uint32_t kPieces = 7;  // of one block each
constexpr std::uint32_t kTail = 5;    // bytes of the last one

class ScriptedSeeder : public Loopback {
 protected:
  /// Answers hash requests by itself. Returns the next request for a block.
  wire::BlockRange next_request() {
    for (;;) {
      const wire::Message message = peer_.hears();
      if (const auto* request = std::get_if<wire::Request>(&message)) return request->range;
      if (const auto* hashes = std::get_if<wire::HashRequest>(&message)) answer(hashes->range);
    }
  }
  void sends_block(const wire::BlockRange& range) {
    peer_.says(wire::Piece{range.piece, range.begin, from(range)});
  }
  void expect_the_file() {
    leecher_.wait_for("complete");
    EXPECT_TRUE(same_content(original_, home_ / "here/a.bin"));
  }
  [[nodiscard]] BytesView from(const wire::BlockRange& range) const {
    return BytesView(content_).subspan(range.piece * kBlock + range.begin, range.length);
  }

  const std::filesystem::path original_ = file("a.bin", (kPieces - 1) * kBlock + kTail);
  const FileInfo identity_ = identify(original_);
  const Bytes content_ = read_file(original_);
  Program leecher_ = lonely_leecher();
  const Endpoint at_ = Endpoint::parse(address_of(leecher_)).value();
  ScriptedPeer peer_{at_, identity_};

 private:
  Program lonely_leecher() const {
    // What makes the file known; nobody is there.
    register_at_tracker(address_, {.peer_id = {}, .port = 1, .complete = true, .file = identity_});
    Program leecher = leecher_of("a.bin", folder("here"));
    leecher.wait_for("progress");  // it is ready for peers
    return leecher;
  }
  void answer(const wire::HashRange& range) {
    const auto layer = merkle::LayerTree::build(leaves_of(content_), 0, merkle::height_for(kPieces),
                                                identity_.root);
    Bytes hashes;
    for (const Digest& hash :
         layer->answer({range.root, range.base, range.index, range.length, range.proof})) {
      ByteWriter(hashes).bytes(hash.bytes);
    }
    peer_.says(wire::Hashes{range, hashes});
  }
};

TEST_F(ScriptedSeeder, that_gets_its_pieces_one_by_one_is_asked_for_each_as_it_has_it) {
  peer_.says(wire::HaveNone{});
  peer_.says(wire::Unchoke{});
  for (const std::uint32_t piece : {3u, 0u, 6u, 1u, 5u, 2u, 4u}) {
    peer_.says(wire::Have{piece});
    const wire::BlockRange asked = next_request();
    EXPECT_EQ(asked.piece, piece);
    sends_block(asked);
  }
  expect_the_file();
}

TEST_F(ScriptedSeeder, that_chokes_and_rejects_is_asked_again_once_it_unchokes) {
  peer_.says(wire::HaveAll{});
  peer_.says(wire::Unchoke{});
  std::set<wire::BlockRange> asked;
  while (asked.size() < kPieces) asked.insert(next_request());
  peer_.says(wire::Choke{});
  for (const wire::BlockRange& range : asked) peer_.says(wire::Reject{range});
  peer_.says(wire::AllowedFast{2});  // it may ask for that one now, and need not
  peer_.says(wire::Suggest{3});
  peer_.says(wire::Unchoke{});
  std::set<wire::BlockRange> again;
  while (again.size() < kPieces) {
    const wire::BlockRange range = next_request();
    again.insert(range);
    sends_block(range);
  }
  EXPECT_EQ(again, asked);
  expect_the_file();
}

TEST_F(ScriptedSeeder, that_knows_no_fast_extension_takes_back_what_was_asked_by_a_choke) {
  wire::Handshake plain = ScriptedPeer::greeting(identity_, std::byte{'y'});
  plain.fast = plain.extended = false;
  peer_ = ScriptedPeer(at_, identity_, wire::encode(plain));
  const Bytes all{std::byte{0xfe}};
  peer_.says(wire::BitfieldMessage{all});
  peer_.says(wire::Unchoke{});
  std::set<wire::BlockRange> asked;
  while (asked.size() < kPieces) asked.insert(next_request());
  peer_.says(wire::Choke{});
  peer_.says(wire::Unchoke{});
  for (std::uint32_t i = 0; i < kPieces; ++i) {
    const wire::BlockRange range = next_request();
    asked.erase(range);
    sends_block(range);
  }
  EXPECT_TRUE(asked.empty());
  expect_the_file();
}

TEST_F(ScriptedSeeder, that_fills_up_the_last_block_with_zeros_is_good_enough) {
  peer_.says(wire::HaveAll{});
  peer_.says(wire::Unchoke{});
  for (std::uint32_t i = 0; i < kPieces; ++i) {
    const wire::BlockRange range = next_request();
    Bytes block(from(range).begin(), from(range).end());
    EXPECT_EQ(block.size(), range.piece + 1 == kPieces ? kTail : kBlock);
    block.resize(kBlock);
    peer_.says(wire::Piece{range.piece, range.begin, block});
  }
  expect_the_file();
}

}  // namespace
}  // namespace shoal::test::scripted_seeder_test
