#include "support/stopped_clock.hpp"

#include <fstream>

#include "support/preload.hpp"

namespace shoal::test {

Program::Environment StoppedClock::environment() const {
  Program::Environment environment = preloading(SHOAL_STOPPED_CLOCK);
  environment.push_back((kind_ == Kind::program ? "STOPPED_CLOCK=" : "SLEPT_CLOCK=") +
                        file_.string());
  return environment;
}

// In place at once: a program never reads half of it.
void StoppedClock::stop_for(std::chrono::seconds time) const {
  const std::filesystem::path next = file_.string() + ".next";
  std::ofstream(next) << time.count();
  std::filesystem::rename(next, file_);
}

}  // namespace shoal::test
