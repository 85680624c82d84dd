#include "torrent/peer/receive_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace shoal::torrent::receive_buffer_test {
namespace {

constexpr std::size_t kFrame = 4;

/// Puts `size` bytes in, as a socket would.
void fill(ReceiveBuffer& buffer, std::size_t size, std::byte with = std::byte{1}) {
  const MutableBytes room = buffer.room(kFrame);
  ASSERT_GE(room.size(), size);
  std::ranges::fill(room.first(size), with);
  buffer.received(size);
}

TEST(ReceiveBuffer, starts_small_and_grows_when_a_read_brings_a_block) {
  ReceiveBuffer buffer;
  EXPECT_EQ(buffer.room(kFrame).size(), ReceiveBuffer::kSmall);
  fill(buffer, 20000);
  buffer.decoded(20000);
  EXPECT_EQ(buffer.room(kFrame).size(), ReceiveBuffer::kLarge);
}

TEST(ReceiveBuffer, shrinks_when_reads_are_small_again) {
  ReceiveBuffer buffer;
  fill(buffer, 20000);
  buffer.decoded(20000);
  fill(buffer, 17);
  buffer.decoded(17);
  EXPECT_EQ(buffer.room(kFrame).size(), ReceiveBuffer::kSmall);
}

TEST(ReceiveBuffer, uses_the_same_memory_again_when_nobody_holds_it) {
  ReceiveBuffer buffer;
  const std::byte* const at = buffer.room(kFrame).data();
  fill(buffer, 100);
  buffer.decoded(100);
  EXPECT_EQ(buffer.room(kFrame).data(), at);
}

TEST(ReceiveBuffer, goes_on_behind_what_is_held) {
  ReceiveBuffer buffer;
  const std::byte* const at = buffer.room(kFrame).data();
  fill(buffer, 100);
  const ChunkPtr held = buffer.share();
  buffer.decoded(100);
  EXPECT_EQ(buffer.room(kFrame).data(), at + 100);
}

TEST(ReceiveBuffer, takes_a_chunk_up_again_once_its_blocks_are_stored) {
  ReceiveBuffer buffer;
  const std::byte* const first = buffer.room(kFrame).data();
  fill(buffer, 10000);
  ChunkPtr held = buffer.share();
  buffer.decoded(10000);
  fill(buffer, 15000);
  buffer.decoded(15000);
  const std::byte* const second = buffer.room(kFrame).data();  // too little was left of the first
  EXPECT_TRUE(second < first || second >= first + ReceiveBuffer::kSmall);
  const ChunkPtr held_too = buffer.share();
  held.reset();
  fill(buffer, 15000);
  buffer.decoded(15000);
  fill(buffer, 12000);
  buffer.decoded(12000);
  EXPECT_EQ(buffer.room(kFrame).data(), first);
}

TEST(ReceiveBuffer, holds_no_memory_while_it_rests) {
  const auto pool = std::make_shared<ChunkPool>();
  ReceiveBuffer quiet(pool);
  const std::byte* const at = quiet.room(kFrame).data();
  fill(quiet, 100);
  quiet.decoded(100);
  quiet.rest();
  ReceiveBuffer other(pool);
  EXPECT_EQ(other.room(kFrame).data(), at);
  fill(quiet, 100, std::byte{7});
  EXPECT_EQ(quiet.pending().size(), 100u);
  EXPECT_NE(quiet.pending().data(), at);
}

TEST(ReceiveBuffer, rests_with_the_frame_that_has_begun) {
  ReceiveBuffer buffer;
  fill(buffer, 100, std::byte{7});
  buffer.decoded(60);
  buffer.rest();
  ASSERT_EQ(buffer.pending().size(), 40u);
  EXPECT_EQ(buffer.pending().front(), std::byte{7});
  EXPECT_EQ(buffer.room(kFrame).size(), ReceiveBuffer::kSmall - 100);
}

TEST(ReceiveBuffer, leaves_what_is_held_alone_when_it_has_rested) {
  ReceiveBuffer buffer;
  fill(buffer, 100, std::byte{7});
  const BytesView view = buffer.pending();
  const ChunkPtr held = buffer.share();
  buffer.decoded(100);
  buffer.rest();
  fill(buffer, 100, std::byte{1});
  EXPECT_TRUE(std::ranges::all_of(view, [](std::byte b) { return b == std::byte{7}; }));
}

TEST(ReceiveBuffer, keeps_an_incomplete_frame_when_it_changes_memory) {
  ReceiveBuffer buffer;
  fill(buffer, 10000, std::byte{1});
  fill(buffer, 15000, std::byte{2});
  const ChunkPtr held = buffer.share();
  buffer.decoded(10000);
  const MutableBytes room = buffer.room(100000);
  EXPECT_GE(room.size(), 100000u - 15000u);
  ASSERT_EQ(buffer.pending().size(), 15000u);
  EXPECT_TRUE(std::ranges::all_of(buffer.pending(), [](std::byte b) { return b == std::byte{2}; }));
}

TEST(ReceiveBuffer, has_room_for_the_whole_of_a_frame_beyond_its_usual_size) {
  ReceiveBuffer buffer;
  const std::size_t frame = 3 * ReceiveBuffer::kLarge;
  fill(buffer, 4);
  const std::byte* at = nullptr;
  std::size_t copies = 0;
  while (buffer.pending().size() < frame) {
    const MutableBytes room = buffer.room(frame);
    ASSERT_GE(room.size(), frame - buffer.pending().size());
    const std::byte* const begin = buffer.pending().data();
    copies += begin != at ? 1 : 0;
    at = begin;
    buffer.received(std::min<std::size_t>(1000, frame - buffer.pending().size()));
  }
  EXPECT_LE(copies, 2u) << "a frame must not be copied again and again while it trickles in";
}

TEST(ReceiveBuffer, has_room_even_when_all_that_is_pending_is_left_undecoded) {
  ReceiveBuffer buffer;
  for (int i = 0; i < 20; ++i) {
    const MutableBytes room = buffer.room(kFrame);
    ASSERT_FALSE(room.empty());
    std::ranges::fill(room, static_cast<std::byte>(i));
    buffer.received(room.size());
  }
  EXPECT_EQ(buffer.pending().front(), std::byte{0});
  EXPECT_EQ(buffer.pending().back(), std::byte{19});
}

/// A stream of numbers goes through; some spans of it are held for a while, as blocks are that wait
/// for the disk. Whatever the sizes, neither they nor what is pending may change.
TEST(ReceiveBuffer, never_overwrites_what_is_held_nor_what_is_pending) {
  struct Held {
    ChunkPtr chunk;
    BytesView view;
    std::uint64_t begins_with;
  };
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) { return random() % bound; };
    const auto byte_at = [](std::uint64_t i) { return static_cast<std::byte>(i * 131 >> 5); };
    const auto check = [&](BytesView view, std::uint64_t from) {
      for (std::size_t i = 0; i < view.size(); i += 61) {
        ASSERT_EQ(view[i], byte_at(from + i)) << "seed " << seed;
      }
    };
    ReceiveBuffer buffer;
    std::deque<Held> held;
    std::uint64_t written = 0;
    std::uint64_t decoded = 0;
    std::size_t frame = kFrame;
    for (int round = 0; round < 600; ++round) {
      const MutableBytes room = buffer.room(frame);
      const std::size_t pending = buffer.pending().size();
      ASSERT_GE(pending + room.size(), frame);
      ASSERT_FALSE(room.empty());
      const std::size_t most =
          below(4) == 0 ? room.size() : std::min<std::size_t>(room.size(), 20000);
      const std::size_t size = 1 + below(most);
      for (std::size_t i = 0; i < size; ++i) room[i] = byte_at(written + i);
      buffer.received(size);
      written += size;
      check(buffer.pending(), decoded);
      while (buffer.pending().size() >= frame) {
        if (below(3) != 0) held.push_back({buffer.share(), buffer.pending().first(frame), decoded});
        buffer.decoded(frame);
        decoded += frame;
        frame = below(10) == 0 ? 1 + below(300000) : 1 + below(17000);
      }
      while (!held.empty() && below(40) < held.size()) {
        const auto which = static_cast<std::ptrdiff_t>(below(held.size()));
        check(held[static_cast<std::size_t>(which)].view,
              held[static_cast<std::size_t>(which)].begins_with);
        held.erase(held.begin() + which);
      }
    }
    for (const Held& each : held) check(each.view, each.begins_with);
  }
}

}  // namespace
}  // namespace shoal::torrent::receive_buffer_test
