#pragma once

#include <optional>
#include <span>
#include <string>

#include <shoal/endpoint.hpp>

#include "discovery/announcer.hpp"

/// What people should know when a tracker sees machines where they are not, as behind a proxy that
/// sends on its datagrams under its own address. Pure.
namespace shoal::discovery {

/// To who offers files: the tracker sends others to `listed`. `own` are this machine's addresses
/// (none: not known), `said` is what we asked for. Nothing when all seems well.
[[nodiscard]] std::optional<std::string> listed_elsewhere(const std::string& tracker,
                                                          const Endpoint& listed,
                                                          const std::optional<Endpoint>& said,
                                                          std::span<const IpAddress> own);

/// The same to who has fetched and offers what it has: a leecher cannot say where it is.
[[nodiscard]] std::optional<std::string> leecher_listed_elsewhere(const std::string& tracker,
                                                                  const Endpoint& listed,
                                                                  std::span<const IpAddress> own);

/// To who fetches: the tracker sees everybody who has the file, and us, at one address that is not
/// ours. Nothing when it does not.
[[nodiscard]] std::optional<std::string> all_at_one_address(const Lookup& found,
                                                            std::span<const IpAddress> own);

}  // namespace shoal::discovery
