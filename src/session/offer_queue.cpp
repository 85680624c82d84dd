#include "session/offer_queue.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "metainfo/info_dict.hpp"
#include "metainfo/name.hpp"
#include "net/spawn.hpp"
#include "net/workers.hpp"
#include "session/folder_conflict.hpp"
#include "session/link.hpp"
#include "session/take_in.hpp"
#include "session/take_in_folder.hpp"
#include "session/target.hpp"
#include "session/torrent_writer.hpp"
#include "storage/file.hpp"
#include "storage/spelled.hpp"

namespace shoal::session {
namespace {

TorrentFile torrent_of(const torrent::Content& content, std::span<const std::string> trackers) {
  const torrent::PieceLayers& layers = content.layers();
  if (!content.file().folder) {
    const merkle::LayerTree* const layer = layers.find(content.file().root);
    return make_torrent(content.file(),
                        layer != nullptr ? layer->layer() : std::span<const Digest>(), trackers);
  }
  LayersByRoot nodes;
  for (const auto& [root, layer] : layers.all()) {
    nodes.emplace(root, std::vector(layer.layer().begin(), layer.layer().end()));
  }
  return make_torrent(content.file(), content.info_dictionary(), std::move(nodes), trackers);
}

}  // namespace

void OfferQueue::add(const std::filesystem::path& path, OfferOptions options) {
  queue_.push_back({path, std::move(options)});
  if (!std::exchange(busy_, true)) net::spawn(context_->executor(), work(shared_from_this()));
}

asio::awaitable<void> OfferQueue::work(std::shared_ptr<OfferQueue> self) {
  while (!self->queue_.empty() && !self->context_->closed()) {
    const Waiting next = std::move(self->queue_.front());
    self->queue_.pop_front();
    const Result<void> taken = co_await self->take(next.path, next.options);
    if (!taken && taken.error().code != Errc::cancelled)
      self->context_->tell(event::Refused{next.path.string(), taken.error()});
  }
  self->busy_ = false;
}

asio::awaitable<Result<void>> OfferQueue::take(std::filesystem::path path, OfferOptions options) {
  path = co_await net::on_worker(context_->workers(), [&] { return storage::as_on_disk(path); });
  if (options.register_only && may_be_link(path.string())) co_return co_await take_name(path);
  const bool is_folder = co_await net::on_worker(context_->workers(), [&] {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored);
  });
  if (is_folder) co_return co_await take_folder(path, options);
  if (path.filename().empty()) {  // it ends with a slash: no file can be meant, so this says why
    const auto opened = co_await net::on_worker(context_->workers(),
                                                [&] { return storage::File::open_to_read(path); });
    if (!opened) co_return std::unexpected(opened.error());
  }
  const auto name = FileName::parse(path.filename().string());
  if (!name) co_return std::unexpected(name.error());
  auto held = co_await take_in(context_, path, name->text(), stop_.get_token());
  if (!held) co_return std::unexpected(held.error());
  const auto fresh = is_new(held->file);
  if (!fresh) co_return std::unexpected(fresh.error());
  if (!*fresh) co_return Result<void>{};
  if (held->content && !options.torrent_directory.empty()) {
    co_await write_torrent_of(*held->content, options);
    if (context_->closed()) co_return fail(Errc::cancelled, "stopped");
  }
  if (held->content && !options.register_only) {
    const auto swarm = std::make_shared<Swarm>(context_->environment(), std::move(*held->content),
                                               std::move(held->bytes), SwarmEvents{});
    swarm->set_witness(std::move(held->witness));
    context_->torrents().add(swarm);
  }
  offer({.file = held->file, .info_hash = info_hash(held->file), .served = !options.register_only});
  co_return Result<void>{};
}

asio::awaitable<Result<void>> OfferQueue::take_folder(std::filesystem::path path,
                                                      OfferOptions options) {
  auto held = co_await take_in_folder(context_, path, options.strict_links, stop_.get_token());
  if (!held) co_return std::unexpected(held.error());
  const FileInfo folder = held->content.file();
  const std::shared_ptr<const FileTree> tree = held->tree;
  for (const std::string& what : held->notices) context_->tell(event::Notice{what});
  const auto before = offers_->make_way_for(folder, held->path);
  if (before) {
    const std::string differs = co_await difference_of(context_, before, tree);
    if (context_->closed()) co_return fail(Errc::cancelled, "stopped");
    if (!differs.empty()) {
      context_->tell(event::Notice{"\"" + folder.name +
                                   "\" is offered as it is now; compared with before it has " +
                                   differs + "."});
    }
  }
  const auto fresh = is_new(folder);
  if (!fresh) {
    const auto other = offers_->tree_of(folder.name);
    std::string differs;
    if (other) differs = co_await difference_of(context_, other, tree);
    if (!differs.empty()) differs = "; compared with that one, this has " + differs;
    co_return fail(fresh.error().code, fresh.error().message + differs);
  }
  if (!*fresh) co_return Result<void>{};
  if (!options.torrent_directory.empty()) {
    co_await write_torrent_of(held->content, options);
    if (context_->closed()) co_return fail(Errc::cancelled, "stopped");
  }
  if (!options.register_only) {
    context_->torrents().add(std::make_shared<Swarm>(
        context_->environment(), std::move(held->content), std::move(held->disk), SwarmEvents{}));
  }
  offer({.file = folder,
         .info_hash = info_hash(folder),
         .path = held->path,
         .served = !options.register_only,
         .tree = tree});
  co_return Result<void>{};
}

asio::awaitable<Result<void>> OfferQueue::take_name(std::filesystem::path torrent) {
  const auto link =
      co_await net::on_worker(context_->workers(), [&] { return read_link(torrent.string()); });
  if (!link) {
    co_return fail(link.error().code,
                   link.error().message +
                       "; with --register-only, what ends in .torrent is taken for the description "
                       "of a file. To offer it as a file, leave --register-only out");
  }
  if (!link->torrent) {
    co_return fail(Errc::bad_input,
                   "a magnet link does not tell how long the file is; give the .torrent file, or "
                   "the file itself");
  }
  const FileInfo& file = link->torrent->file;
  if (info_hash(file) != link->info_hash) {
    co_return fail(Errc::bad_input,
                   "its info dictionary says more than name, length, piece length and root, so it "
                   "cannot be found by its name; give others its magnet link");
  }
  const auto fresh = is_new(file);
  if (!fresh) co_return std::unexpected(fresh.error());
  if (*fresh) {
    offer(
        {.file = file, .info_hash = info_hash(file), .served = false, .tree = link->torrent->tree});
  }
  co_return Result<void>{};
}

Result<bool> OfferQueue::is_new(const FileInfo& file) {
  const auto same = offers_->find_same(file);
  if (!same) return std::unexpected(same.error());
  if (same->offered == nullptr) return true;
  context_->tell(event::Seeding{.file = file, .served = same->offered->served});
  return false;
}

void OfferQueue::offer(const Offered& what) {
  offers_->add(what, true);
  context_->tell(event::Seeding{.file = what.file, .served = what.served});
}

asio::awaitable<void> OfferQueue::write_torrent_of(const torrent::Content& content,
                                                   OfferOptions options) {
  const TorrentFile torrent = torrent_of(content, context_->trackers());
  const auto written = co_await net::on_worker(context_->workers(), [&] {
    return write_torrent(storage::as_on_disk(options.torrent_directory), torrent);
  });
  if (!written) context_->tell(event::Notice{written.error().message});
}

}  // namespace shoal::session
