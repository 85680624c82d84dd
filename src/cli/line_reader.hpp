#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "net/wake_event.hpp"

namespace shoal::cli {

inline constexpr std::size_t kMaxLine = 64uz * 1024;  ///< bytes, without the line end

namespace input {

/// One line, without its line end.
struct Line {
  std::string text;
};
/// A line of more than kMaxLine bytes was skipped.
struct TooLong {};
/// The terminal is ours, after it was another job's.
struct Foreground {};
/// Nothing more will come.
struct End {};

}  // namespace input

using Input = std::variant<input::Line, input::TooLong, input::Foreground, input::End>;

/// Cuts bytes into lines, however they arrive, and never holds more than one line of kMaxLine.
class LineSplitter {
 public:
  explicit LineSplitter(std::function<void(Input)> sink) : sink_(std::move(sink)) {}

  void feed(std::string_view bytes);
  /// A last line without a line end counts.
  void finish();

 private:
  void line_ends();

  std::function<void(Input)> sink_;
  std::string line_;
  bool too_long_ = false;
};

/// Reads lines off a descriptor (terminal, pipe or regular file) on a thread of its own, and stops
/// at once when it is destroyed. The descriptor stays open.
class LineReader {
 public:
  /// `sink` is called on the reader's thread; End is the last call. `asked`: when somebody looked,
  /// the terminal was ours. Else Foreground comes as soon as it is, at once maybe.
  LineReader(int descriptor, std::function<void(Input)> sink, bool asked = true);
  ~LineReader();
  LineReader(LineReader&&) = delete;

 private:
  void read_lines(int descriptor, const std::function<void(Input)>& sink, bool asked);

  net::WakeEvent stop_;
  std::jthread thread_;
};

}  // namespace shoal::cli
