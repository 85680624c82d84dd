#include "wire/extension.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/bencode.hpp"
#include "base/compact.hpp"

namespace shoal::wire {

namespace {

using bencode::Dict;
using bencode::Value;

enum class MetadataType : std::int64_t { request = 0, data = 1, reject = 2 };

/// A member as a T, where it is there, a number, and between `least` and `most`. Foreign clients
/// send odd numbers in fields that are only hints, so anything else counts as missing.
template <class T>
std::optional<T> hint(const Value& dict, std::string_view key, T least = 0,
                      T most = std::numeric_limits<T>::max()) {
  const auto number = dict.number_at(key);
  if (!number || std::cmp_less(*number, least) || std::cmp_greater(*number, most)) {
    return std::nullopt;
  }
  return static_cast<T>(*number);
}

Result<Value> parse_dict(BytesView payload, std::string_view what) {
  auto value = bencode::parse(payload);
  if (value && value->dict() == nullptr) {
    return fail(Errc::bad_input, "the peer sent " + std::string(what) + " that is no dictionary");
  }
  return value;
}

}  // namespace

// ---- the handshake (BEP 10) -------------------------------------------------

Bytes encode(const ExtendedHandshake& handshake) {
  Dict ids;
  if (handshake.dont_have_id != 0) ids.emplace("lt_donthave", handshake.dont_have_id);
  if (handshake.metadata_id != 0) ids.emplace("ut_metadata", handshake.metadata_id);
  if (handshake.pex_id != 0) ids.emplace("ut_pex", handshake.pex_id);
  Dict dict;
  dict.emplace("m", std::move(ids));
  if (handshake.metadata_size) dict.emplace("metadata_size", *handshake.metadata_size);
  if (handshake.origin) dict.emplace("origin", 1);
  if (handshake.listen_port) dict.emplace("p", *handshake.listen_port);
  if (handshake.request_queue) dict.emplace("reqq", *handshake.request_queue);
  if (handshake.upload_only) dict.emplace("upload_only", 1);
  if (!handshake.client.empty()) dict.emplace("v", handshake.client);
  return bencode::encode(Value(std::move(dict)));
}

Result<ExtendedHandshake> decode_extended_handshake(BytesView payload) {
  const auto dict = parse_dict(payload, "an extension handshake");
  if (!dict) return std::unexpected(dict.error());
  ExtendedHandshake out;
  if (const Value* ids = dict->find("m")) {
    out.metadata_id = hint<std::uint8_t>(*ids, "ut_metadata").value_or(0);
    out.pex_id = hint<std::uint8_t>(*ids, "ut_pex").value_or(0);
    out.dont_have_id = hint<std::uint8_t>(*ids, "lt_donthave").value_or(0);
  }
  out.metadata_size = hint<std::uint32_t>(*dict, "metadata_size", 1);
  out.listen_port = hint<std::uint16_t>(*dict, "p", 1);
  out.request_queue = hint<std::uint32_t>(*dict, "reqq", 1, kMaxRequestQueue);
  out.origin = dict->number_at("origin").value_or(0) != 0;
  out.upload_only = dict->number_at("upload_only").value_or(0) != 0;
  if (const std::string* client = dict->text_at("v")) {
    out.client = client->substr(0, kMaxClientLength);
  }
  return out;
}

// ---- ut_metadata (BEP 9) ----------------------------------------------------

namespace {

Bytes encode_metadata(std::int64_t type, std::optional<std::uint32_t> piece,
                      std::optional<std::uint32_t> total_size) {
  Dict dict;
  dict.emplace("msg_type", type);
  if (piece) dict.emplace("piece", *piece);
  if (total_size) dict.emplace("total_size", *total_size);
  return bencode::encode(Value(std::move(dict)));
}

Bytes encode_metadata(MetadataType type, std::uint32_t piece,
                      std::optional<std::uint32_t> total_size = std::nullopt) {
  return encode_metadata(std::to_underlying(type), piece, total_size);
}

struct MetadataEncoder {
  Bytes operator()(const MetadataRequest& request) const {
    return encode_metadata(MetadataType::request, request.piece);
  }
  Bytes operator()(const MetadataData& data) const {
    Bytes out = encode_metadata(MetadataType::data, data.piece, data.total_size);
    ByteWriter(out).bytes(data.data);
    return out;
  }
  Bytes operator()(const MetadataReject& reject) const {
    return encode_metadata(MetadataType::reject, reject.piece);
  }
  Bytes operator()(const MetadataOther& other) const {
    return encode_metadata(other.type, std::nullopt, std::nullopt);
  }
};

/// All pieces but the last are full; the last one holds the rest.
Result<MetadataMessage> checked(const MetadataData& data) {
  const std::uint64_t begin = std::uint64_t{data.piece} * kMetadataPiece;
  const std::uint64_t expected =
      begin < data.total_size ? std::min<std::uint64_t>(kMetadataPiece, data.total_size - begin)
                              : 0;
  if (expected == 0 || data.data.size() != expected) {
    return fail(Errc::bad_input, "the peer sent " + std::to_string(data.data.size()) +
                                     " bytes as metadata piece " + std::to_string(data.piece) +
                                     " of " + std::to_string(data.total_size) + ", expected " +
                                     std::to_string(expected));
  }
  return data;
}

}  // namespace

Bytes encode(const MetadataMessage& message) {
  return std::visit(MetadataEncoder{}, message);
}

Result<MetadataMessage> decode_metadata(BytesView payload) {
  const auto parsed = bencode::parse_prefix(payload);
  if (!parsed) return std::unexpected(parsed.error());
  const Value& dict = parsed->value;
  const auto type = dict.number_at("msg_type");
  if (!type) return fail(Errc::bad_input, "the peer sent a metadata message without msg_type");
  const bool known = *type >= std::to_underlying(MetadataType::request) &&
                     *type <= std::to_underlying(MetadataType::reject);
  if (!known) return MetadataOther{*type};
  const auto piece = hint<std::uint32_t>(dict, "piece");
  if (!piece) return fail(Errc::bad_input, "the peer sent a metadata message without a piece");
  switch (MetadataType{*type}) {
    case MetadataType::request:
      return MetadataRequest{*piece};
    case MetadataType::reject:
      return MetadataReject{*piece};
    case MetadataType::data:
      break;
  }
  const auto total_size = hint<std::uint32_t>(dict, "total_size");
  if (!total_size) return fail(Errc::bad_input, "the peer sent metadata without its total_size");
  return checked({*piece, *total_size, payload.subspan(parsed->used)});
}

// ---- lt_donthave (BEP 54) ---------------------------------------------------

Bytes encode(const DontHave& message) {
  Bytes out;
  ByteWriter(out).u32(message.piece);
  return out;
}

Result<DontHave> decode_dont_have(BytesView payload) {
  ByteReader reader(payload);
  const DontHave message{reader.u32()};
  if (!reader.ok() || !reader.rest().empty())
    return fail(Errc::bad_input, "the peer sent a donthave that names no piece");
  return message;
}

// ---- ut_pex (BEP 11) --------------------------------------------------------

namespace {

using ReadCompact = std::optional<std::vector<Endpoint>> (*)(BytesView);

/// A member's endpoints, none when it is missing; nothing when it is no whole number of entries.
std::optional<std::vector<Endpoint>> endpoints(const Value& dict, std::string_view key,
                                               ReadCompact read) {
  const std::string* text = dict.text_at(key);
  return text == nullptr ? std::vector<Endpoint>{} : read(as_bytes(*text));
}

bool add_family(Pex& pex, const Value& dict, const std::string& suffix, ReadCompact read) {
  const auto added = endpoints(dict, "added" + suffix, read);
  const auto dropped = endpoints(dict, "dropped" + suffix, read);
  if (!added || !dropped) return false;
  const std::string* flags = dict.text_at("added" + suffix + ".f");
  for (std::size_t i = 0; i < added->size() && pex.added.size() < kMaxPexPeers; ++i) {
    if ((*added)[i].port == 0) continue;
    const bool flagged = flags != nullptr && i < flags->size();
    pex.added.push_back({(*added)[i], static_cast<std::uint8_t>(flagged ? (*flags)[i] : 0)});
  }
  for (const Endpoint& endpoint : *dropped) {
    if (pex.dropped.size() < kMaxPexPeers) pex.dropped.push_back(endpoint);
  }
  return true;
}

}  // namespace

Bytes encode(const Pex& pex) {
  struct Family {
    Bytes added;
    Bytes flags;
    Bytes dropped;
  };
  Family v4;
  Family v6;
  for (const PexPeer& peer : pex.added) {
    Family& family = peer.endpoint.address.is_v4() ? v4 : v6;
    write_compact(peer.endpoint, family.added);
    family.flags.push_back(std::byte{peer.flags});
  }
  for (const Endpoint& endpoint : pex.dropped) {
    write_compact(endpoint, (endpoint.address.is_v4() ? v4 : v6).dropped);
  }
  Dict dict;
  for (const auto& [suffix, family] : {std::pair(std::string(), &v4), {std::string("6"), &v6}}) {
    dict.emplace("added" + suffix, as_text(family->added));
    dict.emplace("added" + suffix + ".f", as_text(family->flags));
    dict.emplace("dropped" + suffix, as_text(family->dropped));
  }
  return bencode::encode(Value(std::move(dict)));
}

Result<Pex> decode_pex(BytesView payload) {
  const auto dict = parse_dict(payload, "a peer exchange");
  if (!dict) return std::unexpected(dict.error());
  Pex pex;
  if (!add_family(pex, *dict, "", read_compact_v4) ||
      !add_family(pex, *dict, "6", read_compact_v6)) {
    return fail(Errc::bad_input, "the peer sent a peer exchange with a cut-off address");
  }
  return pex;
}

}  // namespace shoal::wire
