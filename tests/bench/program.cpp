#include "bench/program.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "bench/machine.hpp"

namespace shoal::bench {
namespace {

constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(5);

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// In the child.
[[noreturn]] void become(char* const* arguments, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (::dup2(nothing, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0) {
    ::execv(arguments[0], arguments);
  }
  ::_exit(127);
}

}  // namespace

Program::Program(const std::filesystem::path& path, std::vector<std::string> arguments,
                 std::optional<int> core)
    : name_(path.filename()) {
  if (::access(path.c_str(), X_OK) != 0) throw_errno(path.c_str());
  arguments.insert(arguments.begin(), path.string());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe2");
  output_ = test::Descriptor(ends[0]);
  const test::Descriptor write_end(ends[1]);
  started_ = RealClock::now();
  id_ = ::fork();
  if (id_ < 0) throw_errno("fork");
  if (id_ == 0) {
    if (core) keep_to_core(*core);
    become(argv.data(), write_end.get());
  }
}

Program::Program(Program&& other) noexcept
    : name_(std::move(other.name_)),
      output_(std::move(other.output_)),
      started_(other.started_),
      read_(other.read_),
      id_(std::exchange(other.id_, 0)),
      text_(std::move(other.text_)) {}

Program::~Program() {
  if (id_ <= 0) return;
  ::kill(id_, SIGTERM);
  while (read_more()) {
  }
  ::kill(id_, SIGKILL);  // for one that does not end by itself
  ::waitpid(id_, nullptr, 0);
}

Seen Program::wait_for(std::string_view event) {
  for (;;) {
    const std::string line = next_line();
    nlohmann::json seen = nlohmann::json::parse(line);
    const std::string kind = seen.at("event");
    if (kind == event) return {read_, std::move(seen)};
    if (kind == "failed" || kind == "refused") throw std::runtime_error(name_ + ": " + line);
  }
}

std::string Program::next_line() {
  for (;;) {
    if (const std::size_t end = text_.find('\n'); end != std::string::npos) {
      std::string line = text_.substr(0, end);
      text_.erase(0, end + 1);
      return line;
    }
    if (!read_more()) throw std::runtime_error(name_ + " has ended too early, or hangs");
  }
}

bool Program::read_more() {
  pollfd polled{output_.get(), POLLIN, 0};
  if (::poll(&polled, 1, static_cast<int>(kPatience.count())) != 1) return false;
  std::array<char, 65536> buffer;
  const ssize_t size = ::read(output_.get(), buffer.data(), buffer.size());
  if (size <= 0) return false;
  read_ = RealClock::now();
  text_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

}  // namespace shoal::bench
