#include "registry/giving_way.hpp"

#include <algorithm>

namespace shoal::registry {
namespace {

/// A network's share is told by the lot alone, so only those take from one that have little, and
/// only from one that clearly has more.
constexpr std::uint32_t kLittle = 16;  // registrations
constexpr std::ptrdiff_t clearly_more_than(std::ptrdiff_t own) {
  return 3 * own + 2;
}

/// The first holds less, or the same and is of more use.
bool gives_way_later(const Candidate& one, const Candidate& other) {
  return one.held != other.held ? one.held < other.held : one.use > other.use;
}

}  // namespace

std::optional<std::size_t> who_gives_way(std::span<const Candidate> drawn, const Party& newcomer,
                                         std::uint32_t held) {
  if (drawn.empty()) return std::nullopt;
  const auto largest = std::ranges::max_element(drawn, gives_way_later);
  if (largest->held > held + 1) return static_cast<std::size_t>(largest - drawn.begin());
  if (held >= kLittle) return std::nullopt;

  const auto drawn_of = [&](const Party& network) {
    return std::ranges::count_if(
        drawn, [&](const Candidate& one) { return one.party.network() == network; });
  };
  std::ptrdiff_t most = 0;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const std::ptrdiff_t count = drawn_of(drawn[i].party.network());
    if (count < most || (count == most && !gives_way_later(drawn[*found], drawn[i]))) continue;
    most = count;
    found = i;
  }
  if (most < clearly_more_than(drawn_of(newcomer.network()))) return std::nullopt;
  return found;
}

}  // namespace shoal::registry
