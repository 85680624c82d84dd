#include "support/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <linux/capability.h>
#include <poll.h>
#include <regex>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <gtest/gtest.h>

namespace shoal::test {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe2");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Descriptor make_memory_file() {
  Descriptor file(::memfd_create("errors", MFD_CLOEXEC));
  if (!file.is_open()) throw_errno("memfd_create");
  return file;
}

/// True when the descriptor has something to say before the deadline.
bool wait_readable(int descriptor, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd polled{descriptor, POLLIN, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

struct Child {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  int input;
  int output;
  int errors;
  bool terminal;
  pid_t parent;
};

/// After fork(), where other threads may have held any lock: system calls only.
[[noreturn]] void become(const Child& child) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != child.parent) ::_exit(127);  // it died before that
  ::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
  ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
  if (child.terminal && (::setsid() < 0 || ::ioctl(child.input, TIOCSCTTY, 0) != 0)) ::_exit(127);
  if (::dup2(child.input, STDIN_FILENO) >= 0 && ::dup2(child.output, STDOUT_FILENO) >= 0 &&
      ::dup2(child.errors, STDERR_FILENO) >= 0 && ::chdir(child.directory) == 0) {
    ::close_range(STDERR_FILENO + 1, ~0U, 0);  // Asio's sockets, which a test means to close alone
    ::execve(child.program, child.arguments, child.environment);
  }
  ::_exit(127);
}

/// What `added` names comes from there, the home from `home`, and all else from our own
/// environment. Points into `added`, which takes in the home as well.
std::vector<char*> merged(Program::Environment& added, const std::filesystem::path& home) {
  added.push_back("HOME=" + home.string());
  const auto unless_given = [&](const std::string& name, const std::string& value) {
    const bool given = std::ranges::any_of(
        added, [&](const std::string& other) { return other.starts_with(name + "="); });
    if (!given) added.push_back(name + "=" + value);
  };
  added.push_back("XDG_CACHE_HOME=" + (home / "cache").string());
  // Not the developer's own options, nor those of the system.
  unless_given("XDG_CONFIG_HOME", (home / "no config").string());
  unless_given("SHOAL_CONFIG_DIR", (home / "no config").string());
  std::vector<char*> all;
  for (std::string& variable : added) all.push_back(variable.data());
  for (char** one = ::environ; *one != nullptr; ++one) {
    const std::string_view variable = *one;
    const std::string_view name = variable.substr(0, variable.find('=') + 1);
    const bool replaced = std::ranges::any_of(
        added, [&](const std::string& other) { return other.starts_with(name); });
    if (!replaced) all.push_back(*one);
  }
  all.push_back(nullptr);
  return all;
}

std::string last_lines(const std::string& text, std::size_t size) {
  if (text.size() <= size) return text;
  return "...\n" + text.substr(text.find('\n', text.size() - size) + 1);
}

}  // namespace

Program::Program(const std::string& name, const Arguments& arguments,
                 const std::filesystem::path& directory, Environment environment)
    : command_(arguments),
      speaks_json_(std::ranges::find(arguments, "--json") != arguments.end()),
      errors_(make_memory_file()) {
  command_.insert(command_.begin(), (std::filesystem::path(SHOAL_BIN_DIR) / name).string());
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  begin(directory, std::move(environment),
        {input.read.get(), output.write.get(), errors_.get(), false});
  input_ = std::move(input.write);
  from_program_ = std::move(output.read);
}

Program::Program(const std::string& name, const Arguments& arguments,
                 const std::filesystem::path& directory, Environment environment,
                 const PseudoTerminal& terminal)
    : command_(arguments), speaks_json_(false), errors_(make_memory_file()) {
  command_.insert(command_.begin(), (std::filesystem::path(SHOAL_BIN_DIR) / name).string());
  const Descriptor side = terminal.open_programs_side();
  begin(directory, std::move(environment), {side.get(), side.get(), side.get(), true});
  input_ = Descriptor(::dup(terminal.persons_side()));
  from_program_ = Descriptor(::dup(terminal.persons_side()));
}

void Program::begin(const std::filesystem::path& directory, Environment environment,
                    const Side& side) {
  std::vector<char*> argv;
  for (std::string& argument : command_) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> envp = merged(environment, directory);
  const Child child{argv.front(), argv.data(), envp.data(),   directory.c_str(), side.input,
                    side.output,  side.errors, side.terminal, ::getpid()};
  pid_ = ::fork();
  if (pid_ < 0) throw_errno("fork");
  if (pid_ == 0) become(child);
  process_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!process_.is_open()) throw_errno("pidfd_open");
}

Program::~Program() {
  if (pid_ == 0 || !from_program_.is_open()) return;  // moved from
  end();
  if (::testing::Test::HasFailure() || std::uncaught_exceptions() > 0) {
    std::cerr << describe() << std::endl;
  }
}

void Program::end() {
  if (!running()) return;
  signal(SIGTERM);
  try {
    const int code = wait_for_exit();
    // The last: it had been asked to end before, and was not done when it was asked again.
    if (code != 0 && code != 130 && code != 128 + SIGTERM) ADD_FAILURE() << "ended with " << code;
  } catch (const std::exception& failure) {
    ADD_FAILURE() << failure.what();
    kill();
  }
}

// ---- what it says

Json Program::wait_for(std::string_view event, const Condition& condition,
                       std::chrono::seconds patience) {
  const Deadline deadline = Clock::now() + patience;
  for (std::size_t next = 0;; ++next) {
    while (next == events_.size()) {
      if (!read_more(deadline)) {
        throw std::runtime_error("no such event: " + std::string(event) + "; from " + command_[0]);
      }
    }
    const Json& one = events_[next];
    if (one.at("event") == event && (!condition || condition(one))) return one;
  }
}

void Program::wait_for_output(const std::function<bool(const std::string&)>& condition) {
  const Deadline deadline = Clock::now() + kPatience;
  while (!condition(output_)) {
    if (!read_more(deadline)) throw std::runtime_error("it does not say so: " + command_[0]);
  }
}

std::size_t Program::count(std::string_view event) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(events_, [&](const Json& one) { return one.at("event") == event; }));
}

bool Program::read_more(Deadline deadline) {
  if (Clock::now() > deadline || !wait_readable(from_program_.get(), deadline)) return false;
  std::array<char, 65536> buffer;
  const ssize_t size = ::read(from_program_.get(), buffer.data(), buffer.size());
  if (size <= 0) return false;
  output_.append(buffer.data(), static_cast<std::size_t>(size));
  if (speaks_json_) take_lines();
  return true;
}

void Program::take_lines() {
  for (std::size_t end = output_.find('\n', parsed_); end != std::string::npos;
       end = output_.find('\n', parsed_)) {
    const std::string line = output_.substr(parsed_, end - parsed_);
    parsed_ = end + 1;
    // Halves of surrogate pairs stand for bytes that are no UTF-8, and this parser takes none.
    Json event = Json::parse(std::regex_replace(line, std::regex(R"(\\udc[89a-f][0-9a-f])"), "?"),
                             nullptr, false);
    if (!event.is_object() || !event.contains("event")) {
      throw std::runtime_error("no event on standard output: " + line);
    }
    events_.push_back(std::move(event));
  }
}

std::string Program::errors() const {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t size = 0;;) {
    size = ::pread(errors_.get(), buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

std::string Program::describe() const {
  constexpr std::size_t kShown = 3000;
  std::string text = "---- ";
  for (const std::string& argument : command_) text += argument + " ";
  text.resize(std::min(text.size(), kShown));
  text += "\n" + last_lines(output_, kShown) + "-- errors\n" + last_lines(errors(), kShown);
  return text;
}

std::uint64_t Program::bytes_read() const {
  std::ifstream io("/proc/" + std::to_string(pid_) + "/io");
  std::string field;
  std::uint64_t bytes = 0;
  if (!(io >> field >> bytes) || field != "rchar:") throw std::runtime_error("no /proc/PID/io");
  return bytes;
}

std::uint64_t Program::peak_memory() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string word; status >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  }
  throw std::runtime_error("no VmHWM in /proc/PID/status");
}

std::size_t Program::entries_of(const std::string& directory) const {
  return static_cast<std::size_t>(std::ranges::distance(
      std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + directory)));
}

std::size_t Program::open_descriptors() const {
  return entries_of("/fd");
}

std::size_t Program::threads() const {
  return entries_of("/task");
}

// ---- its end

void Program::signal(int number) const {
  if (::syscall(SYS_pidfd_send_signal, process_.get(), number, nullptr, 0) != 0) {
    throw_errno("pidfd_send_signal");
  }
}

void Program::type(std::string_view line) const {
  type_raw(std::string(line) + "\n");
}

void Program::type_raw(std::string_view text) const {
  if (::write(input_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw_errno("write to the program");
  }
}

bool Program::reap(Deadline deadline) {
  if (!wait_readable(process_.get(), deadline)) return false;
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) throw_errno("waitpid");
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  process_.close();
  return true;
}

int Program::wait_for_exit() {
  const Deadline deadline = Clock::now() + kPatience;
  while (read_more(deadline)) {
  }
  if (running() && !reap(deadline)) throw std::runtime_error("it does not end: " + command_[0]);
  return exit_code_;
}

void Program::kill() {
  if (!running()) return;
  signal(SIGKILL);
  reap(Clock::now() + kPatience);
}

}  // namespace shoal::test
