#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <map>
#include <string>

#include <shoal/events.hpp>

#include "cli/exit_code.hpp"

namespace shoal::cli {

/// What has become of the files that one seeder was given.
class Offers {
 public:
  /// A file is offered until every one of that many trackers has refused it.
  explicit Offers(std::size_t trackers) : trackers_(trackers) {}

  void add(const std::filesystem::path& path) { pending_.push_back(path); }
  void take(const Event& event);

  /// No file is offered, and none is on its way to that.
  [[nodiscard]] bool none_left() const { return pending_.empty() && refusals_.empty(); }
  /// That of the first file that was refused or given up; usage when there never was a file.
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  void offered(const std::string& name);
  void refused(const event::Refused& event);
  void lost(Errc reason);

  std::size_t trackers_;
  std::deque<std::filesystem::path> pending_;    // added, not offered yet, in that order
  std::map<std::string, std::size_t> refusals_;  // of the offered files, by name
  ExitCode code_ = ExitCode::usage;
};

}  // namespace shoal::cli
