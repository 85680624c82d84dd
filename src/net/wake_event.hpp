#pragma once

namespace shoal::net {

/// Wakes a thread that waits in poll(). Once set it stays set.
class WakeEvent {
 public:
  /// Throws std::system_error when the system has no descriptor left.
  WakeEvent();
  ~WakeEvent();
  WakeEvent(WakeEvent&&) = delete;

  /// Any thread.
  void set();
  /// Readable as soon as the event is set.
  [[nodiscard]] int descriptor() const { return fd_; }

 private:
  int fd_;
};

}  // namespace shoal::net
