#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <shoal/error.hpp>

#include "cli/options.hpp"
#include "cli/settings.hpp"

namespace shoal::cli {

template <class T>
using Parse = Result<T> (*)(std::string_view);

/// One program's command line: a thin skin over CLI11 that prints our manual, reads values with our
/// parsers and turns what CLI11 throws into an EarlyExit.
class CommandLine {
 public:
  /// The manual's text has to stay where it is.
  CommandLine(std::string program, std::string_view manual);

  void flag(const std::string& option, bool& into);

  /// An option with one value, given at most once.
  template <class T, class U>
  void value(const std::string& option, U& into, Parse<T> reader) {
    add(option, Setting::Kind::single, [&into, reader](std::span<const std::string> texts) {
      return read_value(texts.front(), into, reader);
    });
  }

  /// An option that may be repeated, one value each time; given at all, it replaces what `into`
  /// held.
  template <class T>
  void values(const std::string& option, std::vector<T>& into, Parse<T> reader) {
    add(option, Setting::Kind::list, [&into, reader](std::span<const std::string> texts) {
      into.clear();
      Result<void> all;
      for (const std::string& text : texts) {
        if (all) all = read_value(text, into.emplace_back(), reader);
      }
      return all;
    });
  }

  /// Whatever is no option goes here, unchanged; without this call it is bad usage. Not left to
  /// CLI11, which takes
  /// "[a,b]" for a list.
  void rest(std::vector<std::string>& into) { rest_ = &into; }

  /// `option` makes no sense together with any of `others`.
  void excludes(const std::string& option, std::initializer_list<const char*> others);

  /// What a seeder and a leecher have in common: whom to talk to, and how much.
  void peer(PeerOptions& into);
  /// --config: a file of options, a line each, in place of the standard ones; the command line has
  /// the last word. And --print-config.
  void config();
  /// --key.
  void keys(KeyFiles& into);
  /// --web, --web-token and --web-open.
  void web(WebOptions& into);
  /// --json and --log-level.
  void output(OutputOptions& into);

  /// On the command line or in a file.
  [[nodiscard]] bool given(const std::string& option) const { return settings_.holds(option); }
  [[nodiscard]] bool on_command_line(const std::string& option) const {
    return app_.count(option) > 0;
  }
  /// Nothing when the program may begin. `standard` files are read when no --config is given.
  [[nodiscard]] std::optional<EarlyExit> parse(std::span<const std::string> arguments,
                                               const ConfigFiles& standard);
  /// Bad usage: the sentence and where to read more.
  [[nodiscard]] EarlyExit wrong(std::string_view sentence) const;

 private:
  template <class T, class U>
  static Result<void> read_value(const std::string& text, U& into, Parse<T> reader) {
    Result<T> value = reader(text);
    if (!value) return std::unexpected(value.error());
    into = std::move(*value);
    return {};
  }

  void add(const std::string& option, Setting::Kind kind, Setting::Take take);
  [[nodiscard]] Result<void> merge(const ConfigFiles& standard);
  [[nodiscard]] std::optional<EarlyExit> take_rest();

  std::string_view manual_;
  CLI::App app_;
  Settings settings_;
  bool configurable_ = false;
  bool takes_keys_ = false;
  std::vector<std::string>* rest_ = nullptr;
};

}  // namespace shoal::cli
