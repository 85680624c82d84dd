#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "support/process.hpp"

namespace shoal::test {

/// Stops one program for as long as a test likes, and takes no time for it (see
/// preload/stopped_clock.cpp): afterwards its clocks are ahead. It must outlive the program.
class StoppedClock {
 public:
  enum class Kind : std::uint8_t {
    program,  ///< Ctrl-Z, a paused container
    machine,  ///< a laptop that slept
  };
  /// In that folder.
  explicit StoppedClock(const std::filesystem::path& folder, Kind kind = Kind::program)
      : file_(folder / "stopped"), kind_(kind) {}

  /// Of the program to stop.
  [[nodiscard]] Program::Environment environment() const;
  /// It was stopped for that long, all in all.
  void stop_for(std::chrono::seconds time) const;
  /// Returns as soon as it has looked at its clocks and seen that; throws when it does not look.
  void wait_until_seen() const;

 private:
  std::filesystem::path file_;
  Kind kind_;
};

}  // namespace shoal::test
