#include "metainfo/magnet.hpp"

#include <cctype>

#include <gmock/gmock.h>

#include "metainfo/percent.hpp"
#include "support/vectors.hpp"

namespace shoal::magnet_test {
namespace {

using namespace std::string_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const std::string kHex = std::string(60, '0') + "abcd";
const std::string kTopic = "xt=urn:btmh:1220" + kHex;
const std::string kLink = "magnet:?" + kTopic;

TEST(MagnetLink, equals_every_vector) {
  for (const test::Vector& vector : test::vectors()) {
    EXPECT_EQ(magnet_link(vector.file, {}), vector.magnet) << vector.file.name;
  }
}

TEST(MagnetLink, trackers_become_udp_urls) {
  const test::Vector& vector = test::vectors().front();
  const std::vector<std::string> trackers{"tracker.example:6000", "[2001:db8::1]:7"};
  EXPECT_EQ(magnet_link(vector.file, trackers), vector.magnet +
                                                    "&tr=udp%3A%2F%2Ftracker.example%3A6000" +
                                                    "&tr=udp%3A%2F%2F%5B2001%3Adb8%3A%3A1%5D%3A7");
}

TEST(MagnetLink, names_are_percent_encoded) {
  FileInfo file = test::vectors().front().file;
  file.name = "a b&c=d+e%ä.iso";
  EXPECT_THAT(magnet_link(file, {}), HasSubstr("&dn=a%20b%26c%3Dd%2Be%25%C3%A4.iso"));
  const std::vector<std::string> peers{"host.example:7001", "[2001:db8::1]:7001"};
  EXPECT_THAT(magnet_link(file, {}, peers),
              EndsWith("&x.pe=host.example:7001&x.pe=[2001:db8::1]:7001"));
}

TEST(ParseMagnet, reads_every_vector) {
  for (const test::Vector& vector : test::vectors()) {
    const auto magnet = parse_magnet(vector.magnet);
    ASSERT_TRUE(magnet) << vector.magnet;
    EXPECT_EQ(*magnet, (Magnet{vector.info_hash, vector.file.name, {}, {}}));
  }
}

TEST(ParseMagnet, round_trips_what_format_writes) {
  Magnet magnet{*parse_magnet(kLink)};
  magnet.name = "every byte: ";
  for (int c = 0; c < 256; ++c) magnet.name += static_cast<char>(c);
  magnet.trackers = {"udp://a.example:1", "udp://b.example:2/announce?x=1&y=2"};
  magnet.peers = {"192.0.2.1:6881", "[2001:db8::1]:6881"};
  EXPECT_EQ(parse_magnet(format(magnet)), magnet);
}

TEST(ParseMagnet, peers_are_written_as_stock_clients_read_them) {
  Magnet magnet{*parse_magnet(kLink)};
  magnet.peers = {"[2001:db8::1]:6881"};
  EXPECT_EQ(format(magnet), kLink + "&x.pe=[2001:db8::1]:6881");
}

TEST(ParseMagnet, takes_any_order_upper_case_hex_and_an_encoded_topic) {
  std::string upper = kHex;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  const auto expected = parse_magnet(kLink + "&dn=x");
  ASSERT_TRUE(expected);
  EXPECT_EQ(parse_magnet("magnet:?dn=x&" + kTopic), expected);
  EXPECT_EQ(parse_magnet("magnet:?xt=urn:btmh:1220" + upper + "&dn=x"), expected);
  EXPECT_EQ(parse_magnet("magnet:?xt=urn%3Abtmh%3A1220" + kHex + "&dn=x"), expected);
}

TEST(ParseMagnet, ignores_what_it_does_not_know_and_what_is_empty) {
  EXPECT_EQ(parse_magnet("magnet:?&&xt=urn:btih:0123&" + kTopic + "&xl=5&flag&=&tr=&x.pe=&"),
            parse_magnet(kLink));
}

TEST(ParseMagnet, refuses_a_link_without_a_v2_topic) {
  for (const char* link : {"magnet:?", "magnet:?dn=x", "magnet:?xt=urn:sha1:00", "magnet:?xt="}) {
    EXPECT_THAT(parse_magnet(link).error().message, HasSubstr("no xt=urn:btmh:")) << link;
  }
}

TEST(ParseMagnet, says_of_a_v1_link_that_it_is_one) {
  const auto link = parse_magnet("magnet:?xt=urn:btih:0123456789012345678901234567890123456789");
  ASSERT_FALSE(link);
  EXPECT_THAT(link.error().message, HasSubstr("v1 content only"));
}

TEST(ParseMagnet, refuses_what_is_no_magnet_link) {
  for (const std::string& link : {""s, "magnet:"s, "http://x"s, kHex, " " + kLink}) {
    EXPECT_THAT(parse_magnet(link).error().message, HasSubstr("begin with")) << link;
  }
}

TEST(ParseMagnet, refuses_a_wrong_multihash) {
  for (const std::string& hash :
       {""s, "1220"s, "1120" + kHex, "1221" + kHex, kHex, "1220" + kHex + "0",
        "1220" + kHex.substr(1), "1220" + kHex.substr(2), "1220" + kHex.substr(1) + "g",
        "1220" + kHex + "%00"}) {
    const auto refused = parse_magnet("magnet:?xt=urn:btmh:" + hash);
    ASSERT_FALSE(refused) << hash;
    EXPECT_EQ(refused.error().code, Errc::bad_input);
    EXPECT_THAT(refused.error().message, HasSubstr("1220 and 64 hexadecimal digits"));
  }
}

TEST(ParseMagnet, refuses_every_cut_of_the_topic) {
  for (std::size_t length = 0; length < kLink.size(); ++length) {
    EXPECT_FALSE(parse_magnet(std::string_view(kLink).substr(0, length))) << length;
  }
}

TEST(ParseMagnet, refuses_two_different_topics_and_takes_one_twice) {
  EXPECT_TRUE(parse_magnet(kLink + "&" + kTopic));
  EXPECT_FALSE(parse_magnet(kLink + "&xt=urn:btmh:1220" + std::string(64, '1')));
}

TEST(ParseMagnet, refuses_bad_percent_anywhere) {
  for (const char* bad : {"%", "%4", "%zz", "%4g", "a%", "% 41", "%-1"}) {
    EXPECT_FALSE(parse_magnet(kLink + "&dn=" + bad)) << bad;
    EXPECT_FALSE(parse_magnet(kLink + "&tr=" + bad + "&dn=x")) << bad;
  }
}

TEST(ParseMagnet, takes_8_kib_and_no_more) {
  const std::string start = kLink + "&dn=";
  EXPECT_TRUE(parse_magnet(start + std::string(8192 - start.size(), 'x')));
  EXPECT_THAT(parse_magnet(start + std::string(8193 - start.size(), 'x')).error().message,
              HasSubstr("8193 characters"));
}

TEST(ParseMagnet, keeps_the_first_64_trackers_and_peers) {
  std::string link = kLink;
  for (int i = 0; i < 100; ++i) {
    link += "&tr=udp://t" + std::to_string(i) + ":1&x.pe=p" + std::to_string(i) + ":1";
  }
  const auto magnet = parse_magnet(link);
  ASSERT_TRUE(magnet);
  ASSERT_EQ(magnet->trackers.size(), 64u);
  EXPECT_EQ(magnet->trackers.back(), "udp://t63:1");
  ASSERT_EQ(magnet->peers.size(), 64u);
  EXPECT_EQ(magnet->peers.back(), "p63:1");
}

TEST(Percent, decodes_what_it_encodes_for_every_byte) {
  for (int c = 0; c < 256; ++c) {
    const std::string text(1, static_cast<char>(c));
    const std::string encoded = percent_encode(text);
    EXPECT_EQ(encoded.size(), (c < 128 && std::isalnum(c)) || "-._~"s.contains(text) ? 1u : 3u)
        << c;
    EXPECT_EQ(percent_decode(encoded), text) << c;
  }
}

}  // namespace
}  // namespace shoal::magnet_test
