#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/descriptor.hpp"
#include "support/patience.hpp"
#include "support/pseudo_terminal.hpp"

namespace shoal::test {

using Json = nlohmann::json;

/// One of the real programs, run by a test. What it prints is read by whoever waits for something;
/// every wait has a deadline and throws what the program was and said. It does not outlive the
/// test: neither the object nor, whatever becomes of it, the test's process.
class Program {
 public:
  using Arguments = std::vector<std::string>;
  using Condition = std::function<bool(const Json&)>;
  /// NAME=VALUE, added to the test's own environment.
  using Environment = std::vector<std::string>;

  /// Starts the program of that name, or at that absolute path, in `directory`. Run by root, it has
  /// no right to pass over the permissions of files, so that a test means the same for everybody.
  /// Its home and its cache are there, too.
  Program(const std::string& name, const Arguments& arguments,
          const std::filesystem::path& directory, Environment environment = {});
  /// On a terminal, the one of a session of its own. What it says there, also to standard error, is
  /// its output().
  Program(const std::string& name, const Arguments& arguments,
          const std::filesystem::path& directory, Environment environment,
          const PseudoTerminal& terminal);
  Program(Program&&) noexcept = default;
  /// Asks a program that still runs to end, and expects that it does so cleanly. Kills it if it
  /// does not. When the test has failed, shows what the program said.
  ~Program();

  /// The first event of that kind that meets the condition, seen already or still to come.
  Json wait_for(std::string_view event, const Condition& condition = {},
                std::chrono::seconds patience = kPatience);
  /// Until the condition holds for all that it has put out so far.
  void wait_for_output(const std::function<bool(const std::string&)>& condition);
  /// Everything that was read so far; all there ever was after wait_for_exit().
  [[nodiscard]] const std::vector<Json>& events() const { return events_; }
  [[nodiscard]] std::size_t count(std::string_view event) const;
  /// The exit code; minus the signal's number when a signal ended it.
  int wait_for_exit();

  void signal(int number) const;
  /// Sends SIGKILL and waits until the program is gone.
  void kill();
  /// A line on its standard input, which stays open and silent otherwise.
  void type(std::string_view line) const;
  /// As it is, such as a key of a terminal.
  void type_raw(std::string_view text) const;
  void close_input() { input_.close(); }

  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] std::string errors() const;
  /// What it has read from files so far.
  [[nodiscard]] std::uint64_t bytes_read() const;
  /// The most memory it has had so far, in bytes.
  [[nodiscard]] std::uint64_t peak_memory() const;
  /// How many descriptors it has open now, and how many threads it has.
  [[nodiscard]] std::size_t open_descriptors() const;
  [[nodiscard]] std::size_t threads() const;
  /// For messages: the command line, the last lines of the output, and the errors.
  [[nodiscard]] std::string describe() const;

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  [[nodiscard]] std::size_t entries_of(const std::string& directory) const;

  struct Side {
    int input;
    int output;
    int errors;
    bool terminal;
  };
  void begin(const std::filesystem::path& directory, Environment environment, const Side& side);

  /// False when there is no more to read, or the deadline has passed.
  bool read_more(Deadline deadline);
  void take_lines();
  [[nodiscard]] bool running() const { return process_.is_open(); }
  bool reap(Deadline deadline);
  void end();

  Arguments command_;
  bool speaks_json_;
  Descriptor input_;
  Descriptor from_program_;
  Descriptor errors_;
  Descriptor process_;  // a pidfd; closed when the program is gone
  pid_t pid_ = 0;
  int exit_code_ = 0;
  std::string output_;
  std::size_t parsed_ = 0;  // of output_
  std::vector<Json> events_;
};

}  // namespace shoal::test
