#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace shoal {
namespace {

using std::chrono::milliseconds;

struct Quantity {
  std::uint64_t number;
  std::string_view unit;
};

/// Digits, then whatever follows them. Nothing without digits or when they overflow.
std::optional<Quantity> split(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  return Quantity{number, std::string_view(stop, end)};
}

/// The text as a message may show it: hostile input is not echoed at length or with controls.
std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string shown(text.substr(0, kShown));
  std::ranges::replace_if(
      shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return '"' + shown + (text.size() > kShown ? "...\"" : "\"");
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<std::uint64_t> size_factor(std::string_view unit) {
  std::string folded(unit);
  std::ranges::transform(folded, folded.begin(), lower);
  constexpr std::string_view kPrefixes = "kmgt";
  std::uint64_t factor = 1;
  std::string_view rest = folded;
  if (!rest.empty()) {
    if (const auto power = kPrefixes.find(rest.front()); power != std::string_view::npos) {
      factor = std::uint64_t{1} << (10 * (power + 1));
      rest.remove_prefix(1);
      if (rest == "ib") return factor;
    }
  }
  if (rest.empty() || rest == "b") return factor;
  return std::nullopt;
}

std::string fixed(double value, int decimals) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value,
                                          std::chars_format::fixed, decimals);
  return {text.data(), end};
}

std::string two_digits(std::int64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  const auto quantity = split(text);
  const auto unit = std::ranges::find(kUnits, quantity ? quantity->unit : "",
                                      &std::pair<std::string_view, std::int64_t>::first);
  if (unit == kUnits.end()) {
    return fail(Errc::bad_input, "not a duration: " + quoted(text) +
                                     "; write a whole number and ms, s, m or h, such as 30s");
  }
  // Added to any time of day it is still a time.
  constexpr std::int64_t kMost = milliseconds(std::chrono::hours(10'000)).count();
  const std::int64_t most = kMost / unit->second;
  if (quantity->number > static_cast<std::uint64_t>(most)) {
    return fail(Errc::bad_input, "duration too long: " + quoted(text) + "; the most is " +
                                     std::to_string(most) + std::string(unit->first));
  }
  return milliseconds(static_cast<std::int64_t>(quantity->number) * unit->second);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto quantity = split(text);
  const auto factor = quantity ? size_factor(quantity->unit) : std::nullopt;
  if (!factor) {
    return fail(Errc::bad_input,
                "not a size: " + quoted(text) +
                    "; write a whole number of bytes, or one with K, M, G or T, such as 10M");
  }
  if (quantity->number > std::numeric_limits<std::uint64_t>::max() / *factor) {
    return fail(Errc::bad_input, "size too large: " + quoted(text) + "; the most is 2^64-1 bytes");
  }
  return quantity->number * *factor;
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == 1) return "1 byte";
  if (bytes < 1024) return std::to_string(bytes) + " bytes";
  static constexpr std::array kUnits{" KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // What would be rounded to 1024 belongs to the next unit.
  while (value >= 1023.5) {
    value /= 1024;
    ++unit;
  }
  return fixed(value, value < 9.95 ? 1 : 0) + kUnits[unit];
}

std::string format_rate(double bytes_per_second) {
  constexpr double kMost = 1e18;
  const double rate = std::isnan(bytes_per_second) ? 0 : std::clamp(bytes_per_second, 0.0, kMost);
  return format_size(static_cast<std::uint64_t>(std::llround(rate))) + "/s";
}

std::string format_duration(milliseconds duration) {
  const std::int64_t ms = std::max<std::int64_t>(duration.count(), 0);
  if (ms > 0 && ms < 1000) return std::to_string(ms) + " ms";
  if (ms < 10'000 && ms % 1000 != 0) {
    return fixed(std::floor(static_cast<double>(ms) / 100) / 10, 1) + " s";
  }
  const std::int64_t s = ms / 1000;
  const std::int64_t min = s / 60;
  const std::int64_t h = min / 60;
  if (min == 0) return std::to_string(s) + " s";
  if (h == 0) return std::to_string(min) + " min " + two_digits(s % 60) + " s";
  if (h < 24) return std::to_string(h) + " h " + two_digits(min % 60) + " min";
  return std::to_string(h / 24) + " d " + two_digits(h % 24) + " h";
}

}  // namespace shoal
