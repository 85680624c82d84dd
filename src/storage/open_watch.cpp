#include "storage/open_watch.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace shoal::storage {

OpenWatch::OpenWatch(const File& file) : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (blind()) return;
  // This very file, whatever stands at its path by now.
  const std::string path = "/proc/self/fd/" + std::to_string(file.descriptor());
  if (::inotify_add_watch(descriptor_, path.c_str(), IN_OPEN | IN_CLOSE_WRITE) < 0) close();
}

OpenWatch::~OpenWatch() {
  close();
}

OpenWatch::News OpenWatch::look() {
  News news;
  while (!blind()) {
    alignas(inotify_event) std::array<char, 4096> buffer;
    const ssize_t size = ::read(descriptor_, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, &buffer[at], sizeof event);
      at += sizeof event + event.len;
      if ((event.mask & IN_OPEN) != 0) news.opened = true;
      // Too many to be kept, or no watch any more: anything may have been among them.
      if ((event.mask & (IN_CLOSE_WRITE | IN_Q_OVERFLOW | IN_IGNORED)) != 0) news.written = true;
      if ((event.mask & IN_IGNORED) != 0) close();
    }
  }
  return news;
}

void OpenWatch::close() {
  if (!blind()) ::close(std::exchange(descriptor_, -1));
}

}  // namespace shoal::storage
