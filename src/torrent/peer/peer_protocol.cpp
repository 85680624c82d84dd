#include "torrent/peer/peer_protocol.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/version.hpp"
#include "torrent/download/download.hpp"

namespace shoal::torrent {
namespace {

constexpr Duration kKeepAlive =
    std::chrono::seconds(60);  // others close after 120 s of silence (notes, section 8)
constexpr Duration kSilence = std::chrono::seconds(150);
constexpr Duration kPause = std::chrono::seconds(1);  // after a reject or a choke

}  // namespace

PeerProtocol::PeerProtocol(const Setup& setup, Content& content, Download* download,
                           Surroundings& surroundings, Time now)
    : setup_(setup),
      content_(content),
      download_(download),
      surroundings_(surroundings),
      pieces_(content.space().pieces()),
      we_choke_(setup.chokes),
      last_received_(now),
      last_sent_(now) {
  if (content_.has_equals()) askable_ = Bitfield(pieces_.size());
  say_hello();
}

void PeerProtocol::say_hello() {
  if (setup_.theirs.extended) {
    wire::ExtendedHandshake hello;
    hello.metadata_id = wire::kOurMetadataId;
    if (!content_.is_private()) hello.pex_id = wire::kOurPexId;
    hello.dont_have_id = wire::kOurDontHaveId;
    hello.metadata_size = static_cast<std::uint32_t>(content_.info_dictionary().size());
    if (dialled() && setup_.listen_port != 0) hello.listen_port = setup_.listen_port;
    hello.request_queue = UploadQueue::kCapacity;
    // Beside have none it would say that we are of no use, and libtorrent would leave.
    hello.upload_only = download_ == nullptr && !setup_.reveals;
    hello.origin = setup_.origin;
    hello.client = "Shoal " + std::string(version());
    const Bytes payload = wire::encode(hello);
    send(wire::Extended{wire::kExtendedHandshakeId, payload});
  }
  const bool nothing = setup_.reveals || content_.have().none();
  if (nothing) {
    if (setup_.theirs.fast) send(wire::HaveNone{});
  } else if (setup_.theirs.fast && content_.whole()) {
    send(wire::HaveAll{});
  } else {
    const Bytes bits = content_.have().to_wire();
    send(wire::BitfieldMessage{bits});
  }
  if (!we_choke_) send(wire::Unchoke{});
}

Result<void> PeerProtocol::handle(const wire::Message& message, Time now) {
  last_received_ = now;
  return std::visit([&](const auto& each) { return on(each, now); }, message);
}

void PeerProtocol::tell_haves() {
  outbox_.insert(outbox_.end(), haves_.begin(), haves_.end());
  haves_.clear();
}

Result<void> PeerProtocol::tick(Time now) {
  if (now - last_received_ > kSilence) return fail(Errc::io, "silent for too long");
  // Keep-alives make sure that something is written once a minute, where it can be.
  if (now - last_sent_ > kSilence) return fail(Errc::io, "does not read what is sent");
  if (download_ == nullptr && content_.whole() && told_pieces_ && is_seed()) {
    return fail(Errc::cancelled, "both sides have the whole file");
  }
  if (now - last_sent_ > kKeepAlive && outbox_.empty()) send(wire::KeepAlive{});
  switch (pacer_.verdict(now)) {
    case RequestPacer::Verdict::fine:
      break;
    case RequestPacer::Verdict::snub:
      take_requests_back();
      pacer_.snub();
      break;
    case RequestPacer::Verdict::drop:
      // One that was of use may be back on a better line.
      return fail(blocks_received_ == 0 ? Errc::bad_input : Errc::io,
                  "sent nothing of what was asked for");
  }
  ask_for_more(now);
  return {};
}

void PeerProtocol::resumed(Time now) {
  last_received_ = last_sent_ = now;
  pacer_.resumed(now);
  if (outbox_.empty()) send(wire::KeepAlive{});
}

// ---- what the peer has ------------------------------------------------------

Result<void> PeerProtocol::first_pieces(Bitfield pieces, Time now) {
  if (std::exchange(told_pieces_, true))
    return fail(Errc::bad_input, "said twice which pieces it has");
  pieces_ = std::move(pieces);
  if (content_.has_equals()) {
    askable_ = pieces_;
    for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
      if (pieces_.test(i)) askable_.set(value(content_.wanted_as(PieceIndex{i})));
    }
  }
  count_pieces();
  surroundings_.announced(key(), pieces_, now);
  return {};
}

void PeerProtocol::count_pieces() {
  if (download_ != nullptr && download_->picks()) {
    counted_as_seed_ = pieces_.all();
    if (counted_as_seed_) {
      download_->picker().peer_has_all();
    } else {
      download_->picker().peer_has_these(askable());
    }
  }
  update_interest();
}

/// Whether something may be asked of the peer now that could not before.
bool PeerProtocol::shows(PieceIndex piece) {
  const auto count = [&](PieceIndex one) {
    if (download_ != nullptr && download_->picks()) download_->picker().peer_has(one);
    return content_.misses(one);
  };
  pieces_.set(value(piece));
  if (!content_.has_equals()) return count(piece);
  bool news = false;
  for (const PieceIndex one : {piece, content_.wanted_as(piece)}) {
    if (askable_.test(value(one))) continue;
    askable_.set(value(one));
    news = count(one) || news;
  }
  return news;
}

/// Itself, or an equal one.
bool PeerProtocol::gives(PieceIndex piece) const {
  return !given_as(piece).empty();
}

/// As what the peer has that piece: itself, or equal ones.
std::vector<PieceIndex> PeerProtocol::given_as(PieceIndex piece) const {
  std::vector<PieceIndex> all;
  if (pieces_.test(value(piece))) all.push_back(piece);
  content_.for_each_equal(piece, [&](PieceIndex one) {
    if (pieces_.test(value(one))) all.push_back(one);
  });
  return all;
}

PeerProtocol::Outcome PeerProtocol::on(const wire::BitfieldMessage& message, Time now) {
  auto pieces = Bitfield::from_wire(message.bits, content_.space().pieces());
  if (!pieces) return fail(Errc::bad_input, "bitfield of a wrong size or with spare bits set");
  return first_pieces(std::move(*pieces), now);
}

PeerProtocol::Outcome PeerProtocol::on(const wire::HaveAll&, Time now) {
  if (!setup_.theirs.fast) return fail(Errc::bad_input, "have all without the fast extension");
  Bitfield all(content_.space().pieces());
  all.set_all();
  return first_pieces(std::move(all), now);
}

PeerProtocol::Outcome PeerProtocol::on(const wire::HaveNone&, Time now) {
  if (!setup_.theirs.fast) return fail(Errc::bad_input, "have none without the fast extension");
  return first_pieces(Bitfield(content_.space().pieces()), now);
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Have& have, Time now) {
  const auto piece = content_.space().piece(have.piece);
  if (!piece) return fail(Errc::bad_input, "have of a piece that the file does not have");
  told_pieces_ = true;
  if (pieces_.test(have.piece) || std::ranges::find(doubted_, *piece) != doubted_.end()) return {};
  const bool news = shows(*piece);
  surroundings_.announced(key(), *piece, now);
  if (news && download_ != nullptr) set_interest(true);
  return {};
}

void PeerProtocol::update_interest() {
  if (download_ == nullptr) return set_interest(false);
  set_interest(download_->picks() ? download_->picker().wants_from(askable()) : !pieces_.none());
}

void PeerProtocol::set_interest(bool wanted) {
  if (wanted == we_are_interested_) return;
  we_are_interested_ = wanted;
  const std::size_t before = outbox_.size();
  if (wanted) {
    send(wire::Interested{});
  } else {
    send(wire::NotInterested{});
  }
  replies_ += outbox_.size() - before;  // by what it says it has, it may bring this about
}

// ---- asking for blocks ------------------------------------------------------

void PeerProtocol::ask_for_more(Time now) {
  if (download_ == nullptr) return;
  if (pieces_.none()) {
    if (asked_.empty()) set_interest(false);  // it has taken all back
    return;
  }
  if (!download_->layers_fetch().done()) ask_for_layers(now);
  if (!download_->leaf_fetch().idle()) ask_for_leaves(now);
  if (!can_ask(now)) return;
  const std::size_t room = pacer_.room(now);
  if (room == 0 || !surroundings_.may_ask(key())) return;
  if (room < asked_.size() / 4) return;  // in lumps: fewer, fuller segments
  ask(room, now);
}

std::size_t PeerProtocol::ask_at_most(std::size_t blocks, Time now) {
  if (download_ == nullptr || !can_ask(now)) return 0;
  std::size_t most = std::min(blocks, pacer_.room(now));
  // What a peer that never answers holds of the limit is missing elsewhere.
  if (blocks_received_ == 0)
    most = std::min(most, kIdleDepth - std::min(kIdleDepth, asked_.size()));
  return ask(most, now);
}

bool PeerProtocol::can_ask(Time now) const {
  return download_->ready() && !chokes_us_ && we_are_interested_ && now >= ask_again_at_;
}

std::size_t PeerProtocol::ask(std::size_t blocks, Time now) {
  if (blocks == 0) return 0;
  picked_.clear();
  download_->picker().pick({.key = key(),
                            .pieces = askable(),
                            .outstanding = asked_.size(),
                            .answers = pacer_.answers(now),
                            .spared = extensions_.origin && download_->appetite().sated(now)},
                           blocks, now, picked_);
  for (const BlockRef block : picked_) {
    send(wire::Request{range_of(block)});
    asked_.push_back(block);
  }
  if (!picked_.empty()) {
    pacer_.on_requested(picked_.size(), now);
  } else if (asked_.empty()) {
    update_interest();
  }
  return picked_.size();
}

wire::BlockRange PeerProtocol::range_of(BlockRef block) const {
  PieceIndex piece = block.piece;
  if (content_.has_equals() && !pieces_.test(value(piece))) {
    if (const auto given = given_as(piece); !given.empty()) piece = given.front();
  }
  return {value(piece), block.block * kBlockLength, content_.space().size(block)};
}

/// The block that is wanted where the peer names one of an equal file.
std::optional<BlockRef> PeerProtocol::wanted_block(std::uint32_t piece, std::uint32_t begin,
                                                   std::size_t length) const {
  auto block = content_.space().block(piece, begin, length);
  if (block) block->piece = content_.wanted_as(block->piece);
  return block;
}

bool PeerProtocol::forget_request(BlockRef block) {
  const auto found = std::ranges::find(asked_, block);
  if (found == asked_.end()) return false;
  asked_.erase(found);
  return true;
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Choke&, Time now) {
  chokes_us_ = true;
  ask_again_at_ = now + kPause;                               // even if it unchokes at once
  if (setup_.theirs.fast || download_ == nullptr) return {};  // a reject follows for each request
  for (const BlockRef block : asked_) download_->picker().abandoned(block, key());
  pacer_.on_rejected(asked_.size(), now);
  surroundings_.not_coming(asked_.size());
  late_blocks_allowed_ += asked_.size();
  asked_.clear();
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Unchoke&, Time) {
  chokes_us_ = false;
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Reject& reject, Time now) {
  constexpr std::uint32_t kMostRejects = 200;
  const auto& range = reject.range;
  const auto block = wanted_block(range.piece, range.begin, range.length);
  if (!block || !forget_request(*block)) return {};
  pacer_.on_rejected(1, now);
  surroundings_.not_coming(1);
  if (download_ != nullptr) download_->picker().abandoned(*block, key());
  if (chokes_us_) return {};
  ask_again_at_ = now + kPause;
  if (++rejects_in_a_row_ > kMostRejects) return fail(Errc::io, "rejects every request");
  return {};
}

PeerProtocol::Outcome PeerProtocol::on(const wire::Piece& piece, Time now) {
  const auto block = wanted_block(piece.piece, piece.begin, piece.data.size());
  if (!block) return fail(Errc::bad_input, "sent a block that the file does not have");
  if (forget_request(*block)) {
    pacer_.on_received(now);
    rejects_in_a_row_ = 0;
  } else {
    // An answer to a cancelled request may come late, and may be of use still; beyond that it is an
    // attack on our line.
    if (late_blocks_allowed_ == 0) return fail(Errc::bad_input, "sends blocks nobody asked for");
    --late_blocks_allowed_;
  }
  if (download_ == nullptr) return {};
  const auto arrival = download_->picker().arrived(*block, key());
  for (const ConnectionKey other : arrival.also_asked)
    surroundings_.cancel_elsewhere(other, *block);
  if (arrival.accepted) {
    ++blocks_received_;
    download_->appetite().received(piece.data.size(), extensions_.origin, now);
    received_.push_back({*block, piece.data.first(content_.space().size(*block))});
  }
  return {};
}

void PeerProtocol::cancel(BlockRef block) {
  if (!forget_request(block)) return;
  send(wire::Cancel{range_of(block)});
  pacer_.on_cancelled(1);
  ++late_blocks_allowed_;
}

/// It is not to be asked of the peer any more, which had it.
void PeerProtocol::take_back(PieceIndex piece) {
  if (download_ != nullptr && download_->picks()) {
    PiecePicker& picker = download_->picker();
    if (std::exchange(counted_as_seed_, false)) {
      picker.peer_lost_all();
      picker.peer_has_these(askable());
    }
    if (!content_.has_equals()) picker.peer_lost(piece);
  }
  pieces_.reset(value(piece));
  if (content_.has_equals()) {
    take_back_askable(piece);
    take_back_askable(content_.wanted_as(piece));
  }
}

void PeerProtocol::take_back_askable(PieceIndex piece) {
  if (!askable_.test(value(piece)) || gives(piece)) return;
  askable_.reset(value(piece));
  if (download_ != nullptr && download_->picks()) download_->picker().peer_lost(piece);
}

void PeerProtocol::doubt(PieceIndex piece, Time now) {
  if (download_ == nullptr || !download_->picks()) return;
  for (const PieceIndex one : given_as(piece)) {
    take_back(one);
    doubted_.push_back(one);
    doubted_at_ = now;
  }
}

/// What was asked of it is asked of others. Whether the peer is of interest is looked at with the
/// next question, once for many of these. Each piece may come and go once, or so: with more, haves
/// and these in turn would cost more than haves alone can.
PeerProtocol::Outcome PeerProtocol::on_dont_have(BytesView payload) {
  constexpr std::size_t kFewPieces = 64;
  const auto message = wire::decode_dont_have(payload);
  if (!message) return std::unexpected(message.error());
  const auto piece = content_.space().piece(message->piece);
  if (!piece) return fail(Errc::bad_input, "donthave of a piece that the file does not have");
  if (std::erase(doubted_, *piece) == 0) {
    if (!pieces_.test(message->piece)) return {};
    take_back(*piece);
  }
  if (++taken_back_ > std::max<std::size_t>(kFewPieces, pieces_.size()))
    return fail(Errc::bad_input, "takes back more than it has");
  const PieceIndex wanted = content_.wanted_as(*piece);
  if (askable().test(value(wanted))) return {};  // of an equal one, which it has
  std::vector<BlockRef> waiting;
  std::ranges::copy_if(asked_, std::back_inserter(waiting),
                       [&](const BlockRef& block) { return block.piece == wanted; });
  if (waiting.empty()) return {};
  std::erase_if(asked_, [&](const BlockRef& block) { return block.piece == wanted; });
  pacer_.on_cancelled(waiting.size());
  late_blocks_allowed_ += waiting.size();  // on their way, perhaps
  surroundings_.not_coming(waiting.size());
  for (const BlockRef block : waiting) download_->picker().abandoned(block, key());
  return {};
}

void PeerProtocol::trust_again(PieceIndex piece) {
  if (std::erase(doubted_, piece) == 0 || download_ == nullptr) return;
  static_cast<void>(shows(piece));
  update_interest();
}

void PeerProtocol::take_requests_back() {
  surroundings_.not_coming(asked_.size());
  for (const BlockRef block : asked_) {
    send(wire::Cancel{range_of(block)});
    download_->picker().abandoned(block, key());
  }
  late_blocks_allowed_ += asked_.size();
  asked_.clear();
}

void PeerProtocol::download_ended() {
  take_requests_back();
  pacer_.on_cancelled(pacer_.outstanding());
  download_ = nullptr;
  update_interest();
}

void PeerProtocol::ended() {
  if (download_ == nullptr) return;
  surroundings_.not_coming(asked_.size());
  download_->layers_fetch().gone(key());
  download_->leaf_fetch().gone(key());
  Download& download = *std::exchange(download_, nullptr);
  if (!download.picks()) return;
  PiecePicker& picker = download.picker();
  picker.abandoned_all(key());
  if (counted_as_seed_) {
    picker.peer_lost_all();
  } else {
    picker.peer_lost_these(askable());
  }
}

}  // namespace shoal::torrent
