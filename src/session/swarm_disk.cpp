// Swarm: between the peers and the disk.
#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include "hash/leaf_hasher.hpp"
#include "net/spawn.hpp"
#include "net/workers.hpp"
#include "session/swarm.hpp"
#include "storage/file_hasher.hpp"
#include "storage/io_error.hpp"
#include "storage/piece_check.hpp"
#include "torrent/peer_limits.hpp"

namespace shoal::session {

using namespace torrent;
namespace {

// Bytes in memory that wait for the disk, all connections of a file together: enough to keep the
// workers busy. A slow disk is waited for in the system's own cache.
constexpr std::size_t kMostBacklog = 4 << 20;

// Pieces of a file: beyond that it is no bad spot, but the disk or its cable.
constexpr int kMostUnreadable = 16;

bool all_zeros(BytesView data) {
  return data.front() == std::byte{0} &&
         std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0;
}

/// There is no data there, and it reads as zeros: some file systems forget what is not on disk yet.
bool reads_as_hole(const storage::File& file, std::uint64_t begin, std::uint64_t end) {
  if (file.next_data(begin, end).begin < end) return false;
  Bytes there(static_cast<std::size_t>(end - begin));
  return file.read_at(begin, there) && all_zeros(there);
}

/// On a worker: hashes the blocks' leaves and writes the blocks, neighbours in one call. Zeros are
/// not written where the file has a hole, so what is sparse there stays sparse here.
Result<void> hash_and_write(const storage::File& file, storage::PartWatch& watch,
                            const Geometry& geometry,
                            std::span<const PeerProtocol::Received> blocks,
                            std::span<Digest> leaves) {
  std::vector<BytesView> parts(blocks.size());
  std::ranges::transform(blocks, parts.begin(), &PeerProtocol::Received::data);
  thread_leaf_hasher().hash(parts, leaves);
  const storage::PartWatch::Writing writing(watch);
  for (std::size_t first = 0; first < blocks.size();) {
    const std::uint64_t offset = geometry.offset(blocks[first].block);
    const bool zeros = all_zeros(parts[first]);
    std::uint64_t end = offset + parts[first].size();
    std::size_t next = first + 1;
    while (next < blocks.size() && geometry.offset(blocks[next].block) == end &&
           all_zeros(parts[next]) == zeros) {
      end += parts[next++].size();
    }
    if (zeros && reads_as_hole(file, offset, end)) {
      first = next;
      continue;
    }
    const auto written = file.write_at(offset, std::span(parts).subspan(first, next - first));
    if (!written) return written;
    first = next;
  }
  return {};
}

}  // namespace

// ---- blocks that came in ----------------------------------------------------

void Swarm::store(const Sender& from, std::vector<PeerProtocol::Received> blocks,
                  std::vector<ChunkPtr> memory) {
  backlog_ += blocks.size() * kBlockLength;
  net::spawn(environment_.executor,
             store_batch(shared_from_this(), from, std::move(blocks), std::move(memory)));
}

asio::awaitable<void> Swarm::room_to_store() {
  while (backlogged()) co_await backlog_shrank_.wait();
}

bool Swarm::backlogged() const {
  return backlog_ > kMostBacklog;
}

asio::awaitable<void> Swarm::store_batch(std::shared_ptr<Swarm> self, Sender from,
                                         std::vector<PeerProtocol::Received> blocks,
                                         std::vector<ChunkPtr> memory) {
  std::vector<Digest> leaves(blocks.size());
  const Result<void> written = co_await net::on_worker(self->environment_.workers, [&] {
    return hash_and_write(self->file(), *self->watch_, self->content_.geometry(), blocks, leaves);
  });
  memory.clear();
  self->backlog_ -= blocks.size() * kBlockLength;
  self->backlog_shrank_.notify_all();
  if (!written) {
    self->give_up(written.error());
    co_return;
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) self->stored(from, blocks[i].block, leaves[i]);
}

void Swarm::stored(const Sender& from, BlockRef block, const Digest& leaf) {
  if (closed_ || download_ == nullptr) return;
  arrived_ += content_.geometry().size(block);
  const Download::Outcome outcome = download_->stored(block, leaf, from);
  if (outcome.proven && outcome.from_one) reputation_.good({from.address, from.port});
  for (const Sender& liar : outcome.guilty) punish(liar, block.piece);
  if (outcome.failed) everybody_asks(Clock::now());
  if (!outcome.proven) return;
  fetched_ += content_.geometry().size(block.piece);
  announce(block.piece);
  if (content_.complete()) net::spawn(environment_.executor, finish_download(shared_from_this()));
}

/// Tells everybody, together with what else there is to tell in the next moment.
void Swarm::announce(PieceIndex piece) {
  for (const auto& [key, connection] : connections_) {
    if (PeerProtocol* protocol = connection->protocol()) protocol->announce(piece);
  }
  const Duration longest = have_wait_.proven(Clock::now());
  if (std::exchange(haves_wait_, true)) return;
  haves_timer_.expires_after(longest);
  haves_timer_.async_wait([weak = weak_from_this()](const std::error_code& cancelled) {
    if (const auto self = weak.lock(); self && !cancelled) self->tell_haves();
  });
}

void Swarm::tell_haves() {
  haves_wait_ = false;
  for (const auto& [key, connection] : connections_) {
    PeerProtocol* protocol = connection->protocol();
    if (protocol == nullptr) continue;
    protocol->tell_haves();
    if (!protocol->outbox().empty()) connection->wake();
  }
}

// ---- what the disk held before ----------------------------------------------

void Swarm::start() {
  if (download_ == nullptr || !download_->layer_fetch().done()) return;
  net::spawn(environment_.executor,
             check_disk(shared_from_this()));  // one piece: the root is its layer
}

void Swarm::layers_proven() {
  content_.set_layers(download_->layer_fetch().take());
  net::spawn(environment_.executor, check_disk(shared_from_this()));
}

/// Proves what is there: the data of a download that was begun before, and the zeros that a hole
/// reads as, which need not be fetched. What is found missing is fetched meanwhile.
asio::awaitable<void> Swarm::check_disk(std::shared_ptr<Swarm> self) {
  const bool settled = co_await settle_candidate(self);
  if (!settled) co_return;
  const Geometry geometry = self->content_.geometry();
  storage::PieceCheck check(self->file(), geometry, !self->part_->resumed());
  self->download_->begin_check();
  for (std::uint64_t next = 0; next < geometry.pieces();) {
    const auto nodes =
        co_await net::on_worker(self->environment_.workers, [&] { return check.look_at(next); });
    if (self->closed_ || self->download_ == nullptr) co_return;
    self->judge(next, nodes);
    next += nodes.size();
    const std::uint64_t checked = std::min(geometry.length(), next * geometry.piece_length());
    if (self->part_->resumed() && self->events_.on_checking) {
      self->events_.on_checking(checked, geometry.length());
    }
  }
  if (self->content_.complete()) co_await finish_download(self);
}

void Swarm::judge(std::uint64_t first, std::span<const std::optional<Digest>> on_disk) {
  const merkle::LayerTree& layers = *content_.layers();
  bool missing = false;
  for (std::uint64_t i = first; const auto& node : on_disk) {
    const PieceIndex piece = *content_.geometry().piece(i);
    const bool here = node == layers.node(layers.level(), i);
    download_->judged(piece, here);
    if (here) announce(piece);
    missing = missing || !here;
    ++i;
  }
  if (missing) everybody_asks(Clock::now());
}

// ---- a file in doubt --------------------------------------------------------

asio::awaitable<void> Swarm::prove_again(std::shared_ptr<Swarm> self, storage::FileVersion now) {
  const Geometry& geometry = self->content_.geometry();
  for (std::uint32_t index = 0; index < geometry.pieces() && !self->closed_; ++index) {
    const PieceIndex piece = *geometry.piece(index);
    if (!self->content_.has(piece)) continue;
    const Result<Digest> node = co_await net::on_worker(self->environment_.workers, [&] {
      return storage::hash_piece(self->file(), geometry, piece);
    });
    const merkle::LayerTree& layers = *self->content_.layers();
    if (node && *node == layers.node(layers.level(), index)) continue;
    self->give_up(node ? storage::was_written_to(*self->witness_) : node.error());
  }
  self->witness_->version = now;  // changed once more since then, it is in doubt once more
}

void Swarm::look_at_doubts(Time now) {
  if (download_ != nullptr || closed_) return doubts_.clear();
  if (doubts_.peers_must_know(now)) {
    // Nothing in the protocol takes a piece back; who comes again is told what is here.
    for (const auto& [key, connection] : connections_) connection->close("a piece is gone");
  }
  if (environment_.proves_a_piece) return;
  const auto piece = doubts_.next(now);
  if (!piece || !content_.has(*piece)) return;
  environment_.proves_a_piece = true;
  net::spawn(environment_.executor, prove_from_disk(shared_from_this(), *piece));
}

asio::awaitable<void> Swarm::prove_from_disk(std::shared_ptr<Swarm> self, PieceIndex piece) {
  const Geometry& geometry = self->content_.geometry();
  const Result<Digest> node = co_await net::on_worker(self->environment_.workers, [&] {
    return storage::hash_piece(self->file(), geometry, piece);
  });
  self->environment_.proves_a_piece = false;
  if (self->closed_) co_return;
  const merkle::LayerTree& layers = *self->content_.layers();
  if (!node) {
    co_await self->rotten(piece, node.error());
  } else if (*node != layers.node(layers.level(), value(piece))) {
    co_await self->rotten(piece, std::nullopt);
  }
}

/// The disk has something else there than was hashed, or cannot read it. What became of the file
/// tells people more; where nothing did, the disk itself is to blame, and the rest of the file is
/// as good as before, unless hardly anything of it can be read.
asio::awaitable<void> Swarm::rotten(PieceIndex piece, std::optional<Error> unreadable) {
  if (const auto witness = witness_) {
    const auto seen =
        co_await net::on_worker(environment_.workers, [&] { return storage::look_at(*witness); });
    if (seen.news) co_return give_up(*seen.news);
    if (seen.in_doubt) co_return;  // is read from end to end soon
  }
  if (closed_ || download_ != nullptr || !content_.has(piece)) co_return;
  if (unreadable && ++unreadable_ > kMostUnreadable) co_return give_up(*unreadable);
  content_.remove(piece);
  for (const auto& [key, connection] : connections_) {  // what was asked of it is not served
    PeerProtocol* const protocol = connection->protocol();
    if (protocol == nullptr) continue;
    protocol->lost(piece);
    if (!protocol->outbox().empty()) connection->wake();
  }
  doubts_.found_gone(Clock::now());
  if (events_.on_rotten) events_.on_rotten(piece, unreadable);
}

// ---- blocks that go out -----------------------------------------------------

asio::awaitable<void> Swarm::read(std::uint64_t offset, MutableBytes out) {
  if (file().read_at_if_cached(offset, out)) co_return;
  const Result<void> done =
      co_await net::on_worker(environment_.workers, [&] { return file().read_at(offset, out); });
  if (done) co_return;
  const auto piece = content_.geometry().piece(offset / content_.geometry().piece_length());
  co_await cannot_read(*piece, done.error());
  throw std::system_error(std::make_error_code(std::errc::io_error), done.error().message);
}

/// The file is shorter than it was, or its disk fails somewhere in there, which reading it tells.
asio::awaitable<void> Swarm::lost_the_file(std::vector<wire::BlockRange> blocks) {
  const auto self = shared_from_this();
  if (download_ != nullptr) co_return doubt_part();
  if (const auto witness = witness_) {
    const auto news = co_await net::on_worker(environment_.workers,
                                              [&] { return storage::look_at(*witness).news; });
    if (news) co_return give_up(*news);
  }
  for (const wire::BlockRange& block : blocks) doubts_.add(PieceIndex{block.piece}, Clock::now());
}

asio::awaitable<void> Swarm::cannot_read(PieceIndex piece, Error why) {
  if (download_ != nullptr) co_return doubt_part();
  co_await rotten(piece, std::move(why));
}

/// What is not there any more is fetched again.
void Swarm::doubt_part() {
  download_->doubt();
  net::spawn(environment_.executor, look_at_part(shared_from_this()));
}

asio::awaitable<std::optional<std::vector<Digest>>> Swarm::leaves_for(merkle::HashRequest request) {
  const Geometry geometry = content_.geometry();
  const int levels_below = geometry.fold_height() - static_cast<int>(request.base);
  const PieceIndex piece = *geometry.piece(std::uint64_t{request.index} >> levels_below);
  auto leaves = co_await net::on_worker(
      environment_.workers, [&] { return storage::hash_leaves(file(), geometry, piece); });
  if (!leaves) co_return std::nullopt;
  const merkle::LayerTree& layers = *content_.layers();
  if (merkle::fold(*leaves, 0, geometry.fold_height()) ==
      layers.node(layers.level(), value(piece))) {
    co_return std::move(*leaves);
  }
  if (download_ == nullptr) co_await rotten(piece, std::nullopt);
  co_return std::nullopt;
}

}  // namespace shoal::session
