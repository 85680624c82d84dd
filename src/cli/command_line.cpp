#include "cli/command_line.hpp"

#include <algorithm>
#include <iostream>

#include "base/version.hpp"
#include "cli/columns.hpp"
#include "cli/keys.hpp"
#include "cli/values.hpp"
#include "hash/leaf_hasher.hpp"
#include "storage/spelled.hpp"

namespace shoal::cli {
namespace {

Result<std::size_t> parse_peer_count(std::string_view text) {
  const Result<std::size_t> count = parse_count(text);
  if (count == 0) return fail(Errc::bad_input, "must be at least 1, or no peer could connect");
  return count;
}

/// Whether it is meant for an address: a file's name, a magnet link or an option is not.
bool is_like_an_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_of_a_host = [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("[]:.%-_").contains(c);
  };
  return std::ranges::all_of(text.substr(colon + 1), is_digit) &&
         std::ranges::all_of(text.substr(0, colon), is_of_a_host) && !text.starts_with('-');
}

/// --web may stand alone, in front of anything.
std::vector<std::string> with_default_web(std::span<const std::string> arguments) {
  std::vector<std::string> out;
  bool options_ended = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    out.push_back(arguments[i]);
    options_ended = options_ended || arguments[i] == "--";
    if (options_ended || arguments[i] != "--web") continue;
    if (i + 1 == arguments.size() || !is_like_an_address(arguments[i + 1]))
      out.emplace_back(kDefaultWeb);
  }
  return out;
}

}  // namespace

CommandLine::CommandLine(std::string program, std::string_view manual)
    : manual_(manual), app_("", program) {
  app_.formatter_fn([text = std::string(manual)](const CLI::App*, const std::string&,
                                                 CLI::AppFormatMode) { return text; });
  app_.allow_extras();
  app_.set_version_flag("--version", [program] {
    return program + " (Shoal) " + std::string(version()) + "\ncommit " + std::string(commit()) +
           "\nhashing by " + std::string(make_leaf_hasher()->name());
  });
}

void CommandLine::flag(const std::string& option, bool& into) {
  add(option, Setting::Kind::flag, [&into](std::span<const std::string>) -> Result<void> {
    into = true;
    return {};
  });
}

// CLI11 keeps what stands on the command line; what it means is found when the files are read too.
void CommandLine::add(const std::string& option, Setting::Kind kind, Setting::Take take) {
  if (kind == Setting::Kind::flag) {
    app_.add_flag(option)->disable_flag_override();
  } else {
    app_.add_option(option)->type_name("a value")->multi_option_policy(
        kind == Setting::Kind::list ? CLI::MultiOptionPolicy::TakeAll
                                    : CLI::MultiOptionPolicy::Throw);
  }
  settings_.add(option, kind, std::move(take));
}

void CommandLine::excludes(const std::string& option, std::initializer_list<const char*> others) {
  for (const char* other : others) {
    app_.get_option(option)->excludes(app_.get_option(other));
    settings_.exclude(option, other);
  }
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
  app_.add_option("--config")->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  app_.add_flag("--print-config")->disable_flag_override();
  configurable_ = true;
}

void CommandLine::keys(KeyFiles& into) {
  values("--key", into, &parse_path);
  takes_keys_ = true;
}

void CommandLine::web(WebOptions& into) {
  value("--web", into.listen, &parse_listen);
  value("--web-token", into.token_file, &parse_path);
  flag("--web-open", into.open);
}

void CommandLine::output(OutputOptions& into) {
  flag("--json", into.json);
  value("--log-level", into.log_level, &parse_log_level);
}

std::optional<EarlyExit> CommandLine::parse(std::span<const std::string> arguments,
                                            const ConfigFiles& standard) {
  const std::vector<std::string> all = with_default_web(arguments);
  std::vector<std::string> reversed(all.rbegin(), all.rend());  // as CLI11 wants them
  try {
    app_.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{ExitCode::done, app_.help()};
  } catch (const CLI::CallForVersion& version) {
    return EarlyExit{ExitCode::done, std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return wrong(error.what());
  }
  if (auto surplus = take_rest()) return surplus;
  if (const auto merged = merge(standard); !merged) return wrong(merged.error().message);
  if (configurable_ && on_command_line("--print-config")) {
    if (takes_keys_) settings_.take_environment("--key", kKeyFileVariable, key_file_variable());
    return EarlyExit{ExitCode::done, settings_.describe(read_manual(manual_))};
  }
  return std::nullopt;
}

Result<void> CommandLine::merge(const ConfigFiles& standard) {
  for (Setting& setting : settings_) {
    if (app_.count(setting.option) == 0) continue;
    settings_.take_argument(setting, app_.get_option(setting.option)->results());
  }
  if (!configurable_) return settings_.apply();
  const bool named = on_command_line("--config");
  ConfigFiles files = standard;
  if (named) files = {storage::as_on_disk(app_.get_option("--config")->results().front())};
  for (const std::filesystem::path& file : files) {
    const auto taken = settings_.take_file(file, named);
    if (!taken) {
      return fail(taken.error().code, (named ? "--config: " : "") + taken.error().message);
    }
  }
  return settings_.apply();
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
