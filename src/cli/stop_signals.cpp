#include "cli/stop_signals.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <poll.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace shoal::cli {
namespace {

sigset_t heard_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

/// A program that was started with nohup has to outlive its terminal.
bool hangup_is_ignored() {
  struct sigaction hangup {};
  return ::sigaction(SIGHUP, nullptr, &hangup) != 0 || hangup.sa_handler == SIG_IGN;
}

class SignalDescriptor {
 public:
  SignalDescriptor() {
    const sigset_t signals = heard_signals();
    fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd_ < 0) throw std::system_error(errno, std::system_category(), "signalfd");
  }
  ~SignalDescriptor() { ::close(fd_); }
  SignalDescriptor(SignalDescriptor&&) = delete;

  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

/// Its number; 0 when there is none.
int take_signal(int descriptor) {
  signalfd_siginfo signal;
  const ssize_t size = ::read(descriptor, &signal, sizeof signal);
  return size == static_cast<ssize_t>(sizeof signal) ? static_cast<int>(signal.ssi_signo) : 0;
}

/// Without the streams, which another thread may be in the middle of; and not to somebody who does
/// not read what we say.
void say(const std::string& sentence) {
  pollfd errors{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&errors, 1, 0) <= 0 || (errors.revents & POLLOUT) == 0) return;
  static_cast<void>(!::write(STDERR_FILENO, sentence.data(), sentence.size()));
}

/// Nothing of ours is waited for any more. Whatever was told was flushed when it was told.
[[noreturn]] void leave_at_once(int code) {
  ::_exit(code);
}

}  // namespace

void hold_back_signals() {
  const sigset_t signals = heard_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// ---- the main thread's side -------------------------------------------------

StopSignals::StopSignals(std::string_view program, std::chrono::milliseconds time)
    : program_(program),
      time_(time),
      hangup_ends_(!hangup_is_ignored()),
      thread_([this, signals = std::make_shared<SignalDescriptor>()] { listen(signals->get()); }) {}

StopSignals::~StopSignals() {
  ended_.set();
}

StopSignals::Running::Running(StopSignals& signals, std::function<void()> stop,
                              std::function<void()> reread)
    : signals_(signals) {
  const std::lock_guard lock(signals.mutex_);
  signals.begun_ = true;
  signals.stop_ = std::move(stop);
  signals.reread_ = std::move(reread);
  signals.rereads_ = signals.reread_ != nullptr;
}

StopSignals::Running::~Running() {
  const std::lock_guard lock(signals_.mutex_);
  signals_.stop_ = {};
  signals_.reread_ = {};
  if (!signals_.code_) signals_.code_ = ExitCode::failed;  // something was thrown
  signals_.begin_ending();
  signals_.ending_.set();
}

void StopSignals::Running::ends_with(ExitCode code) {
  const std::lock_guard lock(signals_.mutex_);
  signals_.code_ = code;
}

void StopSignals::begin_ending() {
  if (!deadline_) deadline_ = Clock::now() + time_;
}

// ---- the thread of the signals ----------------------------------------------

void StopSignals::listen(int signals) {
  std::array<pollfd, 3> polled{
      {{ended_.descriptor(), POLLIN, 0}, {ending_.descriptor(), POLLIN, 0}, {signals, POLLIN, 0}}};
  for (;;) {
    ::poll(polled.data(), polled.size(), time_left());
    if (polled[0].revents != 0) return;
    if (polled[1].revents != 0) polled[1].fd = -1;  // there is a deadline now
    if (const int signal = take_signal(signals); signal != 0) hear(signal);
  }
}

int StopSignals::time_left() {
  const std::lock_guard lock(mutex_);
  if (!deadline_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
  if (left.count() > 0) return static_cast<int>(left.count());
  say(program_ +
      ": something does not answer, such as a disk or a name server; ended without waiting for it "
      "any longer\n");
  leave_at_once(static_cast<int>(code_.value_or(ExitCode::interrupted)));
}

void StopSignals::hear(int signal) {
  const std::lock_guard lock(mutex_);
  if (signal == SIGHUP && (rereads_ || !hangup_ends_)) {
    if (reread_) reread_();
    return;
  }
  if (!begun_ || std::exchange(stopped_, true)) leave_at_once(128 + signal);
  begin_ending();
  if (stop_) stop_();
}

}  // namespace shoal::cli
