#include "cli/terminal.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace shoal::cli {
namespace {

bool is_dumb() {
  const char* const terminal = std::getenv("TERM");
  // Where nobody says what it is, as in cron or a bare container, nothing is known that it can do.
  return terminal == nullptr || *terminal == '\0' || std::string_view(terminal) == "dumb";
}

}  // namespace

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

bool in_background(int descriptor) {
  if (!is_terminal(descriptor)) return false;
  const pid_t foreground = ::tcgetpgrp(descriptor);
  return foreground >= 0 && foreground != ::getpgrp();
}

bool is_interactive(int descriptor) {
  return is_terminal(descriptor) && !in_background(descriptor);
}

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool wants_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  return can_redraw(descriptor);
}

bool can_redraw(int descriptor) {
  return is_terminal(descriptor) && !is_dumb() && !in_background(descriptor);
}

}  // namespace shoal::cli
