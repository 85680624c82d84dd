#include "cli/living_line.hpp"

#include <chrono>
#include <unistd.h>
#include <utility>

#include "cli/terminal.hpp"

namespace shoal::cli {

LivingLine::LivingLine(Runtime& runtime, Reporter& reporter, Look look)
    : reporter_(reporter), look_(std::move(look)), timer_(runtime) {}

void LivingLine::start() {
  if (is_terminal(STDOUT_FILENO)) tell();
}

void LivingLine::tell() {
  reporter_.standing(look_(Clock::now()));
  timer_.after(std::chrono::seconds(1), [this] { tell(); });
}

}  // namespace shoal::cli
