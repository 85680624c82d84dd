#include "session/fetch_task.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "session/outcome_text.hpp"
#include "session/peer_words.hpp"

namespace shoal::session {
namespace {

constexpr Duration kProgressInterval = std::chrono::milliseconds(250);

Error stopped() {
  return {Errc::cancelled, "interrupted"};
}

/// Who waits may have it later.
bool nobody_has(const Error& error) {
  return error.code == Errc::not_found || error.code == Errc::no_part ||
         error.code == Errc::no_tracker;
}

}  // namespace

FetchTask::FetchTask(std::shared_ptr<FetchBackend> backend, std::shared_ptr<Finder> finder,
                     std::shared_ptr<FetchTurns> turns, std::string target,
                     std::optional<FileName> as, FetchOptions options)
    : backend_(std::move(backend)),
      finder_(std::move(finder)),
      turns_(std::move(turns)),
      as_(std::move(as)),
      options_(std::move(options)),
      name_(std::move(target)) {}

asio::awaitable<std::optional<event::Failed>> FetchTask::run(std::shared_ptr<FetchTask> self) {
  Result<void> outcome = co_await self->go_all_the_way();
  if (!outcome && self->searched_) self->finder_->unfollow(self->info_hash_);
  self->state_ = State::done;
  self->name_turn_.reset();
  self->file_turn_.reset();
  if (outcome || self->backend_->stopped()) co_return std::nullopt;
  co_return self->failed(std::move(outcome).error());
}

asio::awaitable<Result<Wanted>> FetchTask::find_out(std::shared_ptr<FetchTask> self) {
  self->only_looks_ = true;
  Result<State> next = State::start;
  while (next && *next != State::wait_for_name && *next != State::done) {
    self->state_ = *next;
    next = co_await self->step();
    if (self->backend_->stopped()) next = std::unexpected(stopped());
  }
  if (self->searched_) self->finder_->unfollow(self->info_hash_);
  self->file_turn_.reset();
  if (!next) co_return std::unexpected(std::move(next).error());
  if (!self->wanted_) co_return fail(Errc::busy, "it is here, and shared, already");
  co_return *self->wanted_;
}

event::Failed FetchTask::failed(Error reason) const {
  if (no_torrent_ && nobody_has(reason)) {
    reason = {no_torrent_->code, no_torrent_->message + "; and as a name: " + reason.message};
  }
  if (part_) reason.message += "; the part that was here is kept, and not shared any more";
  return {name_, std::move(reason), target_, peers_};
}

asio::awaitable<Result<void>> FetchTask::go_all_the_way() {
  while (state_ != State::done) {
    const Result<State> next = co_await step();
    if (!next) co_return std::unexpected(next.error());
    state_ = *next;
    if (state_ != State::finish && state_ != State::done && backend_->stopped())
      co_return std::unexpected(stopped());
  }
  co_return Result<void>{};
}

FetchTask::Next FetchTask::step() {
  switch (state_) {
    case State::start:
      co_return start();
    case State::name_or_link:
      co_return co_await name_or_link();
    case State::read_link:
      co_return co_await read_link();
    case State::look_up:
      co_return co_await look_up();
    case State::wait_for_same:
      co_return co_await wait_for_same();
    case State::describe:
      co_return co_await describe();
    case State::wait_for_name:
      co_return co_await wait_for_name();
    case State::place:
      co_return co_await place();
    case State::adopt:
      co_return co_await adopt();
    case State::make_empty:
      co_return co_await make_empty();
    case State::check:
      co_return co_await check();
    case State::download:
      co_return co_await download();
    case State::finish:
      co_return finish();
    case State::done:
      break;
  }
  co_return State::done;
}

// ---- what is meant (for more: fetch_task_finding.cpp) -----------------------

Result<FetchTask::State> FetchTask::start() {
  auto target = parse_target(name_);
  if (!target) return std::unexpected(std::move(target).error());
  if (std::holds_alternative<TorrentOrName>(*target)) return State::name_or_link;
  if (std::holds_alternative<LinkText>(*target)) {
    target_ = name_;
    return State::read_link;
  }
  asked_ = std::get<FileName>(*std::move(target));
  return State::look_up;
}

// ---- one after the other ----------------------------------------------------

FetchTask::Next FetchTask::wait_for_same() {
  auto turn = co_await turns_->files.enter(info_hash_);
  if (!turn) co_return std::unexpected(stopped());
  file_turn_.emplace(*std::move(turn));
  if (const auto here = backend_->held(info_hash_)) {
    const std::uint32_t files = here->file.folder ? here->file.folder->files : 0;
    backend_->tell(
        event::Complete{here->file, here->path, 0, {}, target_, here->file.length, files});
    co_return State::done;
  }
  if (backend_->shares_part(info_hash_)) {
    if (only_looks_) co_return fail(Errc::busy, "a part of it is here, and shared, already");
    if (link_) {
      if (auto part = backend_->take_part(info_hash_)) {
        part_ = std::move(part->selection);
        link_->torrent = std::move(part->known);
      }
    }
  }
  co_return link_ ? State::describe : State::wait_for_name;
}

FetchTask::Next FetchTask::wait_for_name() {
  auto turn = co_await turns_->names.enter(wanted_->name);
  if (!turn) co_return std::unexpected(stopped());
  name_turn_.emplace(*std::move(turn));
  co_return State::place;
}

// ---- into its place ---------------------------------------------------------

FetchTask::Next FetchTask::place() {
  const std::size_t addresses = wanted_->peers.size();
  const std::size_t others =
      wanted_->others == 0 ? addresses : std::min(addresses, wanted_->others);
  backend_->tell(event::Found{wanted_->file, info_hash_, others, target_, wanted_->length(),
                              static_cast<std::uint32_t>(wanted_->selection.size())});
  if (wanted_->warning) notice(*wanted_->warning);
  path_ = options_.directory / wanted_->name.text();
  since_ = backend_->clock().now;
  if (wanted_->tree) co_return State::check;  // what is there already counts, file by file
  const bool taken = co_await backend_->is_taken(path_);
  since_ = backend_->clock().now;
  if (wanted_->file.length == 0) co_return State::make_empty;
  co_return taken ? State::adopt : State::check;
}

FetchTask::Next FetchTask::make_empty() {
  const Result<void> made = co_await backend_->make_empty(path_);
  finder_->unfollow(info_hash_);  // an empty file has no swarm
  searched_ = false;
  if (!made) co_return std::unexpected(made.error());
  co_return State::finish;
}

FetchTask::Next FetchTask::adopt() {
  const Result<void> adopted = co_await backend_->adopt(*wanted_, path_);
  if (!adopted) co_return std::unexpected(adopted.error());
  co_return State::finish;
}

FetchTask::Next FetchTask::check() {
  auto begun = co_await backend_->begin(*wanted_, options_);
  if (!begun) co_return std::unexpected(std::move(begun).error());
  download_ = *std::move(begun);
  co_return State::download;
}

FetchTask::Next FetchTask::download() {
  StallDetector stalls(options_.wait, backend_->clock());
  ProgressMeter progress;
  std::optional<Error> failure;
  while (!download_->ended() && !failure) {
    co_await download_->wait(kProgressInterval);
    if (backend_->stopped()) co_return std::unexpected(stopped());
    if (!download_->ended()) failure = look_at_download(stalls, progress);
  }
  if (const auto outcome = download_->ended(); outcome && !*outcome) failure = outcome->error();
  const DownloadSample sample = download_->sample();
  if (failure) {
    peers_ = sample.known;
    download_->give_up();
    co_return std::unexpected(*failure);
  }
  fetched_ = sample.fetched;
  held_by_ = torrent::parts_of(sample.held);
  co_return State::finish;
}

/// Why it is given up, if it is.
std::optional<Error> FetchTask::look_at_download(StallDetector& stalls, ProgressMeter& progress) {
  FileInfo file = wanted_->file;
  const Clock::Look at = backend_->clock();
  const DownloadSample sample = download_->sample();
  if (file.folder) file.length = sample.length;  // perhaps a part is wanted, and equal files once
  backend_->tell(progress.look(file, sample, at.now));
  const auto [verdict, find_peers] = stalls.look(sample, at);
  if (verdict == StallDetector::Verdict::tell) {
    notice("Nothing comes from the peers of \"" + file.name + "\" for now" +
           why_no_others(sample.known) + "; still trying.");
  } else if (verdict != StallDetector::Verdict::go_on) {
    return given_up(file, sample, verdict);
  }
  if (find_peers) download_->look_for_peers();
  return std::nullopt;
}

FetchTask::State FetchTask::finish() {
  backend_->completed(*wanted_, path_);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(backend_->clock().now - since_);
  backend_->tell(event::Complete{wanted_->file, path_, fetched_, took, target_, wanted_->length(),
                                 static_cast<std::uint32_t>(wanted_->selection.size()), held_by_});
  return State::done;
}

}  // namespace shoal::session
