#pragma once

#include <functional>
#include <string_view>

#include "cli/exit_code.hpp"
#include "cli/stop_signals.hpp"

namespace shoal::cli {

/// Before anything else in main, and before any thread: no descriptor 0, 1 or 2 is left closed for
/// a socket to take, a reader that went away (SIGPIPE) or a file that may grow no more (SIGXFSZ) is
/// no reason to die, as many files may be open as the system allows, and the signals that
/// StopSignals hears are held back for it.
void prepare_process();

/// A program's body, with signals heard from its beginning to its end: what it throws becomes a
/// sentence on standard error and exit code 1. Needs prepare_process().
[[nodiscard]] int run_program(std::string_view program,
                              const std::function<ExitCode(StopSignals&)>& body);

}  // namespace shoal::cli
