#pragma once

#include <shoal/error.hpp>

namespace shoal::cli {

/// What the three programs tell the shell. Documented in each --help.
enum class ExitCode : int {
  done = 0,
  failed = 1,        ///< failed while running
  usage = 2,         ///< bad usage
  not_found = 3,     ///< nobody offers that name
  no_tracker = 4,    ///< no tracker answered
  conflict = 5,      ///< content in conflict or not provable
  interrupted = 130  ///< stopped by a signal (128 + SIGINT); can be resumed
};

[[nodiscard]] ExitCode exit_code(Errc code);

}  // namespace shoal::cli
