// Swarm: a NAME.part that somebody else has left.
#include <algorithm>
#include <utility>

#include "net/workers.hpp"
#include "session/swarm.hpp"
#include "storage/file_hasher.hpp"
#include "storage/io_error.hpp"

namespace shoal::session {

using namespace torrent;
namespace {

using Candidate = storage::PartFile::Candidate;

/// What a piece says about the file that it is in. Zeros are in many files, and say nothing.
enum class CandidatePiece : std::uint8_t { nothing, right, wrong };

/// From the first byte that is not zero on.
bool has_more_than_zeros(const storage::File& file, std::uint64_t begin, std::uint64_t end) {
  Bytes buffer(std::min<std::uint64_t>(end - begin, kBlockLength));
  while (begin < end) {
    const auto part = MutableBytes(buffer).first(std::min<std::size_t>(buffer.size(), end - begin));
    if (!file.read_at(begin, part)) return false;
    if (std::ranges::any_of(part, [](std::byte one) { return one != std::byte{0}; })) return true;
    begin += part.size();
  }
  return false;
}

/// On a worker.
CandidatePiece judge_candidate_piece(const Candidate& candidate, const Geometry& geometry,
                                     PieceIndex piece, const Digest& wanted) {
  const std::uint64_t begin = geometry.offset(piece);
  const std::uint64_t end = begin + geometry.size(piece);
  if (end > candidate.length || !has_more_than_zeros(candidate.file, begin, end))
    return CandidatePiece::nothing;
  const auto node = storage::hash_piece(candidate.file, geometry, piece);
  return node && *node == wanted ? CandidatePiece::right : CandidatePiece::wrong;
}

}  // namespace

asio::awaitable<bool> Swarm::settle_candidate(std::shared_ptr<Swarm> self) {
  const Candidate* const candidate = self->part_->candidate();
  if (candidate == nullptr) co_return true;
  const Geometry geometry = self->content().space().file(FileIndex{0})->geometry;  // a single file
  const std::string name = storage::shown(candidate->path);
  // A shorter one is a beginning or nothing; in one of full length the pieces came in any order.
  const bool shorter = candidate->length < geometry.length();
  CandidatePiece verdict = CandidatePiece::nothing;
  for (std::uint64_t next = 0; next < geometry.pieces() && verdict != CandidatePiece::right;
       ++next) {
    const PieceIndex piece = *geometry.piece(next);
    const std::uint64_t end = geometry.offset(piece) + geometry.size(piece);
    if (end > candidate->length) break;
    const auto data = candidate->file.next_data(geometry.offset(piece), candidate->length);
    if (data.begin >= end) continue;
    const Digest wanted = self->content().layers().node(piece);
    verdict = co_await net::on_worker(self->environment_->workers, [&] {
      return judge_candidate_piece(*candidate, geometry, piece, wanted);
    });
    if (self->torrent_.closed() || !self->fills()) co_return false;
    if (self->events_.on_checking) self->events_.on_checking(end, geometry.length());
    if (shorter && verdict == CandidatePiece::wrong) break;
  }
  self->settling_ = true;
  while (self->looking_) co_await self->looked_.wait();  // at the file that may go
  const auto settled = co_await net::on_worker(self->environment_->workers, [&] {
    return self->part_->settle_candidate(verdict == CandidatePiece::right);
  });
  self->settling_ = false;
  if (self->torrent_.closed()) {
    self->part_->discard_if_new();
    co_return false;
  }
  if (!settled) {
    self->give_up(settled.error());
    co_return false;
  }
  if (self->events_.on_notice) {
    self->events_.on_notice(name + (settled->adopted
                                        ? " is a part of it, and is gone on from."
                                        : " " + settled->why + ", and is left as it is."));
  }
  co_return true;
}

}  // namespace shoal::session
