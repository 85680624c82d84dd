#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>

#include "datagram/datagram.hpp"
#include "datagram/fields.hpp"

// Replies. BEP 15: https://www.bittorrent.org/beps/bep_0015.html; own actions: docs/protocol.md.
namespace shoal::datagram {
namespace {

constexpr std::size_t kHead = 8;
constexpr std::size_t kScrapeEntry = 12;

// ---- reading: one function a message; the caller asks the reader whether there was enough to read

Timing read_timing(ByteReader& in) {
  Timing timing;
  timing.heartbeat_ms = in.u32();
  timing.timeout_ms = in.u32();
  return timing;
}

Result<Reply> read_announce(ByteReader& in, bool v6) {
  AnnounceReply reply;
  reply.interval_seconds = in.u32();
  reply.leechers = in.u32();
  reply.seeders = in.u32();
  auto peers = v6 ? read_compact_v6(in.rest()) : read_compact_v4(in.rest());
  if (!peers)
    return fail(Errc::bad_input, "the announce reply has " + std::to_string(in.rest().size()) +
                                     " bytes of peers, which is no multiple of " +
                                     std::to_string(v6 ? kCompactV6 : kCompactV4));
  reply.peers = std::move(*peers);
  return reply;
}

ScrapeReply read_scrape(ByteReader& in) {
  ScrapeReply reply;
  const std::size_t count = std::min(in.rest().size() / kScrapeEntry, kMaxScrape);
  reply.files.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    ScrapeEntry& entry = reply.files.emplace_back();
    entry.seeders = in.u32();
    entry.completed = in.u32();
    entry.leechers = in.u32();
  }
  return reply;
}

RegisterReply read_register(ByteReader& in, bool of_folder) {
  RegisterReply reply;
  reply.of_folder = of_folder;
  reply.timing = read_timing(in);
  reply.listed = read_last(in);
  return reply;
}

HeartbeatReply read_heartbeat(ByteReader& in) {
  HeartbeatReply reply;
  reply.timing = read_timing(in);
  reply.known = in.u8() != 0;
  return reply;
}

/// Whether it is a folder, where the action tells. Of older ones all are files.
Result<bool> read_kind(ByteReader& in, Kinds kinds) {
  if (kinds == Kinds::files) return false;
  const std::uint8_t kind = in.u8();
  if (kind == kKindFile || kind == kKindFolder) return kind == kKindFolder;
  return fail(Errc::bad_input, "the reply tells of something that is neither a file nor a folder");
}

Result<Reply> read_lookup(ByteReader& in, Kinds kinds) {
  LookupReply reply;
  reply.kinds = kinds;
  auto is_folder = read_kind(in, kinds);
  if (!is_folder) return std::unexpected(std::move(is_folder).error());
  reply.length = in.u64();
  reply.piece_length = in.u32();
  reply.root = read_hash<Digest>(in);
  if (kinds == Kinds::all) {
    const std::uint32_t files = in.u32();
    const std::uint32_t dictionary = in.u32();
    if (*is_folder) reply.folder = {files, dictionary};
  }
  reply.seeders = in.u32();
  reply.leechers = in.u32();
  const std::size_t v4 = in.u8();
  const std::size_t v6 = in.u8();
  if (v4 + v6 > kMaxLookupPeers)
    return fail(Errc::bad_input, "the lookup reply names " + std::to_string(v4 + v6) +
                                     " peers, at most " + std::to_string(kMaxLookupPeers) +
                                     " are allowed");
  auto peers = read_compact_v4(in.take(v4 * kCompactV4));
  auto more = read_compact_v6(in.take(v6 * kCompactV6));
  if (!in.ok() || !peers || !more)
    return fail(Errc::bad_input, "the lookup reply ends before its last peer");
  reply.peers = std::move(*peers);
  reply.peers.insert(reply.peers.end(), more->begin(), more->end());
  reply.asker = read_last(in);
  return reply;
}

Result<Reply> read_list(ByteReader& in, Kinds kinds) {
  ListReply reply;
  reply.kinds = kinds;
  reply.more = in.u8() != 0;
  for (std::size_t left = in.u8(); left > 0 && in.ok(); --left) {
    ListEntry& entry = reply.files.emplace_back();
    entry.name = read_text(in);
    auto is_folder = read_kind(in, kinds);
    if (!is_folder) return std::unexpected(std::move(is_folder).error());
    entry.length = in.u64();
    const std::uint32_t files = kinds == Kinds::all ? in.u32() : 0;
    if (*is_folder) entry.files = files;
    entry.seeders = in.u32();
    entry.leechers = in.u32();
  }
  return reply;
}

RefuseReply read_refuse(ByteReader& in) {
  RefuseReply reply;
  const std::uint8_t reason = in.u8();
  // A reason we do not know is still a refusal; its message says why.
  reply.reason = reason >= 1 && reason <= 7 ? RefuseReason{reason} : RefuseReason::bad_request;
  reply.holder_length = in.u64();
  reply.holder_root = read_hash<Digest>(in);
  reply.message = read_text(in);
  reply.holder_is_folder = !in.rest().empty() && in.u8() == kKindFolder;
  return reply;
}

Result<Reply> read_body(std::uint32_t action, ByteReader& in, bool v6) {
  switch (static_cast<Action>(action)) {
    case Action::connect:
      return ConnectReply{ConnectionId{in.u64()}};
    case Action::announce:
      return read_announce(in, v6);
    case Action::scrape:
      return read_scrape(in);
    case Action::error:
      return ErrorReply{std::string(as_text(in.rest()))};
    case Action::register_file:
      return read_register(in, false);
    case Action::register_folder:
      return read_register(in, true);
    case Action::heartbeat:
      return read_heartbeat(in);
    case Action::withdraw:
      return WithdrawReply{};
    case Action::lookup:
      return read_lookup(in, Kinds::files);
    case Action::lookup_any:
      return read_lookup(in, Kinds::all);
    case Action::list:
      return read_list(in, Kinds::files);
    case Action::list_any:
      return read_list(in, Kinds::all);
    case Action::refuse:
      return read_refuse(in);
  }
  return fail(Errc::bad_input, "unknown action " + std::to_string(action) + " in a reply");
}

// ---- writing

struct BodyWriter {
  Bytes& buffer;
  std::size_t begin;  // of this datagram in the buffer
  ByteWriter out{buffer};

  [[nodiscard]] std::size_t room() const { return kMaxDatagram - (buffer.size() - begin); }

  /// Those of one family, as long as they fit. Most of an answer's bytes are written here, so the
  /// buffer grows once for all of them.
  template <class Address>
  void write_peers(std::span<const Endpoint> peers) {
    constexpr std::size_t kAddress = sizeof(Address);
    constexpr std::size_t kStride = kAddress + sizeof(std::uint16_t);
    const std::size_t start = buffer.size();
    buffer.resize(start + std::min(peers.size(), room() / kStride) * kStride);
    std::byte* at = buffer.data() + start;
    std::byte* const end = buffer.data() + buffer.size();
    for (const Endpoint& peer : peers) {
      if (at == end) break;
      if (peer.address.is_v4() != std::is_same_v<Address, IpAddress::V4>) continue;
      // A v4-mapped address ends in the IPv4 one.
      std::memcpy(at, peer.address.v6().data() + sizeof(IpAddress::V6) - kAddress, kAddress);
      store_be(peer.port, at + kAddress);
      at += kStride;
    }
    buffer.resize(static_cast<std::size_t>(at - buffer.data()));
  }

  void write(const Timing& timing) { out.u32(timing.heartbeat_ms).u32(timing.timeout_ms); }

  void operator()(const ConnectReply& reply) {
    out.u64(static_cast<std::uint64_t>(reply.connection));
  }
  void operator()(const AnnounceReply& reply) {
    out.u32(reply.interval_seconds).u32(reply.leechers).u32(reply.seeders);
    if (reply.peers.empty()) return;
    if (reply.peers.front().address.is_v4())
      write_peers<IpAddress::V4>(reply.peers);
    else
      write_peers<IpAddress::V6>(reply.peers);
  }
  void operator()(const ScrapeReply& reply) {
    const std::size_t count = std::min(reply.files.size(), kMaxScrape);
    for (std::size_t i = 0; i < count; ++i) {
      const ScrapeEntry& entry = reply.files[i];
      out.u32(entry.seeders).u32(entry.completed).u32(entry.leechers);
    }
  }
  void operator()(const ErrorReply& reply) {
    out.text(std::string_view(reply.message).substr(0, room()));
  }
  void operator()(const RegisterReply& reply) {
    write(reply.timing);
    write_last(out, reply.listed);
  }
  void operator()(const HeartbeatReply& reply) {
    write(reply.timing);
    out.u8(reply.known ? 1 : 0);
  }
  void operator()(const WithdrawReply&) {}
  void operator()(const LookupReply& reply) {
    const bool any = reply.kinds == Kinds::all;
    if (any) out.u8(reply.folder ? kKindFolder : kKindFile);
    out.u64(reply.length).u32(reply.piece_length).bytes(reply.root.bytes);
    if (any) {
      const FolderInfo folder = reply.folder.value_or(FolderInfo{});
      out.u32(folder.files).u32(folder.dictionary);
    }
    out.u32(reply.seeders).u32(reply.leechers);
    const std::size_t given = std::min(reply.peers.size(), kMaxLookupPeers);
    const auto peers = std::span(reply.peers).first(given);
    const auto is_v4 = [](const Endpoint& peer) { return peer.address.is_v4(); };
    const auto v4 = static_cast<std::size_t>(std::ranges::count_if(peers, is_v4));
    out.u8(static_cast<std::uint8_t>(v4)).u8(static_cast<std::uint8_t>(given - v4));
    write_peers<IpAddress::V4>(peers);
    write_peers<IpAddress::V6>(peers);
    write_last(out, reply.asker);
  }
  void operator()(const ListReply& reply) {
    const bool any = reply.kinds == Kinds::all;
    const std::size_t flag = buffer.size();
    out.u8(0).u8(0);
    std::size_t written = 0;
    for (const ListEntry& entry : reply.files) {
      const auto name = std::string_view(entry.name).substr(0, kMaxText);
      if (room() < list_entry_size(name, reply.kinds)) break;
      write_text(out, name);
      if (any) out.u8(entry.files ? kKindFolder : kKindFile);
      out.u64(entry.length);
      if (any) out.u32(entry.files.value_or(0));
      out.u32(entry.seeders).u32(entry.leechers);
      ++written;
    }
    // Entries that did not fit are there on the next page.
    buffer[flag] = std::byte{reply.more || written < reply.files.size()};
    buffer[flag + 1] = static_cast<std::byte>(written);
  }
  void operator()(const RefuseReply& reply) {
    out.u8(static_cast<std::uint8_t>(reply.reason));
    out.u64(reply.holder_length).bytes(reply.holder_root.bytes);
    write_text(out, reply.message);
    if (reply.holder_is_folder) out.u8(kKindFolder);  // older clients look for nothing there
  }
};

struct ActionOf {
  Action operator()(const ConnectReply&) const { return Action::connect; }
  Action operator()(const AnnounceReply&) const { return Action::announce; }
  Action operator()(const ScrapeReply&) const { return Action::scrape; }
  Action operator()(const ErrorReply&) const { return Action::error; }
  Action operator()(const RegisterReply& reply) const {
    return reply.of_folder ? Action::register_folder : Action::register_file;
  }
  Action operator()(const HeartbeatReply&) const { return Action::heartbeat; }
  Action operator()(const WithdrawReply&) const { return Action::withdraw; }
  Action operator()(const LookupReply& reply) const {
    return reply.kinds == Kinds::all ? Action::lookup_any : Action::lookup;
  }
  Action operator()(const ListReply& reply) const {
    return reply.kinds == Kinds::all ? Action::list_any : Action::list;
  }
  Action operator()(const RefuseReply&) const { return Action::refuse; }
};

}  // namespace

Result<ReplyDatagram> decode_reply(BytesView datagram, bool v6) {
  ByteReader in(datagram);
  const std::uint32_t action = in.u32();
  const TransactionId transaction{in.u32()};
  if (!in.ok())
    return fail(Errc::bad_input, "a reply has at least " + std::to_string(kHead) +
                                     " bytes, this datagram has " +
                                     std::to_string(datagram.size()));
  Result<Reply> reply = read_body(action, in, v6);
  if (!in.ok())
    return fail(Errc::bad_input,
                "the reply ends too early, after " + std::to_string(datagram.size()) + " bytes");
  if (!reply) return std::unexpected(std::move(reply.error()));
  return ReplyDatagram{transaction, std::move(*reply)};
}

void encode(const ReplyDatagram& datagram, Bytes& out) {
  const std::size_t begin = out.size();
  const Action action = std::visit(ActionOf{}, datagram.reply);
  ByteWriter(out)
      .u32(static_cast<std::uint32_t>(action))
      .u32(static_cast<std::uint32_t>(datagram.transaction));
  std::visit(BodyWriter{out, begin}, datagram.reply);
}

}  // namespace shoal::datagram
