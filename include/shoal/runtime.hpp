#pragma once

#include <functional>
#include <memory>

namespace shoal {

/// The event loop that owns all protocol state, and the worker threads that hash and touch the
/// disk. Trackers, seeders and leechers are made on a Runtime and die before it does. Unless said
/// otherwise, everything of theirs is called from the thread that is in run(), or before run().
///
/// One thing of the whole process is touched: a handler for SIGBUS is installed when a file of
/// 32 MiB or more is hashed for the first time, and stays. Such files may be mapped, and the system
/// sends that signal where one is cut short meanwhile. All else goes to whatever was there before.
/// A program that installs its own later, or blocks the signal in the threads that hash, keeps it
/// so: files are read then.
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
