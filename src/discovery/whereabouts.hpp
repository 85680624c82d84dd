#pragma once

#include <optional>
#include <vector>

#include <shoal/endpoint.hpp>

namespace shoal::discovery {

/// Where we are for others. A tracker lists us at the address that we talk to it from, so we talk
/// to it from where we listen, and in each family in which we do.
struct Whereabouts {
  Endpoint listens;            ///< an unspecified address: on all of that family
  bool both_families = false;  ///< [::] that takes IPv4 connections too
  /// Where others reach us, as people say; trackers may list us there instead.
  std::vector<Endpoint> said{};

  [[nodiscard]] bool listens_in(bool v4) const {
    return both_families || listens.address.is_v4() == v4;
  }
  /// What to talk to trackers of that family from, at any port; nothing: we do not listen there.
  [[nodiscard]] std::optional<Endpoint> source(bool v4) const {
    if (!listens_in(v4)) return std::nullopt;
    Endpoint source = listens;
    source.port = 0;
    if (both_families) source.address = v4 ? IpAddress() : IpAddress(IpAddress::V6{});
    return source;
  }
  /// The first address said of that family.
  [[nodiscard]] std::optional<Endpoint> said_in(bool v4) const {
    for (const Endpoint& one : said)
      if (one.address.is_v4() == v4) return one;
    return std::nullopt;
  }
};

}  // namespace shoal::discovery
