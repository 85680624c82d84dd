#include "cli/completions.hpp"

#include <algorithm>
#include <array>

#include "cli/values.hpp"

namespace shoal::cli {
namespace {

/// What stands behind an option, or without one.
enum class Offer { nothing, files, folders, levels, names };

Offer behind(const ManualOption& option) {
  if (option.value == "FILE") return Offer::files;
  if (option.value == "DIR") return Offer::folders;
  if (option.value == "LEVEL") return Offer::levels;
  return Offer::nothing;
}

Offer without_option(const Manual& manual) {
  if (manual.program == "leecher") return Offer::names;
  return manual.program == "seeder" ? Offer::files : Offer::nothing;
}

std::string levels() {
  std::string all;
  for (const std::string_view level : kLogLevels) (all += all.empty() ? "" : " ") += level;
  return all;
}

/// As much of an option's text as fits beside it.
std::string in_short(std::string_view text) {
  for (const std::string_view end : {"; ", ". ", " [", ", so that"}) {
    text = text.substr(0, text.find(end));
  }
  return std::string(text);
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

/// `text` with every @word@ replaced.
std::string filled_in(std::string text, std::initializer_list<std::array<std::string, 2>> words) {
  for (const auto& [word, by] : words) replace_all(text, "@" + word + "@", by);
  return text;
}

/// The names of all options with that behind them, with `between` between them.
std::string options_with(const Manual& manual, Offer offer, std::string_view between) {
  std::string all;
  for (const ManualOption& option : manual.options) {
    if (option.value.empty() || behind(option) != offer) continue;
    for (const std::string& name : option.names) (all += all.empty() ? "" : between) += name;
  }
  return all;
}

// A word with : or = in it is several to bash, but not to whoever typed it. What is found goes in
// place of the last of these. Files are left to the shell, which knows about ~ and quotes.
constexpr const char* kBash = R"sh(# Tab for @program@ in bash, made from its --help.
_shoal_@program@() {
  local typed=${COMP_LINE:0:COMP_POINT} part=${COMP_WORDS[COMP_CWORD]} i=$COMP_CWORD
  [[ $part != [=:] ]] || { part= && i=$((i + 1)); }
  local word=$part
  while ((i > 1)) && [[ $typed == *"${COMP_WORDS[i - 1]}$word" ]]; do
    word=${COMP_WORDS[i - 1]}$word
    i=$((i - 1))
  done
  local before=${COMP_WORDS[i - 1]}
  [[ $word != --*=* ]] || { before=${word%%=*} && word=${word#*=}; }
  COMPREPLY=()
  case $before in
    @files@) compopt -o default ;;
    @folders@) compopt -o dirnames ;;
    @levels@) mapfile -t COMPREPLY < <(compgen -W '@level@' -- "$word") ;;
    @nothing@) ;;
    *)
      if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '@options@' -- "$word")
      else
        @rest@
      fi
      ;;
  esac
}
complete -F _shoal_@program@ shoal-@program@
# The short name may be somebody else's.
[[ -n $(type -P shoal-@program@) && ! $(type -P @program@) -ef $(type -P shoal-@program@) ]] ||
  complete -F _shoal_@program@ @program@
)sh";

constexpr const char* kBashNames = R"sh(
# The names that begin with $1, without $2 before each. None: files, as a .torrent is.
_shoal_leecher_names() {
  local -a words given=()
  local i next plain=${1//\\/} kept=${2//\\/}
  plain=${plain#[\"\']}
  read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
  for ((i = 1; i < ${#words[@]}; i++)); do
    next=${words[i + 1]-}
    next=${next//[\"\']/}
    case ${words[i]} in
      --tracker | --key | --config) given+=("${words[i]}" "${next/#\~\//$HOME/}") ;;
      --tracker=* | --key=* | --config=*) given+=("${words[i]}") ;;
    esac
  done
  compopt -o filenames -o default
  mapfile -t COMPREPLY < <(timeout -k 0.1 "${SHOAL_TAB_SECONDS:-0.5}" "${words[0]/#\~\//$HOME/}" --list --names "${given[@]}" ${plain:+-- "$plain"} 2>/dev/null)
  local -a safe=()
  for next in "${COMPREPLY[@]}"; do # where no such file is here, bash would write $ and ` unquoted
    [[ $next == *[\$\`]* || $next == \~* ]] || safe+=("${next#"$kept"}")
  done
  COMPREPLY=("${safe[@]}")
}
)sh";

constexpr const char* kZsh = R"sh(#compdef @name@
# Tab for @program@ in zsh, made from its --help.
@functions@_shoal_@program@() {
  _arguments -s@arguments@
}
_shoal_@program@ "$@"
)sh";

constexpr const char* kZshNames = R"sh(_shoal_leecher_names() {
  local -a given names
  local i next
  for ((i = 2; i < CURRENT; i++)); do
    next=${(Q)words[i + 1]}
    case ${words[i]} in
      --tracker | --key | --config) given+=("${words[i]}" "${next/#\~\//$HOME/}") ;;
      --tracker=* | --key=* | --config=*) given+=("${(Q)words[i]}") ;;
    esac
  done
  [[ -z ${(Q)PREFIX} ]] || given+=(-- "${(Q)PREFIX}")
  names=(${(f)"$(timeout -k 0.1 ${SHOAL_TAB_SECONDS:-0.5} ${(Q)~words[1]} --list --names $given 2>/dev/null)"})
  compadd -a names
  _files -g '*.torrent(-.)'
}
)sh";

constexpr const char* kFishNames = R"sh(function __shoal_leecher_names
    set -l words (commandline -opc)
    set -l given
    for i in (seq 2 (count $words))
        switch $words[$i]
            case --tracker --key --config
                set -q words[(math $i + 1)]
                and set -a given $words[$i] (string replace -r '^~/' $HOME/ -- $words[(math $i + 1)])
            case '--tracker=*' '--key=*' '--config=*'
                set -a given $words[$i]
        end
    end
    set -l begun (string unescape -- (commandline -ct))
    test -z "$begun"; or set -a given -- $begun
    set -l seconds $SHOAL_TAB_SECONDS 0.5
    timeout -k 0.1 $seconds[1] $words[1] --list --names $given 2>/dev/null | string collect
    or __fish_complete_suffix .torrent
end
)sh";

std::string zsh_action(Offer offer) {
  switch (offer) {
    case Offer::files:
      return "_files";
    case Offer::folders:
      return "_files -/";
    case Offer::levels:
      return "(" + levels() + ")";
    case Offer::names:
      return "_shoal_leecher_names";
    case Offer::nothing:
      break;
  }
  return "";
}

/// Within the single quotes of an _arguments spec.
std::string in_zsh_spec(std::string text) {
  for (const std::string_view c : {"\\", "[", "]", ":"}) {
    replace_all(text, c, "\\" + std::string(c));
  }
  replace_all(text, "'", R"('\'')");
  return text;
}

bool repeats(const ManualOption& option) {
  return option.text.contains("may be repeated");
}

std::string in_fish_quotes(std::string text) {
  replace_all(text, "\\", "\\\\");
  replace_all(text, "'", "\\'");
  return "'" + text + "'";
}

std::string fish_value(Offer offer) {
  switch (offer) {
    case Offer::files:
      return " -r -F";
    case Offer::folders:
      return " -x -a '(__fish_complete_directories)'";
    case Offer::levels:
      return " -x -a '" + levels() + "'";
    default:
      return " -x";
  }
}

}  // namespace

std::string bash_completion(const Manual& manual) {
  const auto pattern = [&](Offer offer) {
    const std::string all = options_with(manual, offer, " | ");
    return all.empty() ? std::string("//") : all;  // what no word is
  };
  std::string options;
  for (const ManualOption& option : manual.options) {
    for (const std::string& name : option.names) (options += options.empty() ? "" : " ") += name;
  }
  std::string rest = ":";
  if (without_option(manual) == Offer::files) rest = "compopt -o default";
  if (without_option(manual) == Offer::names) {
    rest = R"sh(_shoal_leecher_names "$word" "${word%"$part"}")sh";
  }
  const bool names = without_option(manual) == Offer::names;
  return filled_in(kBash, {{"files", pattern(Offer::files)},
                           {"folders", pattern(Offer::folders)},
                           {"levels", pattern(Offer::levels)},
                           {"nothing", pattern(Offer::nothing)},
                           {"level", levels()},
                           {"options", options},
                           {"rest", rest},
                           {"program", manual.program}}) +
         (names ? kBashNames : "");
}

std::string zsh_completion(const Manual& manual, const std::string& for_name) {
  std::string arguments;
  for (const ManualOption& option : manual.options) {
    for (const std::string& name : option.names) {
      arguments += " \\\n    '" + std::string(repeats(option) ? "*" : "") + name +
                   (option.value.empty() ? "[" : "=[") + in_zsh_spec(in_short(option.text)) + "]";
      if (!option.value.empty()) {
        arguments += ":" + in_zsh_spec(option.value) + ":" + zsh_action(behind(option));
      }
      arguments += "'";
    }
  }
  const Offer rest = without_option(manual);
  if (rest == Offer::files) arguments += " \\\n    '*:file:_files'";
  if (rest == Offer::names) arguments += " \\\n    '*:name:_shoal_leecher_names'";
  return filled_in(kZsh, {{"functions", rest == Offer::names ? kZshNames : ""},
                          {"arguments", arguments},
                          {"name", for_name},
                          {"program", manual.program}});
}

std::string fish_completion(const Manual& manual) {
  const Offer rest = without_option(manual);
  std::string out = "# Tab for " + manual.program + " in fish, made from its --help.\n" +
                    (rest == Offer::names ? kFishNames : "") + "set -l names shoal-" +
                    manual.program +
                    "\n# The short name may be somebody else's.\n"
                    "if test (command -s shoal-" +
                    manual.program +
                    " | count) = 0\n"
                    "    or test (realpath (command -s " +
                    manual.program + ")) = (realpath (command -s shoal-" + manual.program +
                    "))\n"
                    "    set -a names " +
                    manual.program + "\nend\nfor program in $names\n";
  const std::string begin = "    complete -c $program";
  if (rest != Offer::files) out += begin + " -f\n";
  if (rest == Offer::names) out += begin + " -a '(__shoal_leecher_names)'\n";
  for (const ManualOption& option : manual.options) {
    out += begin;
    for (const std::string& name : option.names) {
      out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.value.empty()) out += fish_value(behind(option));
    out += " -d " + in_fish_quotes(in_short(option.text)) + "\n";
  }
  return out + "end\n";
}

}  // namespace shoal::cli
