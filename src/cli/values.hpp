#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

/// Option values as people write them. Every error quotes what was given and shows how to write it.
namespace shoal::cli {

/// "tracker.example:6000", "192.0.2.1:6000", "[2001:db8::1]:6000"; without a port it is 6000. The
/// result always has a port, and brackets around IPv6.
[[nodiscard]] Result<std::string> parse_host_port(std::string_view text);
/// The same with a port, which has no default.
[[nodiscard]] Result<std::string> parse_peer_address(std::string_view text);
/// "0.0.0.0:6000", "[::]:6000", ":6000".
[[nodiscard]] Result<Endpoint> parse_listen(std::string_view text);
/// 64 hexadecimal digits.
[[nodiscard]] Result<Digest> parse_root(std::string_view text);
[[nodiscard]] Result<InfoHash> parse_info_hash(std::string_view text);
/// Bytes a second: "10M", "500K" (base/units.hpp); "0" = no limit, else at least 1K.
[[nodiscard]] Result<std::uint64_t> parse_rate(std::string_view text);
/// A whole number of decimal digits.
[[nodiscard]] Result<std::size_t> parse_count(std::string_view text);
/// A name of a file or folder, as it is; only an empty one is refused.
[[nodiscard]] Result<std::filesystem::path> parse_path(std::string_view text);
inline constexpr std::array<std::string_view, 6> kLogLevels{"trace", "debug", "info",
                                                            "warn",  "error", "off"};
/// The name of a log level.
[[nodiscard]] Result<std::string> parse_log_level(std::string_view text);

}  // namespace shoal::cli
