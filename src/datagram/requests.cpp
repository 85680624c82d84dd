#include <algorithm>
#include <string>

#include "datagram/datagram.hpp"
#include "datagram/fields.hpp"

// Requests. BEP 15: https://www.bittorrent.org/beps/bep_0015.html; own actions: docs/protocol.md.
namespace shoal::datagram {
namespace {

constexpr std::size_t kHead = 16;
constexpr std::uint8_t kComplete = 0x01;  // flag of register

// ---- reading: one function a message; the caller asks the reader whether there was enough to read

AnnounceRequest read_announce(ByteReader& in) {
  AnnounceRequest request;
  request.info_hash = read_hash<InfoHash20>(in);
  request.peer_id = read_hash<PeerId>(in);
  request.downloaded = in.u64();
  request.left = in.u64();
  request.uploaded = in.u64();
  // An event we do not know asks for nothing special, so it is an ordinary announce.
  const std::uint32_t event = in.u32();
  request.event = event <= 3 ? AnnounceEvent{event} : AnnounceEvent::none;
  in.u32();  // IPv4 address: ignored, the source address counts
  request.key = in.u32();
  request.num_want = static_cast<std::int32_t>(in.u32());
  request.port = in.u16();
  return request;
}

ScrapeRequest read_scrape(ByteReader& in) {
  ScrapeRequest request;
  const std::size_t given = in.rest().size() / sizeof(InfoHash20);
  // At least one: reading it from an empty body makes the reader fail.
  const std::size_t count = std::clamp<std::size_t>(given, 1, kMaxScrape);
  request.info_hashes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) request.info_hashes.push_back(read_hash<InfoHash20>(in));
  return request;
}

RegisterRequest read_register(ByteReader& in, bool of_folder) {
  RegisterRequest request;
  request.peer_id = read_hash<PeerId>(in);
  request.port = in.u16();
  request.complete = (in.u8() & kComplete) != 0;
  request.file.length = in.u64();
  request.file.piece_length = in.u32();
  request.file.root = read_hash<Digest>(in);
  if (of_folder) {
    FolderInfo& folder = request.file.folder.emplace();
    folder.files = in.u32();
    folder.dictionary = in.u32();
  }
  request.file.name = read_text(in);
  request.said = read_last(in);
  request.proof = read_proof(in);
  return request;
}

HeartbeatRequest read_heartbeat(ByteReader& in) {
  HeartbeatRequest request;
  request.peer_id = read_hash<PeerId>(in);
  request.port = in.u16();
  request.files.count = in.u32();
  request.files.digest = read_hash<Digest>(in);
  request.said = read_last(in);
  request.proof = read_proof(in);
  return request;
}

WithdrawRequest read_withdraw(ByteReader& in) {
  WithdrawRequest request;
  request.peer_id = read_hash<PeerId>(in);
  request.port = in.u16();
  const auto hash = read_hash<InfoHash>(in);
  if (hash != InfoHash{}) request.file = hash;
  request.said = read_last(in);
  request.proof = read_proof(in);
  return request;
}

LookupRequest read_lookup(ByteReader& in, Kinds kinds) {
  LookupRequest request;
  request.kinds = kinds;
  request.peer_id = read_hash<PeerId>(in);
  request.name = read_text(in);
  return request;
}

ListRequest read_list(ByteReader& in, Kinds kinds) {
  ListRequest request;
  request.kinds = kinds;
  request.prefix = read_text(in);
  request.after = read_text(in);
  return request;
}

/// False: no request has that action.
bool read_body(std::uint32_t action, ByteReader& in, Request& request) {
  switch (static_cast<Action>(action)) {
    case Action::connect:
      request.emplace<ConnectRequest>();
      return true;
    case Action::announce:
      request.emplace<AnnounceRequest>(read_announce(in));
      return true;
    case Action::scrape:
      request.emplace<ScrapeRequest>(read_scrape(in));
      return true;
    case Action::register_file:
      request.emplace<RegisterRequest>(read_register(in, false));
      return true;
    case Action::register_folder:
      request.emplace<RegisterRequest>(read_register(in, true));
      return true;
    case Action::heartbeat:
      request.emplace<HeartbeatRequest>(read_heartbeat(in));
      return true;
    case Action::withdraw:
      request.emplace<WithdrawRequest>(read_withdraw(in));
      return true;
    case Action::lookup:
      request.emplace<LookupRequest>(read_lookup(in, Kinds::files));
      return true;
    case Action::lookup_any:
      request.emplace<LookupRequest>(read_lookup(in, Kinds::all));
      return true;
    case Action::list:
      request.emplace<ListRequest>(read_list(in, Kinds::files));
      return true;
    case Action::list_any:
      request.emplace<ListRequest>(read_list(in, Kinds::all));
      return true;
    case Action::error:
    case Action::refuse:
      break;
  }
  return false;
}

// ---- writing

struct BodyWriter {
  ByteWriter& out;

  void operator()(const ConnectRequest&) const {}
  void operator()(const AnnounceRequest& request) const {
    out.bytes(request.info_hash.bytes).bytes(request.peer_id.bytes);
    out.u64(request.downloaded).u64(request.left).u64(request.uploaded);
    out.u32(static_cast<std::uint32_t>(request.event)).u32(0).u32(request.key);
    out.u32(static_cast<std::uint32_t>(request.num_want)).u16(request.port);
  }
  void operator()(const ScrapeRequest& request) const {
    constexpr std::size_t fits = (kMaxDatagram - kHead) / sizeof(InfoHash20);
    const std::size_t count = std::min(request.info_hashes.size(), fits);
    for (std::size_t i = 0; i < count; ++i) out.bytes(request.info_hashes[i].bytes);
  }
  void operator()(const RegisterRequest& request) const {
    out.bytes(request.peer_id.bytes).u16(request.port).u8(request.complete ? kComplete : 0);
    out.u64(request.file.length).u32(request.file.piece_length).bytes(request.file.root.bytes);
    if (const auto& folder = request.file.folder) out.u32(folder->files).u32(folder->dictionary);
    write_text(out, request.file.name);
    write_last(out, request.said);
    write_proof(out, request.proof);
  }
  void operator()(const HeartbeatRequest& request) const {
    out.bytes(request.peer_id.bytes).u16(request.port);
    out.u32(request.files.count).bytes(request.files.digest.bytes);
    write_last(out, request.said);
    write_proof(out, request.proof);
  }
  void operator()(const WithdrawRequest& request) const {
    out.bytes(request.peer_id.bytes).u16(request.port);
    out.bytes(request.file.value_or(InfoHash{}).bytes);
    write_last(out, request.said);
    write_proof(out, request.proof);
  }
  void operator()(const LookupRequest& request) const {
    out.bytes(request.peer_id.bytes);
    write_text(out, request.name);
  }
  void operator()(const ListRequest& request) const {
    write_text(out, request.prefix);
    write_text(out, request.after);
  }
};

struct ActionOf {
  Action operator()(const ConnectRequest&) const { return Action::connect; }
  Action operator()(const AnnounceRequest&) const { return Action::announce; }
  Action operator()(const ScrapeRequest&) const { return Action::scrape; }
  Action operator()(const RegisterRequest& request) const {
    return request.file.folder ? Action::register_folder : Action::register_file;
  }
  Action operator()(const HeartbeatRequest&) const { return Action::heartbeat; }
  Action operator()(const WithdrawRequest&) const { return Action::withdraw; }
  Action operator()(const LookupRequest& request) const {
    return request.kinds == Kinds::all ? Action::lookup_any : Action::lookup;
  }
  Action operator()(const ListRequest& request) const {
    return request.kinds == Kinds::all ? Action::list_any : Action::list;
  }
};

void fold(Digest& digest, const InfoHash& hash) {
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) digest.bytes[i] ^= hash.bytes[i];
}

}  // namespace

void FileSet::add(const InfoHash& hash) {
  fold(digest, hash);
  ++count;
}

void FileSet::remove(const InfoHash& hash) {
  fold(digest, hash);
  --count;
}

std::optional<Head> decode_head(BytesView datagram) {
  ByteReader in(datagram);
  Head head;
  head.connection = in.u64();
  head.action = in.u32();
  head.transaction = TransactionId{in.u32()};
  if (!in.ok()) return std::nullopt;
  return head;
}

Result<RequestDatagram> decode_request(BytesView datagram) {
  const std::optional<Head> head = decode_head(datagram);
  if (!head)
    return fail(Errc::bad_input, "a request has at least " + std::to_string(kHead) +
                                     " bytes, this datagram has " +
                                     std::to_string(datagram.size()));
  if (head->action == static_cast<std::uint32_t>(Action::connect) &&
      head->connection != kConnectMagic)
    return fail(Errc::bad_input, "a connect request must begin with the protocol's magic number");
  ByteReader in(datagram.subspan(kHead));
  Result<RequestDatagram> decoded(std::in_place, ConnectionId{head->connection}, head->transaction);
  if (!read_body(head->action, in, decoded->request))
    return fail(Errc::bad_input, "unknown action " + std::to_string(head->action));
  if (!in.ok())
    return fail(Errc::bad_input,
                "the request ends too early, after " + std::to_string(datagram.size()) + " bytes");
  return decoded;
}

void encode(const RequestDatagram& datagram, Bytes& out) {
  const Action action = std::visit(ActionOf{}, datagram.request);
  ByteWriter writer(out);
  writer.u64(action == Action::connect ? kConnectMagic
                                       : static_cast<std::uint64_t>(datagram.connection));
  writer.u32(static_cast<std::uint32_t>(action));
  writer.u32(static_cast<std::uint32_t>(datagram.transaction));
  std::visit(BodyWriter{writer}, datagram.request);
}

}  // namespace shoal::datagram
