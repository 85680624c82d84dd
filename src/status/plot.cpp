#include "status/plot.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/units.hpp"

namespace shoal::status {
namespace {

constexpr double kWidth = 1000;
constexpr double kHeight = 200;
constexpr double kEdge = 2;  // of it, for half of a line's width

/// The next of 1, 2, 5, 10, ... that is no less; of bytes, so many KiB, MiB, ...
double round_up(double value, bool in_bytes) {
  double unit = 1;
  while (in_bytes && value > 1000 * unit) unit *= 1024;
  const double units = value / unit;
  if (!(units > 1)) return unit;
  const double power = std::pow(10, std::floor(std::log10(units)));
  for (const double step : {1.0, 2.0, 5.0})
    if (units <= step * power) return step * power * unit;
  return 10 * power * unit;
}

/// Few are all shown, so that each is found in its place.
constexpr std::size_t kFew = 3;

bool is_shown(const Plot& plot, std::size_t i) {
  const auto moved = [](double value) { return value > 0; };
  return plot.series.size() <= kFew || std::ranges::any_of(plot.series[i].values, moved);
}

std::string points(const Plot& plot, const std::vector<double>& values, double top) {
  const double span = std::max(plot.seconds_ago.front(), 1.0);
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = kWidth * (1 - plot.seconds_ago[i] / span);
    const double y = kEdge + (kHeight - 2 * kEdge) * (1 - std::clamp(values[i] / top, 0.0, 1.0));
    if (i > 0) out += ' ';
    (out += std::to_string(std::lround(x))) += ',';
    out += std::to_string(std::lround(y));
  }
  return out;
}

std::string ago(double seconds) {
  return format_duration(std::chrono::seconds(std::lround(seconds))) + " ago";
}

}  // namespace

Html draw(const Plot& plot) {
  Html out;
  double most = 0;
  for (const Series& one : plot.series)
    for (const double value : one.values) most = std::max(most, value);
  const double top = round_up(most, plot.in_bytes);

  std::string spoken;
  out << "<figure class=\"plot\"><figcaption>" << plot.title;
  out << "</figcaption><ul class=\"legend\">";
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    if (!is_shown(plot, i)) continue;
    const Series& one = plot.series[i];
    const std::string now = plot.words(one.values.empty() ? 0 : one.values.back());
    out << "<li><span class=\"key k" << i % kLines << "\"></span>" << one.name << " <b>" << now
        << "</b></li>";
    spoken += (spoken.empty() ? "" : ", ") + one.name + " " + now;
  }
  out << "</ul>";
  if (plot.seconds_ago.size() < 2) {
    out << "<p class=\"none\">Nothing to draw yet.</p></figure>";
    return out;
  }
  out << "<div class=\"frame\"><span class=\"top\">" << plot.words(top)
      << "</span><svg viewBox=\"0 0 1000 200\" preserveAspectRatio=\"none\" role=\"img\" "
         "aria-label=\""
      << plot.title << ", now: " << spoken << ". At most " << plot.words(most) << " since "
      << ago(plot.seconds_ago.front()) << ".\">"
      << "<path class=\"grid\" d=\"M0 1H1000M0 100H1000M0 199H1000\"/>";
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    if (!is_shown(plot, i)) continue;
    out << "<polyline class=\"line k" << i % kLines << "\" points=\""
        << points(plot, plot.series[i].values, top) << "\"/>";
  }
  out << "</svg></div><div class=\"axis\"><span>" << ago(plot.seconds_ago.front())
      << "</span><span>now</span></div></figure>";
  return out;
}

}  // namespace shoal::status
