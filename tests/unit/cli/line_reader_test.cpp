#include "cli/line_reader.hpp"

#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace shoal::cli::line_reader_test {
namespace {

using testing::ElementsAre;

std::string shown(const Input& input) {
  if (const auto* line = std::get_if<input::Line>(&input)) return "line " + line->text;
  if (std::holds_alternative<input::Foreground>(input)) return "foreground";
  return std::holds_alternative<input::End>(input) ? "end" : "too long";
}

std::vector<std::string> split(const std::vector<std::string>& parts) {
  std::vector<std::string> seen;
  LineSplitter lines([&](const Input& input) { seen.push_back(shown(input)); });
  for (const std::string& part : parts) lines.feed(part);
  lines.finish();
  return seen;
}

TEST(LineSplitter, finds_the_same_lines_however_the_bytes_are_cut) {
  const std::string text = "one\r\n\ntwo words\nthree";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_THAT(split({text.substr(0, cut), text.substr(cut)}),
                ElementsAre("line one", "line ", "line two words", "line three", "end"));
  }
}

TEST(LineSplitter, takes_a_line_of_the_greatest_length_and_skips_a_longer_one) {
  const std::string longest(kMaxLine, 'a');
  EXPECT_THAT(split({longest + "\nb\n"}), ElementsAre("line " + longest, "line b", "end"));
  EXPECT_THAT(split({longest, "a", "a\nb\n"}), ElementsAre("too long", "line b", "end"));
  EXPECT_THAT(split({longest, "a"}), ElementsAre("too long", "end"));
}

TEST(LineSplitter, of_nothing_is_just_the_end) {
  EXPECT_THAT(split({}), ElementsAre("end"));
}

class Collector {
 public:
  void add(const Input& input) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(shown(input));
    changed_.notify_all();
  }
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return seen_.size() >= count; });
    return seen_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> seen_;
};

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
  ~Pipe() {
    ::close(ends_[0]);
    close_writer();
  }
  Pipe(Pipe&&) = delete;
  [[nodiscard]] int reader() const { return ends_[0]; }
  void write(std::string_view text) {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST(LineReader, reads_a_pipe_line_by_line_up_to_its_end) {
  Pipe pipe;
  Collector seen;
  LineReader reader(pipe.reader(), [&](const Input& input) { seen.add(input); });
  pipe.write("a\n");
  EXPECT_THAT(seen.wait_for(1), ElementsAre("line a"));
  pipe.write("b\nc");
  pipe.close_writer();
  EXPECT_THAT(seen.wait_for(4), ElementsAre("line a", "line b", "line c", "end"));
}

TEST(LineReader, stops_at_once_while_nothing_comes) {
  Pipe pipe;
  Collector seen;
  {
    const LineReader reader(pipe.reader(), [&](const Input& input) { seen.add(input); });
  }
  EXPECT_TRUE(seen.wait_for(0).empty());
}

TEST(LineReader, reads_a_regular_file) {
  const test::TempDir directory;
  const int fd = ::open(directory.write("lines", "a\nb\n").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  Collector seen;
  {
    const LineReader reader(fd, [&](const Input& input) { seen.add(input); });
    EXPECT_THAT(seen.wait_for(3), ElementsAre("line a", "line b", "end"));
  }
  ::close(fd);
}

TEST(LineReader, takes_a_closed_descriptor_as_the_end) {
  Collector seen;
  const LineReader reader(1'000'000, [&](const Input& input) { seen.add(input); });
  EXPECT_THAT(seen.wait_for(1), ElementsAre("end"));
}

TEST(LineReader, reads_a_terminal) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(master, 0);
  ASSERT_EQ(::grantpt(master), 0);
  ASSERT_EQ(::unlockpt(master), 0);
  const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  Collector seen;
  {
    const LineReader reader(terminal, [&](const Input& input) { seen.add(input); });
    EXPECT_EQ(::write(master, "a b\n\x04", 5), 5);  // Ctrl-D
    EXPECT_THAT(seen.wait_for(2), ElementsAre("line a b", "end"));
  }
  Collector of_another;
  {
    // It became ours between a look at it and the first of the reader.
    const LineReader reader(
        terminal, [&](const Input& input) { of_another.add(input); }, false);
    EXPECT_THAT(of_another.wait_for(1), ElementsAre("foreground"));
  }
  ::close(terminal);
  ::close(master);
}

}  // namespace
}  // namespace shoal::cli::line_reader_test
