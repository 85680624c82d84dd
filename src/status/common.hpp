#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <shoal/held_by.hpp>

#include "status/html.hpp"
#include "status/metrics_text.hpp"

/// What the pages of all programs have in common.
namespace shoal::status {

using Json = nlohmann::ordered_json;

/// One line of ASCII, whatever the names are.
[[nodiscard]] std::string to_text(const Json& json);
/// Every cause by its name: parts of all the time, rounded to thousandths.
[[nodiscard]] Json to_json(const HeldBy& held);
/// Numbers of a plot, with two decimals at most.
[[nodiscard]] Json rounded(const std::vector<double>& values);

/// 1234567 as "1 234 567"; fewer than ten with a decimal, where there is one.
[[nodiscard]] std::string count_in_words(double count);

/// A number with a name, large.
void tile(Html& out, std::string_view name, std::string_view value, std::string_view more = {});
/// A row of a table of limits: how much of how much; `most` 0: without a bound.
void limit_row(Html& out, std::string_view name, std::uint64_t used, std::uint64_t most,
               std::string_view used_in_words, std::string_view most_in_words);

/// shoal_build_info and shoal_start_time_seconds.
void common_metrics(MetricsText& out, std::string_view program,
                    std::chrono::system_clock::time_point since);
void common_json(Json& out, std::string_view program, std::chrono::milliseconds running);

}  // namespace shoal::status
