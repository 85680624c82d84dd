#include "cli/process.hpp"

#include <cerrno>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace shoal::cli {
namespace {

/// Every offered file is open, and some systems allow no more than 1024 files unless asked.
void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
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
  hold_back_signals();
}

int run_program(std::string_view program, const std::function<ExitCode(StopSignals&)>& body) {
  StopSignals signals(program);
  try {
    const ExitCode code = body(signals);
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
