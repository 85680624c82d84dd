#pragma once

#include <optional>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/file_info.hpp>

#include "fleet/change.hpp"
#include "registry/registry.hpp"

/// What a registry knows, as a fleet's trackers tell it each other.
namespace shoal::fleet {

/// Of what is known of a host: who it is, and the set of its files. kUnsure for none.
[[nodiscard]] Fingerprint fingerprint(const registry::Registry& registry, const Endpoint& host);

/// The record of a host; null without one, and good until the registry changes.
[[nodiscard]] const registry::Host* find_host(const registry::Registry& registry,
                                              const Endpoint& host);

/// All that a host has registered.
[[nodiscard]] std::vector<InfoHash> files_of(const registry::Registry& registry,
                                             const Endpoint& host);

/// One of those, as the host would register it today; nothing if it does not offer it.
[[nodiscard]] std::optional<Registered> registration(const registry::Registry& registry,
                                                     const Endpoint& host, const InfoHash& file);

/// What is known under that name, or as the same content, or under another spelling; kNone: it is
/// free.
[[nodiscard]] registry::Id holder(const registry::Registry& registry, const FileInfo& file);

/// A BEP 15 client, by its record; nothing if it is none.
[[nodiscard]] std::optional<Announced> announcer(const registry::Registry& registry,
                                                 registry::Id member);

}  // namespace shoal::fleet
