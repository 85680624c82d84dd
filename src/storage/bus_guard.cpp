#include "storage/bus_guard.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

namespace shoal::storage {
namespace {

/// What the handler may look at: the thread that reads is the one that gets the signal.
struct Guarded {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  volatile std::sig_atomic_t torn = 0;
};
constinit thread_local Guarded guarded;

std::uintptr_t page_mask;
struct sigaction before;  // we came

/// Zeros from the page of `at` to the end; then the instruction that failed is tried again.
bool put_zeros(std::uintptr_t at) {
  if (at < guarded.begin || at >= guarded.end) return false;
  const std::uintptr_t from = at & page_mask;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  // A number is all that the signal tells.
  auto* const page = reinterpret_cast<void*>(from);  // NOLINT(performance-no-int-to-ptr)
  if (::mmap(page, guarded.end - from, PROT_READ, kFlags, -1, 0) == MAP_FAILED) return false;
  guarded.torn = 1;
  return true;
}

void hand_on(int signal, siginfo_t* info, void* context) {
  if ((before.sa_flags & SA_SIGINFO) != 0) return before.sa_sigaction(signal, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
    return before.sa_handler(signal);
  ::sigaction(signal, &before, nullptr);
  ::raise(signal);  // comes when this handler returns
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  const bool from_the_system = info->si_code > 0;
  if (!from_the_system || !put_zeros(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
    hand_on(signal, info, context);
  }
  errno = error;
}

bool install() {
  page_mask = ~(static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE)) - 1);
  struct sigaction ours {};
  ours.sa_sigaction = on_bus_error;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&ours.sa_mask);
  return ::sigaction(SIGBUS, nullptr, &before) == 0 && ::sigaction(SIGBUS, &ours, nullptr) == 0;
}

bool handler_is_ours() {
  static const bool installed = install();
  struct sigaction now {};
  return installed && ::sigaction(SIGBUS, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
         now.sa_sigaction == on_bus_error;
}

sigset_t bus_error() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGBUS);
  return signals;
}

}  // namespace

BusGuard::BusGuard(BytesView mapped) : works_(handler_is_ours()) {
  if (!works_) return;
  // The system ends a program that blocks the signal when it comes.
  const sigset_t signals = bus_error();
  sigset_t blocked;
  ::pthread_sigmask(SIG_UNBLOCK, &signals, &blocked);
  was_blocked_ = ::sigismember(&blocked, SIGBUS) == 1;
  guarded.torn = 0;
  guarded.begin = reinterpret_cast<std::uintptr_t>(mapped.data());
  guarded.end = guarded.begin + mapped.size();
}

BusGuard::~BusGuard() {
  if (!works_) return;
  guarded.begin = guarded.end = 0;
  if (!was_blocked_) return;
  const sigset_t signals = bus_error();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

bool BusGuard::torn() const {
  return guarded.torn != 0;
}

}  // namespace shoal::storage
