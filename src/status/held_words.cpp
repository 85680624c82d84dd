#include "status/held_words.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace shoal::status {
namespace {

constexpr double kWorthATell = 0.05;

struct Words {
  std::string_view name;
  std::string_view text;
};
// In the order of HeldCause.
constexpr std::array<Words, kHeldCauses> kWords{{
    {"no_peers", "having no peers"},
    {"sources", "peers with nothing more to ask for"},
    {"peers", "the lines to its peers"},
    {"own_line", "its own line"},
    {"own_limit", "its own limit"},
    {"disk", "the disk"},
    {"hashing", "hashing"},
}};

}  // namespace

std::string_view name_of(HeldCause cause) {
  return kWords[static_cast<std::size_t>(cause)].name;
}

std::string held_in_words(const HeldBy& held, std::size_t most) {
  std::array<std::size_t, kHeldCauses> order{};
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return held.parts[i]; });
  std::string text;
  for (const std::size_t cause : order) {
    if (most-- == 0 || held.parts[cause] < kWorthATell) break;
    if (!text.empty()) text += ", ";
    text.append(kWords[cause].text);
    text += " (" + std::to_string(std::lround(held.parts[cause] * 100)) + " %)";
  }
  return text;
}

}  // namespace shoal::status
