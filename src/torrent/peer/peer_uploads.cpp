// PeerProtocol: what the peer asks of us, blocks and hashes and metadata.
#include <algorithm>
#include <cstring>
#include <utility>

#include "hash/merkle.hpp"
#include "torrent/download/download.hpp"
#include "torrent/peer/peer_protocol.hpp"

namespace shoal::torrent {
namespace {

constexpr std::size_t kMostReplies = 16 * PeerProtocol::kMostAnswers;
constexpr Duration kPexPause = std::chrono::seconds(50);  // BEP 11 has one a minute

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

// ---- blocks -----------------------------------------------------------------

/// One that asks and does not read would fill our memory. What we tell of our own accord does not
/// count: that may be much, and is not the peer's doing.
PeerProtocol::Outcome PeerProtocol::reads_what_it_asks_for() {
  if (outbox_.empty()) replies_ = 0;
  if (replies_ > kMostReplies) return fail(Errc::bad_input, "asks for more than it reads");
  return {};
}

PeerProtocol::Outcome PeerProtocol::reply(const wire::Message& message) {
  if (const auto reads = reads_what_it_asks_for(); !reads) return reads;
  const std::size_t before = outbox_.size();
  send(message);
  replies_ += outbox_.size() - before;
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Interested&, Time now) {
  surroundings_.interested(key(), true, now);
  return reads_what_it_asks_for();
}

PeerProtocol::Outcome PeerProtocol::on(const wire::NotInterested&, Time now) {
  surroundings_.interested(key(), false, now);
  return reads_what_it_asks_for();
}

void PeerProtocol::set_choked(bool choked) {
  if (choked == std::exchange(we_choke_, choked)) return;
  if (outbox_.empty()) replies_ = 0;
  const std::size_t before = outbox_.size();
  choked ? refuse_all() : send(wire::Unchoke{});
  replies_ += outbox_.size() - before;  // it may bring this about, by its interest
}

void PeerProtocol::refuse_all() {
  send(wire::Choke{});
  // With the fast extension every request has an answer; without it a choke is one for all (BEP 6).
  std::vector<wire::BlockRange> refused;
  uploads_.take(uploads_.size(), refused);
  if (!setup_.theirs.fast) return;
  for (const wire::BlockRange& range : refused) send(wire::Reject{range});
}

void PeerProtocol::lost(PieceIndex piece) {
  tell_haves();  // perhaps of this one
  // Many thousands at once, to a peer that does not read, would fill our memory.
  if (extensions_.dont_have_id != 0 && outbox_.size() < kMostAnswers) {
    const Bytes payload = wire::encode(wire::DontHave{value(piece)});
    send(wire::Extended{extensions_.dont_have_id, payload});
  } else {
    misled_ = true;
  }
  // After that: whoever knows does not ask again.
  std::vector<wire::BlockRange> refused;
  uploads_.take_piece(value(piece), refused);
  if (setup_.theirs.fast) {
    for (const wire::BlockRange& range : refused) send(wire::Reject{range});
  }
  update_interest();
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Request& request, Time now) {
  const auto& [index, begin, length] = request.range;
  const PieceSpace& space = content_.space();
  const auto piece = space.piece(index);
  // Any range inside a piece is fine; past the end of its file it is zero-filled (notes, section 6
  // and trap T1).
  const bool in_range = piece && length > 0 && length <= kBlockLength &&
                        begin < space.size(*piece) &&
                        std::uint64_t{begin} + length <= space.piece_length();
  if (in_range) surroundings_.asks_us(key());
  // What others may have changed on the disk is not served before it is proven again.
  const bool served = in_range && !we_choke_ && content_.has(*piece) &&
                      (download_ == nullptr || !download_->doubts(*piece));
  const bool queued = served && uploads_.push(request.range);
  if (queued) surroundings_.requested(key(), *piece, now);
  const bool again = queued && begin == 0 && sent_whole_.size() > 0 && sent_whole_.test(index);
  if (again) {
    sent_whole_.reset(index);
    surroundings_.asked_twice(*piece, now);
  }
  if (queued || !setup_.theirs.fast) return {};
  return reply(wire::Reject{request.range});
}

/// Peers ask for the blocks of a piece in their order: with the last one it was sent whole, but for
/// those that ask in another, and it does no harm to be wrong about them.
void PeerProtocol::sent(std::span<const wire::BlockRange> blocks) {
  constexpr std::size_t kMostLast = 8;
  const PieceSpace& space = content_.space();
  for (const auto& [index, begin, length] : blocks) {
    const PieceIndex piece{index};
    if (begin + length < space.size(piece)) continue;
    if (sent_whole_.size() == 0) sent_whole_ = Bitfield(space.pieces());
    sent_whole_.set(index);
    if (last_sent_whole_.size() == kMostLast) last_sent_whole_.pop_front();
    last_sent_whole_.push_back(piece);
  }
}

std::vector<PieceIndex> PeerProtocol::sent_in_vain() const {
  std::vector<PieceIndex> pieces;
  for (const PieceIndex piece : last_sent_whole_) {
    if (!pieces_.test(value(piece))) pieces.push_back(piece);
  }
  return pieces;
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Cancel& cancel, Time) {
  if (!uploads_.cancel(cancel.range) || !setup_.theirs.fast) return {};
  return reply(wire::Reject{cancel.range});
}

// ---- hashes (BEP 52) --------------------------------------------------------

PeerProtocol::Outcome PeerProtocol::on(const wire::HashRequest& message, Time) {
  constexpr std::size_t kMostLeafRequests = 4;
  const merkle::HashRequest request = from_wire(message.range);
  const PieceLayers& layers = content_.layers();
  const auto file = layers.file_of(request.root);
  const bool possible = file && merkle::is_valid(request, file->geometry.tree_height());
  if (!possible && request.base == 0) return {};  // whatever it is about (trap T4)
  if (possible) surroundings_.asks_us(key());
  if (!possible || !layers.has(*file)) return refuse_hashes(request);
  if (request.base >= static_cast<std::uint32_t>(file->geometry.fold_height())) {
    const Bytes hashes = joined(layers.answer(*file, request));
    return reply(wire::Hashes{message.range, hashes});
  }
  // Below the piece layer: all the nodes have to lie in one piece that is here.
  if (!content_.piece_to_answer(request) || leaf_answers_due_ >= kMostLeafRequests)
    return refuse_hashes(request);
  if (const auto reads = reads_what_it_asks_for(); !reads) return reads;
  leaf_requests_.push_back(request);
  ++leaf_answers_due_;
  return {};
}

/// libtorrent takes a reject of leaves for one of a piece layer and writes past the end of a table
/// (trap T4): whoever asks for leaves and is not answered asks somebody else.
PeerProtocol::Outcome PeerProtocol::refuse_hashes(const merkle::HashRequest& request) {
  const bool leaves = request.base == 0 && content_.space().blocks_per_piece() > 1;
  return leaves ? Outcome{} : reply(wire::HashReject{to_wire(request)});
}

void PeerProtocol::answer_leaves(const merkle::HashRequest& request,
                                 const merkle::LayerTree* leaves) {
  --leaf_answers_due_;
  Bytes hashes;
  const PieceLayers& layers = content_.layers();
  if (const auto file = layers.file_of(request.root); file && leaves != nullptr) {
    hashes = joined(layers.answer_below(*file, request, *leaves));
  }
  // Four at most are under way: whether the peer reads is asked before the next one.
  static_cast<void>(hashes.empty() ? refuse_hashes(request)
                                   : reply(wire::Hashes{to_wire(request), hashes}));
}

void PeerProtocol::ask_for_layers(Time now) {
  while (const auto request = download_->layers_fetch().next(key(), askable(), now)) {
    send(wire::HashRequest{to_wire(*request)});
  }
}

void PeerProtocol::ask_for_leaves(Time now) {
  while (const auto request =
             download_->leaf_fetch().next(key(), askable(), extensions_.origin, now)) {
    send(wire::HashRequest{to_wire(*request)});
  }
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Hashes& message, Time now) {
  if (download_ == nullptr) return {};
  const auto hashes = split(message.hashes);
  const auto request = from_wire(message.range);
  switch (download_->layers_fetch().answered(key(), request, hashes, now)) {
    case LayerFetch::Verdict::wrong:
      return fail(Errc::unprovable, "sent hashes that do not lead to the root");
    case LayerFetch::Verdict::accepted:
      if (download_->layers_fetch().any_proven()) surroundings_.layers_proven();
      return {};
    case LayerFetch::Verdict::not_wanted:
      break;
  }
  // Who is guilty is so of a piece that these were asked for.
  const auto piece = download_->leaf_fetch().piece_of(request);
  const auto liars = download_->leaves_came(key(), request, hashes);
  if (!liars) return std::unexpected(liars.error());
  if (piece && !liars->empty()) surroundings_.convicted(*piece, *liars, now);
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::HashReject& reject, Time now) {
  if (download_ == nullptr) return {};
  const merkle::HashRequest request = from_wire(reject.range);
  download_->layers_fetch().rejected(key(), request, now);
  download_->leaf_fetch().rejected(key(), request, now);
  return {};
}

// ---- extensions (BEP 10) ----------------------------------------------------

PeerProtocol::Outcome PeerProtocol::on(const wire::Extended& extended, Time now) {
  switch (extended.id) {
    case wire::kExtendedHandshakeId:
      return on_extended_handshake(extended.payload, now);
    case wire::kOurMetadataId:
      return on_metadata(extended.payload);
    case wire::kOurPexId:
      return on_pex(extended.payload, now);
    case wire::kOurDontHaveId:
      return on_dont_have(extended.payload);
    default:
      return {};
  }
}

PeerProtocol::Outcome PeerProtocol::on_extended_handshake(BytesView payload, Time now) {
  auto hello = wire::decode_extended_handshake(payload);
  if (!hello) return std::unexpected(hello.error());
  extensions_ = std::move(*hello);
  if (extensions_.request_queue) pacer_.limit_to(*extensions_.request_queue);
  // The first one counts: a peer must not fill the directory with ports.
  const bool first = !std::exchange(said_hello_, true);
  if (first && extensions_.listen_port && !dialled()) {
    surroundings_.listens_at(key(), {remote().address, *extensions_.listen_port, remote().scope},
                             now);
  }
  return {};
}

PeerProtocol::Outcome PeerProtocol::on_pex(BytesView payload, Time now) {
  if (download_ == nullptr || content_.is_private() || now < next_pex_at_) return {};
  next_pex_at_ = now + kPexPause;
  auto pex = wire::decode_pex(payload);
  if (!pex) return {};
  std::erase_if(pex->added, [&](const wire::PexPeer& peer) {
    return !may_name(remote().address, peer.endpoint.address);
  });
  surroundings_.learned(setup_.key, *pex);
  return {};
}

bool PeerProtocol::wants_peers(Time now) const {
  return extensions_.pex_id != 0 && !content_.is_private() && exchange_.due(now);
}

void PeerProtocol::tell_peers(std::span<const wire::PexPeer> connected, const Endpoint& listens_at,
                              Time now) {
  const auto pex = exchange_.next(connected, listens_at, now);
  if (!pex) return;
  const Bytes payload = wire::encode(*pex);
  send(wire::Extended{extensions_.pex_id, payload});
}

PeerProtocol::Outcome PeerProtocol::on_metadata(BytesView payload) {
  const auto message = wire::decode_metadata(payload);
  if (!message || extensions_.metadata_id == 0) return {};
  const auto* request = std::get_if<wire::MetadataRequest>(&*message);
  if (request == nullptr) return {};
  const BytesView dictionary = content_.info_dictionary();
  const std::uint64_t offset = std::uint64_t{request->piece} * wire::kMetadataPiece;
  Bytes answer;
  if (offset < dictionary.size()) {
    const std::size_t size = std::min(wire::kMetadataPiece, dictionary.size() - offset);
    answer = wire::encode(wire::MetadataMessage{
        wire::MetadataData{request->piece, static_cast<std::uint32_t>(dictionary.size()),
                           dictionary.subspan(offset, size)}});
  } else {
    answer = wire::encode(wire::MetadataMessage{wire::MetadataReject{request->piece}});
  }
  return reply(wire::Extended{extensions_.metadata_id, answer});
}

}  // namespace shoal::torrent
