#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/party.hpp"
#include "registry/slab.hpp"

namespace shoal::registry {

/// How many records of a full table are looked at for a newcomer, at most. Drawn by lot they show
/// who holds much as well as a list of all would, which nobody has to keep: of a party that holds a
/// tenth of the table none is among them once in thirty times, and of ten such parties never.
inline constexpr std::size_t kDrawn = 32;

/// What may give way to a newcomer: a peer, or a file with all of its peers.
struct Candidate {
  Id id = kNone;
  Party party = Party::of({});  ///< whose it is; of a file that several offer, who holds least
  std::uint32_t held = 0;       ///< registrations of that party in the whole table
  std::uint32_t use = 0;        ///< among those of one party the one of least use goes
};

/// Which of those drawn gives way to a newcomer whose party holds `held`; nothing: it finds no
/// room. It is one of the party that holds most, if that is more than one more than the newcomer's:
/// or two would go on taking from each other. Where no party holds much, it is one of the network
/// that was drawn most often, by far, if the newcomer has little. Pure.
[[nodiscard]] std::optional<std::size_t> who_gives_way(std::span<const Candidate> drawn,
                                                       const Party& newcomer, std::uint32_t held);

}  // namespace shoal::registry
