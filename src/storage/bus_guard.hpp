#pragma once

#include "base/bytes.hpp"

namespace shoal::storage {

/// Lets the calling thread read a mapped file while others do to it what they like. Where the file
/// was cut short, or its disk fails, the system sends SIGBUS, which would end the program: while a
/// guard lives there are zeros instead, and torn() tells. The signal's handler is the process's. It
/// is installed with the first guard, for good, and hands on what has nothing to do with guards.
class BusGuard {
 public:
  /// `mapped` begins anywhere in a mapping, which may be replaced from there to the end of
  /// `mapped`.
  explicit BusGuard(BytesView mapped);
  BusGuard(const BusGuard&) = delete;
  BusGuard& operator=(const BusGuard&) = delete;
  ~BusGuard();

  /// Where it is false nothing is guarded, do not read there: the program has put a handler of its
  /// own in place of ours, or blocks the signal in this thread, or the thread has a guard already.
  [[nodiscard]] bool works() const { return works_; }
  /// What was read may not be what the file has. The mapping is of no more use.
  [[nodiscard]] bool torn() const;

 private:
  bool works_;
};

}  // namespace shoal::storage
