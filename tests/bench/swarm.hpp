#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/program.hpp"

namespace shoal::bench {

/// What it took until every leecher had every file.
struct Fetch {
  double seconds = 0;      ///< from the start of the first leecher's process to the last `complete`
  double after_found = 0;  ///< to the same moment, from the first leecher's first `found`
  double seeder_cpu = 0;   ///< seconds
  double leecher_cpu = 0;  ///< seconds, of all leechers
  std::uint64_t leecher_memory = 0;  ///< peak, of the largest leecher
};

/// The real programs on loopback: a tracker, and a seeder that offers some files.
class Swarm {
 public:
  /// Waits until all files, whose names differ, are registered.
  Swarm(const std::filesystem::path& programs, const std::vector<std::filesystem::path>& files);

  /// So many leechers at once fetch all files to `directory`, and leave. What they fetched is
  /// removed.
  Fetch fetch(int leechers, const std::filesystem::path& directory);

  /// From the start of the seeder's process until it had registered everything.
  [[nodiscard]] double registering() const { return registering_; }
  [[nodiscard]] std::uint64_t seeder_memory() const;

 private:
  [[nodiscard]] Program start_leecher(const std::filesystem::path& output) const;

  std::filesystem::path programs_;
  std::vector<std::string> names_;
  Program tracker_;
  std::string tracker_address_;
  Program seeder_;
  double registering_;
};

}  // namespace shoal::bench
