// Swarm: the file that is being filled, which other programs may touch, and its end.
#include <algorithm>
#include <chrono>
#include <utility>

#include "net/spawn.hpp"
#include "net/workers.hpp"
#include "session/outcome_text.hpp"
#include "session/swarm.hpp"
#include "storage/file_hasher.hpp"
#include "storage/io_error.hpp"

namespace shoal::session {

using namespace torrent;
namespace {

constexpr Duration kLeastPause = std::chrono::seconds(1);
constexpr int kMostRefusals = 5;

Error never_at_rest(const std::filesystem::path& part) {
  return {Errc::io, storage::shown(part) +
                        " is changed by another program again and again; end that one, and the "
                        "same command goes on from what is there"};
}

}  // namespace

asio::awaitable<void> Swarm::look_at_part(std::shared_ptr<Swarm> self) {
  if (self->settling_ || std::exchange(self->looking_, true)) co_return;
  const auto seen =
      co_await net::on_worker(self->environment_->workers, [&] { return self->part_->look(); });
  self->looking_ = false;
  self->looked_.notify_all();
  if (self->torrent_.closed() || !self->fills()) co_return;
  if (seen.gone) {
    self->give_up(*seen.gone);
    co_return;
  }
  if (!self->checking_ && self->ends_for_conflicts(Clock::now())) co_return;
  for (const FileIndex file : seen.touched) self->torrent_.doubt_file(file);
  const Time began = Clock::now();
  // Before the start, all is being looked at as it is; at the end, that is seen to there.
  const bool others_do = self->proving_ || self->finishing_ || !self->torrent_.download()->ready();
  if (others_do || began < self->proves_again_at_ || !self->torrent_.doubts_disk()) co_return;
  self->proving_ = true;
  co_await prove_what_is_in_doubt(self);
  self->proving_ = false;
  if (self->torrent_.closed()) co_return;
  // Somebody may go on touching it: half of the time is for others.
  const Time now = Clock::now();
  self->proves_again_at_ = now + std::max(kLeastPause, now - began);
  if (self->content().complete()) co_await finish_download(self);
}

/// Reads it from the disk. What is not what it was is wanted again.
asio::awaitable<void> Swarm::prove_what_is_in_doubt(std::shared_ptr<Swarm> self) {
  const PieceSpace& space = self->content().space();
  const std::uint64_t before = self->content().bytes();
  std::uint64_t changed = 0;
  std::uint64_t read = 0;
  while (const auto piece = self->torrent_.take_doubt()) {
    const Result<Digest> node = co_await net::on_worker(self->environment_->workers,
                                                        [&] { return self->hash_piece(*piece); });
    if (self->torrent_.closed()) co_return;
    if (!node || *node != self->content().layers().node(*piece)) {
      changed += space.size(*piece);
      self->torrent_.take_back(*piece);
    }
    read += space.size(*piece);
    // Told when nothing else goes on: all has come, or had come before this.
    const bool last = self->finishing_ || self->content().complete();
    if (last && self->events_.on_checking) {
      self->events_.on_checking(std::min(read, before), before);
    }
  }
  if (changed == 0) co_return;
  if (self->events_.on_changed) self->events_.on_changed(changed);
  const Time now = Clock::now();
  self->torrent_.ask_for_more(now);
  self->settle(now);
}

/// The last block is here. The file gets its name once nobody can have touched it since it was
/// proven; if pieces have to be fetched again, that comes first.
asio::awaitable<void> Swarm::finish_download(std::shared_ptr<Swarm> self) {
  if (self->proving_ || std::exchange(self->finishing_, true)) co_return;
  for (bool again = false; self->content().complete();) {
    co_await prove_what_is_in_doubt(self);
    if (self->torrent_.closed()) co_return;
    if (!self->content().complete()) break;
    if (self->looking_) {  // what is seen comes first
      co_await self->looked_.wait();
      if (self->torrent_.closed()) co_return;
      continue;
    }
    self->looking_ = true;
    auto done = co_await net::on_worker(self->environment_->workers,
                                        [&] { return self->part_->finish(again); });
    self->looking_ = false;
    if (self->torrent_.closed()) co_return;
    if (!done) {
      self->give_up(done.error());
      co_return;
    }
    if (!done->conflicts.empty()) co_return self->fail_for(done->conflicts);
    if (done->in_doubt.empty()) {
      for (const FileIndex file : done->copied) self->torrent_.on_copied(file, Clock::now());
      co_return self->finished(std::move(done->witness));
    }
    again = true;
    if (++self->refusals_ > kMostRefusals) {
      self->give_up(never_at_rest(self->part_->part_path()));
      co_return;
    }
    for (const FileIndex file : done->in_doubt) self->torrent_.doubt_file(file);
  }
  self->finishing_ = false;
}

void Swarm::fail_for(std::span<const std::string> conflicts) {
  if (events_.on_notice) std::ranges::for_each(conflicts, events_.on_notice);
  give_up(in_the_way(conflicts.size(), disk_->path(), false));
}

void Swarm::finished(std::optional<storage::Witness> witness) {
  torrent_.look_what_holds(Clock::now());
  torrent_.on_finished();
  witness_ = std::move(witness);
  settle(Clock::now());
  tell_standing();
  if (events_.on_complete) events_.on_complete();
}

}  // namespace shoal::session
