// Endpoints at the end of datagrams, which older programs neither send nor read.
#include <algorithm>

#include <gtest/gtest.h>

#include "datagram/datagram.hpp"
#include "unit/datagram/samples.hpp"

namespace shoal::datagram::last_endpoint_test {
namespace {

using samples::encoded;
using samples::hash;
using samples::v4;
using samples::v6;

std::vector<Request> saying(const std::optional<Endpoint>& said) {
  return {RegisterRequest{hash<PeerId>(1), 6881, true, samples::file(), said},
          HeartbeatRequest{hash<PeerId>(1), 6881, {7, hash<Digest>(9)}, said},
          WithdrawRequest{hash<PeerId>(1), 6881, hash<InfoHash>(8), said}};
}

std::vector<Reply> telling(const std::optional<Endpoint>& seen) {
  return {RegisterReply{{30'000, 45'000}, seen},
          LookupReply{1, 16384, hash<Digest>(6), 5, 6, {v4(1, 1001), v6(3, 3)}, seen}};
}

Bytes first(const Bytes& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST(LastEndpoint, comes_back_as_it_was_sent) {
  for (const Endpoint& endpoint : {v4(9, 7001), v6(9, 7001)}) {
    for (const Request& request : saying(endpoint)) {
      const auto decoded = decode_request(encoded(request));
      ASSERT_TRUE(decoded);
      EXPECT_EQ(decoded->request, request) << request.index();
    }
    for (const Reply& reply : telling(endpoint)) {
      const auto decoded = decode_reply(encoded(reply), false);
      ASSERT_TRUE(decoded);
      EXPECT_EQ(decoded->reply, reply) << reply.index();
    }
  }
}

TEST(LastEndpoint, follows_all_that_an_older_program_sends_and_reads) {
  for (const Endpoint& endpoint : {v4(9, 7001), v6(9, 7001)}) {
    const std::size_t size = endpoint.address.is_v4() ? 1 + 4 + 2 : 1 + 16 + 2;
    for (std::size_t i = 0; i < saying({}).size(); ++i) {
      const Bytes with = encoded(saying(endpoint)[i]), without = encoded(saying({})[i]);
      EXPECT_EQ(first(with, without.size()), without) << i;
      EXPECT_EQ(with.size(), without.size() + size) << i;
    }
    for (std::size_t i = 0; i < telling({}).size(); ++i) {
      const Bytes with = encoded(telling(endpoint)[i]), without = encoded(telling({})[i]);
      EXPECT_EQ(first(with, without.size()), without) << i;
      EXPECT_EQ(with.size(), without.size() + size) << i;
    }
  }
}

TEST(LastEndpoint, that_is_cut_or_of_another_kind_is_none) {
  for (const Endpoint& endpoint : {v4(9, 7001), v6(9, 7001)}) {
    for (std::size_t i = 0; i < saying({}).size(); ++i) {
      const Bytes with = encoded(saying(endpoint)[i]);
      const std::size_t begin = encoded(saying({})[i]).size();
      for (std::size_t size = begin; size < with.size(); ++size) {
        const auto decoded = decode_request(first(with, size));
        ASSERT_TRUE(decoded) << size;
        EXPECT_EQ(decoded->request, saying({})[i]) << size;
      }
      for (int kind = 0; kind < 256; ++kind) {
        if (kind == 4 || kind == 6 || kind == 8) continue;  // the last is a proof
        Bytes other = with;
        other[begin] = static_cast<std::byte>(kind);
        const auto decoded = decode_request(other);
        ASSERT_TRUE(decoded) << kind;
        EXPECT_EQ(decoded->request, saying({})[i]) << kind;
      }
    }
  }
}

TEST(LastEndpoint, fits_behind_the_longest_answer) {
  const Bytes full = encoded(
      LookupReply{1, 16384, {}, 60, 0, std::vector(kMaxLookupPeers, v6(1, 1)), v6(9, 7001)});
  EXPECT_LE(full.size(), kMaxDatagram);
  const auto decoded = decode_reply(full, true);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<LookupReply>(decoded->reply).peers.size(), kMaxLookupPeers);
  EXPECT_EQ(std::get<LookupReply>(decoded->reply).asker, v6(9, 7001));
}

}  // namespace
}  // namespace shoal::datagram::last_endpoint_test
