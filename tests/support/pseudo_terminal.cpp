#include "support/pseudo_terminal.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <system_error>

namespace shoal::test {
namespace {

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

PseudoTerminal::PseudoTerminal(unsigned short columns)
    : persons_side_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  require(persons_side_.is_open(), "posix_openpt");
  require(::grantpt(persons_side_.get()) == 0, "grantpt");
  require(::unlockpt(persons_side_.get()) == 0, "unlockpt");
  resize(columns);
}

void PseudoTerminal::resize(unsigned short columns) const {
  const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  require(::ioctl(persons_side_.get(), TIOCSWINSZ, &size) == 0, "TIOCSWINSZ");
}

Descriptor PseudoTerminal::open_programs_side() const {
  Descriptor side(::open(::ptsname(persons_side_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  require(side.is_open(), "open a terminal");
  return side;
}

}  // namespace shoal::test
