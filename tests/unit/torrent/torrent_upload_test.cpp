// Whom a torrent serves, and what it shows to whom.
#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_upload_test {
namespace {

using namespace std::chrono_literals;
using Key = DrivenTorrent::Key;

const SampleFile& file() {
  static const SampleFile sample(8 * 32768, 32768);
  return sample;
}

/// It has the first piece, and so does not show it bit by bit.
DrivenTorrent half_done(DrivenTorrent::Options options = {}) {
  DrivenTorrent driven(file(), file().with({}), DrivenTorrent::Role::fetch, options);
  driven.logic.start();
  driven.disk_holds({0});
  return driven;
}

constexpr wire::BlockRange kFirst{0, 0, kBlockLength};

TEST(TorrentServes, what_is_asked_for) {
  auto seeder = half_done();
  const Key peer = seeder.joins("192.0.2.1:5000");
  seeder.writes(peer);
  seeder.says(peer, wire::Interested{});
  seeder.says(peer, wire::Request{kFirst});
  const auto written = seeder.writes(peer);
  ASSERT_EQ(written.blocks.size(), 1u);
  EXPECT_EQ(written.blocks.front(), kFirst);
  EXPECT_EQ(seeder.logic.sent(), kBlockLength);
}

TEST(TorrentServes, nothing_that_was_cancelled_before_it_went_out) {
  auto seeder = half_done();
  const Key peer = seeder.joins("192.0.2.1:5000");
  seeder.says(peer, wire::Request{kFirst});
  seeder.says(peer, wire::Cancel{kFirst});
  EXPECT_TRUE(seeder.writes(peer).blocks.empty());
}

TEST(TorrentServes, wakes_a_writer_once_until_it_comes) {
  auto seeder = half_done();
  const Key peer = seeder.joins("192.0.2.1:5000");
  seeder.writes(peer);
  seeder.woken.clear();
  seeder.says(peer, wire::Request{kFirst});
  seeder.says(peer, wire::Request{{0, kBlockLength, kBlockLength}});
  EXPECT_EQ(seeder.woken.size(), 1u);
  seeder.writes(peer);
  seeder.says(peer, wire::Request{kFirst});
  EXPECT_EQ(seeder.woken.size(), 2u);
}

TEST(TorrentServes, as_many_as_there_are_slots_and_the_next_when_one_has_left) {
  auto seeder = half_done({.upload_slots = 1});
  const Key first = seeder.joins("192.0.2.1:5000");
  const Key second = seeder.joins("192.0.2.2:5000");
  EXPECT_TRUE(seeder.writes_of<wire::Unchoke>(first).empty()) << "does not want anything yet";
  seeder.says(first, wire::Interested{});
  seeder.says(second, wire::Interested{});
  EXPECT_EQ(seeder.writes_of<wire::Unchoke>(first).size(), 1u);
  EXPECT_TRUE(seeder.writes_of<wire::Unchoke>(second).empty());
  seeder.leaves(first);
  EXPECT_EQ(seeder.writes_of<wire::Unchoke>(second).size(), 1u) << "at once";
}

TEST(TorrentServes, who_is_no_longer_interested_gives_its_slot_back) {
  auto seeder = half_done({.upload_slots = 1});
  const Key first = seeder.joins("192.0.2.1:5000");
  const Key second = seeder.joins("192.0.2.2:5000");
  seeder.says(first, wire::Interested{});
  seeder.says(second, wire::Interested{});
  seeder.says(first, wire::NotInterested{});
  EXPECT_EQ(seeder.writes_of<wire::Choke>(first).size(), 1u);
  EXPECT_EQ(seeder.writes_of<wire::Unchoke>(second).size(), 1u);
}

TEST(TorrentServes, everybody_again_when_the_number_of_slots_is_lifted) {
  auto seeder = half_done({.upload_slots = 1});
  const Key first = seeder.joins("192.0.2.1:5000");
  const Key second = seeder.joins("192.0.2.2:5000");
  for (const Key key : {first, second}) seeder.says(key, wire::Interested{});
  seeder.budget().slots.set_most(0, seeder.now);
  seeder.logic.on_slots_changed(seeder.now);
  seeder.settle();
  EXPECT_EQ(seeder.writes_of<wire::Unchoke>(second).size(), 1u);
}

TEST(TorrentServes, under_a_limit_a_block_when_it_is_the_peers_turn) {
  auto seeder = half_done();
  seeder.budget().up.set_rate(1 << 20, seeder.now);
  const Key peer = seeder.joins("192.0.2.1:5000");
  seeder.writes(peer);
  seeder.says(peer, wire::Request{kFirst});
  EXPECT_TRUE(seeder.writes(peer).blocks.empty());
  ASSERT_TRUE(seeder.budget().up.waits(peer));
  const auto turn = seeder.budget().up.next(seeder.now);
  ASSERT_TRUE(turn.has_value());
  EXPECT_EQ(turn->file, seeder.logic.id());
  EXPECT_EQ(seeder.logic.on_upload_turn(peer, turn->bytes, seeder.now), kBlockLength);
  EXPECT_EQ(seeder.writes(peer).blocks.size(), 1u);
}

TEST(TorrentServes, messages_go_out_while_a_peer_waits_for_its_turn) {
  auto seeder = half_done();
  seeder.budget().up.set_rate(1, seeder.now);
  const Key peer = seeder.joins("192.0.2.1:5000");
  seeder.says(peer, wire::Request{kFirst});
  EXPECT_FALSE(seeder.writes(peer).messages.empty());
}

TEST(TorrentServes, who_asks_for_more_than_it_reads_is_heard_again_once_it_has_read) {
  constexpr std::size_t kRefused = 20'000;
  auto seeder = half_done();
  const Key peer = seeder.joins("192.0.2.1:5000");
  seeder.writes(peer);
  Bytes frames;
  for (std::size_t i = 0; i < kRefused; ++i) wire::encode(wire::Request{{7, 0, 1}}, frames);
  std::size_t answers = 0;
  auto read = seeder.sends(peer, frames);
  for (int i = 0; i < 10 && read.behind; ++i) {
    EXPECT_FALSE(seeder.logic.may_hear(peer));
    torrent::WriteBatch batch;
    ASSERT_TRUE(seeder.logic.next_write(peer, batch, seeder.now));
    EXPECT_LE(batch.messages.size(), (64u << 10) + 17) << "waits at most";
    answers += batch.messages.size() / 17;
    seeder.logic.on_written(peer, batch, 1ms, seeder.now);
    EXPECT_TRUE(seeder.logic.may_hear(peer));
    read = seeder.goes_on(peer);
  }
  answers += seeder.writes_of<wire::Reject>(peer).size();
  EXPECT_EQ(answers, kRefused) << "nothing is lost";
  EXPECT_EQ(seeder.closed(peer), "");
}

TEST(TorrentServes, no_peer_for_longer_than_some_hundred_messages_before_others_have_their_turn) {
  auto seeder = half_done();
  const Key peer = seeder.joins("192.0.2.1:5000");
  Bytes frames;
  for (int i = 0; i < 1200; ++i) wire::encode(wire::KeepAlive{}, frames);
  wire::encode(wire::Request{kFirst}, frames);
  auto& incoming = seeder.incoming(peer);
  std::ranges::copy(frames, incoming.room(frames.size()).begin());
  incoming.received(frames.size());
  int turns = 0;
  std::size_t messages = 0;
  for (bool more = true; more; ++turns) {
    const auto read = seeder.takes_a_turn(peer);
    EXPECT_LE(read.messages, torrent::Peer::kMostTalk);
    messages += read.messages;
    more = read.more;
  }
  EXPECT_EQ(messages, 1201u);
  EXPECT_EQ(turns, 3);
  EXPECT_EQ(seeder.writes(peer).blocks.size(), 1u) << "what is asked last is heard as well";
}

/// It asks for so many bits of the first block.
void asks_for_bits(DrivenTorrent& seeder, Key peer, std::uint32_t from, std::uint32_t count) {
  for (std::uint32_t i = from; i < from + count; ++i) {
    seeder.says(peer, wire::Request{{0, i * 8, 8}});
  }
}

TEST(TorrentServes, in_small_batches_while_much_is_being_written) {
  auto seeder = half_done();
  const Key quick = seeder.joins("192.0.2.1:5000");
  asks_for_bits(seeder, quick, 0, 100);
  seeder.writes(quick);
  asks_for_bits(seeder, quick, 100, 100);
  torrent::WriteBatch batch;
  ASSERT_TRUE(seeder.logic.next_write(quick, batch, seeder.now));
  EXPECT_EQ(batch.blocks.size(), 32u);
  EXPECT_EQ(seeder.budget().being_written, 32 * kBlockLength);
  seeder.logic.on_written(quick, batch, 1ms, seeder.now);
  EXPECT_EQ(seeder.budget().being_written, 0u);

  seeder.budget().being_written = torrent::kMostBeingWritten;  // by others
  ASSERT_TRUE(seeder.logic.next_write(quick, batch, seeder.now));
  EXPECT_EQ(batch.blocks.size() * kBlockLength, 64u << 10);
  EXPECT_EQ(batch.usual_blocks, batch.blocks.size()) << "and for no more there is room made";
  seeder.leaves(quick);
  EXPECT_EQ(seeder.budget().being_written, torrent::kMostBeingWritten);
}

TEST(TorrentServes, a_peer_that_has_left_has_no_turn) {
  auto seeder = half_done();
  seeder.budget().up.set_rate(1, seeder.now);
  const Key peer = seeder.joins("192.0.2.1:5000");
  seeder.says(peer, wire::Request{kFirst});
  seeder.writes(peer);
  seeder.leaves(peer);
  EXPECT_FALSE(seeder.budget().up.waits(peer));
  EXPECT_EQ(seeder.logic.on_upload_turn(peer, kBlockLength, seeder.now), 0u);
}

TEST(TorrentShows, each_piece_to_one_peer_first) {
  auto seeder = DrivenTorrent::of_seeder(file());
  std::map<std::uint32_t, int> shown;
  for (int i = 1; i <= 2; ++i) {
    const Key peer = seeder.joins("192.0.2." + std::to_string(i) + ":5000");
    seeder.says(peer, wire::HaveNone{});
    seeder.waits(1s);
    for (const wire::Have& have : seeder.writes_of<wire::Have>(peer)) ++shown[have.piece];
  }
  EXPECT_FALSE(shown.empty());
  for (const auto& [piece, times] : shown) EXPECT_EQ(times, 1) << "piece " << piece;
}

TEST(TorrentShows, a_whole_file_at_once_once_all_of_it_is_with_others) {
  auto seeder = DrivenTorrent::of_seeder(file());
  for (int i = 1; i <= 4; ++i) {
    seeder.says(seeder.joins("192.0.2." + std::to_string(i) + ":5000"), wire::HaveAll{});
  }
  const Key newcomer = seeder.joins("192.0.2.9:5000");
  EXPECT_EQ(seeder.writes_of<wire::HaveAll>(newcomer).size(), 1u);
}

TEST(TorrentShows, leaves_of_a_piece_when_they_are_asked_for) {
  auto seeder = half_done();
  const Key peer = seeder.joins("192.0.2.1:5000");
  seeder.writes(peer);
  wire::HashRange range{.root = file().info().root, .base = 0, .index = 0, .length = 2};
  seeder.says(peer, wire::HashRequest{range});
  ASSERT_EQ(seeder.leaf_jobs.size(), 1u);
  EXPECT_EQ(seeder.leaf_jobs.front(), PieceIndex{0});
  seeder.hashes_leaves();
  EXPECT_EQ(seeder.writes_of<wire::Hashes>(peer).size(), 1u);
}

TEST(TorrentShows, leaves_that_it_has_kept_without_reading_the_piece_again) {
  auto seeder = half_done();
  const Key peer = seeder.joins("192.0.2.1:5000");
  wire::HashRange range{.root = file().info().root, .base = 0, .index = 0, .length = 2};
  seeder.says(peer, wire::HashRequest{range});
  seeder.hashes_leaves();
  const Key other = seeder.joins("192.0.2.2:5000");
  seeder.says(other, wire::HashRequest{range});
  EXPECT_TRUE(seeder.leaf_jobs.empty());
  EXPECT_EQ(seeder.writes_of<wire::Hashes>(other).size(), 1u);
}

TEST(TorrentShows, leaves_to_each_peer_after_it_was_refused_too_much_for_now) {
  auto seeder = half_done();
  wire::HashRange range{.root = file().info().root, .base = 0, .index = 0, .length = 2};
  std::vector<Key> crowd;
  for (std::size_t i = 0; i <= torrent::LeafDesk::kMostWaiting; ++i) {
    crowd.push_back(seeder.joins("192.0.2.1:" + std::to_string(5000 + i)));
    seeder.says(crowd.back(), wire::HashRequest{range});
  }
  seeder.hashes_leaves();
  EXPECT_EQ(seeder.writes_of<wire::Hashes>(crowd.front()).size(), 1u);
  EXPECT_TRUE(seeder.writes_of<wire::Hashes>(crowd.back()).empty());
  seeder.says(crowd.back(), wire::HashRequest{range});
  EXPECT_EQ(seeder.writes_of<wire::Hashes>(crowd.back()).size(), 1u);
}

TEST(TorrentShows, answers_nobody_who_has_left_meanwhile) {
  auto seeder = half_done();
  const Key peer = seeder.joins("192.0.2.1:5000");
  wire::HashRange range{.root = file().info().root, .base = 0, .index = 0, .length = 2};
  seeder.says(peer, wire::HashRequest{range});
  ASSERT_EQ(seeder.leaf_jobs.size(), 1u);
  seeder.leaves(peer);
  seeder.woken.clear();
  seeder.hashes_leaves();
  EXPECT_TRUE(seeder.woken.empty());
}

}  // namespace
}  // namespace shoal::test::torrent_upload_test
