#include "net/wake_event.hpp"

#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace shoal::net {

WakeEvent::WakeEvent() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
}

WakeEvent::~WakeEvent() {
  ::close(fd_);
}

// The only failure left is a counter that is full already, thus an event that is set.
void WakeEvent::set() {
  ::eventfd_write(fd_, 1);
}

}  // namespace shoal::net
