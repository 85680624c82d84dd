#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"
#include "base/compact.hpp"

/// Tracker datagrams: BEP 15 and our own actions. The byte grammar is docs/protocol.md. Everything
/// is big-endian; requests and replies may be longer than given (what follows is ignored).
namespace shoal::datagram {

inline constexpr std::uint64_t kConnectMagic = 0x0000041727101980;  // BEP 15
/// Largest datagram either side sends: fits the smallest IPv6 MTU with its headers.
inline constexpr std::size_t kMaxDatagram = 1200;

enum class TransactionId : std::uint32_t {};
enum class ConnectionId : std::uint64_t {};

/// BEP 15 uses small numbers; our own actions are four ASCII letters, which no BEP will ever take.
enum class Action : std::uint32_t {
  connect = 0,
  announce = 1,
  scrape = 2,
  error = 3,
  register_file = 0x52454749,    // "REGI"
  register_folder = 0x464F4C44,  // "FOLD"
  heartbeat = 0x42454154,        // "BEAT"
  withdraw = 0x474F4E45,         // "GONE"
  lookup = 0x46494E44,           // "FIND"
  lookup_any = 0x5345454B,       // "SEEK"
  list = 0x4C495354,             // "LIST"
  list_any = 0x53484F57,         // "SHOW"
  refuse = 0x4E4F5045,           // "NOPE", a reply only
};

/// Which of two actions asks for a name, or for names: the older ones know nothing of folders.
enum class Kinds : std::uint8_t { files, all };

// ---- requests

struct ConnectRequest {
  bool operator==(const ConnectRequest&) const = default;
};

enum class AnnounceEvent : std::uint32_t { none = 0, completed = 1, started = 2, stopped = 3 };
struct AnnounceRequest {
  InfoHash20 info_hash;
  PeerId peer_id;
  std::uint64_t downloaded = 0;
  std::uint64_t left = 0;
  std::uint64_t uploaded = 0;
  AnnounceEvent event = AnnounceEvent::none;
  std::uint32_t key = 0;
  std::int32_t num_want = -1;
  std::uint16_t port = 0;
  bool operator==(const AnnounceRequest&) const = default;
};

inline constexpr std::size_t kMaxScrape = 74;
struct ScrapeRequest {
  std::vector<InfoHash20> info_hashes;  ///< 1 to kMaxScrape
  bool operator==(const ScrapeRequest&) const = default;
};

/// Drawn by a host for one tracker. What it has registered with it nobody changes who comes from
/// the same address and does not know it.
enum class Proof : std::uint64_t {};
inline constexpr Proof kNoProof{};  ///< of older clients, which show none

/// Says "I offer this file at the address this datagram comes from, on that port"; or elsewhere, at
/// the address that is `said`, if the tracker lets it. The same in heartbeats and withdrawals. For
/// a folder there is an action of its own.
struct RegisterRequest {
  PeerId peer_id;
  std::uint16_t port = 0;
  bool complete = true;            ///< false: a leecher that shares what it has so far
  FileInfo file;                   ///< or folder; unchecked
  std::optional<Endpoint> said{};  ///< older trackers do not read it
  Proof proof{};                   ///< nor this
  bool operator==(const RegisterRequest&) const = default;
};

/// XOR of the info hashes of all files a peer has registered: equal sets give equal digests, in any
/// order.
struct FileSet {
  std::uint32_t count = 0;
  Digest digest;
  void add(const InfoHash& hash);
  void remove(const InfoHash& hash);
  bool operator==(const FileSet&) const = default;
};

/// Keeps all files of a peer alive with one datagram.
struct HeartbeatRequest {
  PeerId peer_id;
  std::uint16_t port = 0;
  FileSet files;
  std::optional<Endpoint> said{};
  Proof proof{};
  bool operator==(const HeartbeatRequest&) const = default;
};

struct WithdrawRequest {
  PeerId peer_id;
  std::uint16_t port = 0;
  std::optional<InfoHash>
      file;  ///< nothing (32 zero bytes on the wire) = everything: the peer leaves
  std::optional<Endpoint> said{};
  Proof proof{};
  bool operator==(const WithdrawRequest&) const = default;
};

struct LookupRequest {
  PeerId peer_id;    ///< the asker, who is left out of the answer
  std::string name;  ///< unchecked
  Kinds kinds = Kinds::files;
  bool operator==(const LookupRequest&) const = default;
};

/// One page of the catalogue, in byte order of the names.
struct ListRequest {
  std::string prefix;  ///< only names that begin so
  std::string after;   ///< only names past this one; empty = from the start
  Kinds kinds = Kinds::files;
  bool operator==(const ListRequest&) const = default;
};

using Request = std::variant<ConnectRequest, AnnounceRequest, ScrapeRequest, RegisterRequest,
                             HeartbeatRequest, WithdrawRequest, LookupRequest, ListRequest>;

struct RequestDatagram {
  ConnectionId connection{};  ///< ignored for connect, which always carries kConnectMagic
  TransactionId transaction{};
  Request request;
};

// ---- replies

struct ConnectReply {
  ConnectionId connection{};
  bool operator==(const ConnectReply&) const = default;
};

struct AnnounceReply {
  std::uint32_t interval_seconds = 0;
  std::uint32_t leechers = 0;
  std::uint32_t seeders = 0;
  std::vector<Endpoint> peers;  ///< all of one family: that of the datagram
  bool operator==(const AnnounceReply&) const = default;
};

/// How many peers of one family fit an announce reply: 196 or 65.
[[nodiscard]] constexpr std::size_t max_announce_peers(bool v4) {
  return (kMaxDatagram - 20) / (v4 ? kCompactV4 : kCompactV6);
}

struct ScrapeEntry {
  std::uint32_t seeders = 0;
  std::uint32_t completed = 0;
  std::uint32_t leechers = 0;
  bool operator==(const ScrapeEntry&) const = default;
};
struct ScrapeReply {
  std::vector<ScrapeEntry> files;
  bool operator==(const ScrapeReply&) const = default;
};

struct ErrorReply {
  std::string message;
  bool operator==(const ErrorReply&) const = default;
};

/// How often to send heartbeats, and after how much silence the tracker forgets a peer.
struct Timing {
  std::uint32_t heartbeat_ms = 0;
  std::uint32_t timeout_ms = 0;
  bool operator==(const Timing&) const = default;
};
struct RegisterReply {
  Timing timing;
  std::optional<Endpoint> listed{};  ///< where others are sent; older trackers do not tell
  bool of_folder = false;            ///< which action it answers
  bool operator==(const RegisterReply&) const = default;
};
struct HeartbeatReply {
  bool known = false;  ///< false: the tracker knows another set; register everything again
  Timing timing;
  bool operator==(const HeartbeatReply&) const = default;
};
struct WithdrawReply {
  bool operator==(const WithdrawReply&) const = default;
};

inline constexpr std::size_t kMaxLookupPeers = 60;
struct LookupReply {
  std::uint64_t length = 0;
  std::uint32_t piece_length = 0;
  Digest root;
  std::uint32_t seeders = 0;
  std::uint32_t leechers = 0;
  std::vector<Endpoint> peers;         ///< both families, at most kMaxLookupPeers
  std::optional<Endpoint> asker{};     ///< where the request came from; older trackers do not tell
  std::optional<FolderInfo> folder{};  ///< it is one, with this info hash as root; Kinds::all only
  Kinds kinds = Kinds::files;          ///< as it was asked
  bool operator==(const LookupReply&) const = default;
};

struct ListEntry {
  std::string name;
  std::uint64_t length = 0;
  std::uint32_t seeders = 0;
  std::uint32_t leechers = 0;
  std::optional<std::uint32_t> files{};  ///< in the folder that it is; Kinds::all only
  bool operator==(const ListEntry&) const = default;
};
struct ListReply {
  bool more = false;  ///< ask again with `after` = the last name here
  std::vector<ListEntry> files;
  Kinds kinds = Kinds::files;  ///< as it was asked
  bool operator==(const ListReply&) const = default;
};

/// Bytes of a list reply before its first entry, and of the entry for a name.
inline constexpr std::size_t kListHead = 10;
[[nodiscard]] constexpr std::size_t list_entry_size(std::string_view name, Kinds kinds) {
  return 1 + name.size() + (kinds == Kinds::all ? 21 : 16);
}

enum class RefuseReason : std::uint8_t {
  name_taken = 1,  ///< `holder_length` and `holder_root` say by which content
  bad_name = 2,
  table_full = 3,
  unknown_name = 4,  ///< lookup: nobody offers it
  bad_request = 5,   ///< lengths out of range, port 0
  place_taken = 6,   ///< another host is registered at that address and port
  is_folder = 7,     ///< lookup of Kinds::files: the name is a folder's
};
/// "No" to one of our own actions.
struct RefuseReply {
  RefuseReason reason = RefuseReason::bad_request;
  std::uint64_t holder_length = 0;  ///< name_taken only
  Digest holder_root;               ///< name_taken only; of a folder its info hash
  std::string message;              ///< for people
  bool holder_is_folder = false;    ///< name_taken only
  bool operator==(const RefuseReply&) const = default;
};

using Reply = std::variant<ConnectReply, AnnounceReply, ScrapeReply, ErrorReply, RegisterReply,
                           HeartbeatReply, WithdrawReply, LookupReply, ListReply, RefuseReply>;

struct ReplyDatagram {
  TransactionId transaction{};
  Reply reply;
};

/// The head of a request, read before anything else: who asks for what. Nothing on fewer than 16
/// bytes.
struct Head {
  std::uint64_t connection = 0;
  std::uint32_t action = 0;
  TransactionId transaction{};
};
[[nodiscard]] std::optional<Head> decode_head(BytesView datagram);

[[nodiscard]] Result<RequestDatagram> decode_request(BytesView datagram);
/// `v6`: the datagram came over IPv6, which decides the stride of announce peers (BEP 15).
[[nodiscard]] Result<ReplyDatagram> decode_reply(BytesView datagram, bool v6);

/// Appends. The encoder drops what does not fit kMaxDatagram (peers, entries) and never writes
/// more.
void encode(const RequestDatagram& datagram, Bytes& out);
void encode(const ReplyDatagram& datagram, Bytes& out);

}  // namespace shoal::datagram
