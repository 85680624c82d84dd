#include "cli/reporter.hpp"

#include <iostream>
#include <unistd.h>

#include "cli/json_reporter.hpp"
#include "cli/people_reporter.hpp"
#include "cli/terminal.hpp"

namespace shoal::cli {

std::unique_ptr<Reporter> make_reporter(bool json, std::vector<std::string> trackers,
                                        bool verbose) {
  if (json) return std::make_unique<JsonReporter>(std::cout, std::cerr);
  Screen screen{.redraws = [] { return can_redraw(STDOUT_FILENO); },
                .colours_out = [] { return wants_colour(STDOUT_FILENO); },
                .colours_err = [] { return wants_colour(STDERR_FILENO); },
                .width = [] { return terminal_width(STDOUT_FILENO); },
                .now = [] { return Clock::now(); }};
  return std::make_unique<PeopleReporter>(std::cout, std::cerr, std::move(screen),
                                          std::move(trackers), verbose);
}

}  // namespace shoal::cli
