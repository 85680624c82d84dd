#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <shoal/runtime.hpp>

#include "cli/keys.hpp"
#include "cli/limits.hpp"
#include "cli/logging.hpp"
#include "cli/options.hpp"
#include "cli/process.hpp"
#include "cli/reporter.hpp"
#include "cli/service_manager.hpp"

namespace shoal::cli {

/// Runs a session from its start to its end, by itself or by a signal. `reread`, if there is one,
/// is called on the session's thread when SIGHUP comes.
template <class Session, class Command>
[[nodiscard]] ExitCode run_session(StopSignals& signals, Command command,
                                   std::vector<std::string> trackers,
                                   std::function<void(Session&, Reporter&)> reread = {}) {
  set_up_logging(command.output.log_level);
  const std::unique_ptr<Reporter> reporter =
      make_reporter(command.output.json, std::move(trackers), command.output.verbose);
  Runtime runtime;
  Session session(runtime, std::move(command), *reporter);
  std::function<void()> on_hangup;
  if (reread) on_hangup = [&] { runtime.post([&] { reread(session, *reporter); }); };
  const auto manager = ServiceManager::of_environment();
  // A service has no terminal to lose. What it cannot read again it goes on without.
  if (!on_hangup && manager.is_there()) on_hangup = [] {};
  const auto stop = [&] {
    manager.stopping();
    runtime.post([&session] { session.stop(); });
  };
  StopSignals::Running running(signals, stop, on_hangup);
  session.start();
  manager.ready();
  runtime.run();
  manager.stopping();  // by itself, if nobody has asked it to
  running.ends_with(session.code());
  return session.code();
}

/// The same for a seeder or a leecher: with --config, or as a service, SIGHUP has the limits read
/// again.
template <class Session, class Command>
[[nodiscard]] ExitCode run_peer(StopSignals& signals, const std::string& program,
                                const std::vector<std::string>& arguments,
                                Parsed<Command> (*parse)(std::span<const std::string>,
                                                         const ConfigFiles&)) {
  const ConfigFiles standard = standard_config_files(program);
  auto command = parse(arguments, standard);
  if (!command) return leave(command.error());
  if (const auto refused = take_keys(program, command->key_files, command->peer.keys)) {
    return leave(*refused);
  }
  if (const auto refused = take_web(program, command->peer.keys, command->web)) {
    return leave(*refused);
  }
  std::function<void(Session&, Reporter&)> reread;
  if (command->configured || ServiceManager::of_environment().is_there()) {
    reread = [&](Session& session, Reporter& reporter) {
      read_limits_again(session, parse(arguments, standard), reporter);
    };
  }
  auto trackers = command->peer.trackers;
  return run_session<Session>(signals, std::move(*command), std::move(trackers), std::move(reread));
}

}  // namespace shoal::cli
