#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "status/html.hpp"

namespace shoal::status {

struct Series {
  std::string name;
  std::vector<double> values;  ///< the oldest first
};

struct Plot {
  std::string_view title;
  std::vector<double> seconds_ago;  ///< of each value; falls, and ends with 0
  std::vector<Series> series;
  std::function<std::string(double)> words;  ///< a value as people read it
  bool in_bytes = false;                     ///< round numbers are those of 1024
};

/// Lines over time, as a picture that grows with its place (SVG), a legend that says what each is
/// now, and a sentence for who does not see it. Each of the first kLines has a colour of its own,
/// also where others are left out: of many, those that were 0 all the time.
[[nodiscard]] Html draw(const Plot& plot);
inline constexpr std::size_t kLines = 10;

}  // namespace shoal::status
