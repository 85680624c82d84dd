#include "base/bitfield.hpp"

#include <gtest/gtest.h>

namespace shoal::bitfield_test {
namespace {

Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

TEST(Bitfield, is_empty_at_first) {
  const Bitfield field(70);
  EXPECT_EQ(field.size(), 70u);
  EXPECT_EQ(field.count(), 0u);
  EXPECT_TRUE(field.none());
  EXPECT_FALSE(field.all());
  for (std::size_t i = 0; i < 70; ++i) EXPECT_FALSE(field.test(i));
}

TEST(Bitfield, counts_each_piece_once) {
  Bitfield field(130);
  for (const std::size_t i : {0u, 63u, 64u, 129u, 64u, 0u}) field.set(i);
  EXPECT_EQ(field.count(), 4u);
  field.reset(64);
  field.reset(64);
  field.reset(1);
  EXPECT_EQ(field.count(), 3u);
  EXPECT_TRUE(field.test(63));
  EXPECT_FALSE(field.test(64));
}

TEST(Bitfield, filled_at_once_equals_filled_one_by_one) {
  for (std::size_t size = 0; size < 200; ++size) {
    Bitfield one_by_one(size);
    for (std::size_t i = 0; i < size; ++i) one_by_one.set(i);
    Bitfield at_once(size);
    at_once.set_all();
    EXPECT_EQ(one_by_one, at_once) << size;
    EXPECT_TRUE(at_once.all()) << size;
    at_once.reset_all();
    EXPECT_EQ(at_once, Bitfield(size)) << size;
    EXPECT_TRUE(at_once.none()) << size;
  }
}

TEST(Bitfield, wire_form_has_the_high_bit_first) {
  Bitfield field(10);
  field.set(0);
  field.set(7);
  field.set(9);
  EXPECT_EQ(field.to_wire(), bytes({0x81, 0x40}));
}

TEST(Bitfield, every_single_bit_round_trips_at_every_size) {
  for (std::size_t size = 1; size < 80; ++size) {
    for (std::size_t i = 0; i < size; ++i) {
      Bitfield field(size);
      field.set(i);
      const auto read = Bitfield::from_wire(field.to_wire(), size);
      ASSERT_TRUE(read) << size << ' ' << i;
      EXPECT_EQ(*read, field);
      EXPECT_EQ(read->count(), 1u);
    }
  }
}

TEST(Bitfield, finds_the_first_number_in_two_sets_from_any_number_on) {
  for (const std::size_t size : {1u, 63u, 64u, 65u, 200u}) {
    for (std::size_t in_both = 0; in_both < size; ++in_both) {
      Bitfield one(size);
      Bitfield other(size);
      for (std::size_t i = 0; i < size; ++i) (i % 2 == 0 ? one : other).set(i);
      EXPECT_EQ(one.first_common(other), std::nullopt);
      one.set(in_both);
      other.set(in_both);
      for (std::size_t from = 0; from <= size + 64; ++from) {
        const auto expected = from <= in_both ? std::optional(in_both) : std::nullopt;
        ASSERT_EQ(one.first_common(other, from), expected) << size << ' ' << in_both << ' ' << from;
      }
    }
  }
  EXPECT_EQ(Bitfield().first_common(Bitfield()), std::nullopt);
}

TEST(Bitfield, refuses_every_wrong_length) {
  for (std::size_t length = 0; length < 6; ++length) {
    EXPECT_EQ(Bitfield::from_wire(Bytes(length), 17).has_value(), length == 3) << length;
  }
  EXPECT_TRUE(Bitfield::from_wire({}, 0));
  EXPECT_FALSE(Bitfield::from_wire(Bytes(1), 0));
}

TEST(Bitfield, refuses_each_spare_bit) {
  for (int bit = 0; bit < 8; ++bit) {
    EXPECT_EQ(Bitfield::from_wire(bytes({0, 0x80 >> bit}), 11).has_value(), bit < 3) << bit;
  }
}

TEST(Bitfield, sizes_near_the_largest_number_are_refused_without_overflow) {
  EXPECT_FALSE(Bitfield::from_wire({}, ~std::size_t{0}));
}

}  // namespace
}  // namespace shoal::bitfield_test
