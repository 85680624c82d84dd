#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <shoal/leecher.hpp>
#include <shoal/seeder.hpp>
#include <shoal/tracker.hpp>

#include "cli/config_file.hpp"
#include "cli/exit_code.hpp"
#include "cli/logging.hpp"
#include "cli/web.hpp"

/// The command lines of the three programs. Parsing touches neither disk nor network, but for
/// configuration files: the one that --config names, or else those that are passed.
namespace shoal::cli {

/// Why a program ends before it begins: --help and --version (done, for standard output), or bad
/// usage (for standard error).
struct EarlyExit {
  ExitCode code = ExitCode::done;
  std::string text;
};

template <class Command>
using Parsed = std::expected<Command, EarlyExit>;

/// Prints the text where it belongs.
ExitCode leave(const EarlyExit& early);

/// How a program tells what happens.
struct OutputOptions {
  bool json = false;
  bool verbose = false;  ///< of the leecher
  std::string log_level = kDefaultLogLevel;
};

/// What --key names; the keys themselves are read when the program begins (see take_keys()).
using KeyFiles = std::vector<std::filesystem::path>;

struct TrackerCommand {
  TrackerOptions options;
  bool default_listen = true;  ///< no --listen was given, so IPv6 is tried and may be missing
  std::optional<std::filesystem::path> new_key;  ///< make that key file, and nothing else
  KeyFiles key_files;
  WebOptions web;
  OutputOptions output;
};

struct SeederCommand {
  std::vector<std::filesystem::path> files;
  bool names_from_input = false;  ///< "-" was given: more names come on standard input
  PeerOptions peer;
  bool configured = false;  ///< by a file, whose limits can change meanwhile
  OfferOptions offer;
  KeyFiles key_files;
  WebOptions web;
  OutputOptions output;
};

struct LeecherCommand {
  std::vector<std::string> names;
  PeerOptions peer;
  bool configured = false;  ///< by a file, whose limits can change meanwhile
  FetchOptions fetch;
  bool seed = true;                                   ///< after the last name has ended
  std::optional<std::chrono::milliseconds> seed_for;  ///< nothing = until stopped
  bool list = false;
  bool names_only = false;  ///< of the list
  KeyFiles key_files;
  WebOptions web;
  OutputOptions output;
};

/// The arguments without the program's name.
[[nodiscard]] Parsed<TrackerCommand> parse_tracker(std::span<const std::string> arguments,
                                                   const ConfigFiles& standard = {});
[[nodiscard]] Parsed<SeederCommand> parse_seeder(std::span<const std::string> arguments,
                                                 const ConfigFiles& standard = {});
[[nodiscard]] Parsed<LeecherCommand> parse_leecher(std::span<const std::string> arguments,
                                                   const ConfigFiles& standard = {});

[[nodiscard]] std::vector<std::string> arguments(int argc, const char* const* argv);

}  // namespace shoal::cli
