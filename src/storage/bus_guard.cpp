#include "storage/bus_guard.hpp"

#include <atomic>
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
// "initial-exec": else the first look from a thread may allocate, which no handler may do, where
// the library is part of a plug-in.
[[gnu::tls_model("initial-exec")]] constinit thread_local Guarded guarded;

std::uintptr_t page_mask;
struct sigaction before;  // we came

/// Zeros from the page of `at` to the end; then the instruction that failed is tried again.
bool put_zeros(void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  if (at < guarded.begin || at >= guarded.end) return false;
  const std::uintptr_t from = at & page_mask;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  void* const page = static_cast<std::byte*>(address) - (at - from);
  if (::mmap(page, guarded.end - from, PROT_READ, kFlags, -1, 0) == MAP_FAILED) return false;
  guarded.torn = 1;
  return true;
}

void set_default() {
  struct sigaction fatal {};
  fatal.sa_handler = SIG_DFL;
  ::sigaction(SIGBUS, &fatal, nullptr);
}

/// As if we had never come.
void hand_on(int signal, siginfo_t* info, void* context, bool this_thread_read) {
  if ((before.sa_flags & SA_SIGINFO) == 0) {
    if (before.sa_handler == SIG_IGN && !this_thread_read) return;
    if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
      set_default();    // a read that failed cannot be ignored
      ::raise(signal);  // comes when this handler returns
      return;
    }
  }
  // Such a handler expects to be called once, and may return to have the program end.
  if ((before.sa_flags & SA_RESETHAND) != 0) set_default();
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(signal, info, context);
  } else {
    before.sa_handler(signal);
  }
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  // And not what somebody sent, or the system's word of bad memory that nobody has read yet.
  const bool this_thread_read = info->si_code > 0 && info->si_code != BUS_MCEERR_AO;
  if (!this_thread_read || !put_zeros(info->si_addr)) {
    hand_on(signal, info, context, this_thread_read);
  }
  errno = error;
}

bool install() {
  page_mask = ~(static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE)) - 1);
  if (::sigaction(SIGBUS, nullptr, &before) != 0) return false;
  struct sigaction ours {};
  ours.sa_sigaction = on_bus_error;
  // Whoever was there before is called with the signals blocked, and by the rules, that it chose.
  ours.sa_mask = before.sa_mask;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (before.sa_flags & (SA_RESTART | SA_NODEFER));
  // Asked for again: another thread may have changed it meanwhile.
  return ::sigaction(SIGBUS, &ours, &before) == 0;
}

bool handler_is_ours() {
  static const bool installed = install();
  struct sigaction now {};
  return installed && ::sigaction(SIGBUS, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
         now.sa_sigaction == on_bus_error;
}

/// The system ends a program that blocks the signal when it comes.
bool is_blocked() {
  sigset_t blocked;
  return ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked) != 0 ||
         ::sigismember(&blocked, SIGBUS) != 0;
}

/// The compiler must not move what is read out of the guard's life.
void keep_order() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

BusGuard::BusGuard(BytesView mapped)
    : works_(guarded.end == 0 && !is_blocked() && handler_is_ours()) {
  if (!works_) return;
  guarded.torn = 0;
  guarded.begin = reinterpret_cast<std::uintptr_t>(mapped.data());
  guarded.end = guarded.begin + mapped.size();
  keep_order();
}

BusGuard::~BusGuard() {
  if (!works_) return;
  keep_order();
  guarded.begin = guarded.end = 0;
}

bool BusGuard::torn() const {
  keep_order();
  return works_ && guarded.torn != 0;
}

}  // namespace shoal::storage
