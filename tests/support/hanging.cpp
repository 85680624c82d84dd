#include "support/hanging.hpp"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/patience.hpp"

namespace shoal::test {

Program::Environment Hanging::lookups(const std::string& names) const {
  return with({"HANGING_NAMES=" + names});
}

Program::Environment Hanging::calls(const std::string& call, const std::string& path) const {
  return with({"HANGING_CALL=" + call, "HANGING_PATH=" + path});
}

void Hanging::wait() const {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!std::filesystem::exists(home_ / "hangs")) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("nothing hangs");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Hanging::end() const {
  static_cast<void>(home_.write("ends", ""));
}

Program::Environment Hanging::with(Program::Environment settings) const {
  // AddressSanitizer wants to be the first library; it works as the second one too.
  const char* const options = std::getenv("ASAN_OPTIONS");
  const std::string before = options == nullptr ? "" : std::string(options) + ":";
  settings.insert(
      settings.end(),
      {"LD_PRELOAD=" SHOAL_HANGING, "ASAN_OPTIONS=" + before + "verify_asan_link_order=0",
       "HANGING_SIGN=" + (home_ / "hangs").string(), "HANGING_UNTIL=" + (home_ / "ends").string()});
  return settings;
}

}  // namespace shoal::test
