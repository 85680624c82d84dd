#include "support/stopped_clock.hpp"

#include <fstream>
#include <stdexcept>
#include <thread>

#include "support/patience.hpp"
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

void StoppedClock::wait_until_seen() const {
  const auto in = [](const std::filesystem::path& file) {
    long seconds = 0;
    std::ifstream(file) >> seconds;
    return seconds;
  };
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (in(file_.string() + ".seen") != in(file_)) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("the program does not look at its clock");
    }
    std::this_thread::yield();
  }
}

}  // namespace shoal::test
