#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace shoal {

/// A set of piece (or block) numbers below a fixed size, counted as it changes.
class Bitfield {
 public:
  Bitfield() = default;
  explicit Bitfield(std::size_t size) : words_((size + 63) / 64), size_(size) {}

  /// From BEP 3 wire form: high bit first. Nothing if the length is wrong or a spare bit is set.
  [[nodiscard]] static std::optional<Bitfield> from_wire(BytesView wire, std::size_t size);
  [[nodiscard]] Bytes to_wire() const;

  [[nodiscard]] bool test(std::size_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }
  void set(std::size_t i);
  void reset(std::size_t i);
  void set_all();
  void reset_all();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] bool all() const { return count_ == size_; }
  [[nodiscard]] bool none() const { return count_ == 0; }
  /// The first number, from that one on, that is in both sets. Precondition: they are of one size.
  [[nodiscard]] std::optional<std::size_t> first_common(const Bitfield& other,
                                                        std::size_t from = 0) const;

  bool operator==(const Bitfield&) const = default;

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
  std::size_t count_ = 0;
};

}  // namespace shoal
