// What people see who run the programs on a terminal.
#include <csignal>
#include <string_view>

#include "integration/loopback.hpp"

namespace shoal::test::terminal_test {
namespace {

constexpr std::string_view kErase = "\r\x1b[K";
constexpr std::uint64_t kMiB = 1 << 20;

auto has(std::string text) {
  return [text = std::move(text)](const std::string& output) { return output.contains(text); };
}

class OnTerminal : public Loopback {
 protected:
  /// So slowly that there is time to look.
  [[nodiscard]] Program::Arguments leecher_arguments() const {
    return {"film.bin", "--output", here_.string(), "--no-seed",        "--tracker",
            address_,   "--listen", "127.0.0.1:0",  "--download-limit", "2M"};
  }
  /// A shell that has the terminal, runs the leecher in the background, and in the foreground once
  /// a line is typed.
  [[nodiscard]] Program in_background(const Program::Arguments& arguments) const {
    Program::Arguments shell{"-mc", "\"$@\" & read line; fg", "sh", SHOAL_BIN_DIR "/leecher"};
    shell.insert(shell.end(), arguments.begin(), arguments.end());
    return {"/bin/sh", shell, home_.path(), {"TERM=xterm"}, terminal_};
  }

  const PseudoTerminal terminal_;
  const std::filesystem::path original_ = file("film.bin", 24 * kMiB);
  const std::filesystem::path here_ = folder("here");
};

/// Of a terminal that can do nothing, or of which nothing is known.
class OnADumbTerminal : public OnTerminal, public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(Each, OnADumbTerminal, testing::Values("TERM=dumb", "TERM="),
                         [](const auto& test) { return test.index == 0 ? "dumb" : "unknown"; });

TEST_P(OnADumbTerminal, no_line_is_drawn_and_nothing_is_coloured) {
  Program seeder = seeder_of(original_);
  Program leecher("leecher", leecher_arguments(), home_.path(), {GetParam()}, terminal_);
  leecher.wait_for_output(has("film.bin: "));  // a plain line
  leecher.signal(SIGTERM);
  EXPECT_EQ(leecher.wait_for_exit(), 130);
  EXPECT_FALSE(leecher.output().contains('\x1b')) << leecher.output();
}

TEST_F(OnTerminal, that_another_job_has_lines_are_plain_until_it_is_ours) {
  Program seeder = seeder_of(original_);
  Program leecher = in_background(leecher_arguments());
  leecher.wait_for_output(has("film.bin: "));
  EXPECT_FALSE(leecher.output().contains(kErase)) << leecher.output();
  leecher.type("");
  leecher.wait_for_output(has(std::string(kErase) + "film.bin"));
  leecher.type_raw("\x03");
  EXPECT_EQ(leecher.wait_for_exit(), 130);
}

TEST_F(OnTerminal, that_comes_back_to_it_the_leecher_asks_for_a_name) {
  Program leecher = in_background({"--tracker", address_});
  leecher.wait_for_output(has("Listening for peers"));
  EXPECT_FALSE(leecher.output().contains("File name: ")) << leecher.output();
  leecher.type("");
  leecher.wait_for_output(has("File name: "));
  leecher.type_raw("\x03");
  EXPECT_EQ(leecher.wait_for_exit(), 130);
}

TEST_F(OnTerminal, that_gets_narrower_the_line_does_too) {
  Program seeder = seeder_of(original_);
  Program leecher("leecher", leecher_arguments(), home_.path(), {"TERM=xterm"}, terminal_);
  leecher.wait_for_output(has("left" + std::string(kErase)));
  terminal_.resize(30);
  const std::size_t before = leecher.output().size();
  leecher.wait_for_output([&](const std::string& output) {
    const std::size_t begin = output.find(kErase, before);
    const std::size_t end = output.find(kErase, begin + kErase.size());
    if (begin == std::string::npos || end == std::string::npos) return false;
    const std::string_view line =
        std::string_view(output).substr(begin + kErase.size(), end - begin - kErase.size());
    return line.size() < 30;
  });
}

TEST_F(OnTerminal, a_seeder_and_a_tracker_say_how_things_stand_as_they_change) {
  const PseudoTerminal other;
  Program tracker("tracker", {"--listen", "127.0.0.1:0"}, home_.path(), {"TERM=xterm"}, other);
  tracker.wait_for_output(has(std::string(kErase) + "0 files, 0 peers"));
  Program seeder("seeder", {original_.string(), "--tracker", address_, "--listen", "127.0.0.1:0"},
                 home_.path(), {"TERM=xterm"}, terminal_);
  seeder.wait_for_output(has(std::string(kErase) + "Offering 1 name, 0 peers  "));
  Program leecher = leecher_of("film.bin", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  seeder.wait_for_output(has("24 MiB sent"));
}

}  // namespace
}  // namespace shoal::test::terminal_test
