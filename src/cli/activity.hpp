#pragma once

#include <optional>

#include "base/clock.hpp"
#include "cli/progress_line.hpp"

namespace shoal::cli {

/// One file on its way, and what is told of it: it is hashed, or fetched, or both at once, where
/// what was here before is looked at and what is missing is fetched meanwhile. Pure.
class Activity {
 public:
  explicit Activity(Time now) : told_(now) {}

  /// `view` without a rate and peers.
  void hashing(ProgressView view, Time now);
  void fetching(ProgressView view) { fetching_ = std::move(view); }
  /// What has come to its end is told no more.
  void forget_ended();
  [[nodiscard]] bool over() const { return !hashing_ && !fetching_; }

  /// Precondition: it is not over.
  [[nodiscard]] ProgressView view() const;
  /// In a pipe: every 10 s, or 10 %. True counts as told.
  [[nodiscard]] bool tells_plainly(Time now);
  /// Somebody sees it on a terminal.
  void drawn(Time now);

 private:
  std::optional<ProgressView> hashing_;
  Time hashing_since_{};
  std::uint64_t hashed_before_ = 0;  // bytes, when we first heard of it
  std::optional<ProgressView> fetching_;
  Time told_;
  std::optional<unsigned> told_percent_;
  bool told_of_hashing_ = false;
};

}  // namespace shoal::cli
