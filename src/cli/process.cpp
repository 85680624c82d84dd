#include "cli/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace shoal::cli {
namespace {

sigset_t all_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

/// SIGHUP of a program that was started with nohup means nothing, if not to read something again.
sigset_t heard_signals(bool rereads) {
  sigset_t signals = all_signals();
  struct sigaction hangup {};
  const bool ignored = ::sigaction(SIGHUP, nullptr, &hangup) != 0 || hangup.sa_handler == SIG_IGN;
  if (ignored && !rereads) sigdelset(&signals, SIGHUP);
  return signals;
}

class SignalDescriptor {
 public:
  explicit SignalDescriptor(const sigset_t& signals)
      : fd_(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) {
    if (fd_ < 0) throw std::system_error(errno, std::system_category(), "signalfd");
  }
  ~SignalDescriptor() { ::close(fd_); }
  SignalDescriptor(SignalDescriptor&&) = delete;

  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Every offered file is open, and some systems allow no more than 1024 files unless asked.
void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Its number; 0 when there is none.
std::uint32_t take_signal(int descriptor) {
  signalfd_siginfo signal;
  const ssize_t size = ::read(descriptor, &signal, sizeof signal);
  return size == static_cast<ssize_t>(sizeof signal) ? signal.ssi_signo : 0;
}

/// What to do about an errno value, since Asio's category knows no std::errc; null when it tells
/// nothing.
const char* advice_on(int error) {
  switch (error) {
    case EADDRINUSE:
      return "Another program has that port. Choose another one with --listen ADDR:PORT.";
    case EADDRNOTAVAIL:
      return "This machine has no such address (ip addr shows them). Choose one of its own with "
             "--listen, or give the port alone: --listen :PORT.";
    case EACCES:
      return "Ports below 1024 need special rights. Choose a higher one with --listen ADDR:PORT.";
    case EAFNOSUPPORT:
      return "This machine has no IPv6, or has it switched off. Choose an IPv4 address with "
             "--listen.";
    default:
      return nullptr;
  }
}

}  // namespace

void prepare_process() {
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0; fd = ::open("/dev/null", O_RDWR)) {
    if (fd <= STDERR_FILENO) continue;
    ::close(fd);
    break;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  raise_open_files();
  const sigset_t signals = all_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

StopSignals::StopSignals(std::function<void()> stop, std::function<void()> reread)
    : thread_([this, stop = std::move(stop), reread,
               signals = std::make_shared<SignalDescriptor>(heard_signals(reread != nullptr))] {
        listen(signals->get(), stop, reread);
      }) {}

StopSignals::~StopSignals() {
  ended_.set();
}

void StopSignals::listen(int signals, const std::function<void()>& stop,
                         const std::function<void()>& reread) {
  std::array<pollfd, 2> polled{{{ended_.descriptor(), POLLIN, 0}, {signals, POLLIN, 0}}};
  for (bool stopping = false;;) {
    ::poll(polled.data(), polled.size(), -1);
    if (polled[0].revents != 0) return;
    const std::uint32_t signal = take_signal(signals);
    if (signal == 0) continue;
    if (signal == SIGHUP && reread) {
      reread();
      continue;
    }
    if (stopping) ::_exit(static_cast<int>(ExitCode::interrupted));
    stopping = true;
    stop();
  }
}

int run_program(std::string_view program, const std::function<ExitCode()>& body) {
  try {
    const ExitCode code = body();
    if (code != ExitCode::done || std::cout.flush()) return static_cast<int>(code);
    std::cerr << program << ": cannot write to standard output" << std::endl;
  } catch (const std::system_error& error) {
    std::cerr << program << ": " << error.what() << std::endl;
    if (const char* advice = advice_on(error.code().value())) std::cerr << advice << std::endl;
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << std::endl;
  }
  return static_cast<int>(ExitCode::failed);
}

}  // namespace shoal::cli
