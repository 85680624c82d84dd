#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <shoal/error.hpp>

/// Durations and sizes as people write and read them.
namespace shoal {

/// "500ms", "30s", "5m", "2h"; a bare number is refused, and the message says how to write it.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "512", "64K", "10M", "2G", "1T": powers of 1024 bytes, either case, optional "iB" or "B".
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

/// "1.4 GiB", "312 KiB", "17 bytes".
[[nodiscard]] std::string format_size(std::uint64_t bytes);
/// "118 MiB/s".
[[nodiscard]] std::string format_rate(double bytes_per_second);
/// "350 ms", "3 s", "2 min 05 s", "1 h 20 min", "2 d 03 h": the two largest units, rounded down.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

}  // namespace shoal
