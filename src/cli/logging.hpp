#pragma once

#include <string>

namespace shoal::cli {

inline constexpr const char* kDefaultLogLevel = "warn";

/// The default logger writes to standard error what is at least as grave as `level`: trace, debug,
/// info, warn, error or off.
void set_up_logging(const std::string& level);

}  // namespace shoal::cli
