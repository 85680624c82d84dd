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

namespace shoal::cli {

template <class T>
using Parse = Result<T> (*)(std::string_view);

/// One program's command line: a thin skin over CLI11 that prints our manual, reads values with our
/// parsers and turns what CLI11 throws into an EarlyExit.
class CommandLine {
 public:
  CommandLine(std::string program, std::string_view manual);

  void flag(const std::string& option, bool& into) {
    app_.add_flag(option, into)->disable_flag_override();
  }

  /// An option with one value, given at most once.
  template <class T, class U>
  void value(const std::string& option, U& into, Parse<T> reader) {
    const auto read = [option, &into, reader](const std::string& text) {
      into = read_value(option, text, reader);
    };
    app_.add_option_function<std::string>(option, read)
        ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }

  /// An option that may be repeated, one value each time; given at all, it replaces what `into`
  /// held.
  template <class T>
  void values(const std::string& option, std::vector<T>& into, Parse<T> reader) {
    const auto read = [option, &into, reader](const std::vector<std::string>& texts) {
      into.clear();
      for (const std::string& text : texts) into.push_back(read_value(option, text, reader));
    };
    app_.add_option_function<std::vector<std::string>>(option, read)->allow_extra_args(false);
  }

  /// Whatever is no option goes here, unchanged; without this call it is bad usage. Not left to
  /// CLI11, which takes
  /// "[a,b]" for a list.
  void rest(std::vector<std::string>& into) { rest_ = &into; }

  /// `option` makes no sense together with any of `others`.
  void excludes(const std::string& option, std::initializer_list<const char*> others);

  /// What a seeder and a leecher have in common: whom to talk to, and how much.
  void peer(PeerOptions& into);
  /// --config: a file of options, a line each; the command line has the last word.
  void config();
  /// --key.
  void keys(KeyFiles& into);
  /// --json and --log-level.
  void output(OutputOptions& into);

  [[nodiscard]] bool given(const std::string& option) const { return app_.count(option) > 0; }
  /// Nothing when the program may begin.
  [[nodiscard]] std::optional<EarlyExit> parse(std::span<const std::string> arguments);
  /// Bad usage: the sentence and where to read more.
  [[nodiscard]] EarlyExit wrong(std::string_view sentence) const;

 private:
  template <class T>
  static T read_value(const std::string& option, const std::string& text, Parse<T> reader) {
    Result<T> value = reader(text);
    if (!value) throw CLI::ValidationError(option, value.error().message);
    return std::move(*value);
  }

  [[nodiscard]] std::optional<EarlyExit> take_rest();

  CLI::App app_;
  std::vector<std::string>* rest_ = nullptr;
};

}  // namespace shoal::cli
