#include "cli/service_manager.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace shoal::cli {

ServiceManager::ServiceManager(std::string_view socket) {
  const bool is_path = socket.starts_with('/');
  const bool is_abstract = socket.starts_with('@') && socket.size() > 1;
  // A path needs its zero byte at the end; an abstract name ends with the length of the address.
  const std::size_t most = sizeof(sockaddr_un::sun_path) - (is_path ? 1 : 0);
  if ((!is_path && !is_abstract) || socket.size() > most) return;
  socket_ = socket;
  if (is_abstract) socket_.front() = '\0';
}

ServiceManager ServiceManager::of_environment() {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  return ServiceManager(socket != nullptr ? socket : "");
}

void ServiceManager::tell(std::string_view state) const {
  if (socket_.empty()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(socket_, static_cast<char*>(address.sun_path));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  static_cast<void>(::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length));
  ::close(fd);
}

}  // namespace shoal::cli
