#include <random>

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "datagram/datagram.hpp"
#include "unit/datagram/samples.hpp"

namespace shoal::datagram::requests_test {
namespace {

using samples::encoded;
using samples::hash;

/// The message can lose bytes at its end and still be one: a list of hashes without a count.
bool open_ended(const Request& request) {
  return std::holds_alternative<ScrapeRequest>(request);
}

TEST(Requests, come_back_as_they_were_sent) {
  for (const Request& request : samples::requests()) {
    const auto decoded = decode_request(encoded(request));
    ASSERT_TRUE(decoded) << request.index() << ": " << decoded.error().message;
    EXPECT_EQ(decoded->request, request) << request.index();
    EXPECT_EQ(decoded->transaction, TransactionId{0x01020304});
    const bool connects = std::holds_alternative<ConnectRequest>(request);
    EXPECT_EQ(decoded->connection, ConnectionId{connects ? kConnectMagic : 0x0badcafe0badcafe});
  }
}

TEST(Requests, cut_at_any_length_are_errors) {
  for (const Request& request : samples::requests()) {
    const Bytes whole = encoded(request);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const auto decoded = decode_request(cut);
      if (open_ended(request) && size >= 36) {
        ASSERT_TRUE(decoded) << size;
        EXPECT_NE(decoded->request, request) << size;
      } else {
        EXPECT_FALSE(decoded) << request.index() << " cut to " << size;
      }
    }
  }
}

TEST(Requests, may_have_bytes_after_their_end) {
  for (const Request& request : samples::requests()) {
    Bytes longer = encoded(request);
    longer.insert(longer.end(), {std::byte{0x02}, std::byte{0x01}, std::byte{0x2f}});  // BEP 41
    const auto decoded = decode_request(longer);
    ASSERT_TRUE(decoded) << request.index();
    EXPECT_EQ(decoded->request, request) << request.index();
  }
}

TEST(Requests, random_bytes_after_a_good_head_never_break_the_parser) {
  std::mt19937 random(1);
  int good = 0;
  for (const Request& request : samples::requests()) {
    for (int i = 0; i < 3000; ++i) {
      Bytes bytes = encoded(request);
      bytes.resize(16);
      bytes.resize(16 + random() % 400);
      for (std::size_t at = 16; at < bytes.size(); ++at)
        bytes[at] = static_cast<std::byte>(random());
      if (const auto decoded = decode_request(bytes)) {
        ++good;
        EXPECT_LE(encoded(decoded->request).size(), kMaxDatagram);
      }
    }
  }
  EXPECT_GT(good, 1000);
}

TEST(Requests, of_unknown_actions_are_errors) {
  for (const std::uint32_t action : {3u, 4u, 0x4E4F5045u, 0xffffffffu}) {
    Bytes bytes(200);
    store_be(action, bytes.data() + 8);
    EXPECT_FALSE(decode_request(bytes)) << action;
  }
}

TEST(Requests, connect_needs_the_magic_number) {
  Bytes bytes = encoded(ConnectRequest{});
  EXPECT_EQ(to_hex(bytes), "00000417271019800000000001020304");
  bytes[0] = std::byte{1};
  EXPECT_FALSE(decode_request(bytes));
}

TEST(Requests, announce_is_laid_out_as_BEP_15_says) {
  const Bytes bytes =
      encoded(AnnounceRequest{hash<InfoHash20>(0x10), hash<PeerId>(0x40), 0x51, 0x52, 0x53,
                              AnnounceEvent::stopped, 0x54, -1, 0x1ae1});
  EXPECT_EQ(to_hex(bytes),
            "0badcafe0badcafe"
            "00000001"
            "01020304"
            "101112131415161718191a1b1c1d1e1f20212223"
            "404142434445464748494a4b4c4d4e4f50515253"
            "0000000000000051"
            "0000000000000052"
            "0000000000000053"
            "00000003"
            "00000000"
            "00000054"
            "ffffffff"
            "1ae1");
}

TEST(Requests, announce_with_an_unknown_event_is_an_ordinary_one) {
  Bytes bytes = encoded(AnnounceRequest{});
  store_be(std::uint32_t{4}, bytes.data() + 80);
  const auto decoded = decode_request(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<AnnounceRequest>(decoded->request).event, AnnounceEvent::none);
}

TEST(Requests, scrape_takes_74_hashes_at_most_and_one_at_least) {
  Bytes bytes = encoded(ScrapeRequest{});
  EXPECT_FALSE(decode_request(bytes));
  bytes.resize(16 + 100 * 20);
  const auto decoded = decode_request(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<ScrapeRequest>(decoded->request).info_hashes.size(), kMaxScrape);
}

TEST(Requests, are_never_longer_than_a_datagram_may_be) {
  EXPECT_LE(encoded(ScrapeRequest{std::vector<InfoHash20>(500)}).size(), kMaxDatagram);
  EXPECT_LE(encoded(ListRequest{std::string(9999, 'a'), std::string(9999, 'b')}).size(),
            kMaxDatagram);
}

TEST(Requests, are_appended_without_allocation_once_the_buffer_is_warm) {
  Bytes buffer;
  buffer.reserve(kMaxDatagram);
  const std::byte* where = buffer.data();
  for (const Request& request : samples::requests()) {
    buffer.clear();
    encode(RequestDatagram{{}, {}, request}, buffer);
    EXPECT_EQ(buffer.data(), where);
  }
}

TEST(Head, needs_16_bytes) {
  Bytes bytes(16);
  bytes[0] = std::byte{0x80};
  bytes[11] = std::byte{7};
  bytes[15] = std::byte{9};
  const auto head = decode_head(bytes);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->connection, 0x8000000000000000u);
  EXPECT_EQ(head->action, 7u);
  EXPECT_EQ(head->transaction, TransactionId{9});
  bytes.pop_back();
  EXPECT_FALSE(decode_head(bytes));
}

TEST(FileSet, is_the_same_in_any_order_and_after_removal) {
  FileSet a, b;
  a.add(hash<InfoHash>(1));
  a.add(hash<InfoHash>(2));
  b.add(hash<InfoHash>(3));
  b.add(hash<InfoHash>(2));
  b.add(hash<InfoHash>(1));
  EXPECT_NE(a, b);
  b.remove(hash<InfoHash>(3));
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.count, 2u);
  a.remove(hash<InfoHash>(1));
  EXPECT_EQ(a.digest.bytes, hash<InfoHash>(2).bytes);
}

}  // namespace
}  // namespace shoal::datagram::requests_test
