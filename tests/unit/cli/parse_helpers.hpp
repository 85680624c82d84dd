#pragma once

#include <string>
#include <vector>

#include "cli/options.hpp"

namespace shoal::cli {

inline Parsed<TrackerCommand> tracker(std::vector<std::string> arguments) {
  return parse_tracker(arguments);
}
inline Parsed<SeederCommand> seeder(std::vector<std::string> arguments) {
  return parse_seeder(arguments);
}
inline Parsed<LeecherCommand> leecher(std::vector<std::string> arguments) {
  return parse_leecher(arguments);
}

}  // namespace shoal::cli
