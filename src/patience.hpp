#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace shoal {

/// How long a download goes on hoping. Pure.
class Patience {
 public:
  enum class Verdict : std::uint8_t {
    go_on,
    tell,        // go on, and say that nothing comes; once for each such time
    left_alone,  // there has been no peer for too long
    ignored,     // there are peers, and nothing has come from them for too long
  };
  /// `wait`: what the user gives it at the least.
  Patience(Duration wait, Time now);
  /// `arrived` grows with whatever brings the download on.
  /// That nothing comes is our own wish: a limit.
  void held_back(Time now) { last_arrival_ = now; }
  [[nodiscard]] Verdict look(std::size_t peers, std::uint64_t arrived, Time now);

 private:
  Duration wait_;
  Time last_company_;
  Time last_arrival_;
  std::uint64_t arrived_ = 0;
  bool told_ = false;
};

}  // namespace shoal
