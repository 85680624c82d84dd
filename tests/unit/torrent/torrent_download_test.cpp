// How a file comes in: what is asked for, when others hear of it, when it is whole, and what
// happens when the disk or a connection fails in between.
#include <gtest/gtest.h>

#include "support/driven_torrent.hpp"

namespace shoal::test::torrent_download_test {
namespace {

using namespace std::chrono_literals;
using Key = DrivenTorrent::Key;

const SampleFile& file() {
  static const SampleFile sample(8 * 32768, 32768);
  return sample;
}

Key joins_with_everything(DrivenTorrent& leecher, const std::string& address) {
  const Key key = leecher.joins(address);
  leecher.says(key, wire::HaveAll{});
  leecher.says(key, wire::Unchoke{});
  return key;
}

/// Serves what is asked for until nothing more is.
void serves(DrivenTorrent& leecher, Key key) {
  for (;;) {
    const auto asked = leecher.asks(key);
    if (asked.empty()) return;
    for (const BlockRef block : asked) leecher.sends_block(key, block);
    leecher.drains(key);
    leecher.disk_stores();
  }
}

TEST(TorrentFetches, the_whole_file_and_has_it_finished_once) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  serves(leecher, seeder);
  EXPECT_TRUE(leecher.logic.content().complete());
  EXPECT_EQ(leecher.logic.fetched(), file().info().length);
  EXPECT_EQ(leecher.finishes, 1);
  leecher.waits(5s);
  EXPECT_EQ(leecher.finishes, 1);
}

TEST(TorrentFetches, nothing_before_the_disk_was_looked_at) {
  DrivenTorrent leecher(file(), file().with({}), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.settle();
  EXPECT_EQ(leecher.checks, 1);
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  EXPECT_TRUE(leecher.asks(seeder).empty());
  leecher.disk_holds({});
  EXPECT_FALSE(leecher.asks(seeder).empty());
}

TEST(TorrentFetches, what_the_disk_lacks_while_it_is_still_being_looked_at) {
  DrivenTorrent leecher(file(), file().with({}), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.settle();
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  leecher.logic.on_check_begins();
  leecher.logic.on_checked(PieceIndex{0}, true, leecher.now);
  leecher.logic.on_checked(PieceIndex{1}, false, leecher.now);
  leecher.waits(300ms);
  const auto asked = leecher.asks(seeder);
  ASSERT_FALSE(asked.empty());
  for (const BlockRef block : asked) EXPECT_EQ(block.piece, PieceIndex{1});
}

TEST(TorrentFetches, the_layer_first_where_it_is_not_known) {
  DrivenTorrent leecher(file(), file().missing(), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.settle();
  EXPECT_EQ(leecher.checks, 0);
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  const auto requests = leecher.writes_of<wire::HashRequest>(seeder);
  ASSERT_EQ(requests.size(), 1u);
  const auto& range = requests.front().range;
  const auto layers = file().layers();
  Bytes hashes;
  for (const Digest& hash :
       layers.answer({range.root, range.base, range.index, range.length, range.proof})) {
    hashes.insert(hashes.end(), hash.bytes.begin(), hash.bytes.end());
  }
  leecher.says(seeder, wire::Hashes{range, hashes});
  EXPECT_EQ(leecher.checks, 1);
}

TEST(TorrentFetches, only_what_the_disk_does_not_hold_and_tells_of_the_rest) {
  DrivenTorrent leecher(file(), file().with({}), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.settle();
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  const Key other = leecher.joins("192.0.2.2:5000");
  leecher.writes(other);
  leecher.disk_holds({2});
  leecher.waits(100ms);
  const auto haves = leecher.writes_of<wire::Have>(other);
  ASSERT_EQ(haves.size(), 1u);
  EXPECT_EQ(haves.front().piece, 2u);
  serves(leecher, seeder);
  EXPECT_EQ(leecher.logic.fetched(), file().info().length - 32768);
  EXPECT_EQ(leecher.finishes, 1);
}

TEST(TorrentFetches, nothing_when_the_disk_holds_all_of_it) {
  DrivenTorrent leecher(file(), file().with({}), DrivenTorrent::Role::fetch, {});
  leecher.logic.start();
  leecher.disk_holds({0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(leecher.finishes, 1);
  EXPECT_EQ(leecher.logic.fetched(), 0u);
}

TEST(TorrentFetches, blocks_of_a_peer_that_has_left_count) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  const auto asked = leecher.asks(seeder);
  ASSERT_GE(asked.size(), 2u);
  leecher.sends_block(seeder, asked[0]);
  leecher.sends_block(seeder, asked[1]);
  leecher.leaves(seeder);
  leecher.disk_stores();
  EXPECT_EQ(leecher.logic.arrived(), 2 * kBlockLength);
  const Key other = joins_with_everything(leecher, "192.0.2.2:5000");
  const auto rest = leecher.asks(other);
  EXPECT_EQ(std::ranges::find(rest, asked[0]), rest.end()) << "not asked for again";
}

TEST(TorrentFetches, of_others_what_a_peer_owed_that_has_left) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key first = joins_with_everything(leecher, "192.0.2.1:5000");
  const auto owed = leecher.asks(first);
  ASSERT_FALSE(owed.empty());
  leecher.leaves(first);
  const Key second = joins_with_everything(leecher, "192.0.2.2:5000");
  serves(leecher, second);
  EXPECT_EQ(leecher.finishes, 1);
}

TEST(TorrentFetches, hands_blocks_to_the_disk_when_the_socket_is_empty) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  leecher.sends_block(seeder, leecher.asks(seeder).front());
  EXPECT_TRUE(leecher.stores.empty());
  leecher.drains(seeder);
  ASSERT_EQ(leecher.stores.size(), 1u);
  EXPECT_EQ(leecher.stores.front()->blocks.size(), 1u);
}

TEST(TorrentFetches, names_the_sender_as_it_was_known_when_its_first_block_came) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  const auto asked = leecher.asks(seeder);
  leecher.sends_block(seeder, asked[0]);
  leecher.drains(seeder);
  wire::ExtendedHandshake hello;
  hello.listen_port = 7000;
  const Bytes payload = wire::encode(hello);
  leecher.says(seeder, wire::Extended{wire::kExtendedHandshakeId, payload});
  leecher.sends_block(seeder, asked[1]);
  leecher.drains(seeder);
  ASSERT_EQ(leecher.stores.size(), 2u);
  EXPECT_EQ(leecher.stores[0]->from, leecher.stores[1]->from) << "one sender, not two";
}

TEST(TorrentFetches, reads_no_more_while_four_mebibytes_wait_for_the_disk) {
  static const SampleFile large(512 * kBlockLength, 8 * kBlockLength);
  auto leecher = DrivenTorrent::of_leecher(large);
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  while (leecher.logic.may_receive()) {
    const auto asked = leecher.asks(seeder);
    ASSERT_FALSE(asked.empty());
    for (const BlockRef block : asked) leecher.sends_block(seeder, block);
    leecher.drains(seeder);
  }
  // Nobody is judged for a silence that is our own.
  leecher.waits(10min);
  EXPECT_EQ(leecher.closed(seeder), "");
  leecher.disk_stores();
  EXPECT_TRUE(leecher.logic.may_receive());
}

TEST(TorrentFetches, tells_others_of_a_piece_within_a_tenth_of_a_second) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  const Key other = leecher.joins("192.0.2.2:5000");
  leecher.writes(other);
  const auto asked = leecher.asks(seeder);
  for (const BlockRef block : asked) leecher.sends_block(seeder, block);
  leecher.drains(seeder);
  leecher.disk_stores();
  leecher.woken.clear();
  leecher.waits(100ms);
  EXPECT_NE(std::ranges::find(leecher.woken, other), leecher.woken.end());
  EXPECT_FALSE(leecher.writes_of<wire::Have>(other).empty());
}

TEST(TorrentFetches, under_a_limit_when_it_is_the_peers_turn) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.budget().down.set_rate(1 << 20, leecher.now);
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  EXPECT_TRUE(leecher.asks(seeder).empty());
  EXPECT_TRUE(leecher.logic.held_back());
  const auto turn = leecher.budget().down.next(leecher.now);
  ASSERT_TRUE(turn.has_value());
  const auto used = leecher.logic.on_download_turn(seeder, 2 * kBlockLength, leecher.now);
  leecher.settle();
  EXPECT_EQ(used, 2 * kBlockLength);
  EXPECT_EQ(leecher.asks(seeder).size(), 2u);
}

TEST(TorrentFails, when_the_disk_cannot_be_written) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  leecher.sends_block(seeder, leecher.asks(seeder).front());
  leecher.drains(seeder);
  auto batch = std::move(leecher.stores.front());
  leecher.stores.clear();
  leecher.logic.on_stored(std::move(batch), fail(Errc::io, "the disk is full"), leecher.now);
  leecher.settle();
  ASSERT_TRUE(leecher.failed.has_value());
  EXPECT_EQ(leecher.failed->message, "the disk is full");
  EXPECT_EQ(leecher.closed(seeder), "we are leaving");
  EXPECT_TRUE(leecher.logic.closed());
}

TEST(TorrentFails, once) {
  auto leecher = DrivenTorrent::of_leecher(file());
  leecher.logic.give_up({Errc::io, "first"});
  leecher.logic.give_up({Errc::io, "second"});
  leecher.settle();
  EXPECT_EQ(leecher.failed->message, "first");
}

TEST(TorrentFails, what_comes_for_a_closed_one_is_still_to_be_stored_but_proves_nothing) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  for (const BlockRef block : leecher.asks(seeder)) leecher.sends_block(seeder, block);
  leecher.logic.close();
  leecher.settle();
  leecher.leaves(seeder);
  EXPECT_FALSE(leecher.stores.empty());
  leecher.disk_stores();
  EXPECT_EQ(leecher.logic.content().bytes(), 0u);
  EXPECT_EQ(leecher.finishes, 0);
}

TEST(TorrentFails, calls_that_name_a_peer_that_has_gone_do_nothing) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key peer = joins_with_everything(leecher, "192.0.2.1:5000");
  leecher.leaves(peer);
  torrent::ReceiveBuffer incoming;
  torrent::WriteBatch batch;
  EXPECT_FALSE(leecher.logic.next_write(peer, batch, leecher.now));
  EXPECT_FALSE(leecher.logic.on_opened(peer, {}, leecher.now));
  leecher.logic.on_bytes(peer, incoming, leecher.now);
  leecher.logic.on_drained(peer);
  leecher.logic.on_written(peer, batch, 0ms, leecher.now);
  leecher.logic.on_closed(peer, leecher.now);
  EXPECT_EQ(leecher.logic.on_download_turn(peer, kBlockLength, leecher.now), 0u);
  EXPECT_EQ(leecher.logic.peers(), 0u);
}

TEST(TorrentFails, not_when_time_is_told_too_often) {
  auto leecher = DrivenTorrent::of_leecher(file());
  const Key seeder = joins_with_everything(leecher, "192.0.2.1:5000");
  leecher.asks(seeder);
  leecher.waits(1s);
  const auto before = leecher.logic.next_deadline(leecher.now);
  leecher.woken.clear();
  leecher.logic.on_time(leecher.now);
  leecher.settle();
  EXPECT_EQ(leecher.logic.next_deadline(leecher.now), before);
  EXPECT_TRUE(leecher.woken.empty());
}

TEST(TorrentIdle, has_no_deadline_when_it_is_whole_and_nobody_is_there) {
  auto seeder = DrivenTorrent::of_seeder(file());
  EXPECT_EQ(seeder.logic.next_deadline(seeder.now), std::nullopt);
  const Key peer = seeder.joins("192.0.2.1:5000");
  EXPECT_TRUE(seeder.logic.next_deadline(seeder.now).has_value());
  seeder.leaves(peer);
  EXPECT_EQ(seeder.logic.next_deadline(seeder.now), std::nullopt);
}

}  // namespace
}  // namespace shoal::test::torrent_download_test
