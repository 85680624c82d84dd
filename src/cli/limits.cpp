#include "cli/limits.hpp"

#include "base/units.hpp"

namespace shoal::cli {
namespace {

std::string rate_or_none(std::uint64_t bytes_per_second) {
  return bytes_per_second == 0 ? "no limit" : format_rate(static_cast<double>(bytes_per_second));
}

}  // namespace

std::string describe(const RateLimits& limits) {
  return "Limits now: " + rate_or_none(limits.upload) + " up, " + rate_or_none(limits.download) +
         " down.";
}

}  // namespace shoal::cli
