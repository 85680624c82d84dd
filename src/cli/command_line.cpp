#include "cli/command_line.hpp"

#include <iostream>

#include "base/version.hpp"
#include "cli/columns.hpp"
#include "cli/values.hpp"

namespace shoal::cli {
namespace {

Result<std::size_t> parse_peer_count(std::string_view text) {
  const Result<std::size_t> count = parse_count(text);
  if (count == 0) return fail(Errc::bad_input, "must be at least 1, or no peer could connect");
  return count;
}

}  // namespace

CommandLine::CommandLine(std::string program, std::string_view manual) : app_("", program) {
  app_.formatter_fn([text = std::string(manual)](const CLI::App*, const std::string&,
                                                 CLI::AppFormatMode) { return text; });
  app_.allow_extras();
  app_.set_version_flag("--version", program + " (Shoal) " + std::string(version()));
}

void CommandLine::excludes(const std::string& option, std::initializer_list<const char*> others) {
  for (const char* other : others) app_.get_option(option)->excludes(app_.get_option(other));
}

void CommandLine::peer(PeerOptions& into) {
  values("--tracker", into.trackers, &parse_host_port);
  value("--listen", into.listen, &parse_listen);
  value("--upload-limit", into.limits.upload, &parse_rate);
  value("--download-limit", into.limits.download, &parse_rate);
  value("--max-peers", into.max_connections, &parse_peer_count);
  value("--upload-slots", into.upload_slots, &parse_count);
}

void CommandLine::config() {
  app_.set_config("--config")->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  app_.allow_config_extras(CLI::config_extras_mode::error);
}

void CommandLine::keys(KeyFiles& into) {
  values("--key", into, &parse_path);
}

void CommandLine::output(OutputOptions& into) {
  flag("--json", into.json);
  value("--log-level", into.log_level, &parse_log_level);
}

std::optional<EarlyExit> CommandLine::parse(std::span<const std::string> arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    app_.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{ExitCode::done, app_.help()};
  } catch (const CLI::CallForVersion& version) {
    return EarlyExit{ExitCode::done, std::string(version.what()) + "\n"};
  } catch (const CLI::ConfigError& error) {
    return wrong("--config: " + std::string(error.what()) +
                 "; each line is an option without its dashes, such as upload-limit = 10M");
  } catch (const CLI::FileError& error) {
    return wrong("--config: " + std::string(error.what()));
  } catch (const CLI::ParseError& error) {
    return wrong(error.what());
  }
  return take_rest();
}

std::optional<EarlyExit> CommandLine::take_rest() {
  bool options_ended = false;
  for (std::string& argument : app_.remaining()) {
    if (!options_ended && argument == "--") {
      options_ended = true;
    } else if (!options_ended && argument.size() > 1 && argument.starts_with('-')) {
      return wrong("there is no option " + argument);
    } else if (rest_ == nullptr) {
      return wrong("takes options only, but was given " + argument);
    } else {
      rest_->push_back(std::move(argument));
    }
  }
  return std::nullopt;
}

EarlyExit CommandLine::wrong(std::string_view sentence) const {
  return {ExitCode::usage, app_.get_name() + ": " + printable(sentence) +
                               "\nRead more with: " + app_.get_name() + " --help\n"};
}

ExitCode leave(const EarlyExit& early) {
  (early.code == ExitCode::done ? std::cout : std::cerr) << early.text << std::flush;
  return early.code;
}

std::vector<std::string> arguments(int argc, const char* const* argv) {
  return argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>{};
}

}  // namespace shoal::cli
