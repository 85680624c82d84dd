#include <random>

#include <gtest/gtest.h>

#include "wire/extension.hpp"

namespace shoal::wire::pex_test {
namespace {

Endpoint endpoint(std::string_view text) {
  return Endpoint::parse(text).value();
}

Result<Pex> decoded(std::string_view text) {
  return decode_pex(as_bytes(text));
}

Pex sample() {
  return {.added = {{endpoint("192.0.2.1:6881"), kPexSeed | kPexReachable},
                    {endpoint("198.51.100.7:256"), 0},
                    {endpoint("[2001:db8::1]:443"), kPexReachable}},
          .dropped = {endpoint("192.0.2.9:1"), endpoint("[2001:db8::2]:2")}};
}

TEST(PeerExchange, has_the_bytes_of_bep_11) {
  const Pex pex{.added = {{endpoint("65.66.67.68:17734"), 0x31}},
                .dropped = {endpoint("97.98.99.100:25958")}};
  EXPECT_EQ(as_text(encode(pex)),
            "d5:added6:ABCDEF7:added.f1:16:added60:8:added6.f0:7:dropped6:abcdef8:dropped60:e");
}

TEST(PeerExchange, decodes_what_it_encodes) {
  EXPECT_EQ(decode_pex(encode(sample())), sample());
  EXPECT_EQ(decode_pex(encode(Pex{})), Pex{});
}

TEST(PeerExchange, missing_lists_and_flags_are_empty) {
  EXPECT_EQ(decoded("de"), Pex{});
  const Pex one{.added = {{endpoint("65.66.67.68:17734"), 0}}, .dropped = {}};
  EXPECT_EQ(decoded("d5:added6:ABCDEFe"), one);
  EXPECT_EQ(decoded("d5:added6:ABCDEF7:added.f0:e"), one);
  EXPECT_EQ(decoded("d5:addedi1e7:droppedlee"), Pex{}) << "other types count as missing";
}

TEST(PeerExchange, flags_stay_with_their_peer) {
  const auto pex = decoded(
      "d5:added12:ABCDEFGHIJKL7:added.f2:\x02\x10"
      "e");
  ASSERT_TRUE(pex);
  ASSERT_EQ(pex->added.size(), 2u);
  EXPECT_EQ(pex->added[0].flags, kPexSeed);
  EXPECT_EQ(pex->added[1].flags, kPexReachable);
}

TEST(PeerExchange, leaves_out_port_0) {
  const auto pex =
      decoded(std::string_view("d5:added12:ABCD\0\0GHIJKL7:added.f2:\x02\x10"
                               "e",
                               37));
  ASSERT_TRUE(pex);
  ASSERT_EQ(pex->added.size(), 1u);
  EXPECT_EQ(pex->added[0].endpoint, endpoint("71.72.73.74:19276"));
  EXPECT_EQ(pex->added[0].flags, kPexReachable);
}

TEST(PeerExchange, leaves_out_what_is_beyond_the_limit) {
  Pex many;
  for (std::uint16_t port = 1; port <= kMaxPexPeers + 50; ++port) {
    many.added.push_back({endpoint("192.0.2.1:" + std::to_string(port)), 0});
    many.added.push_back({endpoint("[2001:db8::1]:" + std::to_string(port)), 0});
    many.dropped.push_back(endpoint("192.0.2.2:" + std::to_string(port)));
  }
  const auto pex = decode_pex(encode(many));
  ASSERT_TRUE(pex);
  ASSERT_EQ(pex->added.size(), kMaxPexPeers);
  EXPECT_EQ(pex->added.back().endpoint.port, kMaxPexPeers);
  EXPECT_EQ(pex->dropped.size(), kMaxPexPeers);
}

TEST(PeerExchange, refuses_cut_off_addresses) {
  for (const char* text : {"d5:added5:ABCDEe", "d5:added7:ABCDEFGe", "d6:added66:ABCDEFe",
                           "d7:dropped1:Ae", "d8:dropped617:AAAAAAAAAAAAAAAAAe"}) {
    EXPECT_FALSE(decoded(text)) << text;
  }
}

TEST(PeerExchange, refuses_every_cut_and_what_is_no_dictionary) {
  const Bytes whole = encode(sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_pex(BytesView(whole).first(size))) << size;
  }
  EXPECT_FALSE(decoded("le"));
  EXPECT_FALSE(decoded("i1e"));
}

TEST(PeerExchange, one_flipped_byte_anywhere_never_breaks_the_round_trip) {
  std::mt19937 random(5);
  const Bytes whole = encode(sample());
  for (int round = 0; round < 10'000; ++round) {
    Bytes bytes = whole;
    bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    const auto pex = decode_pex(bytes);
    if (!pex) continue;
    const Bytes again = encode(*pex);
    const auto twice = decode_pex(again);
    ASSERT_TRUE(twice);
    ASSERT_EQ(encode(*twice), again);
  }
}

}  // namespace
}  // namespace shoal::wire::pex_test
