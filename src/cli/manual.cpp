#include "cli/manual.hpp"

#include <algorithm>
#include <sstream>

#include "cli/file_list.hpp"

namespace shoal::cli {
namespace {

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

void append_words(std::string& text, std::string_view words) {
  if (!text.empty()) text += ' ';
  text += trimmed(words);
}

/// "  --tracker HOST:PORT   register there": names, then the value, then the text.
ManualOption read_option(std::string_view line) {
  ManualOption option;
  std::istringstream words{std::string(line)};
  std::string word;
  while (words >> word && word.starts_with('-')) {
    const bool more = word.ends_with(',');
    option.names.push_back(word.substr(0, word.size() - (more ? 1 : 0)));
  }
  const bool has_value =
      word == "HEX" || word == "N" || (word.size() > 1 && std::ranges::all_of(word, [](char c) {
                                         return (c >= 'A' && c <= 'Z') || c == ':';
                                       }));
  std::string rest;
  std::getline(words, rest);
  option.value = has_value ? word : "";
  option.text = trimmed(has_value ? rest : word + rest);
  return option;
}

void read_in_options(Manual& manual, std::string_view line) {
  if (line.starts_with("  -")) {
    manual.options.push_back(read_option(line));
  } else if (!manual.options.empty()) {
    append_words(manual.options.back().text, line);
  }
}

void read_in_examples(Manual& manual, std::string_view line) {
  if (indent_of(line) == 2) {
    manual.examples.push_back({std::string(trimmed(line)), ""});
  } else if (!manual.examples.empty()) {
    append_words(manual.examples.back().text, line);
  }
}

void read_in_codes(Manual& manual, std::string_view line) {
  const std::string_view text = trimmed(line);
  if (indent_of(line) == 2) {
    const std::size_t end = text.find(' ');
    manual.exit_codes.push_back(
        {std::string(text.substr(0, end)), std::string(trimmed(text.substr(end)))});
  } else if (indent_of(line) > 2 && !manual.exit_codes.empty()) {
    append_words(manual.exit_codes.back().text, line);
  } else {
    if (manual.after.empty()) manual.after.emplace_back();
    append_words(manual.after.back(), line);
  }
}

}  // namespace

std::string_view default_of(const ManualOption& option) {
  const std::string_view text = option.text;
  if (!text.ends_with(']')) return {};
  int depth = 0;
  for (std::size_t at = text.size(); at-- > 0;) {
    if (text[at] == ']') ++depth;
    if (text[at] == '[' && --depth == 0) return text.substr(at + 1, text.size() - at - 2);
  }
  return {};
}

Manual read_manual(std::string_view text) {
  Manual manual;
  enum class Part { title, usage, prose, options, remarks, examples, codes } part = Part::title;
  bool fresh = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) {
      fresh = true;
      if (part == Part::usage) part = Part::prose;
      if (part == Part::options) part = Part::remarks;
      continue;
    }
    if (part == Part::title) {
      const std::size_t dash = line.find(" - ");
      manual.program = line.substr(0, dash);
      manual.summary = line.substr(dash + 3);
      part = Part::usage;
      fresh = false;
      continue;
    }
    if (line.starts_with("Usage: ")) part = Part::usage;
    if (line == "Options:" || line == "Examples:" || line == "Exit codes:") {
      part = line == "Options:"    ? Part::options
             : line == "Examples:" ? Part::examples
                                   : Part::codes;
      continue;
    }
    switch (part) {
      case Part::title:
      case Part::usage:
        manual.usage.emplace_back(trimmed(line.starts_with("Usage: ") ? line.substr(7) : line));
        break;
      case Part::prose:
      case Part::remarks: {
        auto& into = part == Part::prose ? manual.paragraphs : manual.remarks;
        if (fresh || into.empty()) into.emplace_back();
        append_words(into.back(), line);
        break;
      }
      case Part::options:
        read_in_options(manual, line);
        break;
      case Part::examples:
        read_in_examples(manual, line);
        break;
      case Part::codes:
        read_in_codes(manual, line);
        break;
    }
    fresh = false;
  }
  return manual;
}

}  // namespace shoal::cli
