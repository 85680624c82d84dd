#include "cli/line_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "cli/terminal.hpp"

namespace shoal::cli {
namespace {

constexpr int kForegroundCheck = 500;  // ms

enum class Wait { readable, stopped, again };

// A process in the background that reads its terminal is stopped by the kernel, so it waits for its
// turn instead.
Wait wait_for_input(int descriptor, int stop, bool waits_for_foreground) {
  std::array<pollfd, 2> polled{
      {{stop, POLLIN, 0}, {waits_for_foreground ? -1 : descriptor, POLLIN, 0}}};
  const int ready =
      ::poll(polled.data(), polled.size(), waits_for_foreground ? kForegroundCheck : -1);
  if (polled[0].revents != 0) return Wait::stopped;
  if (ready <= 0 || polled[1].revents == 0) return Wait::again;
  return in_background(descriptor) ? Wait::again : Wait::readable;
}

}  // namespace

void LineSplitter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() > kMaxLine) too_long_ = true;
    if (too_long_) {
      line_.clear();
    } else {
      line_ += part;
    }
    if (end == std::string_view::npos) return;
    line_ends();
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::finish() {
  if (too_long_ || !line_.empty()) line_ends();
  sink_(input::End{});
}

void LineSplitter::line_ends() {
  if (too_long_) {
    sink_(input::TooLong{});
  } else {
    if (line_.ends_with('\r')) line_.pop_back();
    sink_(input::Line{std::move(line_)});
  }
  line_.clear();
  too_long_ = false;
}

LineReader::LineReader(int descriptor, std::function<void(Input)> sink, bool asked)
    : thread_([this, descriptor, asked, sink = std::move(sink)] {
        read_lines(descriptor, sink, asked);
      }) {}

LineReader::~LineReader() {
  stop_.set();
}

void LineReader::read_lines(int descriptor, const std::function<void(Input)>& sink, bool asked) {
  LineSplitter lines(sink);
  std::array<char, 4096> buffer;
  for (bool behind = !asked && is_terminal(descriptor);;) {
    const bool was_behind = std::exchange(behind, in_background(descriptor));
    if (was_behind && !behind) sink(input::Foreground{});
    const Wait waited = wait_for_input(descriptor, stop_.descriptor(), behind);
    if (waited == Wait::stopped) return;
    if (waited == Wait::again) continue;
    const ssize_t size = ::read(descriptor, buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) return lines.finish();
    lines.feed({buffer.data(), static_cast<std::size_t>(size)});
  }
}

}  // namespace shoal::cli
