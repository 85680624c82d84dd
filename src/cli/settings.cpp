#include "cli/settings.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "cli/columns.hpp"

namespace shoal::cli {
namespace {

/// How many characters have to be added, taken away or changed (Levenshtein).
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::ranges::copy(std::views::iota(0uz, row.size()), row.begin());
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({changed, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

Result<bool> read_switch(const std::optional<std::string>& value) {
  if (!value) return true;
  constexpr std::array<std::string_view, 4> kOn{"true", "yes", "on", "1"};
  constexpr std::array<std::string_view, 4> kOff{"false", "no", "off", "0"};
  const std::string text = single_value(*value);
  if (std::ranges::find(kOn, text) != kOn.end()) return true;
  if (std::ranges::find(kOff, text) != kOff.end()) return false;
  return fail(Errc::bad_input, "is switched with true or false, not with \"" + text + "\"");
}

std::string_view key_of(const Setting& setting) {
  return std::string_view(setting.option).substr(2);
}

/// "# max-peers = 500  # default", or in words where it is no value that a file could have.
std::string describe_default(const Setting& setting, const Manual& manual) {
  std::string_view value;
  for (const ManualOption& option : manual.options) {
    if (option.names.back() == setting.option) value = default_of(option);
  }
  if (setting.kind == Setting::Kind::flag) value = "false";
  const bool in_words = value.empty() || value.contains(' ');
  if (value.empty()) value = "not given";
  return "# " + std::string(key_of(setting)) + (in_words ? ": " : " = ") + std::string(value) +
         "  # default\n";
}

}  // namespace

void Settings::add(std::string option, Setting::Kind kind, Setting::Take take) {
  all_.push_back({std::move(option), kind, std::move(take)});
}

void Settings::exclude(const std::string& option, const std::string& other) {
  for (Setting& setting : all_) {
    if (setting.option == option) setting.excluded.push_back(other);
    if (setting.option == other) setting.excluded.push_back(option);
  }
}

const Setting* Settings::find(std::string_view option) const {
  const auto place = std::ranges::find(all_, option, &Setting::option);
  return place == all_.end() ? nullptr : &*place;
}

bool Settings::holds(const std::string& option) const {
  const Setting* const setting = find(option);
  return setting != nullptr && setting->holds;
}

bool Settings::is_excluded(const Setting& setting) const {
  return std::ranges::any_of(setting.excluded, [&](const std::string& o) { return holds(o); });
}

void Settings::take_environment(const std::string& option, const std::string& variable,
                                std::vector<std::string> values) {
  const auto setting = std::ranges::find(all_, option, &Setting::option);
  if (values.empty() || !setting->source.empty() || is_excluded(*setting)) return;
  setting->values = std::move(values);
  setting->source = variable;
  setting->place = variable + ": ";
  setting->holds = true;
}

void Settings::take_argument(Setting& setting, std::vector<std::string> values) {
  if (setting.kind != Setting::Kind::flag) setting.values = std::move(values);
  setting.source = "command line";
  setting.place = setting.option + ": ";
  setting.holds = true;
}

Result<void> Settings::take_file(const std::filesystem::path& file, bool must_exist) {
  const std::string name = file.string();
  const auto wrong = [&](const std::string& why) {
    return fail(Errc::bad_input, name + (why.starts_with("line") ? ", " : " ") + why);
  };
  const auto text = read_config(file, must_exist);
  if (!text) return wrong(text.error().message);
  if (!*text) return must_exist ? wrong("is not there, or may not be read") : Result<void>{};
  const auto lines = parse_config(**text);
  if (!lines) return wrong(lines.error().message);
  std::vector<Setting> found;
  for (const ConfigLine& line : *lines) {
    if (auto taken = take_line(name, line, found); !taken) return taken;
  }
  return take_found(name, std::move(found));
}

Result<void> Settings::take_line(const std::string& file, const ConfigLine& line,
                                 std::vector<Setting>& found) const {
  const std::string where = file + ", line " + std::to_string(line.number);
  const auto wrong = [&](const std::string& why) {
    return fail(Errc::bad_input, where + ": " + why);
  };
  const Setting* const known = find("--" + line.key);
  if (known == nullptr) {
    const std::string meant = nearest(line.key);
    return wrong("there is no option " + line.key +
                 (meant.empty() ? "" : "; did you mean " + meant + "?"));
  }
  const auto before = std::ranges::find(found, known->option, &Setting::option);
  const bool again = before != found.end();
  if (again && known->kind != Setting::Kind::list) return wrong(line.key + " is given twice");
  Setting& setting = again ? *before : found.emplace_back(*known);
  if (!again) {
    setting.values.clear();
    setting.source = where;
    setting.place = where + ": " + line.key + ": ";
    setting.holds = true;
  }
  if (known->kind == Setting::Kind::flag) {
    const auto on = read_switch(line.value);
    if (!on) return wrong(line.key + " " + on.error().message);
    setting.holds = *on;
    return {};
  }
  if (!line.value) return wrong(line.key + " needs a value: " + line.key + " = ...");
  std::vector<std::string> values{single_value(*line.value)};
  if (known->kind == Setting::Kind::list) values = value_list(*line.value);
  if (values.empty()) return wrong(line.key + " needs a value: " + line.key + " = ...");
  setting.values.insert(setting.values.end(), values.begin(), values.end());
  return {};
}

Result<void> Settings::take_found(const std::string& file, std::vector<Setting> found) {
  for (const Setting& one : found) {
    for (const Setting& other : found) {
      if (one.holds && other.holds && std::ranges::count(one.excluded, other.option) > 0) {
        return fail(Errc::bad_input, file + ": " + std::string(key_of(one)) + " and " +
                                         std::string(key_of(other)) + " exclude each other");
      }
    }
  }
  std::erase_if(found, [&](const Setting& one) {
    return !find(one.option)->source.empty() || is_excluded(one);
  });
  for (Setting& one : found) {
    *std::ranges::find(all_, one.option, &Setting::option) = std::move(one);
  }
  return {};
}

Result<void> Settings::apply() const {
  for (const Setting& setting : all_) {
    if (!setting.holds) continue;
    const auto taken = setting.take(setting.values);
    if (!taken) return fail(taken.error().code, setting.place + taken.error().message);
  }
  return {};
}

std::string Settings::nearest(std::string_view key) const {
  constexpr std::size_t kLongest = 64;  // no option is as long; the time is bounded
  if (key.size() > kLongest) return {};
  std::string best;
  std::size_t fewest = std::max<std::size_t>(2, key.size() / 3) + 1;
  for (const Setting& setting : all_) {
    const std::size_t edits = edits_between(key, key_of(setting));
    if (edits >= fewest) continue;
    fewest = edits;
    best = key_of(setting);
  }
  return best;
}

std::string Settings::describe(const Manual& manual) const {
  std::string text = "# " + manual.program + ": what holds, and where it is from\n";
  for (const Setting& setting : all_) {
    if (setting.source.empty()) {
      text += describe_default(setting, manual);
      continue;
    }
    std::string line(key_of(setting));
    if (setting.kind == Setting::Kind::flag) line += setting.holds ? " = true" : " = false";
    for (const std::string& value : setting.values) {
      line += (&value == setting.values.data() ? " = " : ", ") + as_config_value(printable(value));
    }
    text += line + "  # " + printable(setting.source) + "\n";
  }
  return text;
}

}  // namespace shoal::cli
