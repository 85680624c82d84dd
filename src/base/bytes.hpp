#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace shoal {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

[[nodiscard]] inline BytesView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

[[nodiscard]] inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Big-endian load and store; the caller has checked the size.
template <std::unsigned_integral T>
[[nodiscard]] T load_be(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  return value;
}

template <std::unsigned_integral T>
void store_be(T value, std::byte* to) {
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  std::memcpy(to, &value, sizeof value);
}

/// Reads big-endian fields off the front of a view. A read past the end makes the reader fail for
/// good: what it returns from then on means nothing, and `ok()` is false. A parser asks `ok()`
/// before it uses any value.
class ByteReader {
 public:
  explicit ByteReader(BytesView bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  T read() {
    const BytesView field = take(sizeof(T));
    return ok_ ? load_be<T>(field.data()) : T{};
  }
  std::uint8_t u8() { return read<std::uint8_t>(); }
  std::uint16_t u16() { return read<std::uint16_t>(); }
  std::uint32_t u32() { return read<std::uint32_t>(); }
  std::uint64_t u64() { return read<std::uint64_t>(); }

  /// The next `size` bytes, as a view into the input.
  BytesView take(std::size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const BytesView field = rest_.first(size);
    rest_ = rest_.subspan(size);
    return field;
  }

  template <std::size_t N>
  std::array<std::byte, N> array() {
    std::array<std::byte, N> out{};
    if (const BytesView field = take(N); ok_) std::memcpy(out.data(), field.data(), N);
    return out;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] BytesView rest() const { return rest_; }

 private:
  BytesView rest_;
  bool ok_ = true;
};

/// Appends big-endian fields to a buffer that its owner keeps and reuses.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  template <std::unsigned_integral T>
  ByteWriter& write(T value) {
    std::array<std::byte, sizeof(T)> field;
    store_be(value, field.data());
    return bytes(field);
  }
  ByteWriter& u8(std::uint8_t value) { return write(value); }
  ByteWriter& u16(std::uint16_t value) { return write(value); }
  ByteWriter& u32(std::uint32_t value) { return write(value); }
  ByteWriter& u64(std::uint64_t value) { return write(value); }
  ByteWriter& bytes(BytesView field) {
    out_.insert(out_.end(), field.begin(), field.end());
    return *this;
  }
  ByteWriter& text(std::string_view field) { return bytes(as_bytes(field)); }

 private:
  Bytes& out_;
};

}  // namespace shoal
