// A peer that is written here message by message, for what stock clients do rarely or never, and
// that takes from ours. See scripted_seeder_test.cpp for the other direction.
#include "support/scripted_peer.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <thread>

#include <gmock/gmock.h>

#include "hash/merkle.hpp"
#include "integration/loopback.hpp"
#include "metainfo/geometry.hpp"
#include "metainfo/torrent_file.hpp"
#include "wire/extension.hpp"

namespace shoal::test::scripted_peer_test {
namespace {

constexpr std::uint64_t kSize = 2 * 16384 + 5;

class ScriptedPeerTest : public Loopback {
 protected:
  const std::filesystem::path original_ = file("a.bin", kSize);
  const FileInfo identity_ = identify(original_);
  const Bytes content_ = read_file(original_);
  Program seeder_ = seeder_of(original_);
  const Endpoint at_ = Endpoint::parse(address_of(seeder_)).value();
  ScriptedPeer peer_{at_, identity_};

  /// Literally: what goes over the line.
  [[nodiscard]] Bytes handshake_with(std::string_view reserved) const {
    Bytes bytes;
    ByteWriter(bytes)
        .text(
            "\x13"
            "BitTorrent protocol")
        .text(reserved)
        .bytes(truncated(info_hash(identity_)).bytes)
        .text("-LT2080-abcdefghijkl");
    return bytes;
  }
  [[nodiscard]] BytesView from(std::size_t offset, std::size_t size) const {
    return BytesView(content_).subspan(offset, size);
  }
};

TEST_F(ScriptedPeerTest, gets_zeros_behind_the_end_of_the_file_where_it_asks_for_a_whole_block) {
  peer_.says(wire::Request{{2, 0, 16384}});
  const auto block = peer_.hears<wire::Piece>();
  ASSERT_EQ(block.data.size(), 16384u);
  EXPECT_THAT(block.data.first(5), ::testing::ElementsAreArray(from(32768, 5)));
  EXPECT_THAT(block.data.subspan(5), ::testing::Each(std::byte{0}));
}

TEST_F(ScriptedPeerTest, gets_the_short_last_block_where_it_asks_for_that) {
  peer_.says(wire::Request{{2, 0, 5}});
  const auto block = peer_.hears<wire::Piece>();
  EXPECT_THAT(block.data, ::testing::ElementsAreArray(from(32768, 5)));
}

TEST_F(ScriptedPeerTest, gets_odd_ranges_inside_a_piece) {
  peer_.says(wire::Request{{1, 7, 100}});
  EXPECT_THAT(peer_.hears<wire::Piece>().data, ::testing::ElementsAreArray(from(16384 + 7, 100)));
  peer_.says(wire::Request{{2, 3, 16381}});  // crosses the end
  const auto block = peer_.hears<wire::Piece>();
  ASSERT_EQ(block.data.size(), 16381u);
  EXPECT_THAT(block.data.first(2), ::testing::ElementsAreArray(from(32768 + 3, 2)));
}

TEST_F(ScriptedPeerTest, gets_answers_to_everything_that_it_asks_at_once) {
  wire::ExtendedHandshake hello;
  hello.metadata_id = 5;
  const Bytes payload = wire::encode(hello);
  const Bytes ask = wire::encode(wire::MetadataMessage{wire::MetadataRequest{0}});
  for (std::uint32_t i = 0; i < 20; ++i) {
    peer_.says(wire::Request{{0, i, 16384 - i}});
    peer_.says(wire::HashRequest{{identity_.root, 0, 0, 4, 1}});
    peer_.says(wire::Extended{wire::kExtendedHandshakeId, payload});
    peer_.says(wire::Extended{wire::kOurMetadataId, ask});
    peer_.says(wire::Unknown{99});
    peer_.says(wire::KeepAlive{});
  }
  std::map<std::string_view, int> left{{"block", 20}, {"hashes", 20}, {"metadata", 20}};
  while (!left.empty()) {
    const wire::Message message = peer_.hears();
    std::string_view kind;
    if (const auto* block = std::get_if<wire::Piece>(&message)) {
      kind = "block";
      EXPECT_THAT(block->data,
                  ::testing::ElementsAreArray(from(block->begin, 16384 - block->begin)));
    } else if (const auto* hashes = std::get_if<wire::Hashes>(&message)) {
      kind = "hashes";
      EXPECT_EQ(hashes->hashes.size(), 4 * 32u);
    } else if (const auto* extended = std::get_if<wire::Extended>(&message);
               extended != nullptr && extended->id == 5) {
      kind = "metadata";
      const auto answer = wire::decode_metadata(extended->payload).value();
      EXPECT_THAT(std::get<wire::MetadataData>(answer).data,
                  ::testing::ElementsAreArray(info_dict(identity_)));
    } else {
      continue;
    }
    if (--left.at(kind) == 0) left.erase(kind);
  }
}

TEST_F(ScriptedPeerTest, is_greeted_as_libtorrent_is) {
  using namespace std::string_view_literals;
  const ScriptedPeer peer(at_, identity_, handshake_with("\x00\x00\x00\x00\x00\x10\x00\x05"sv));
  const std::string_view answer = as_text(peer.greeting());
  EXPECT_EQ(answer.substr(0, 20),
            "\x13"
            "BitTorrent protocol");
  EXPECT_EQ(answer.substr(20, 8), "\x00\x00\x00\x00\x00\x10\x00\x04"sv);
  EXPECT_EQ(answer.substr(28, 20), as_text(truncated(info_hash(identity_)).bytes));
  EXPECT_TRUE(answer.substr(48).starts_with("-SL")) << answer.substr(48);
}

TEST_F(ScriptedPeerTest, that_offers_no_extensions_is_told_nothing_that_needs_one) {
  ScriptedPeer peer(at_, identity_, handshake_with(std::string(8, '\0')));
  peer.says(wire::HashRequest{{identity_.root, 0, 0, 4, 1}});
  peer.says(wire::Request{{0, 0, 7 * 16384}});  // nobody may ask for that much
  peer.says(wire::Interested{});
  peer.says(wire::Request{{0, 0, 16384}});
  bool hashes = false;
  for (bool block = false; !block;) {
    const wire::Message message = peer.hears();
    hashes = hashes || std::holds_alternative<wire::Hashes>(message);
    block = std::holds_alternative<wire::Piece>(message);
    const bool needs_one = std::holds_alternative<wire::Extended>(message) ||
                           std::holds_alternative<wire::HaveAll>(message) ||
                           std::holds_alternative<wire::HaveNone>(message) ||
                           std::holds_alternative<wire::Suggest>(message) ||
                           std::holds_alternative<wire::AllowedFast>(message) ||
                           std::holds_alternative<wire::Reject>(message);
    EXPECT_FALSE(needs_one) << message.index();
  }
  EXPECT_TRUE(hashes);
}

TEST_F(ScriptedPeerTest, is_understood_when_every_byte_comes_alone) {
  Bytes talk;
  wire::encode(wire::HaveNone{}, talk);
  wire::encode(wire::KeepAlive{}, talk);
  wire::encode(wire::Interested{}, talk);
  wire::encode(wire::Request{{1, 0, 16384}}, talk);
  wire::encode(wire::HashRequest{{identity_.root, 0, 0, 4, 1}}, talk);
  for (const std::byte& one : talk) peer_.sends(BytesView(&one, 1));
  // Which answer comes first is the seeder's affair.
  bool block = false;
  for (bool hashes = false; !block || !hashes;) {
    const wire::Message message = peer_.hears();
    if (const auto* layer = std::get_if<wire::Hashes>(&message)) {
      hashes = true;
      EXPECT_EQ(layer->hashes.size(), 4 * 32u);
    } else if (const auto* piece = std::get_if<wire::Piece>(&message)) {
      block = true;
      EXPECT_THAT(piece->data, ::testing::ElementsAreArray(from(16384, 16384)));
    }
  }
}

TEST_F(ScriptedPeerTest, gets_one_answer_to_each_request_cancelled_or_not) {
  constexpr std::uint32_t kRequests = 300;
  for (std::uint32_t i = 0; i < kRequests; ++i) peer_.says(wire::Request{{0, i, 16384 - i}});
  for (std::uint32_t i = 0; i < kRequests; ++i) peer_.says(wire::Cancel{{0, i, 16384 - i}});
  peer_.says(wire::Request{{7, 0, 16384}});  // there is no such piece
  std::map<std::uint32_t, int> answers;      // by where the block begins
  std::uint32_t rejected = 0;
  for (std::uint32_t i = 0; i < kRequests + 1; ++i) {
    const wire::Message message = peer_.hears();
    if (const auto* block = std::get_if<wire::Piece>(&message)) {
      ++answers[block->begin];
    } else if (const auto* reject = std::get_if<wire::Reject>(&message)) {
      ++rejected;
      if (reject->range.piece == 0) ++answers[reject->range.begin];
    } else {
      --i;
    }
  }
  EXPECT_GT(rejected, 0u);
  EXPECT_EQ(answers.size(), kRequests);
  for (const auto& [begin, count] : answers) EXPECT_EQ(count, 1) << begin;
  peer_.says(wire::Cancel{{0, 0, 16384}});  // of what was answered long ago
  peer_.says(wire::Request{{1, 0, 16384}});
  const wire::Message next = peer_.hears();
  ASSERT_TRUE(std::holds_alternative<wire::Piece>(next)) << next.index();
  EXPECT_EQ(std::get<wire::Piece>(next).piece, 1u);
}

// With as many pieces libtorrent asks for a single hash, and wants its sibling along.
TEST_F(ScriptedPeerTest, gets_the_last_of_513_hashes_with_the_proof_that_libtorrent_wants) {
  const auto original = file("foreign.bin", 512 * 16384 + 9);
  FileInfo foreign = identify(original);
  foreign.piece_length = 16384;
  const auto leaves = leaves_of(read_file(original));
  const auto torrent = home_ / "foreign.torrent";
  std::ofstream(torrent, std::ios::binary) << as_text(encode(make_torrent(foreign, leaves, {})));
  Program seeder = start_leecher({torrent.string(), "--output", original.parent_path().string()});
  seeder.wait_for("seeding");

  ScriptedPeer peer(Endpoint::parse(address_of(seeder)).value(), foreign);
  const wire::HashRange one{foreign.root, 0, 512, 1, 9};
  peer.says(wire::HashRequest{one});
  const auto answer = peer.hears<wire::Hashes>();
  EXPECT_EQ(answer.range, one);
  ASSERT_EQ(answer.hashes.size(), (1 + 10) * 32u);
  // The hash, then its sibling at each level up to the root; on its right, but for the last one.
  Digest node = leaves[512];
  EXPECT_THAT(answer.hashes.first(32), ::testing::ElementsAreArray(node.bytes));
  for (std::size_t level = 0; level < 10; ++level) {
    Digest sibling;
    std::memcpy(sibling.bytes.data(), answer.hashes.data() + 32 * (1 + level), 32);
    const bool on_its_left = (512u >> level & 1) != 0;
    const std::array both{on_its_left ? sibling : node, on_its_left ? node : sibling};
    node = merkle::fold(both, static_cast<int>(level), 1);
  }
  EXPECT_EQ(node, foreign.root);
}

TEST_F(ScriptedPeerTest, that_comes_back_is_let_in_once_nothing_is_heard_of_its_old_connection) {
  // Somebody else with its peer id is not, while it is active.
  peer_.says(wire::Request{{0, 0, 16384}});
  peer_.hears<wire::Piece>();
  EXPECT_THROW(ScriptedPeer(at_, identity_), std::runtime_error);
  std::optional<ScriptedPeer> back;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!back) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    try {
      back.emplace(at_, identity_);
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // not to use up all ports
    }
  }
  back->says(wire::Request{{0, 0, 16384}});
  EXPECT_NO_THROW(back->hears<wire::Piece>());
  EXPECT_THROW(for (;;) peer_.hears(), std::runtime_error) << "the old connection stays";
}

TEST_F(ScriptedPeerTest, hears_the_hashes_that_lead_to_the_root_before_the_blocks) {
  Bytes asked;  // sent as one, or a slow seeder has sent the blocks before it hears of the hashes
  for (int i = 0; i < 64; ++i) wire::encode(wire::Request{{0, 0, 16384}}, asked);
  wire::encode(wire::HashRequest{{identity_.root, 0, 0, 4, 1}}, asked);
  peer_.sends(asked);
  const auto hashes = peer_.hears<wire::Hashes>();
  EXPECT_EQ(hashes.hashes.size(), 4 * 32u);
  EXPECT_NO_THROW(peer_.hears<wire::Piece>());
}

TEST_F(ScriptedPeerTest, is_told_nothing_over_an_impossible_request_for_leaves) {
  peer_.says(wire::HashRequest{{identity_.root, 0, 0, 1024, 20}});
  peer_.says(wire::HashRequest{{identity_.root, 1, 0, 1024, 20}});
  EXPECT_EQ(peer_.hears<wire::HashReject>().range.base, 1u) << "stock clients crash over the first";
}

TEST_F(ScriptedPeerTest, finds_the_same_file_whether_it_may_be_executed_or_not) {
  const auto executable = file("b.bin", kSize);
  const FileInfo plain = identify(executable);
  std::filesystem::permissions(executable, std::filesystem::perms::owner_exec,
                               std::filesystem::perm_options::add);
  Program seeder = start_seeder({executable.string()});
  EXPECT_EQ(seeder.wait_for("registered").at("info_hash"), to_hex(info_hash(plain)));
}

}  // namespace
}  // namespace shoal::test::scripted_peer_test
