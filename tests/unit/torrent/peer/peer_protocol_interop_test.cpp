// What stock clients break on, beyond what the other tests of PeerProtocol say of it (notes,
// section 11: T2, T7, T11).
#include <algorithm>
#include <array>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/played_peer.hpp"

namespace shoal::torrent::peer_protocol_interop_test {
namespace {

using namespace std::chrono_literals;
using test::PlayedPeer;
using test::SampleFile;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::SizeIs;

// ---- T2: a reject of a hash request is answered with the same request, at the speed of the line

/// A file, and what libtorrent 2.0.8 was seen to ask a seeder of it: base, index, length, proof.
struct Observed {
  std::uint32_t pieces;
  std::uint32_t piece_length;
  std::vector<std::array<std::uint32_t, 4>> requests;
};

class ObservedHashRequests : public ::testing::TestWithParam<Observed> {
 protected:
  static void are_all_answered(PlayedPeer& peer, const SampleFile& file) {
    for (const auto& [base, index, length, proof] : GetParam().requests) {
      const wire::HashRange range{file.info().root, base, index, length, proof};
      ASSERT_TRUE(peer.hears(wire::HashRequest{range}));
      const auto said = peer.says();
      ASSERT_THAT(said, SizeIs(1));
      const auto* hashes = std::get_if<wire::Hashes>(&said[0]);
      ASSERT_NE(hashes, nullptr) << "index " << index;
      EXPECT_EQ(hashes->range, range);
      EXPECT_EQ(hashes->hashes.size(), 32 * (length + merkle::uncle_count(length, proof)));
    }
  }
  const SampleFile file_{std::uint64_t{GetParam().pieces} * GetParam().piece_length - 1000,
                         GetParam().piece_length};
};

TEST_P(ObservedHashRequests, are_never_rejected_by_a_seeder) {
  auto peer = PlayedPeer::of_seeder(file_);
  peer.says();
  are_all_answered(peer, file_);
}

// T5: it asks for each chunk again every three seconds, through the whole download.
TEST_P(ObservedHashRequests, are_answered_as_often_as_they_come_for_ten_minutes) {
  auto peer = PlayedPeer::of_seeder(file_);
  for (const Time end = peer.now + 10min; peer.now < end;) {
    peer.says();
    are_all_answered(peer, file_);
    const auto alive = peer.waits(3s);
    ASSERT_TRUE(alive) << alive.error().message;
  }
}

TEST_P(ObservedHashRequests, are_never_rejected_by_a_leecher_with_one_piece) {
  const std::array<std::uint32_t, 1> one{0};
  PlayedPeer peer(file_, file_.with(one), true, {});
  peer.says();
  are_all_answered(peer, file_);
}

INSTANTIATE_TEST_SUITE_P(
    Files, ObservedHashRequests,
    ::testing::Values(Observed{81, 65536, {{2, 0, 128, 6}}}, Observed{2, 32768, {{1, 0, 2, 0}}},
                      Observed{600, 16384, {{0, 0, 512, 9}, {0, 512, 128, 9}}},
                      Observed{513, 16384, {{0, 0, 512, 9}, {0, 512, 1, 9}}},
                      Observed{
                          1101, 16384, {{0, 0, 512, 10}, {0, 512, 512, 9}, {0, 1024, 128, 9}}}));

TEST(StockClients, are_told_of_no_piece_before_its_hashes_can_be_answered) {
  const SampleFile file(81 * 65536, 65536);
  auto peer = PlayedPeer::of_newcomer(file);
  for (const wire::Message& message : peer.says()) {
    EXPECT_FALSE(std::holds_alternative<wire::BitfieldMessage>(message));
    EXPECT_FALSE(std::holds_alternative<wire::HaveAll>(message));
    EXPECT_FALSE(std::holds_alternative<wire::Have>(message));
  }
}

// ---- T7: a message id that a client does not know ends the connection

/// The ids of all that was said, with that of the extension for extended messages.
std::set<int> ids(BytesView said) {
  std::set<int> all;
  while (!said.empty()) {
    const std::size_t length = load_be<std::uint32_t>(said.data());
    if (length > 0) {
      const int id = std::to_integer<int>(said[4]);
      all.insert(id == 20 ? 2000 + std::to_integer<int>(said[5]) : id);
    }
    said = said.subspan(4 + length);
  }
  return all;
}

/// Has a seeder and a leecher answer everything that there is, and say all they have to say.
std::set<int> ids_said_to(const PlayedPeer::Options& options) {
  const SampleFile file(12 * 65536 + 100, 65536);
  std::set<int> all;
  PlayedPeer seeder = PlayedPeer::of_seeder(file, options);
  PlayedPeer leecher = PlayedPeer::of_leecher(file, options);
  PlayedPeer newcomer(file, file.missing(), true, options);
  for (PlayedPeer* ours : {&seeder, &leecher, &newcomer}) {
    const auto listen = [&] { all.merge(ids(std::exchange(ours->protocol().outbox(), {}))); };
    listen();
    if (options.extended) {
      wire::ExtendedHandshake hello;
      hello.metadata_id = 77;
      const Bytes payload = wire::encode(hello);
      EXPECT_TRUE(ours->hears(wire::Extended{wire::kExtendedHandshakeId, payload}));
      const Bytes ask = wire::encode(wire::MetadataMessage{wire::MetadataRequest{0}});
      EXPECT_TRUE(ours->hears(wire::Extended{wire::kOurMetadataId, ask}));
    }
    const std::array all_but_the_last{std::byte{0xff}, std::byte{0xf0}};
    EXPECT_TRUE(ours->hears(wire::BitfieldMessage{all_but_the_last}));
    EXPECT_TRUE(ours->hears(wire::Unchoke{}));
    EXPECT_TRUE(ours->hears(wire::Interested{}));
    EXPECT_TRUE(ours->hears(wire::Request{{0, 0, 16384}}));
    EXPECT_TRUE(ours->hears(wire::Request{{99, 0, 16384}}));
    EXPECT_TRUE(ours->hears(wire::Cancel{{0, 0, 16384}}));
    EXPECT_TRUE(ours->hears(wire::HashRequest{{file.info().root, 2, 0, 16, 3}}));
    EXPECT_TRUE(ours->hears(wire::HashRequest{{file.info().root, 2, 1, 16, 3}}));
    ours->protocol().ask_for_more(ours->now);
    listen();
    ours->protocol().cancel(BlockRef{PieceIndex{0}, 0});
    ours->protocol().announce(PieceIndex{12});
    ours->protocol().tell_haves();
    EXPECT_TRUE(ours->waits(5s));
    listen();
    EXPECT_TRUE(ours->hears(wire::Choke{}));
    EXPECT_TRUE(ours->waits(1s));
    if (ours != &seeder) ours->protocol().download_ended();
    listen();
  }
  return all;
}

const std::vector<int> kOld{0, 1, 2, 3, 4, 5, 6, 7, 8};  // BEP 3
const std::vector<int> kHashes{21, 22, 23};              // BEP 52, to all who know the info hash

TEST(StockClients, never_hear_an_id_that_they_have_not_asked_for) {
  auto known = kOld;
  known.insert(known.end(), kHashes.begin(), kHashes.end());
  const auto plain = ids_said_to({.fast = false, .extended = false});
  EXPECT_THAT(plain, IsSubsetOf(known));
  EXPECT_THAT(plain, ::testing::IsSupersetOf({1, 2, 5, 6, 21, 22})) << "else this shows little";

  known.insert(known.end(), {14, 15, 16});
  EXPECT_THAT(ids_said_to({.fast = true, .extended = false}), IsSubsetOf(known));
  known.insert(known.end(), {2000, 2077});
  const auto all = ids_said_to({.fast = true, .extended = true});
  EXPECT_THAT(all, IsSubsetOf(known));
  EXPECT_THAT(all, ::testing::IsSupersetOf({14, 15, 16, 22, 2000, 2077}));
}

// ---- T11: requests of all kinds come mixed

class BusySeeder : public ::testing::Test {
 protected:
  BusySeeder() {
    wire::ExtendedHandshake hello;
    hello.metadata_id = 9;
    const Bytes payload = wire::encode(hello);
    EXPECT_TRUE(peer_.hears(wire::Extended{wire::kExtendedHandshakeId, payload}));
    for (std::uint32_t piece = 0; piece < 12; ++piece) {
      for (std::uint32_t begin = 0; begin < 65536; begin += 16384) {
        EXPECT_TRUE(peer_.hears(wire::Request{{piece, begin, 16384}}));
      }
    }
    peer_.says();
  }

  const SampleFile file_{12 * 65536, 65536};
  PlayedPeer peer_ = PlayedPeer::of_seeder(file_);
};

TEST_F(BusySeeder, answers_hash_requests_before_the_blocks_that_wait) {
  ASSERT_TRUE(peer_.hears(wire::HashRequest{{file_.info().root, 2, 0, 16, 3}}));
  EXPECT_THAT(peer_.says_of<wire::Hashes>(), SizeIs(1));
  EXPECT_EQ(peer_.protocol().uploads().size(), 48u);
}

TEST_F(BusySeeder, answers_metadata_requests_before_the_blocks_that_wait) {
  const Bytes ask = wire::encode(wire::MetadataMessage{wire::MetadataRequest{0}});
  ASSERT_TRUE(peer_.hears(wire::Extended{wire::kOurMetadataId, ask}));
  EXPECT_THAT(peer_.says_of<wire::Extended>(), SizeIs(1));
  EXPECT_EQ(peer_.protocol().uploads().size(), 48u);
}

TEST(BusyLeecher, serves_hashes_and_blocks_between_the_blocks_that_it_gets) {
  const SampleFile file(12 * 65536, 65536);
  const std::array<std::uint32_t, 1> one{3};
  PlayedPeer peer(file, file.with(one), true, {});
  ASSERT_TRUE(peer.hears(wire::HaveAll{}));
  ASSERT_TRUE(peer.hears(wire::Unchoke{}));
  const auto asked = peer.asks();
  ASSERT_GE(asked.size(), 4u);
  std::uint32_t begin = 0;
  for (const BlockRef block : std::span(asked).first(4)) {
    ASSERT_TRUE(peer.hears_block(block));
    ASSERT_TRUE(peer.hears(wire::HashRequest{{file.info().root, 2, 0, 16, 3}}));
    ASSERT_TRUE(peer.hears(wire::Request{{3, begin, 16384}}));
    begin += 16384;
    EXPECT_THAT(peer.says_of<wire::Hashes>(), SizeIs(1));
  }
  EXPECT_EQ(peer.protocol().received().size(), 4u);
  EXPECT_EQ(peer.protocol().uploads().size(), 4u);
}

}  // namespace
}  // namespace shoal::torrent::peer_protocol_interop_test
