#include "torrent/peers/reputation.hpp"

#include <gtest/gtest.h>

namespace shoal::torrent::reputation_test {
namespace {

Endpoint sender(std::uint16_t port) {
  return {IpAddress(IpAddress::V4{std::byte{10}, {}, {}, std::byte{1}}), port};
}

void wrong(Reputation& reputation, std::uint32_t pieces, const Endpoint& from = sender(1)) {
  for (std::uint32_t i = 0; i < pieces; ++i) reputation.wrong(from, PieceIndex{i});
}

TEST(Reputation, of_one_that_sends_nothing_right_is_a_liars_after_a_few_pieces) {
  Reputation reputation;
  wrong(reputation, Reputation::kBenefitOfDoubt);
  EXPECT_FALSE(reputation.is_liar(sender(1)));
  EXPECT_TRUE(reputation.is_liar(sender(1), 0));
  wrong(reputation, Reputation::kBenefitOfDoubt + 1);
  EXPECT_TRUE(reputation.is_liar(sender(1)));
}

TEST(Reputation, of_one_that_is_mostly_right_stays_good) {
  Reputation reputation;
  for (int i = 0; i < 100; ++i) reputation.good(sender(1));
  wrong(reputation, 100);
  EXPECT_FALSE(reputation.is_liar(sender(1), 0));
  wrong(reputation, 101 + Reputation::kBenefitOfDoubt);
  EXPECT_TRUE(reputation.is_liar(sender(1)));
}

TEST(Reputation, counts_a_piece_that_is_wrong_again_once) {
  Reputation reputation;
  for (unsigned i = 0; i < Reputation::kMostAttempts; ++i) wrong(reputation, 1);
  EXPECT_FALSE(reputation.is_liar(sender(1)));
  EXPECT_EQ(reputation.pieces_wrong(), 1u);
}

TEST(Reputation, of_one_that_comes_again_and_again_with_the_same_wrong_piece_is_a_liars) {
  Reputation reputation;
  for (int i = 0; i < 100; ++i) reputation.good(sender(1));
  for (unsigned i = 0; i < 2 * Reputation::kMostAttempts; ++i) wrong(reputation, 1);
  EXPECT_FALSE(reputation.is_liar(sender(1)));
  wrong(reputation, 1);
  EXPECT_TRUE(reputation.is_liar(sender(1)));
}

TEST(Reputation, allows_a_few_attempts_at_each_piece_of_each_sender) {
  Reputation reputation;
  for (unsigned i = 0; i < Reputation::kMostAttempts; ++i) {
    EXPECT_EQ(reputation.may_try_again(sender(1), PieceIndex{0}), i > 0) << i;
    wrong(reputation, 1);
  }
  EXPECT_FALSE(reputation.may_try_again(sender(1), PieceIndex{0}));
  EXPECT_TRUE(reputation.may_try_again(sender(1), PieceIndex{1}));
  wrong(reputation, 1, sender(2));
  EXPECT_TRUE(reputation.may_try_again(sender(2), PieceIndex{0}));
}

TEST(Reputation, knows_who_sent_a_piece_wrong) {
  Reputation reputation;
  wrong(reputation, 2);
  EXPECT_TRUE(reputation.sent_wrong(sender(1), PieceIndex{0}));
  EXPECT_FALSE(reputation.sent_wrong(sender(1), PieceIndex{2}));
  EXPECT_FALSE(reputation.sent_wrong(sender(2), PieceIndex{1}));
}

TEST(Reputation, knows_which_pieces_anybody_sent_wrong) {
  Reputation reputation;
  wrong(reputation, 2);
  EXPECT_TRUE(reputation.was_wrong(PieceIndex{1}));
  EXPECT_FALSE(reputation.was_wrong(PieceIndex{2}));
}

TEST(Reputation, forgets_one_without_a_fault_where_it_has_no_room) {
  Reputation reputation;
  wrong(reputation, 1, sender(1));
  for (std::uint16_t port = 2; port <= Reputation::kMostSenders; ++port) {
    reputation.good(sender(port));
  }
  wrong(reputation, 2, sender(5000));
  EXPECT_TRUE(reputation.sent_wrong(sender(1), PieceIndex{0}));
  EXPECT_TRUE(reputation.sent_wrong(sender(5000), PieceIndex{1}));
}

TEST(Reputation, gives_no_benefit_to_senders_beyond_its_bound) {
  Reputation reputation;
  for (std::uint16_t port = 1; port <= Reputation::kMostSenders; ++port) {
    wrong(reputation, 1, sender(port));
  }
  wrong(reputation, 1, sender(5000));
  EXPECT_TRUE(reputation.is_liar(sender(5000)));
  EXPECT_FALSE(reputation.may_try_again(sender(5000), PieceIndex{0}));
  EXPECT_FALSE(reputation.is_liar(sender(7)));
}

}  // namespace
}  // namespace shoal::torrent::reputation_test
