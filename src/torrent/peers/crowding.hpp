#pragma once

#include <optional>
#include <span>

#include "base/clock.hpp"
#include "base/party.hpp"
#include "torrent/connection_key.hpp"

namespace shoal::torrent {

/// A connection that we made, as far as it matters when there are too many.
struct Occupant {
  ConnectionKey key{};
  Party party;
  Time useful_at;  ///< when a block last went either way
};

/// Which connection to close so that somebody else can be dialled: one that was of no use for
/// `patience`, of the party that has most of those, and of these the one that was so for longest.
/// Nothing when all are of use. Pure.
[[nodiscard]] std::optional<ConnectionKey> whom_to_leave(std::span<const Occupant> occupants,
                                                         Duration patience, Time now);

/// Two connections with one peer: the same peer id at the same address.
struct Twins {
  bool old_dialled = false;  ///< by us
  bool new_dialled = false;
  bool our_id_is_smaller = false;
  Duration silence{};  ///< since the old one last brought a message, or took a block
};

/// Whether the new one takes the place of the old one, which is closed; otherwise the new one is.
/// One that is in use cannot be taken from a peer by somebody else with its id. Pure.
[[nodiscard]] bool new_one_stays(const Twins& twins);

}  // namespace shoal::torrent
