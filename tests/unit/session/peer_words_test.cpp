#include "session/peer_words.hpp"

#include <gtest/gtest.h>

namespace shoal::peer_words_test {
namespace {

TEST(WhyAlone, counts_the_peers_by_their_reason) {
  EXPECT_EQ(why_alone({.known = 3, .refused = 2, .silent = 1}),
            "2 refuse the connection, 1 does not answer");
  EXPECT_EQ(why_alone({.known = 4, .refused = 1, .unreachable = 1, .left = 1, .wrong_data = 1}),
            "1 refuses the connection, 1 cannot be reached, 1 has left, 1 sent wrong data");
  EXPECT_EQ(why_alone({.known = 3, .no_handshake = 2, .shut_out = 1}),
            "2 answer, but not as peers that have the file, 1 did not keep to the protocol");
}

TEST(WhyAlone, tells_that_nobody_is_known) {
  EXPECT_EQ(why_alone({}), "nobody offers it yet");
}

TEST(WhyNoOthers, tells_of_those_beside_the_connected_ones) {
  EXPECT_EQ(why_no_others({.known = 6, .refused = 4, .silent = 1}),
            "; of others that are known, 4 refuse the connection, 1 does not answer");
  EXPECT_EQ(why_no_others({.known = 1}), "") << "that one is connected";
  EXPECT_EQ(why_no_others({}), "") << "those that are connected came by themselves";
}

TEST(SumOf, adds_each_reason) {
  const KnownPeers one{.known = 7,
                       .refused = 1,
                       .unreachable = 1,
                       .silent = 1,
                       .no_handshake = 1,
                       .left = 1,
                       .wrong_data = 1,
                       .shut_out = 1};
  const KnownPeers twice{.known = 14,
                         .refused = 2,
                         .unreachable = 2,
                         .silent = 2,
                         .no_handshake = 2,
                         .left = 2,
                         .wrong_data = 2,
                         .shut_out = 2};
  EXPECT_EQ(sum_of(one, one), twice);
}

TEST(WhyAlone, of_peers_that_are_being_tried_is_nothing_yet) {
  EXPECT_EQ(why_alone({.known = 2}), "");
}

}  // namespace
}  // namespace shoal::peer_words_test
