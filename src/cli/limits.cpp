#include "cli/limits.hpp"

#include "base/units.hpp"

namespace shoal::cli {
namespace {

std::string rate_or_none(std::uint64_t bytes_per_second) {
  return bytes_per_second == 0 ? "no limit" : format_rate(static_cast<double>(bytes_per_second));
}

}  // namespace

std::string describe_limits(const PeerOptions& peer) {
  std::string text = "Limits now: " + rate_or_none(peer.limits.upload) + " up, " +
                     rate_or_none(peer.limits.download) + " down";
  if (const std::size_t slots = peer.upload_slots; slots != 0) {
    text += ", " + std::to_string(slots) + (slots == 1 ? " upload slot" : " upload slots");
  }
  return text + ".";
}

}  // namespace shoal::cli
