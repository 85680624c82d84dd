#include "status/metrics_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/printable.hpp"

namespace shoal::status {
namespace {

/// As the format wants label values and help texts; what is no UTF-8 is replaced.
std::string quoted(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> digits;
  const auto [end, fault] = std::to_chars(digits.begin(), digits.end(), value);
  return fault == std::errc{} ? std::string(digits.begin(), end) : "NaN";
}

}  // namespace

void MetricsText::begin(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  ((text_ += "# HELP ") += name_) += ' ';
  (text_ += quoted(help, false)) += '\n';
  ((text_ += "# TYPE ") += name_) += ' ';
  (text_ += type) += '\n';
}

void MetricsText::begin_sample(Labels labels, std::string_view suffix, std::string_view bound) {
  (text_ += name_) += suffix;
  char before = '{';
  const auto add = [&](std::string_view key, std::string_view value) {
    text_ += std::exchange(before, ',');
    ((text_ += key) += "=\"") += quoted(value, true);
    text_ += '"';
  };
  for (const auto& [key, value] : labels) add(key, value);
  if (!bound.empty()) add("le", bound);
  if (before == ',') text_ += '}';
  text_ += ' ';
}

void MetricsText::buckets(std::span<const double> bounds, std::span<const std::uint64_t> counts,
                          double sum, Labels labels) {
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    so_far += counts[i];
    begin_sample(labels, "_bucket", i < bounds.size() ? number(bounds[i]) : "+Inf");
    (text_ += std::to_string(so_far)) += '\n';
  }
  begin_sample(labels, "_sum");
  (text_ += number(sum)) += '\n';
  begin_sample(labels, "_count");
  (text_ += std::to_string(so_far)) += '\n';
}

void MetricsText::sample(std::uint64_t value, Labels labels) {
  begin_sample(labels);
  (text_ += std::to_string(value)) += '\n';
}

void MetricsText::sample(double value, Labels labels) {
  begin_sample(labels);
  (text_ += number(value)) += '\n';
}

}  // namespace shoal::status
