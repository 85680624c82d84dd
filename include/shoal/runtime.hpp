#pragma once

#include <functional>
#include <memory>

namespace shoal {

/// The event loop that owns all protocol state, and the worker threads that hash and touch the
/// disk. Trackers, seeders and leechers are made on a Runtime and die before it does. Unless said
/// otherwise, everything of theirs is called from the thread that is in run(), or before run().
class Runtime {
 public:
  /// `workers` = 0: one thread a processor, at least 2 and at most 8.
  explicit Runtime(unsigned workers = 0);
  ~Runtime();
  Runtime(Runtime&&) = delete;

  /// Handles events until stop(). Exceptions from event handlers come out here.
  void run();
  /// Any thread.
  void stop();
  /// Runs `work` soon on the thread that is in run(). Any thread.
  void post(std::function<void()> work);

  struct Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
