#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <shoal/runtime.hpp>

#include "cli/logging.hpp"
#include "cli/options.hpp"
#include "cli/process.hpp"
#include "cli/reporter.hpp"

namespace shoal::cli {

/// Runs a session from its start to its end, by itself or by a signal.
template <class Session, class Command>
[[nodiscard]] ExitCode run_session(Command command, std::vector<std::string> trackers) {
  set_up_logging(command.output.log_level);
  const std::unique_ptr<Reporter> reporter =
      make_reporter(command.output.json, std::move(trackers));
  Runtime runtime;
  Session session(runtime, std::move(command), *reporter);
  const StopSignals signals([&] { runtime.post([&session] { session.stop(); }); });
  session.start();
  runtime.run();
  return session.code();
}

}  // namespace shoal::cli
