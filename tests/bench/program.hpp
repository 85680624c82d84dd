#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/clock.hpp"
#include "support/descriptor.hpp"

namespace shoal::bench {

/// One line of a program's --json output, and when it was read.
struct Seen {
  RealTime when;
  nlohmann::json event;
};

/// A program under measurement. Its standard error is ours. It does not outlive the object, nor,
/// whatever becomes of it, this process. Everything throws what went wrong.
class Program {
 public:
  /// Starts it, on one core only when `core` is given.
  Program(const std::filesystem::path& path, std::vector<std::string> arguments,
          std::optional<int> core = {});
  Program(Program&&) noexcept;
  Program& operator=(Program&&) = delete;
  /// Asks it to end, and waits until it has.
  ~Program();

  /// Reads on until the next event of that kind. A program that fails, ends or says nothing for
  /// minutes before that is an error.
  Seen wait_for(std::string_view event);

  [[nodiscard]] RealTime started() const { return started_; }
  [[nodiscard]] pid_t id() const { return id_; }

 private:
  [[nodiscard]] std::string next_line();
  /// False at the end of the output, or when nothing comes for too long.
  [[nodiscard]] bool read_more();

  std::string name_;
  test::Descriptor output_;
  RealTime started_;
  RealTime read_;  // when the last bytes of `text_` came
  pid_t id_ = 0;
  std::string text_;
};

}  // namespace shoal::bench
