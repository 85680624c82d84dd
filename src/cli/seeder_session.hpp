#pragma once

#include <filesystem>
#include <optional>

#include <shoal/runtime.hpp>
#include <shoal/seeder.hpp>

#include "cli/line_reader.hpp"
#include "cli/living_line.hpp"
#include "cli/offers.hpp"
#include "cli/options.hpp"
#include "cli/reporter.hpp"
#include "cli/session_pages.hpp"
#include "cli/standing.hpp"

namespace shoal::cli {

/// One run of the seeder program: offer files, take more names meanwhile, end. On the Runtime's
/// thread.
class SeederSession {
 public:
  /// The runtime and the reporter outlive the session. Throws std::system_error when it cannot
  /// listen.
  SeederSession(Runtime& runtime, SeederCommand command, Reporter& reporter);

  /// Before Runtime::run(), which returns when the session has ended.
  void start();
  /// A person wants it to end.
  void stop() { end(ExitCode::done); }
  [[nodiscard]] ExitCode code() const { return code_; }
  void set_limits(const RateLimits& limits) { seeder_.set_limits(limits); }
  void set_upload_slots(std::size_t slots) { seeder_.set_upload_slots(slots); }

 private:
  void take_input(const Input& input);
  void add(const std::filesystem::path& file);
  [[nodiscard]] bool takes_names() const;
  void invite();
  void handle(const Event& event);
  void end_if_pointless();
  void end(ExitCode code);

  Runtime& runtime_;
  SeederCommand command_;
  Reporter& reporter_;
  Offers offers_;
  bool any_added_ = false;
  bool invited_ = false;
  bool input_ended_ = false;
  ExitCode code_ = ExitCode::done;
  bool ending_ = false;
  Seeder seeder_;
  std::optional<SessionPages> pages_;
  SessionStanding standing_;
  LivingLine living_line_;
  std::optional<LineReader> reader_;  // last, so that it ends first
};

}  // namespace shoal::cli
