#pragma once

#include <string>
#include <string_view>

/// Rows of the table of docs/benchmarks.md go to standard output, everything else to standard
/// error.
namespace shoal::bench {

/// One row: what was measured, the figure, and how it compares with what it is measured against
/// (empty when with nothing).
void print_row(std::string_view figure, std::string_view value, std::string_view ratio = {});

/// A line for whoever looks on.
void note(std::string_view line);

[[nodiscard]] std::string fixed(double value, int decimals);
/// "1,234,000": to the nearest thousand.
[[nodiscard]] std::string thousands(double value);
/// "1.62 GB/s", the unit being 10^9 bytes.
[[nodiscard]] std::string gigabytes_per_second(double bytes_per_second);
/// CPU seconds for each GiB moved: "0.31 s/GiB".
[[nodiscard]] std::string seconds_per_gib(double per_gib);
/// "41 MiB".
[[nodiscard]] std::string mebibytes(std::uint64_t bytes);
/// "3.1 ms".
[[nodiscard]] std::string milliseconds(double seconds);

}  // namespace shoal::bench
