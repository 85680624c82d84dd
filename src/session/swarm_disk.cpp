// Swarm: between the peers and the disk.
#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "hash/thread_hashers.hpp"
#include "net/spawn.hpp"
#include "net/workers.hpp"
#include "session/outcome_text.hpp"
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
// For the layers of files that may be in the way as well, once one is.
constexpr Duration kConflictPatience = std::chrono::seconds(5);
// Files of a folder that are looked at before others have their turn.
constexpr std::uint32_t kOthersTurn = 1000;

}  // namespace

// ---- blocks that came in ----------------------------------------------------

asio::awaitable<void> Swarm::store(std::shared_ptr<Swarm> self, BatchPtr batch) {
  batch->leaves.resize(batch->blocks.size());
  const Result<void> written = co_await net::on_worker(self->environment_->workers, [&] {
    std::vector<BytesView> parts(batch->blocks.size());
    std::ranges::transform(batch->blocks, parts.begin(), &Received::data);
    expect_leaf_hashing(parts.size() * kBlockLength);
    const Time began = Clock::now();
    thread_leaf_hasher().hash(parts, batch->leaves);
    const Time hashed = Clock::now();
    batch->hashing = hashed - began;
    auto done = self->part_->write(self->content().space(), batch->blocks);
    batch->writing = Clock::now() - hashed;
    return done;
  });
  const Time now = Clock::now();
  self->torrent_.on_stored(std::move(batch), written, now);
  self->settle(now);
}

// ---- what the disk held before ----------------------------------------------

/// Proves what is there: the data of a download that was begun before, and the zeros that a hole
/// reads as, which need not be fetched. What is found missing is fetched meanwhile. Files of a
/// folder as their layers come: who is at it goes on with them.
asio::awaitable<void> Swarm::check_disk(std::shared_ptr<Swarm> self) {
  if (!self->fills() || std::exchange(self->checking_, true)) co_return;
  if (!self->torrent_.download()->ready()) {
    const bool settled = co_await settle_candidate(self);
    if (!settled) co_return;
    self->torrent_.on_check_begins();
  }
  std::uint32_t files = 0;
  while (const auto where = self->torrent_.next_to_check()) {
    if (self->part_->may_hold(where->file)) {
      const bool goes_on = co_await self->check_file(*where);
      if (!goes_on) co_return;
    } else {
      self->miss_file(*where);
    }
    if (++files % kOthersTurn != 0) continue;
    const Time now = Clock::now();
    self->torrent_.ask_for_more(now);
    self->settle(now);
    co_await asio::post(self->environment_->executor, asio::use_awaitable);
    if (self->torrent_.closed() || !self->fills()) co_return;
  }
  self->checking_ = false;
  const Time now = Clock::now();
  if (self->ends_for_conflicts(now)) co_return;
  self->torrent_.on_check_done(now);
  self->settle(now);
}

/// Nothing of it is there. Peers are asked by the caller: there may be many such files.
void Swarm::miss_file(const FileOfPieces& where) {
  const Time now = Clock::now();
  for (std::uint32_t i = 0; i < where.geometry.pieces(); ++i) {
    torrent_.on_checked(where.in_torrent(PieceIndex{i}), false, now);
  }
}

/// People are to hear of all that is in the way at once: of what stands in its place and has no
/// layer to prove it yet, too. But that may never come.
bool Swarm::ends_for_conflicts(Time now) {
  if (conflicts_ == 0) return false;
  if (!no_more_conflicts_at_) no_more_conflicts_at_ = now + kConflictPatience;
  const bool more = more_may_be_in_the_way();
  if (more && now < *no_more_conflicts_at_) return false;
  give_up(in_the_way(conflicts_, disk_->path(), more));
  return true;
}

bool Swarm::more_may_be_in_the_way() const {
  const PieceSpace& space = content().space();
  for (std::uint32_t i = 0; i < space.files(); ++i) {
    const auto file = space.file(FileIndex{i});
    const bool waits = file && content().wants(*file) && !content().layers().has(*file);
    if (waits && part_->in_final_place(file->file)) return true;
  }
  return false;
}

/// False when that was the end.
asio::awaitable<bool> Swarm::check_file(FileOfPieces where) {
  const bool resumed = part_->resumed(where.file);
  const auto file =
      co_await net::on_worker(environment_->workers, [&] { return part_->open(where.file); });
  if (torrent_.closed() || !fills()) co_return false;
  if (!file) {
    give_up(file.error());
    co_return false;
  }
  // What stands in its place already is not filled: it is all of that file, or in the way.
  const bool in_place = part_->in_final_place(where.file);
  std::vector<std::optional<Digest>> all;
  storage::PieceCheck check(**file, where.geometry, !resumed);
  for (std::uint32_t next = 0; next < where.geometry.pieces();) {
    const auto nodes =
        co_await net::on_worker(environment_->workers, [&] { return check.look_at(next); });
    if (torrent_.closed() || !fills()) co_return false;
    const PieceIndex first = where.in_torrent(PieceIndex{next});
    if (in_place) {
      all.insert(all.end(), nodes.begin(), nodes.end());
    } else {
      judge(first, nodes);
    }
    next += static_cast<std::uint32_t>(nodes.size());
    const std::uint64_t checked =
        std::min(where.geometry.length(), std::uint64_t{next} * where.geometry.piece_length());
    if (resumed && events_.on_checking) {
      events_.on_checking(looked_at_ + checked, content().wanted_bytes());
    }
  }
  looked_at_ += where.geometry.length();
  if (!in_place) co_return true;
  bool right = true;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    right = right && all[i] == content().layers().node(where.in_torrent(PieceIndex{i}));
  }
  if (right) {
    judge(where.in_torrent(PieceIndex{0}), all);
  } else {
    ++conflicts_;
    const std::string path = storage::shown((*file)->path());
    if (events_.on_notice) events_.on_notice(path + " exists already with other content.");
  }
  co_return true;
}

void Swarm::judge(PieceIndex first, std::span<const std::optional<Digest>> on_disk) {
  const Time now = Clock::now();
  bool missing = false;
  for (std::uint32_t i = value(first); const auto& node : on_disk) {
    const bool here = node == content().layers().node(PieceIndex{i});
    torrent_.on_checked(PieceIndex{i}, here, now);
    missing = missing || !here;
    ++i;
  }
  if (missing) torrent_.ask_for_more(now);
  settle(now);
}

Result<Digest> Swarm::hash_piece(PieceIndex piece) {
  const FileOfPieces where = content().space().file_of(piece);
  const auto file = disk_->open(where.file);
  if (!file) return std::unexpected(file.error());
  return storage::hash_piece(**file, where.geometry, where.in_file(piece));
}

// ---- a file in doubt --------------------------------------------------------

asio::awaitable<void> Swarm::prove_again(std::shared_ptr<Swarm> self, storage::FileVersion now) {
  for (std::uint32_t i = 0; i < self->content().space().pieces() && !self->torrent_.closed(); ++i) {
    const PieceIndex piece{i};
    if (!self->content().has(piece)) continue;
    const Result<Digest> node = co_await net::on_worker(self->environment_->workers,
                                                        [&] { return self->hash_piece(piece); });
    if (node && *node == self->content().layers().node(piece)) continue;
    self->give_up(node ? storage::was_written_to(*self->witness_) : node.error());
  }
  self->witness_->version = now;  // changed once more since then, it is in doubt once more
}

asio::awaitable<void> Swarm::prove_from_disk(std::shared_ptr<Swarm> self, PieceIndex piece) {
  const Result<Digest> node =
      co_await net::on_worker(self->environment_->workers, [&] { return self->hash_piece(piece); });
  self->torrent_.on_proof_done();
  if (self->torrent_.closed()) co_return;
  if (!node) {
    co_await self->rotten(piece, node.error());
  } else if (*node != self->content().layers().node(piece)) {
    co_await self->rotten(piece, std::nullopt);
  }
}

/// The disk has something else there than was hashed, or cannot read it. What became of the file
/// tells people more; where nothing did, the disk itself is to blame, and the rest of the file is
/// as good as before, unless hardly anything of it can be read.
asio::awaitable<void> Swarm::rotten(PieceIndex piece, std::optional<Error> unreadable) {
  if (const auto witness = witness_) {
    const auto seen =
        co_await net::on_worker(environment_->workers, [&] { return storage::look_at(*witness); });
    if (seen.news) co_return give_up(*seen.news);
    if (seen.in_doubt) co_return;  // is read from end to end soon
  }
  const FileIndex file = content().space().file_of(piece).file;
  const auto news =
      co_await net::on_worker(environment_->workers, [&] { return disk_->news_of(file); });
  if (news) co_return lose_file(file, *news);
  if (torrent_.closed() || fills() || !content().has(piece)) co_return;
  if (unreadable && ++unreadable_ > kMostUnreadable) co_return give_up(*unreadable);
  const Time now = Clock::now();
  torrent_.lose(piece, now);
  settle(now);
  if (events_.on_rotten) events_.on_rotten(piece, unreadable);
}

// ---- blocks that go out -----------------------------------------------------

asio::awaitable<void> Swarm::read(const FileOfPieces& where, std::uint64_t offset,
                                  MutableBytes out) {
  if (const auto file = opened(where.file); file && file->read_at_if_cached(offset, out)) co_return;
  const Result<void> done = co_await net::on_worker(environment_->workers, [&]() -> Result<void> {
    const auto file = disk_->open(where.file);
    if (!file) return std::unexpected(file.error());
    return (*file)->read_at(offset, out);
  });
  if (done) co_return;
  const auto piece = where.geometry.piece(offset / where.geometry.piece_length());
  co_await cannot_read(where.in_torrent(*piece), done.error());
  throw std::system_error(std::make_error_code(std::errc::io_error), done.error().message);
}

/// The file is shorter than it was, or its disk fails somewhere in there, which reading it tells.
asio::awaitable<void> Swarm::lost_the_file(std::vector<wire::BlockRange> blocks) {
  const auto self = shared_from_this();
  if (fills()) co_return doubt_part();
  if (const auto witness = witness_) {
    const auto news = co_await net::on_worker(environment_->workers,
                                              [&] { return storage::look_at(*witness).news; });
    if (news) co_return give_up(*news);
  }
  const Time now = Clock::now();
  for (const wire::BlockRange& block : blocks) {
    torrent_.doubt_piece(PieceIndex{block.piece}, now);
  }
  settle(now);
}

void Swarm::lose_file(FileIndex file, const std::optional<Error>& told) {
  const auto where = content().space().file(file);
  if (!where || torrent_.closed() || fills()) return;
  const Time now = Clock::now();
  bool offered = false;
  for (std::uint32_t i = 0; i < where->geometry.pieces(); ++i) {
    const PieceIndex piece = where->in_torrent(PieceIndex{i});
    offered = offered || content().has(piece);
    torrent_.lose(piece, now);
  }
  settle(now);
  if (offered && events_.on_lost_file) events_.on_lost_file(told);
}

asio::awaitable<void> Swarm::cannot_read(PieceIndex piece, Error why) {
  if (fills()) co_return doubt_part();
  co_await rotten(piece, std::move(why));
}

/// What is not there any more is fetched again.
void Swarm::doubt_part() {
  torrent_.doubt_disk();
  net::spawn(environment_->executor, look_at_part(shared_from_this()));
}

asio::awaitable<void> Swarm::hash_leaves(std::shared_ptr<Swarm> self, PieceIndex piece) {
  auto leaves = co_await self->proven_leaves(piece);
  const Time now = Clock::now();
  self->torrent_.on_leaves(piece, std::move(leaves), now);
  self->settle(now);
}

/// Nothing when the disk does not hold the piece as it was.
asio::awaitable<std::optional<merkle::LayerTree>> Swarm::proven_leaves(PieceIndex piece) {
  const FileOfPieces where = content().space().file_of(piece);
  const Digest node = content().layers().node(piece);
  bool readable = false;
  auto leaves =
      co_await net::on_worker(environment_->workers, [&]() -> std::optional<merkle::LayerTree> {
        const auto file = disk_->open(where.file);
        if (!file) return std::nullopt;
        auto read = storage::hash_leaves(**file, where.geometry, where.in_file(piece));
        readable = read.has_value();
        if (!readable) return std::nullopt;
        return merkle::LayerTree::build(*std::move(read), 0, where.geometry.fold_height(), node);
      });
  if (!leaves && readable && !fills()) co_await rotten(piece, std::nullopt);
  co_return leaves;
}

}  // namespace shoal::session
