#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"

namespace shoal::cli {

/// How the fetches of one leecher ended, and the exit code they make together.
class Outcomes {
 public:
  Outcomes() = default;
  /// A name that is given twice counts once.
  explicit Outcomes(std::span<const std::string> names);

  /// A name that is not pending is ignored.
  void complete(std::string_view name);
  void failed(std::string_view name, Errc reason);

  [[nodiscard]] const std::vector<std::string>& pending() const { return pending_; }
  [[nodiscard]] bool any_complete() const { return any_complete_; }
  /// That of the first failure; done when nothing failed.
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  bool end(std::string_view name);

  std::vector<std::string> pending_;  // in the order given
  bool any_complete_ = false;
  ExitCode code_ = ExitCode::done;
};

}  // namespace shoal::cli
