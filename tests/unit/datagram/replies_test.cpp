#include <random>

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "datagram/datagram.hpp"
#include "unit/datagram/samples.hpp"

namespace shoal::datagram::replies_test {
namespace {

using samples::encoded;
using samples::hash;
using samples::v4;
using samples::v6;

/// The message can lose bytes at its end and still be one.
bool open_ended(const Reply& reply) {
  return std::holds_alternative<AnnounceReply>(reply) ||
         std::holds_alternative<ScrapeReply>(reply) || std::holds_alternative<ErrorReply>(reply);
}

TEST(Replies, come_back_as_they_were_sent) {
  for (const Reply& reply : samples::replies()) {
    const auto decoded = decode_reply(encoded(reply), false);
    ASSERT_TRUE(decoded) << reply.index() << ": " << decoded.error().message;
    EXPECT_EQ(decoded->reply, reply) << reply.index();
    EXPECT_EQ(decoded->transaction, TransactionId{0x01020304});
  }
}

TEST(Replies, cut_at_any_length_are_errors_or_say_less) {
  for (const Reply& reply : samples::replies()) {
    const Bytes whole = encoded(reply);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const auto decoded = decode_reply(cut, false);
      if (open_ended(reply))
        EXPECT_TRUE(!decoded || decoded->reply != reply) << reply.index() << " cut to " << size;
      else
        EXPECT_FALSE(decoded) << reply.index() << " cut to " << size;
    }
  }
}

TEST(Replies, of_our_own_may_have_bytes_after_their_end) {
  for (const Reply& reply : samples::replies()) {
    if (open_ended(reply)) continue;
    Bytes longer = encoded(reply);
    longer.resize(longer.size() + 5);
    const auto decoded = decode_reply(longer, false);
    ASSERT_TRUE(decoded) << reply.index();
    EXPECT_EQ(decoded->reply, reply) << reply.index();
  }
}

TEST(Replies, random_bytes_after_a_good_head_never_break_the_parser) {
  std::mt19937 random(2);
  int good = 0;
  for (const Reply& reply : samples::replies()) {
    for (int i = 0; i < 3000; ++i) {
      Bytes bytes = encoded(reply);
      bytes.resize(8);
      bytes.resize(8 + random() % 400);
      for (std::size_t at = 8; at < bytes.size(); ++at)
        bytes[at] = static_cast<std::byte>(random());
      if (const auto decoded = decode_reply(bytes, i % 2 == 0)) {
        ++good;
        EXPECT_LE(encoded(decoded->reply).size(), kMaxDatagram);
      }
    }
  }
  EXPECT_GT(good, 1000);
}

TEST(Replies, of_unknown_actions_are_errors) {
  Bytes bytes(100);
  bytes[3] = std::byte{4};
  EXPECT_FALSE(decode_reply(bytes, false));
}

TEST(Replies, announce_is_laid_out_as_BEP_15_says) {
  EXPECT_EQ(to_hex(encoded(AnnounceReply{1800, 2, 3, {v4(9, 0x1ae1)}})),
            "00000001"
            "01020304"
            "00000708"
            "00000002"
            "00000003"
            "0a010209"
            "1ae1");
}

TEST(Replies, announce_peers_have_the_stride_of_the_family) {
  const AnnounceReply reply{1800, 0, 2, {v6(1, 1), v6(2, 2)}};
  const Bytes bytes = encoded(reply);
  EXPECT_EQ(bytes.size(), 20 + 2 * 18u);
  const auto decoded = decode_reply(bytes, true);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->reply, Reply{reply});
}

TEST(Replies, announce_peers_that_make_no_whole_number_are_an_error) {
  Bytes bytes = encoded(AnnounceReply{1800, 0, 2, {v4(1, 1), v4(2, 2)}});
  EXPECT_FALSE(decode_reply(bytes, true));
  bytes.pop_back();
  EXPECT_FALSE(decode_reply(bytes, false));
}

TEST(Replies, announce_drops_peers_that_do_not_fit_or_are_of_the_other_family) {
  EXPECT_EQ(encoded(AnnounceReply{0, 0, 0, std::vector(500, v4(1, 1))}).size(), 20 + 196 * 6u);
  EXPECT_EQ(encoded(AnnounceReply{0, 0, 0, std::vector(500, v6(1, 1))}).size(), 20 + 65 * 18u);
  EXPECT_EQ(max_announce_peers(true), 196u);
  EXPECT_EQ(max_announce_peers(false), 65u);
  EXPECT_EQ(encoded(AnnounceReply{0, 0, 0, {v4(1, 1), v6(2, 2), v4(3, 3)}}).size(), 20 + 2 * 6u);
}

TEST(Replies, lookup_puts_IPv4_first_and_stops_at_60_peers) {
  const auto decoded =
      decode_reply(encoded(LookupReply{1, 16384, {}, 1, 1, {v6(1, 1), v4(2, 2)}}), false);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<LookupReply>(decoded->reply).peers, (std::vector{v4(2, 2), v6(1, 1)}));

  const Bytes full = encoded(LookupReply{1, 16384, {}, 1, 1, std::vector(99, v6(1, 1))});
  EXPECT_LE(full.size(), kMaxDatagram);
  const auto most = decode_reply(full, false);
  ASSERT_TRUE(most);
  EXPECT_EQ(std::get<LookupReply>(most->reply).peers.size(), kMaxLookupPeers);
}

TEST(Replies, lookup_with_more_peers_than_allowed_is_an_error) {
  Bytes bytes = encoded(LookupReply{});
  bytes[60] = std::byte{61};
  bytes.resize(2000);
  EXPECT_FALSE(decode_reply(bytes, false));
  bytes[60] = std::byte{60};
  EXPECT_TRUE(decode_reply(bytes, false));
}

TEST(Replies, list_says_more_when_entries_did_not_fit) {
  const ListReply page{false, std::vector(20, ListEntry{std::string(100, 'n'), 1, 2, 3})};
  const Bytes bytes = encoded(page);
  EXPECT_LE(bytes.size(), kMaxDatagram);
  const auto decoded = decode_reply(bytes, false);
  ASSERT_TRUE(decoded);
  const auto& got = std::get<ListReply>(decoded->reply);
  EXPECT_TRUE(got.more);
  EXPECT_EQ(got.files.size(),
            (kMaxDatagram - kListHead) / list_entry_size(page.files[0].name, page.kinds));
}

TEST(Replies, refusals_for_unknown_reasons_keep_their_message) {
  Bytes bytes = encoded(RefuseReply{RefuseReason::bad_name, 0, {}, "because"});
  bytes[8] = std::byte{99};
  const auto decoded = decode_reply(bytes, false);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->reply, (Reply{RefuseReply{RefuseReason::bad_request, 0, {}, "because"}}));
}

TEST(Replies, long_messages_are_cut) {
  EXPECT_EQ(encoded(ErrorReply{std::string(5000, 'e')}).size(), kMaxDatagram);
  const auto decoded = decode_reply(
      encoded(RefuseReply{RefuseReason::bad_name, 0, {}, std::string(5000, 'e')}), false);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<RefuseReply>(decoded->reply).message, std::string(255, 'e'));
}

TEST(Replies, are_appended_without_allocation_once_the_buffer_is_warm) {
  Bytes buffer;
  buffer.reserve(kMaxDatagram);
  const std::byte* where = buffer.data();
  for (const Reply& reply : samples::replies()) {
    buffer.clear();
    encode(ReplyDatagram{{}, reply}, buffer);
    EXPECT_EQ(buffer.data(), where);
  }
}

TEST(Replies, are_limited_by_themselves_in_a_buffer_that_holds_other_bytes) {
  Bytes buffer(700);
  encode(ReplyDatagram{{}, AnnounceReply{0, 0, 0, std::vector(500, v4(1, 1))}}, buffer);
  EXPECT_EQ(buffer.size(), 700 + 20 + 196 * 6u);
}

}  // namespace
}  // namespace shoal::datagram::replies_test
