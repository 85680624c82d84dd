#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>

#include "base/bytes.hpp"

/// What travels inside `extended` messages: the BEP 10 handshake, ut_metadata (BEP 9), ut_pex
/// (BEP 11), lt_donthave (BEP 54).
namespace shoal::wire {

inline constexpr std::uint8_t kExtendedHandshakeId = 0;
/// The ids under which *we* want to get these; a peer's own ids are in its handshake.
inline constexpr std::uint8_t kOurMetadataId = 1;
inline constexpr std::uint8_t kOurPexId = 2;
inline constexpr std::uint8_t kOurDontHaveId = 3;

/// Fields whose number is out of range (a negative port, reqq 0) decode as missing: they are hints,
/// not errors.
inline constexpr std::uint32_t kMaxRequestQueue = 1u << 31;
/// The rest of a longer client name is cut off.
inline constexpr std::size_t kMaxClientLength = 64;
struct ExtendedHandshake {
  std::uint8_t metadata_id = 0;                ///< m/ut_metadata; 0 = not offered
  std::uint8_t pex_id = 0;                     ///< m/ut_pex
  std::uint8_t dont_have_id = 0;               ///< m/lt_donthave
  std::optional<std::uint32_t> metadata_size;  ///< bytes of the info dictionary
  std::optional<std::uint16_t> listen_port;    ///< p
  std::optional<std::uint32_t> request_queue;  ///< reqq: how many requests the sender will queue
  bool upload_only = false;                    ///< BEP 21
  bool origin = false;                         ///< Shoal's own: has brought the file in
  std::string client;                          ///< v: raw bytes, not to be printed as they are

  bool operator==(const ExtendedHandshake&) const = default;
};
[[nodiscard]] Bytes encode(const ExtendedHandshake& handshake);  ///< payload of extended id 0
/// Strict bencoding: a peer whose keys are not sorted does not get through.
[[nodiscard]] Result<ExtendedHandshake> decode_extended_handshake(BytesView payload);

inline constexpr std::size_t kMetadataPiece = 16384;
struct MetadataRequest {
  std::uint32_t piece = 0;
  bool operator==(const MetadataRequest&) const = default;
};
/// `data` is a view into the decoded payload: a full kMetadataPiece, or what is left of total_size
/// in the last piece.
struct MetadataData {
  std::uint32_t piece = 0;
  std::uint32_t total_size = 0;
  BytesView data;
};
struct MetadataReject {
  std::uint32_t piece = 0;
  bool operator==(const MetadataReject&) const = default;
};
/// A msg_type we do not know: ignored.
struct MetadataOther {
  std::int64_t type = -1;
  bool operator==(const MetadataOther&) const = default;
};
using MetadataMessage = std::variant<MetadataRequest, MetadataData, MetadataReject, MetadataOther>;
[[nodiscard]] Bytes encode(const MetadataMessage& message);
[[nodiscard]] Result<MetadataMessage> decode_metadata(BytesView payload);

/// BEP 54: the sender has that piece no more.
struct DontHave {
  std::uint32_t piece = 0;
  bool operator==(const DontHave&) const = default;
};
[[nodiscard]] Bytes encode(const DontHave& message);
[[nodiscard]] Result<DontHave> decode_dont_have(BytesView payload);

/// BEP 11 flags.
inline constexpr std::uint8_t kPexSeed = 0x02;
inline constexpr std::uint8_t kPexReachable = 0x10;
struct PexPeer {
  Endpoint endpoint;
  std::uint8_t flags = 0;
  bool operator==(const PexPeer&) const = default;
};
struct Pex {
  std::vector<PexPeer> added;
  std::vector<Endpoint> dropped;
  bool operator==(const Pex&) const = default;
};
/// In each list; decoding leaves out what is beyond, and peers with port 0.
inline constexpr std::size_t kMaxPexPeers = 200;
[[nodiscard]] Bytes encode(const Pex& pex);
[[nodiscard]] Result<Pex> decode_pex(BytesView payload);

}  // namespace shoal::wire
