#include "torrent/download/rarity_order.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace shoal::torrent::rarity_order_test {
namespace {

PieceIndex piece(std::uint32_t i) {
  return PieceIndex{i};
}

RarityOrder all_waiting(std::uint32_t pieces, std::uint64_t seed) {
  RarityOrder order(pieces, seed);
  for (std::uint32_t i = 0; i < pieces; ++i) order.insert(piece(i));
  return order;
}

TEST(RarityOrder, starts_with_nothing_waiting) {
  const RarityOrder order(5, 1);
  EXPECT_TRUE(order.empty());
  EXPECT_TRUE(order.all().empty());
  EXPECT_FALSE(order.contains(piece(4)));
}

TEST(RarityOrder, puts_the_rarest_first_and_the_unknown_outside_available) {
  RarityOrder order = all_waiting(4, 1);
  for (int i = 0; i < 3; ++i) order.raise(piece(2));
  order.raise(piece(0));
  order.raise(piece(3));
  order.raise(piece(3));
  EXPECT_EQ(std::vector(order.all().begin(), order.all().end()),
            (std::vector{piece(1), piece(0), piece(3), piece(2)}));
  EXPECT_EQ(std::vector(order.available().begin(), order.available().end()),
            (std::vector{piece(0), piece(3), piece(2)}));
}

TEST(RarityOrder, counts_pieces_that_do_not_wait_and_places_them_when_they_do) {
  RarityOrder order(3, 1);
  order.raise(piece(1));
  order.raise(piece(1));
  order.insert(piece(1));
  order.insert(piece(0));
  EXPECT_EQ(order.all().front(), piece(0));
  EXPECT_EQ(order.all().back(), piece(1));
  EXPECT_EQ(order.availability(piece(1)), 2u);
}

TEST(RarityOrder, does_not_go_below_zero) {
  RarityOrder order = all_waiting(2, 1);
  order.lower(piece(0));
  EXPECT_EQ(order.availability(piece(0)), 0u);
  EXPECT_EQ(order.all().size(), 2u);
}

TEST(RarityOrder, is_random_among_equals_without_favourites) {
  // How often each of 5 equals comes first: mean 400, standard deviation 18.
  std::map<PieceIndex, int> first;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) ++first[all_waiting(5, seed).all().front()];
  ASSERT_EQ(first.size(), 5u);
  for (const auto& [_, times] : first) EXPECT_NEAR(times, 400, 110);
}

TEST(RarityOrder, stays_random_among_equals_after_their_rarity_changed) {
  std::map<PieceIndex, int> first;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RarityOrder order = all_waiting(5, seed);
    for (std::uint32_t i = 0; i < 5; ++i) order.raise(piece(i));
    for (std::uint32_t i = 5; i-- > 0;) order.lower(piece(i));
    ++first[order.all().front()];
  }
  ASSERT_EQ(first.size(), 5u);
  for (const auto& [_, times] : first) EXPECT_NEAR(times, 400, 110);
}

TEST(RarityOrder, agrees_with_a_sorted_model_under_random_changes) {
  constexpr std::uint32_t kPieces = 40;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    RarityOrder order(kPieces, seed);
    std::vector<std::uint32_t> count(kPieces);
    std::set<PieceIndex> waiting;
    for (int step = 0; step < 2000; ++step) {
      const PieceIndex one = piece(static_cast<std::uint32_t>(random() % kPieces));
      switch (random() % 4) {
        case 0:
          order.raise(one);
          ++count[value(one)];
          break;
        case 1:
          order.lower(one);
          if (count[value(one)] > 0) --count[value(one)];
          break;
        case 2:
          if (waiting.insert(one).second) order.insert(one);
          break;
        default:
          if (waiting.erase(one) > 0) order.remove(one);
      }
      const auto all = order.all();
      ASSERT_EQ(std::set(all.begin(), all.end()), waiting);
      ASSERT_EQ(all.size(), waiting.size());
      ASSERT_EQ(order.empty(), waiting.empty());
      ASSERT_TRUE(std::ranges::is_sorted(all, {}, [&](PieceIndex p) { return count[value(p)]; }));
      ASSERT_EQ(order.available().size(), static_cast<std::size_t>(std::ranges::count_if(
                                              all, [&](auto p) { return count[value(p)] > 0; })));
      for (std::uint32_t i = 0; i < kPieces; ++i) {
        ASSERT_EQ(order.availability(piece(i)), count[i]);
        ASSERT_EQ(order.contains(piece(i)), waiting.contains(piece(i)));
      }
    }
  }
}

}  // namespace
}  // namespace shoal::torrent::rarity_order_test
