#include "fleet/change.hpp"

#include <string>

#include "datagram/fields.hpp"

namespace shoal::fleet {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kToOne = 0x01;  // flag of a batch

/// The first byte of a record: what it is, and what is special about it.
enum class Kind : std::uint8_t {
  alive = 1,
  announced = 2,
  registered = 3,
  withdrawn = 4,
  want = 5,
  want_all = 6,
  here = 7,
  stating = 8,
  stated = 9,
  filled = 10,
};
constexpr std::uint8_t kKindBits = 0x0f;
constexpr std::uint8_t kV6 = 0x10;        // the address that follows is one of IPv6
constexpr std::uint8_t kSeeder = 0x20;    // of announced; its event is in the two bits above
constexpr std::uint8_t kFolder = 0x20;    // of registered
constexpr std::uint8_t kAgain = 0x40;     // of registered
constexpr std::uint8_t kWhole = 0x80;     // of registered: complete
constexpr std::uint8_t kOneFile = 0x20;   // of withdrawn
constexpr std::uint8_t kSilent = 0x40;    // of withdrawn
constexpr std::uint8_t kIsFilled = 0x20;  // of here
constexpr std::uint8_t kFromV6 = 0x20;    // of stating: the second address
constexpr unsigned kEventShift = 6;

std::uint8_t bit(bool set, std::uint8_t which) {
  return set ? which : std::uint8_t{0};
}

// ---- writing

void write_address(ByteWriter& to, const IpAddress& address) {
  if (address.is_v4()) {
    to.bytes(address.v4());
  } else {
    to.bytes(address.v6());
  }
}

void write_head(ByteWriter& to, Kind kind, std::uint8_t flags = 0) {
  to.u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) | flags));
}

/// The first byte, and then the address that it tells of.
void write_head(ByteWriter& to, Kind kind, const IpAddress& address, std::uint8_t flags = 0) {
  write_head(to, kind, static_cast<std::uint8_t>(flags | bit(!address.is_v4(), kV6)));
  write_address(to, address);
}

void write_head(ByteWriter& to, Kind kind, const Endpoint& endpoint, std::uint8_t flags = 0) {
  write_head(to, kind, endpoint.address, flags);
  to.u16(endpoint.port);
}

struct RecordWriter {
  ByteWriter out;

  void operator()(const Registered& change) {
    const auto& [peer_id, port, complete, file, said, proof] = change.request;
    write_head(out, Kind::registered, change.from,
               static_cast<std::uint8_t>(bit(file.folder.has_value(), kFolder) |
                                         bit(change.again, kAgain) | bit(complete, kWhole)));
    out.bytes(peer_id.bytes).u16(port).u64(static_cast<std::uint64_t>(proof));
    out.u64(file.length).u32(file.piece_length).bytes(file.root.bytes);
    if (file.folder) out.u32(file.folder->files).u32(file.folder->dictionary);
    datagram::write_text(out, file.name);
    // Where a datagram may end, a record may not: 0 says that nothing was said.
    if (said)
      datagram::write_last(out, said);
    else
      out.u8(0);
  }
  void operator()(const Alive& change) {
    write_head(out, Kind::alive, change.host);
    out.u32(static_cast<std::uint32_t>(change.known));
  }
  void operator()(const Withdrawn& change) {
    write_head(out, Kind::withdrawn, change.host,
               static_cast<std::uint8_t>(bit(change.file.has_value(), kOneFile) |
                                         bit(change.silent, kSilent)));
    if (change.file) out.bytes(change.file->bytes);
  }
  void operator()(const Announced& change) {
    const auto event = static_cast<unsigned>(change.event) << kEventShift;
    write_head(out, Kind::announced, change.peer,
               static_cast<std::uint8_t>(bit(change.seeder, kSeeder) | event));
    out.bytes(change.info_hash.bytes).u32(change.tag);
  }
  void operator()(const Want& change) {
    write_head(out, Kind::want, change.host);
    out.u32(static_cast<std::uint32_t>(change.known));
  }
  void operator()(const WantAll& change) {
    write_head(out, Kind::want_all);
    out.u64(static_cast<std::uint64_t>(change.of));
  }
  void operator()(const Here& change) {
    write_head(out, Kind::here, bit(change.filled, kIsFilled));
  }
  void operator()(const Stating& change) {
    write_head(out, Kind::stating, change.host, bit(!change.from.is_v4(), kFromV6));
    write_address(out, change.from);
    out.bytes(change.peer_id.bytes).u64(static_cast<std::uint64_t>(change.proof));
  }
  void operator()(const Stated& change) { write_head(out, Kind::stated, change.host); }
  void operator()(const Filled&) { write_head(out, Kind::filled); }
};

// ---- reading: one function a kind; the caller asks the reader whether there was enough to read

IpAddress read_address(ByteReader& in, bool v6) {
  return v6 ? IpAddress(in.array<sizeof(IpAddress::V6)>())
            : IpAddress(in.array<sizeof(IpAddress::V4)>());
}

Endpoint read_endpoint(ByteReader& in, bool v6) {
  const IpAddress address = read_address(in, v6);
  return {address, in.u16()};
}

Registered read_registered(ByteReader& in, std::uint8_t first) {
  Registered change;
  change.again = (first & kAgain) != 0;
  change.from = read_address(in, (first & kV6) != 0);
  datagram::RegisterRequest& request = change.request;
  request.complete = (first & kWhole) != 0;
  request.peer_id = datagram::read_hash<PeerId>(in);
  request.port = in.u16();
  request.proof = datagram::Proof{in.u64()};
  request.file.length = in.u64();
  request.file.piece_length = in.u32();
  request.file.root = datagram::read_hash<Digest>(in);
  if ((first & kFolder) != 0) {
    FolderInfo& folder = request.file.folder.emplace();
    folder.files = in.u32();
    folder.dictionary = in.u32();
  }
  request.file.name = datagram::read_text(in);
  switch (in.u8()) {
    case 0:
      break;
    case 4:
      request.said = read_endpoint(in, false);
      break;
    case 6:
      request.said = read_endpoint(in, true);
      break;
    default:
      in.take(in.rest().size() + 1);  // fails
  }
  return change;
}

Withdrawn read_withdrawn(ByteReader& in, std::uint8_t first) {
  Withdrawn change;
  change.host = read_endpoint(in, (first & kV6) != 0);
  if ((first & kOneFile) != 0) change.file = datagram::read_hash<InfoHash>(in);
  change.silent = (first & kSilent) != 0;
  return change;
}

Announced read_announced(ByteReader& in, std::uint8_t first) {
  Announced change;
  change.peer = read_endpoint(in, (first & kV6) != 0);
  change.info_hash = datagram::read_hash<InfoHash20>(in);
  change.tag = in.u32();
  change.seeder = (first & kSeeder) != 0;
  change.event = datagram::AnnounceEvent{static_cast<std::uint32_t>(first >> kEventShift)};
  return change;
}

Stating read_stating(ByteReader& in, std::uint8_t first) {
  Stating change;
  change.host = read_endpoint(in, (first & kV6) != 0);
  change.from = read_address(in, (first & kFromV6) != 0);
  change.peer_id = datagram::read_hash<PeerId>(in);
  change.proof = datagram::Proof{in.u64()};
  return change;
}

Result<Change> read_change(ByteReader& in) {
  const std::uint8_t first = in.u8();
  const bool v6 = (first & kV6) != 0;
  switch (static_cast<Kind>(first & kKindBits)) {
    case Kind::registered:
      return read_registered(in, first);
    case Kind::alive: {
      const Endpoint host = read_endpoint(in, v6);
      return Alive{host, Fingerprint{in.u32()}};
    }
    case Kind::withdrawn:
      return read_withdrawn(in, first);
    case Kind::announced:
      return read_announced(in, first);
    case Kind::want: {
      const Endpoint host = read_endpoint(in, v6);
      return Want{host, Fingerprint{in.u32()}};
    }
    case Kind::want_all:
      return WantAll{Origin{in.u64()}};
    case Kind::here:
      return Here{(first & kIsFilled) != 0};
    case Kind::stating:
      return read_stating(in, first);
    case Kind::stated:
      return Stated{read_endpoint(in, v6)};
    case Kind::filled:
      return Filled{};
  }
  return fail(Errc::bad_input, "a batch has a record of kind " + std::to_string(first & kKindBits) +
                                   ", which this tracker does not know");
}

std::unexpected<Error> too_short(std::size_t size) {
  return fail(Errc::bad_input, "a batch ends too early, after " + std::to_string(size) + " bytes");
}

}  // namespace

void encode_head(const Batch& batch, Bytes& out) {
  ByteWriter to(out);
  const bool to_one = batch.to != kNobody;
  to.u8(kVersion).u8(bit(to_one, kToOne));
  to.u64(static_cast<std::uint64_t>(batch.origin)).u64(batch.number);
  if (to_one)
    to.u64(static_cast<std::uint64_t>(batch.to)).u64(batch.as_of.high).u64(batch.as_of.low);
}

void encode(const Change& change, Bytes& out) {
  std::visit(RecordWriter{ByteWriter(out)}, change);
}

void encode(const Batch& batch, Bytes& out) {
  encode_head(batch, out);
  for (const Change& change : batch.changes) encode(change, out);
}

Result<Batch> decode(BytesView bytes) {
  if (bytes.size() > kMaxBatch)
    return fail(Errc::bad_input, "a batch has " + std::to_string(bytes.size()) +
                                     " bytes, and at most " + std::to_string(kMaxBatch) +
                                     " are read");
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  const std::uint8_t flags = in.u8();
  Batch batch;
  batch.origin = Origin{in.u64()};
  batch.number = in.u64();
  if ((flags & kToOne) != 0) {
    batch.to = Origin{in.u64()};
    batch.as_of.high = in.u64();
    batch.as_of.low = in.u64();
  }
  if (!in.ok()) return too_short(bytes.size());
  if (version != kVersion)
    return fail(Errc::bad_input, "a batch is of version " + std::to_string(version) +
                                     ", and this tracker reads version " +
                                     std::to_string(kVersion) + ": update all of the fleet");
  if (batch.origin == kNobody || batch.number == 0 ||
      ((flags & kToOne) != 0) != (batch.to != kNobody))
    return fail(Errc::bad_input, "a batch does not say whose it is");
  while (!in.rest().empty()) {
    if (batch.changes.size() == kMaxChanges)
      return fail(Errc::bad_input,
                  "a batch has more than " + std::to_string(kMaxChanges) + " changes");
    Result<Change> change = read_change(in);
    if (!in.ok()) return too_short(bytes.size());
    if (!change) return std::unexpected(std::move(change.error()));
    batch.changes.push_back(std::move(*change));
  }
  return batch;
}

}  // namespace shoal::fleet
