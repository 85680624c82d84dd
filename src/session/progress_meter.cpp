#include "session/progress_meter.hpp"

#include <chrono>

namespace shoal::session {

event::Progress ProgressMeter::look(const FileInfo& file, const DownloadSample& sample, Time now) {
  return {.name = file.name,
          .bytes = sample.bytes,
          .length = file.length,
          .rate = rate(sample, now),
          .peers = sample.peers,
          .known = sample.known,
          .files = sample.files,
          .of_files = sample.of_files,
          .held_by = torrent::parts_of(sample.held, readings_.front().held)};
}

double ProgressMeter::rate(const DownloadSample& sample, Time now) {
  constexpr Duration kWindow = std::chrono::seconds(5);
  readings_.push_back({now, sample.fetched, sample.held});
  while (readings_.size() > 2 && now - readings_[1].time >= kWindow) readings_.pop_front();
  const std::chrono::duration<double> span = now - readings_.front().time;
  if (span.count() <= 0) return 0;
  return static_cast<double>(sample.fetched - readings_.front().fetched) / span.count();
}

}  // namespace shoal::session
