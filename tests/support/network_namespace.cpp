#include "support/network_namespace.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace shoal::test {
namespace {

[[noreturn]] void throw_network_error(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

Descriptor namespace_of_this_thread() {
  Descriptor now(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!now.is_open()) throw_network_error("/proc/thread-self/ns/net");
  return now;
}

/// In the namespace that this thread is in.
void run_ip(const std::string& arguments) {
  if (std::system(("ip " + arguments).c_str()) != 0) throw std::runtime_error("ip " + arguments);
}

}  // namespace

NetworkNamespace::Inside::Inside(int there) : before_(namespace_of_this_thread()) {
  if (::setns(there, CLONE_NEWNET) != 0) throw_network_error("setns");
}

// Nothing could go on in the wrong namespace.
NetworkNamespace::Inside::~Inside() {
  if (::setns(before_.get(), CLONE_NEWNET) != 0) std::abort();
}

std::optional<std::string> NetworkNamespace::missing() {
  if (::geteuid() != 0) return "only root may make network namespaces";
  if (std::system("command -v ip >/dev/null") != 0) return "no ip here; it comes with iproute2";
  try {
    const NetworkNamespace one;
    const NetworkNamespace other;
    one.connect("eth0", other, "eth0");
  } catch (const std::exception& failure) {
    return std::string("no network namespaces here: ") + failure.what();
  }
  return std::nullopt;
}

NetworkNamespace::NetworkNamespace() {
  const Descriptor before = namespace_of_this_thread();
  if (::unshare(CLONE_NEWNET) != 0) throw_network_error("unshare");
  namespace_ = namespace_of_this_thread();
  if (::setns(before.get(), CLONE_NEWNET) != 0) std::abort();
  ip("link set lo up");
}

void NetworkNamespace::ip(const std::string& arguments) const {
  const Inside inside = enter();
  run_ip(arguments);
}

void NetworkNamespace::connect(const std::string& device, const NetworkNamespace& other,
                               const std::string& other_device) const {
  // ip inherits this one, and opens it by its number.
  const Descriptor inherited(::fcntl(other.namespace_.get(), F_DUPFD, 0));
  ip("link add " + device + " type veth peer name " + other_device + " netns /proc/self/fd/" +
     std::to_string(inherited.get()));
  for (const auto& [machine, name] : {std::pair{this, device}, std::pair{&other, other_device}}) {
    machine->ip("link set " + name + " addrgenmode none");
    machine->ip("link set " + name + " up");
  }
}

}  // namespace shoal::test
