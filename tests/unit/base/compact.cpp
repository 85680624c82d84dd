#include "base/compact.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace shoal::compact_test {
namespace {

TEST(Compact, v4_is_six_bytes_address_then_port) {
  Bytes out;
  write_compact(*Endpoint::parse("192.0.2.1:6000"), out);
  EXPECT_EQ(to_hex(out), "c00002011770");
  write_compact(*Endpoint::parse("127.0.0.1:1"), out);
  EXPECT_EQ(to_hex(out), "c000020117707f0000010001");
}

TEST(Compact, v6_is_eighteen_bytes) {
  Bytes out;
  write_compact(*Endpoint::parse("[2001:db8::1]:6881"), out);
  EXPECT_EQ(to_hex(out), "20010db80000000000000000000000011ae1");
}

TEST(Compact, lists_round_trip) {
  const std::vector v4{*Endpoint::parse("192.0.2.1:1"), *Endpoint::parse("192.0.2.2:65535")};
  const std::vector v6{*Endpoint::parse("[2001:db8::1]:2"), *Endpoint::parse("[::1]:0")};
  Bytes bytes4;
  for (const Endpoint& endpoint : v4) write_compact(endpoint, bytes4);
  Bytes bytes6;
  for (const Endpoint& endpoint : v6) write_compact(endpoint, bytes6);
  EXPECT_EQ(read_compact_v4(bytes4), v4);
  EXPECT_EQ(read_compact_v6(bytes6), v6);
}

TEST(Compact, an_empty_list_is_a_list) {
  EXPECT_EQ(read_compact_v4({}), std::vector<Endpoint>{});
  EXPECT_EQ(read_compact_v6({}), std::vector<Endpoint>{});
}

TEST(Compact, trailing_bytes_are_an_error_at_every_length) {
  const Bytes zeros(40);
  for (std::size_t length = 0; length <= zeros.size(); ++length) {
    const BytesView cut = BytesView(zeros).first(length);
    EXPECT_EQ(read_compact_v4(cut).has_value(), length % kCompactV4 == 0) << length;
    EXPECT_EQ(read_compact_v6(cut).has_value(), length % kCompactV6 == 0) << length;
  }
}

TEST(Compact, v4_mapped_in_a_v6_list_is_v4) {
  const auto bytes = from_hex("00000000000000000000ffffc00002011770");
  EXPECT_EQ(read_compact_v6(*bytes), std::vector{*Endpoint::parse("192.0.2.1:6000")});
}

}  // namespace
}  // namespace shoal::compact_test
