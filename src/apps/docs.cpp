// Writes man pages and what the Tab key offers into a folder; run while Shoal is built. Usage:
// shoal_make_docs SHARE
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "cli/completions.hpp"
#include "cli/manual.hpp"
#include "cli/options.hpp"

using namespace shoal;

namespace {

bool write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  return bool(out.flush());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path share = argv[1];
  const std::vector<std::string> help{"--help"};
  const std::vector<cli::Manual> manuals{cli::read_manual(cli::parse_tracker(help).error().text),
                                         cli::read_manual(cli::parse_seeder(help).error().text),
                                         cli::read_manual(cli::parse_leecher(help).error().text)};
  bool written = true;
  for (const cli::Manual& manual : manuals) {
    const std::string& name = manual.program;
    written &= write(share / "man/man1" / (name + ".1"), cli::man_page(manual));
    written &= write(share / "completions/bash" / name, cli::bash_completion(manual));
    for (const std::string& one : {name, "shoal-" + name}) {
      written &= write(share / "completions/zsh" / ("_" + one), cli::zsh_completion(manual, one));
    }
    written &= write(share / "completions/fish" / (name + ".fish"), cli::fish_completion(manual));
  }
  written &= write(share / "man/man5/shoal.conf.5", cli::config_man_page(manuals));
  if (!written) std::cerr << "cannot write below " << share << std::endl;
  return written ? 0 : 1;
}
