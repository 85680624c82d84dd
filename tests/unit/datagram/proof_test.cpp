// The proof at the end of datagrams, which older programs neither send nor read.
#include <gtest/gtest.h>

#include "datagram/datagram.hpp"
#include "unit/datagram/samples.hpp"

namespace shoal::datagram::proof_test {
namespace {

using samples::encoded;
using samples::hash;
using samples::v4;
using samples::v6;

constexpr Proof kProof{0x0102030405060708};

std::vector<Request> showing(Proof proof, const std::optional<Endpoint>& said) {
  return {RegisterRequest{hash<PeerId>(1), 6881, true, samples::file(), said, proof},
          HeartbeatRequest{hash<PeerId>(1), 6881, {7, hash<Digest>(9)}, said, proof},
          WithdrawRequest{hash<PeerId>(1), 6881, hash<InfoHash>(8), said, proof}};
}

const std::vector<std::optional<Endpoint>> kSaid{std::nullopt, v4(9, 7001), v6(9, 7001)};

TEST(HostProof, comes_back_as_it_was_sent_with_and_without_an_endpoint_before_it) {
  for (const auto& said : kSaid) {
    for (const Request& request : showing(kProof, said)) {
      const auto decoded = decode_request(encoded(request));
      ASSERT_TRUE(decoded);
      EXPECT_EQ(decoded->request, request) << request.index();
    }
  }
}

TEST(HostProof, follows_all_that_an_older_program_sends_and_reads) {
  for (const auto& said : kSaid) {
    for (std::size_t i = 0; i < 3; ++i) {
      const Bytes with = encoded(showing(kProof, said)[i]);
      Bytes without = encoded(showing(kNoProof, said)[i]);
      ASSERT_EQ(with.size(), without.size() + 9) << i;
      for (const int byte : {8, 1, 2, 3, 4, 5, 6, 7, 8}) without.push_back(std::byte(byte));
      EXPECT_EQ(with, without) << i;
    }
  }
}

TEST(HostProof, that_is_cut_or_another_thing_is_none) {
  for (std::size_t i = 0; i < 3; ++i) {
    Bytes bytes = encoded(showing(kProof, {})[i]);
    bytes.pop_back();
    EXPECT_EQ(decode_request(bytes)->request, showing(kNoProof, {})[i]) << i;
    bytes = encoded(showing(kProof, {})[i]);
    bytes[bytes.size() - 9] = std::byte{9};
    EXPECT_EQ(decode_request(bytes)->request, showing(kNoProof, {})[i]) << i;
  }
}

}  // namespace
}  // namespace shoal::datagram::proof_test
