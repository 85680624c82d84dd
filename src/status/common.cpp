#include "status/common.hpp"

#include <cmath>
#include <cstdint>

#include "base/version.hpp"
#include "status/held_words.hpp"

namespace shoal::status {

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

Json to_json(const HeldBy& held) {
  Json out = Json::object();
  for (std::size_t i = 0; i < kHeldCauses; ++i) {
    out[std::string(name_of(static_cast<HeldCause>(i)))] = std::round(held.parts[i] * 1000) / 1000;
  }
  return out;
}

Json rounded(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double value : values) out.push_back(std::round(value * 100) / 100);
  return out;
}

std::string count_in_words(double count) {
  if (count < 0) return "0";
  if (count < 9.95) {
    const auto tenths = std::lround(count * 10);
    const std::string whole = std::to_string(tenths / 10);
    return tenths % 10 == 0 ? whole : whole + "." + std::to_string(tenths % 10);
  }
  std::string digits = std::to_string(std::llround(count));
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, "\u202f");
  return digits;
}

void tile(Html& out, std::string_view name, std::string_view value, std::string_view more) {
  out << "<div class=\"tile\"><dt>" << name << "</dt><dd>" << value;
  if (!more.empty()) out << " <small>" << more << "</small>";
  out << "</dd></div>";
}

void limit_row(Html& out, std::string_view name, std::uint64_t used, std::uint64_t most,
               std::string_view used_in_words, std::string_view most_in_words) {
  out << "<tr><th scope=\"row\">" << name << "</th><td class=\"n\">" << used_in_words
      << "</td><td class=\"n\">" << most_in_words << "</td><td>";
  if (most != 0) {
    const std::uint64_t percent = used >= most ? 100 : used * 100 / most;
    out << "<meter min=\"0\" max=\"100\" high=\"80\" value=\"" << percent << "\">" << percent
        << " %</meter> " << percent << " %";
  }
  out << "</td></tr>";
}

void common_metrics(MetricsText& out, std::string_view program,
                    std::chrono::system_clock::time_point since) {
  out.gauge("shoal_build_info", "What runs; always 1.");
  out.sample(std::uint64_t{1},
             {{"program", program}, {"version", version()}, {"commit", commit()}});
  out.gauge("shoal_start_time_seconds", "When the program was started, since 1970.");
  out.sample(std::chrono::duration<double>(since.time_since_epoch()).count());
}

void common_json(Json& out, std::string_view program, std::chrono::milliseconds running) {
  out["program"] = program;
  out["version"] = version();
  out["commit"] = commit();
  out["running_seconds"] = std::chrono::duration<double>(running).count();
}

}  // namespace shoal::status
