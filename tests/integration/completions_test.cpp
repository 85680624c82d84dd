// The Tab key, in the shells themselves.
#include <gtest/gtest.h>

#include "integration/loopback.hpp"

namespace shoal::test::completions_test {
namespace {

struct Shell {
  std::string name;
  Program::Arguments arguments;
  std::string set_up;  ///< @ is where the completions are
};

const Shell kShells[] = {
    {"bash",
     {"--norc", "--noprofile", "-i"},
     "PS1='ready> '; for p in tracker seeder leecher; do . @/bash/$p; done"},
    {"zsh",
     {"-f", "-i"},
     "PS1='ready> '; fpath=(@/zsh $fpath); autoload -U compinit; compinit -u -D; bindkey -e"},
    {"fish",
     {"--private", "--no-config", "-i"},
     "function fish_prompt; echo 'ready> '; end; for p in @/fish/*.fish; source $p; end"},
};

class TabKey : public Loopback, public testing::WithParamInterface<Shell> {
 protected:
  void SetUp() override {
    const std::filesystem::path shell = "/usr/bin/" + GetParam().name;
    if (!std::filesystem::exists(shell)) {
      GTEST_SKIP() << "only " << GetParam().name << " can press its Tab key, and it is not here";
    }
    const std::string path = SHOAL_BIN_DIR ":/usr/bin:/bin";
    shell_.emplace(shell.string(), GetParam().arguments, home_.path(),
                   Program::Environment{"TERM=xterm", "PATH=" + path,
                                        "EDITOR=", "HOME=" + home_.path().string(),
                                        "XDG_CONFIG_HOME=" + home_.path().string()},
                   terminal_);
    std::string set_up = GetParam().set_up;
    set_up.replace(set_up.find('@'), 1, SHOAL_COMPLETIONS);
    type(set_up + "; echo set'_'up");
    show("set_up\r\n");
    show("ready> ");
  }

  // An interactive shell does not end by a signal that asks it to.
  void TearDown() override {
    if (!shell_) return;
    shell_->type_raw("\x05\x15");  // what stands there goes
    type("exit 0");
    EXPECT_EQ(shell_->wait_for_exit(), 0);
  }

  void type(const std::string& line) { shell_->type_raw(line + "\r"); }
  /// The tracker's answer counts, not how fast this machine is.
  void be_patient() {
    type("export SHOAL_TAB_SECONDS=30");
    show("ready> ");
  }
  /// Waits for it, after all that was waited for before.
  void show(const std::string& text) {
    shell_->wait_for_output([&](const std::string& output) {
      const std::size_t at = output.find(text, seen_);
      if (at != std::string::npos) seen_ = at + text.size();
      return at != std::string::npos;
    });
  }
  /// What the shell takes the line for when Tab was pressed after `typed`: its words. `added` is
  /// the end of what is to appear.
  void expect(const std::string& typed, const std::string& added, const std::string& words) {
    shell_->type_raw(typed + "\t");
    show(added);
    shell_->type_raw("\x01");  // to the line's beginning
    type("printf '<%s>' ");
    show(words);
  }

  const PseudoTerminal terminal_{200};
  std::optional<Program> shell_;
  std::size_t seen_ = 0;
};

TEST_P(TabKey, completes_the_names_that_the_tracker_knows) {
  be_patient();
  Program seeder =
      start_seeder({file("big disk.iso", 100).string(), file("b:2.iso", 100).string()});
  for (int i = 0; i < 2; ++i) seeder.wait_for("registered");
  expect("leecher --tracker " + address_ + " big", "disk.iso",
         "<leecher><--tracker><" + address_ + "><big disk.iso>");
  expect("leecher --tracker=" + address_ + " b:", "2.iso",
         "<leecher><--tracker=" + address_ + "><b:2.iso>");
}

TEST_P(TabKey, runs_nothing_of_a_name_and_expands_nothing_in_it) {
  be_patient();
  const std::string names[] = {"evia`id`", "evib$HOME", "evic$(id)",
                               "evid;id",  "-evie",     "evif'\"(x"};
  Program::Arguments files{"--"};
  for (const std::string& name : names) files.push_back(file(name, 100).string());
  Program seeder = start_seeder({files.begin() + 1, files.end()});
  for (std::size_t i = 0; i < std::size(names); ++i) seeder.wait_for("registered");
  for (const std::string begin : {"evia", "evib", "evic", "evid", "evif"}) {
    shell_->type_raw("leecher --tracker " + address_ + " " + begin + "\t");
    // What is offered is in quotes of the shell's, and what cannot be is not offered.
    shell_->type_raw("X \x01");
    type("printf '<%s>' ");
    show("<leecher><--tracker><" + address_ + "><" + begin);
    seen_ = shell_->output().rfind("<" + begin);
    show("X>");
  }
  EXPECT_FALSE(shell_->output().contains("uid=")) << shell_->output();
  EXPECT_FALSE(shell_->output().contains("evib" + home_.path().string())) << shell_->output();
}

TEST_P(TabKey, completes_options_and_their_values) {
  expect("leecher --no-s", "seed", "<leecher><--no-seed>");
  expect("leecher --log-level tr", "ace", "<leecher><--log-level><trace>");
  expect("leecher --log-level=tr", "ace", "<leecher><--log-level=trace>");
  expect("seeder --regi", "ster-only", "<seeder><--register-only>");
  expect("tracker --max-per", "-address", "<tracker><--max-per-address>");
}

TEST_P(TabKey, completes_files_and_folders) {
  static_cast<void>(make_file(home_ / "my file.bin", 10));
  std::filesystem::create_directory(home_ / "my folder");
  expect("seeder my\\ fi", "le.bin", "<seeder><my file.bin>");
  expect("leecher --output my", "older", "<leecher><--output><my folder");
  static_cast<void>(make_file(home_ / "my own.torrent", 10));
  expect("leecher --tracker 127.0.0.1:1 my\\ o", "wn.torrent",
         "<leecher><--tracker><127.0.0.1:1><my own.torrent>");
  expect("leecher --key my\\ fi", "le.bin", "<leecher><--key><my file.bin>");
}

TEST_P(TabKey, without_a_tracker_completes_nothing_and_says_nothing) {
  shell_->type_raw("leecher --tracker 127.0.0.1:1 zzz\tyyy \x01");
  type("printf '<%s>' ");
  show("<zzzyyy>");
  EXPECT_FALSE(shell_->output().contains("No tracker")) << shell_->output();
}

INSTANTIATE_TEST_SUITE_P(Of, TabKey, testing::ValuesIn(kShells),
                         [](const auto& shell) { return shell.param.name; });

}  // namespace
}  // namespace shoal::test::completions_test
