#pragma once

#include <deque>

#include <shoal/events.hpp>
#include <shoal/file_info.hpp>

#include "base/clock.hpp"
#include "session/stall_detector.hpp"

namespace shoal::session {

/// What people are told of a download while it goes on. Pure.
class ProgressMeter {
 public:
  [[nodiscard]] event::Progress look(const FileInfo& file, const DownloadSample& sample, Time now);

 private:
  /// Bytes a second over the last few seconds.
  double rate(const DownloadSample& sample, Time now);

  struct Reading {
    Time time;
    std::uint64_t fetched;
    torrent::HeldTimes held;
  };
  std::deque<Reading> readings_;
};

}  // namespace shoal::session
