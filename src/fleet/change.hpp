#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "base/bytes.hpp"
#include "datagram/datagram.hpp"

/// What the trackers of a fleet tell each other through one ordered log. The byte grammar is
/// docs/fleet-log.md. No record has a time in it: clocks differ.
namespace shoal::fleet {

/// One run of one tracker, drawn at random when it starts; never 0.
enum class Origin : std::uint64_t {};
inline constexpr Origin kNobody{};

/// Where an entry of the log is: later entries have greater ones. (Of Redis: the two halves of an
/// entry's id.)
struct Position {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Position&) const = default;
};

/// Four bytes that differ, as good as always, where two trackers know different things of a host;
/// see fingerprint.hpp.
enum class Fingerprint : std::uint32_t {};
inline constexpr Fingerprint kUnsure{};  ///< nothing to compare with

// ---- changes; `host` is where a host is listed

/// A host registers a file, and whose datagrams come from `from`.
struct Registered {
  IpAddress from;
  datagram::RegisterRequest request;
  bool again = false;  ///< told of a host by a tracker, not by the host
  bool operator==(const Registered&) const = default;
};

/// A host's heartbeat, and what the tracker that heard it knows of the host.
struct Alive {
  Endpoint host;
  Fingerprint known = kUnsure;
  bool operator==(const Alive&) const = default;
};

/// A host left, or stopped offering one file.
struct Withdrawn {
  Endpoint host;
  std::optional<InfoHash> file{};  ///< nothing: all
  bool silent = false;             ///< nobody said so, it was not heard for too long
  bool operator==(const Withdrawn&) const = default;
};

/// A BEP 15 client announced itself, as far as that changes anything.
struct Announced {
  Endpoint peer;
  InfoHash20 info_hash;
  std::uint32_t tag = 0;  ///< last four bytes of its peer id
  bool seeder = false;
  datagram::AnnounceEvent event = datagram::AnnounceEvent::none;
  bool operator==(const Announced&) const = default;
};

/// "What I know of that host is something else: tell it to me."
struct Want {
  Endpoint host;
  Fingerprint known = kUnsure;  ///< what the heartbeat said
  bool operator==(const Want&) const = default;
};

/// "I know nothing: tell me everything." Asked of one tracker.
struct WantAll {
  Origin of{};
  bool operator==(const WantAll&) const = default;
};

/// A sign of life, when there is nothing else to say.
struct Here {
  bool filled = false;  ///< knows what the others know
  bool operator==(const Here&) const = default;
};

/// All that is known of a host follows, in records that are Registered `again`, up to Stated.
struct Stating {
  Endpoint host;
  IpAddress from;
  PeerId peer_id;
  datagram::Proof proof{};
  bool operator==(const Stating&) const = default;
};
/// That was all: it has registered nothing else.
struct Stated {
  Endpoint host;
  bool operator==(const Stated&) const = default;
};
/// That was everything of everybody, for who asked by WantAll.
struct Filled {
  bool operator==(const Filled&) const = default;
};

using Change = std::variant<Registered, Alive, Withdrawn, Announced, Want, WantAll, Here, Stating,
                            Stated, Filled>;

/// An entry of the log: changes of one origin, in order.
struct Batch {
  Origin origin{};
  std::uint64_t number = 0;  ///< of this origin, from 1 on: a doubled batch has one that was here
  Origin to{};               ///< for that tracker alone; kNobody: for all
  Position as_of{};          ///< for one alone: what is told was so there
  std::vector<Change> changes;
  bool operator==(const Batch&) const = default;
};

/// A larger batch is neither written nor read.
inline constexpr std::size_t kMaxBatch = 64 * 1024;  // bytes
inline constexpr std::size_t kMaxChanges = 2048;     // in a batch
inline constexpr std::size_t kMaxChange = 512;       // bytes; the longest has a name of 255

/// Appends; without its changes, which follow in any number.
void encode_head(const Batch& batch, Bytes& out);
void encode(const Change& change, Bytes& out);
/// Appends all of it. Precondition: it is within the bounds above.
void encode(const Batch& batch, Bytes& out);

/// All of it or nothing: whoever reads the log reads the same.
[[nodiscard]] Result<Batch> decode(BytesView bytes);

}  // namespace shoal::fleet
