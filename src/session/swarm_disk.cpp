// Swarm: between the peers and the disk.
#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include "hash/thread_hashers.hpp"
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
                            const Geometry& geometry, std::span<const Received> blocks,
                            std::span<Digest> leaves) {
  std::vector<BytesView> parts(blocks.size());
  std::ranges::transform(blocks, parts.begin(), &Received::data);
  expect_leaf_hashing(blocks.size() * kBlockLength);
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

asio::awaitable<void> Swarm::store(std::shared_ptr<Swarm> self, BatchPtr batch) {
  batch->leaves.resize(batch->blocks.size());
  const Result<void> written = co_await net::on_worker(self->environment_.workers, [&] {
    return hash_and_write(self->file(), *self->watch_, self->content().geometry(), batch->blocks,
                          batch->leaves);
  });
  const Time now = Clock::now();
  self->torrent_.on_stored(std::move(batch), written, now);
  self->settle(now);
}

// ---- what the disk held before ----------------------------------------------

/// Proves what is there: the data of a download that was begun before, and the zeros that a hole
/// reads as, which need not be fetched. What is found missing is fetched meanwhile.
asio::awaitable<void> Swarm::check_disk(std::shared_ptr<Swarm> self) {
  const bool settled = co_await settle_candidate(self);
  if (!settled) co_return;
  const Geometry geometry = self->content().geometry();
  storage::PieceCheck check(self->file(), geometry, !self->part_->resumed());
  self->torrent_.on_check_begins();
  for (std::uint64_t next = 0; next < geometry.pieces();) {
    const auto nodes =
        co_await net::on_worker(self->environment_.workers, [&] { return check.look_at(next); });
    if (self->torrent_.closed() || !self->fills()) co_return;
    self->judge(next, nodes);
    next += nodes.size();
    const std::uint64_t checked = std::min(geometry.length(), next * geometry.piece_length());
    if (self->part_->resumed() && self->events_.on_checking) {
      self->events_.on_checking(checked, geometry.length());
    }
  }
  const Time now = Clock::now();
  self->torrent_.on_check_done(now);
  self->settle(now);
}

void Swarm::judge(std::uint64_t first, std::span<const std::optional<Digest>> on_disk) {
  const Time now = Clock::now();
  const merkle::LayerTree& layers = *content().layers();
  bool missing = false;
  for (std::uint64_t i = first; const auto& node : on_disk) {
    const bool here = node == layers.node(layers.level(), i);
    torrent_.on_checked(*content().geometry().piece(i), here, now);
    missing = missing || !here;
    ++i;
  }
  if (missing) torrent_.ask_for_more(now);
  settle(now);
}

// ---- a file in doubt --------------------------------------------------------

asio::awaitable<void> Swarm::prove_again(std::shared_ptr<Swarm> self, storage::FileVersion now) {
  const Geometry& geometry = self->content().geometry();
  for (std::uint32_t index = 0; index < geometry.pieces() && !self->torrent_.closed(); ++index) {
    const PieceIndex piece = *geometry.piece(index);
    if (!self->content().has(piece)) continue;
    const Result<Digest> node = co_await net::on_worker(self->environment_.workers, [&] {
      return storage::hash_piece(self->file(), geometry, piece);
    });
    const merkle::LayerTree& layers = *self->content().layers();
    if (node && *node == layers.node(layers.level(), index)) continue;
    self->give_up(node ? storage::was_written_to(*self->witness_) : node.error());
  }
  self->witness_->version = now;  // changed once more since then, it is in doubt once more
}

asio::awaitable<void> Swarm::prove_from_disk(std::shared_ptr<Swarm> self, PieceIndex piece) {
  const Geometry& geometry = self->content().geometry();
  const Result<Digest> node = co_await net::on_worker(self->environment_.workers, [&] {
    return storage::hash_piece(self->file(), geometry, piece);
  });
  self->torrent_.on_proof_done();
  if (self->torrent_.closed()) co_return;
  const merkle::LayerTree& layers = *self->content().layers();
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
  if (torrent_.closed() || fills() || !content().has(piece)) co_return;
  if (unreadable && ++unreadable_ > kMostUnreadable) co_return give_up(*unreadable);
  const Time now = Clock::now();
  torrent_.lose(piece, now);
  settle(now);
  if (events_.on_rotten) events_.on_rotten(piece, unreadable);
}

// ---- blocks that go out -----------------------------------------------------

asio::awaitable<void> Swarm::read(std::uint64_t offset, MutableBytes out) {
  if (file().read_at_if_cached(offset, out)) co_return;
  const Result<void> done =
      co_await net::on_worker(environment_.workers, [&] { return file().read_at(offset, out); });
  if (done) co_return;
  const auto piece = content().geometry().piece(offset / content().geometry().piece_length());
  co_await cannot_read(*piece, done.error());
  throw std::system_error(std::make_error_code(std::errc::io_error), done.error().message);
}

/// The file is shorter than it was, or its disk fails somewhere in there, which reading it tells.
asio::awaitable<void> Swarm::lost_the_file(std::vector<wire::BlockRange> blocks) {
  const auto self = shared_from_this();
  if (fills()) co_return doubt_part();
  if (const auto witness = witness_) {
    const auto news = co_await net::on_worker(environment_.workers,
                                              [&] { return storage::look_at(*witness).news; });
    if (news) co_return give_up(*news);
  }
  const Time now = Clock::now();
  for (const wire::BlockRange& block : blocks) {
    torrent_.doubt_piece(PieceIndex{block.piece}, now);
  }
  settle(now);
}

asio::awaitable<void> Swarm::cannot_read(PieceIndex piece, Error why) {
  if (fills()) co_return doubt_part();
  co_await rotten(piece, std::move(why));
}

/// What is not there any more is fetched again.
void Swarm::doubt_part() {
  torrent_.doubt_disk();
  net::spawn(environment_.executor, look_at_part(shared_from_this()));
}

asio::awaitable<void> Swarm::hash_leaves(std::shared_ptr<Swarm> self, Actions::HashLeaves job) {
  const std::vector<Digest> leaves = co_await self->proven_leaves(job.piece);
  const Time now = Clock::now();
  self->torrent_.on_leaves(job, leaves, now);
  self->settle(now);
}

/// None when the disk does not hold the piece as it was.
asio::awaitable<std::vector<Digest>> Swarm::proven_leaves(PieceIndex piece) {
  const Geometry geometry = content().geometry();
  auto leaves = co_await net::on_worker(
      environment_.workers, [&] { return storage::hash_leaves(file(), geometry, piece); });
  if (!leaves) co_return std::vector<Digest>{};
  const merkle::LayerTree& layers = *content().layers();
  if (merkle::fold(*leaves, 0, geometry.fold_height()) ==
      layers.node(layers.level(), value(piece))) {
    co_return std::move(*leaves);
  }
  if (!fills()) co_await rotten(piece, std::nullopt);
  co_return std::vector<Digest>{};
}

}  // namespace shoal::session
