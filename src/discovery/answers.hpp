#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/error.hpp>

#include "datagram/datagram.hpp"
#include "discovery/announcer.hpp"
#include "discovery/tracker_client.hpp"

/// What trackers' answers mean. Pure; nothing a tracker says is believed unchecked.
namespace shoal::discovery {

/// The answer to a lookup of `name`: numbers checked, peers made reachable, `root` (if any; of a
/// folder its info hash) compared. Errors: not_found, conflict (another root than `root`),
/// bad_input (nonsense).
[[nodiscard]] Result<Lookup> read_lookup(const Answer& answer, const std::string& name,
                                         const std::optional<Digest>& root,
                                         const std::string& tracker);

/// A tracker that is not on loopback and tells a loopback address means its own machine: that
/// address becomes the tracker's. 0.0.0.0 is left out, and so are ports below kLeastPort, as are
/// repetitions.
///
/// A link-local address is one of the link over which the tracker was reached. A tracker on
/// loopback, thus on our own machine, means one of `links`, the scopes of our links, and each is
/// worth a try. From any other tracker it means nothing, and is left out.
[[nodiscard]] std::vector<Endpoint> reachable(const std::vector<Endpoint>& peers,
                                              const Endpoint& tracker,
                                              std::span<const std::uint32_t> links = {});

/// Appends a page of the catalogue. True: there is more after it. Error: not in order, not with
/// that prefix, bad names.
[[nodiscard]] Result<bool> append_page(const Answer& answer, std::string_view prefix,
                                       const std::string& tracker,
                                       std::vector<datagram::ListEntry>& list);

/// A "no" to a registration that may be a yes after a while, whatever else happens.
[[nodiscard]] bool is_for_now(const datagram::Reply& reply);

/// What a "no" to something about that name means; also what any other unexpected reply means.
[[nodiscard]] Error refusal(const datagram::Reply& reply, std::string_view name,
                            const std::string& tracker);
/// The same of a "no" to the registration of that file or folder.
[[nodiscard]] Error refusal(const datagram::Reply& reply, const FileInfo& file,
                            const std::string& tracker);

}  // namespace shoal::discovery
