#pragma once

#include <array>
#include <cstddef>

#include "base/bytes.hpp"

namespace shoal::secure {

/// Overwrites bytes in a way that no compiler leaves out.
void wipe(MutableBytes bytes);

/// Bytes that nobody else may see; wiped when they go, so there is one copy only.
template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  ~Secret() { wipe(bytes_); }
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  [[nodiscard]] BytesView view() const { return bytes_; }
  [[nodiscard]] MutableBytes fill() { return bytes_; }

 private:
  std::array<std::byte, N> bytes_{};
};

}  // namespace shoal::secure
