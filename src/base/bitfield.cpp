#include "base/bitfield.hpp"

#include <algorithm>
#include <bit>

namespace shoal {

std::optional<Bitfield> Bitfield::from_wire(BytesView wire, std::size_t size) {
  if (wire.size() != size / 8 + (size % 8 != 0)) return std::nullopt;
  Bitfield field(size);
  for (std::size_t i = 0; i < wire.size() * 8; ++i) {
    if ((std::to_integer<unsigned>(wire[i / 8]) >> (7 - i % 8) & 1) == 0) continue;
    if (i >= size) return std::nullopt;
    field.set(i);
  }
  return field;
}

Bytes Bitfield::to_wire() const {
  Bytes wire(size_ / 8 + (size_ % 8 != 0));
  for (std::size_t i = 0; i < size_; ++i) {
    if (test(i)) wire[i / 8] |= std::byte{0x80} >> (i % 8);
  }
  return wire;
}

void Bitfield::set(std::size_t i) {
  if (test(i)) return;
  words_[i / 64] |= std::uint64_t{1} << (i % 64);
  ++count_;
}

void Bitfield::reset(std::size_t i) {
  if (!test(i)) return;
  words_[i / 64] &= ~(std::uint64_t{1} << (i % 64));
  --count_;
}

void Bitfield::set_all() {
  std::ranges::fill(words_, ~std::uint64_t{0});
  // Spare bits stay zero, so that equal sets are equal words.
  if (size_ % 64 != 0) words_.back() >>= 64 - size_ % 64;
  count_ = size_;
}

void Bitfield::reset_all() {
  std::ranges::fill(words_, std::uint64_t{0});
  count_ = 0;
}

std::optional<std::size_t> Bitfield::first_common(const Bitfield& other, std::size_t from) const {
  std::uint64_t looked_for = ~std::uint64_t{0} << (from % 64);
  for (std::size_t word = from / 64; word < words_.size(); ++word) {
    const std::uint64_t both = words_[word] & other.words_[word] & looked_for;
    if (both != 0) return word * 64 + static_cast<std::size_t>(std::countr_zero(both));
    looked_for = ~std::uint64_t{0};
  }
  return std::nullopt;
}

}  // namespace shoal
