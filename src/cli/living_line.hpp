#pragma once

#include <functional>
#include <string>
#include <vector>

#include <shoal/runtime.hpp>

#include "base/clock.hpp"
#include "cli/reporter.hpp"
#include "cli/timer.hpp"

namespace shoal::cli {

/// Tells how a program stands, each second, where somebody looks at it on a terminal. On the
/// Runtime's thread.
class LivingLine {
 public:
  /// The facts of that moment; see Reporter::standing().
  using Look = std::function<std::vector<std::string>(Time now)>;

  /// The runtime and the reporter outlive it.
  LivingLine(Runtime& runtime, Reporter& reporter, Look look);

  /// Does nothing where standard output is no terminal.
  void start();

 private:
  void tell();

  Reporter& reporter_;
  Look look_;
  Timer timer_;
};

}  // namespace shoal::cli
