#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

namespace shoal {

/// A v2 magnet link (BEP 9, BEP 52): `xt=urn:btmh:1220<64 hex>`, then optional dn, tr (any number),
/// x.pe (any number).
struct Magnet {
  InfoHash info_hash;
  std::string name;                   ///< dn, percent-decoded, unchecked; may be empty
  std::vector<std::string> trackers;  ///< tr, percent-decoded URLs
  std::vector<std::string> peers;     ///< x.pe, host:port

  bool operator==(const Magnet&) const = default;
};

[[nodiscard]] std::string format(const Magnet& magnet);
[[nodiscard]] Result<Magnet> parse_magnet(std::string_view link);

}  // namespace shoal
