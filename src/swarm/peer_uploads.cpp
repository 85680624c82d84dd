// PeerProtocol: what the peer asks of us, blocks and hashes and metadata.
#include "hash/merkle.hpp"
#include "swarm/download.hpp"
#include "swarm/peer_protocol.hpp"

namespace shoal::swarm {
namespace {

merkle::HashRequest from_wire(const wire::HashRange& range) {
  return {range.root, range.base, range.index, range.length, range.proof};
}

wire::HashRange to_wire(const merkle::HashRequest& request) {
  return {request.root, request.base, request.index, request.length, request.proof};
}

Bytes joined(std::span<const Digest> hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * sizeof(Digest));
  for (const Digest& hash : hashes) bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  return bytes;
}

std::vector<Digest> split(BytesView bytes) {
  std::vector<Digest> hashes(bytes.size() / sizeof(Digest));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::memcpy(hashes[i].bytes.data(), bytes.data() + i * sizeof(Digest), sizeof(Digest));
  }
  return hashes;
}

}  // namespace

// ---- blocks
// --------------------------------------------------------------------------------------------------------

PeerProtocol::Outcome PeerProtocol::on(const wire::Interested&, Time) {
  peer_interested_ = true;
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::NotInterested&, Time) {
  peer_interested_ = false;
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Request& request, Time) {
  const auto& [index, begin, length] = request.range;
  const Geometry& geometry = content_.geometry();
  const auto piece = geometry.piece(index);
  // Any range inside a piece is fine; past the end of the file it is zero-filled (notes, section 6
  // and trap T1).
  const bool in_range = piece && length > 0 && length <= kBlockLength &&
                        begin < geometry.size(*piece) &&
                        std::uint64_t{begin} + length <= geometry.piece_length();
  const bool queued = in_range && content_.has(*piece) && uploads_.push(request.range);
  if (!queued && setup_.theirs.fast) send(wire::Reject{request.range});
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Cancel& cancel, Time) {
  if (uploads_.cancel(cancel.range) && setup_.theirs.fast) send(wire::Reject{cancel.range});
  return {};
}

// ---- hashes (BEP 52)
// -----------------------------------------------------------------------------------------------

PeerProtocol::Outcome PeerProtocol::on(const wire::HashRequest& message, Time) {
  constexpr std::size_t kMostLeafRequests = 4;
  const merkle::HashRequest request = from_wire(message.range);
  const Geometry& geometry = content_.geometry();
  const merkle::LayerTree* layers = content_.layers();
  if (request.root != content_.file().root || !merkle::is_valid(request, geometry.tree_height())) {
    // A reject of an impossible leaf request crashes libtorrent 2.0.8 (trap T4).
    if (request.base != 0) send(wire::HashReject{message.range});
    return {};
  }
  if (layers != nullptr && request.base >= static_cast<std::uint32_t>(layers->level())) {
    const Bytes hashes = joined(layers->answer(request));
    send(wire::Hashes{message.range, hashes});
    return {};
  }
  // Below the piece layer: all the nodes have to lie in one piece that is here.
  const int levels_below = geometry.fold_height() - static_cast<int>(request.base);
  const auto piece = geometry.piece(std::uint64_t{request.index} >> levels_below);
  const bool one_piece = request.length <= 1u << levels_below;
  if (layers != nullptr && one_piece && piece && content_.has(*piece) &&
      leaf_requests_.size() < kMostLeafRequests) {
    leaf_requests_.push_back(request);
  } else {
    send(wire::HashReject{message.range});
  }
  return {};
}

void PeerProtocol::answer_leaves(const merkle::HashRequest& request,
                                 std::span<const Digest> leaves) {
  const Bytes hashes = joined(content_.layers()->answer_below(request, leaves));
  send(wire::Hashes{to_wire(request), hashes});
}

void PeerProtocol::ask_for_layers(Time now) {
  while (const auto request = download_->layer_fetch().next(key(), now)) {
    send(wire::HashRequest{to_wire(*request)});
  }
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Hashes& message, Time) {
  if (download_ == nullptr || download_->layer_fetch().done()) return {};
  const auto hashes = split(message.hashes);
  switch (download_->layer_fetch().answered(key(), from_wire(message.range), hashes)) {
    case LayerFetch::Verdict::wrong:
      return fail(Errc::unprovable, "sent hashes that do not lead to the root");
    case LayerFetch::Verdict::accepted:
      if (download_->layer_fetch().done()) surroundings_.layers_proven();
      return {};
    case LayerFetch::Verdict::not_asked:
      return {};
  }
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::HashReject& reject, Time now) {
  if (download_ != nullptr) download_->layer_fetch().rejected(key(), from_wire(reject.range), now);
  return {};
}

// ---- extensions (BEP 10)
// -------------------------------------------------------------------------------------------

PeerProtocol::Outcome PeerProtocol::on(const wire::Extended& extended, Time) {
  switch (extended.id) {
    case wire::kExtendedHandshakeId:
      return on_extended_handshake(extended.payload);
    case wire::kOurMetadataId:
      return on_metadata(extended.payload);
    case wire::kOurPexId:
      if (const auto pex = wire::decode_pex(extended.payload)) surroundings_.learned(*pex);
      return {};
    default:
      return {};
  }
}

PeerProtocol::Outcome PeerProtocol::on_extended_handshake(BytesView payload) {
  auto hello = wire::decode_extended_handshake(payload);
  if (!hello) return std::unexpected(hello.error());
  extensions_ = std::move(*hello);
  if (extensions_.request_queue) pacer_.limit_to(*extensions_.request_queue);
  if (extensions_.listen_port && *extensions_.listen_port != 0 && !dialled()) {
    surroundings_.listens_at(key(), {remote().address, *extensions_.listen_port});
  }
  return {};
}

PeerProtocol::Outcome PeerProtocol::on_metadata(BytesView payload) {
  const auto message = wire::decode_metadata(payload);
  if (!message || extensions_.metadata_id == 0) return {};
  const auto* request = std::get_if<wire::MetadataRequest>(&*message);
  if (request == nullptr) return {};
  const BytesView dictionary = content_.info_dictionary();
  const std::uint64_t offset = std::uint64_t{request->piece} * wire::kMetadataPiece;
  Bytes reply;
  if (offset < dictionary.size()) {
    const std::size_t size = std::min(wire::kMetadataPiece, dictionary.size() - offset);
    reply = wire::encode(wire::MetadataMessage{
        wire::MetadataData{request->piece, static_cast<std::uint32_t>(dictionary.size()),
                           dictionary.subspan(offset, size)}});
  } else {
    reply = wire::encode(wire::MetadataMessage{wire::MetadataReject{request->piece}});
  }
  send(wire::Extended{extensions_.metadata_id, reply});
  return {};
}

}  // namespace shoal::swarm
