#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <shoal/leecher.hpp>
#include <shoal/runtime.hpp>
#include <shoal/seeder.hpp>

#include "cli/line_reader.hpp"
#include "cli/living_line.hpp"
#include "cli/options.hpp"
#include "cli/outcomes.hpp"
#include "cli/reporter.hpp"
#include "cli/requests.hpp"
#include "cli/session_pages.hpp"
#include "cli/standing.hpp"
#include "cli/timer.hpp"

namespace shoal::cli {

/// One run of the leecher program: ask for a name if there is none, fetch, seed, end. On the
/// Runtime's thread.
class LeecherSession {
 public:
  /// The runtime and the reporter outlive the session. Throws std::system_error when it cannot
  /// listen.
  LeecherSession(Runtime& runtime, LeecherCommand command, Reporter& reporter);

  /// Before Runtime::run(), which returns when the session has ended.
  void start();
  /// A person wants it to end.
  void stop();
  [[nodiscard]] ExitCode code() const { return code_; }
  void set_limits(const RateLimits& limits);
  void set_upload_slots(std::size_t slots);

 private:
  void ask_for_name();
  void take_input(const Input& input);
  void list();
  void list_folder(const Request& request);
  void fetch(const std::vector<std::string>& names);
  void handle(const Event& event);
  void remember(const Event& event);
  /// For who stops it before it has ended.
  [[nodiscard]] event::Failed interrupted(const std::string& target) const;
  void all_ended();
  void end(ExitCode code);

  Runtime& runtime_;
  LeecherCommand command_;
  Reporter& reporter_;
  Outcomes outcomes_;
  std::map<std::string, std::string> names_;  // of targets, as far as they are known
  std::map<std::string, KnownPeers> peers_;   // of names
  ExitCode code_ = ExitCode::done;
  bool ending_ = false;
  std::optional<Leecher> leecher_;
  std::optional<Seeder> seeder_;
  Timer seed_timer_;
  std::optional<SessionPages> pages_;
  SessionStanding standing_;
  std::optional<LivingLine> living_line_;  // of the seeder
  std::optional<LineReader> reader_;       // last, so that it ends first
};

}  // namespace shoal::cli
