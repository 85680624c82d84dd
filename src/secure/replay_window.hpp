#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace shoal::secure {

/// Which counters of one sender have come already. They may come in any order, but not later than
/// kWidth after the highest; what is older counts as come.
class ReplayWindow {
 public:
  static constexpr std::uint64_t kWidth = 1024;

  [[nodiscard]] bool fresh(std::uint64_t counter) const;
  /// Only for what has been proven authentic. Precondition: fresh.
  void accept(std::uint64_t counter);

 private:
  static constexpr std::size_t kWordBits = 64;

  std::array<std::uint64_t, kWidth / kWordBits> seen_{};  // bit = counter modulo kWidth
  std::uint64_t end_ = 0;                                 // one past the highest that has come
};

}  // namespace shoal::secure
