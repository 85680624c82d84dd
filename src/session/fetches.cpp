#include "session/fetches.hpp"

#include <map>
#include <system_error>
#include <utility>

#include <asio/steady_timer.hpp>

#include "metainfo/geometry.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "net/workers.hpp"
#include "session/file_disk.hpp"
#include "session/folder_disk.hpp"
#include "session/making_room.hpp"
#include "session/outcome_text.hpp"
#include "session/swarm_download.hpp"
#include "session/take_in.hpp"
#include "session/tracker_finder.hpp"
#include "storage/empty_file.hpp"
#include "storage/file_hasher.hpp"
#include "storage/other_versions.hpp"
#include "storage/rename.hpp"
#include "storage/spelled.hpp"

namespace shoal::session {
namespace {

/// Blocking. Does this file of ours have that content?
bool has_content(const std::filesystem::path& path, const FileInfo& content) {
  const auto geometry = Geometry::make(content.length, content.piece_length);
  const auto file = storage::File::open_to_read(path);
  if (!geometry || !file) return false;
  const auto identity = file->identity();
  if (!identity || identity->length != content.length) return false;
  const auto layer = storage::hash_file(*file, *geometry, 1, {}, {});
  return layer && storage::root_of(*geometry, *layer) == content.root;
}

/// Those that are known from a .torrent file.
void set_layers(const Wanted& wanted, torrent::Content& content) {
  for (const auto& [root, nodes] : wanted.piece_layers) {
    const auto file = content.layers().file_of(root);
    auto layer = file ? merkle::LayerTree::build(nodes, file->geometry.piece_level(),
                                                 file->geometry.tree_height(), root)
                      : std::nullopt;
    if (layer) content.set_layer(*std::move(layer));
  }
}

/// Without reading it.
bool is_certainly_another(const std::filesystem::path& path, std::uint64_t length) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return true;  // a link that leads nowhere
  return std::filesystem::is_regular_file(path, ignored) &&
         std::filesystem::file_size(path, ignored) != length;
}

}  // namespace

Fetches::Fetches(std::shared_ptr<SessionContext> context, std::shared_ptr<Offers> offers)
    : context_(std::move(context)),
      offers_(std::move(offers)),
      finder_(std::make_shared<TrackerFinder>(context_)),
      turns_(std::make_shared<FetchTurns>(context_->executor())) {}

void Fetches::fetch(const std::string& target, FetchOptions options) {
  net::spawn(context_->executor(), run(shared_from_this(), target, std::move(options)));
}

void Fetches::list_folder(const std::string& name, std::vector<std::string> parts,
                          std::function<void(Result<std::vector<FolderEntry>>)> done) {
  FetchOptions options;
  options.parts = std::move(parts);
  net::spawn(context_->executor(),
             look_into(shared_from_this(), name, std::move(options), std::move(done)));
}

asio::awaitable<void> Fetches::look_into(
    std::shared_ptr<Fetches> self, std::string name, FetchOptions options,
    std::function<void(Result<std::vector<FolderEntry>>)> done) {
  const auto task = std::make_shared<FetchTask>(self, self->finder_, self->turns_, name,
                                                std::nullopt, std::move(options));
  const auto wanted = co_await FetchTask::find_out(task);
  if (self->stopped()) co_return;
  if (!wanted) {
    done(std::unexpected(wanted.error()));
    co_return;
  }
  if (!wanted->tree) {
    done(fail(Errc::no_part, "\"" + name + "\" is a file, not a folder"));
    co_return;
  }
  std::vector<FolderEntry> entries;
  entries.reserve(wanted->selection.size());
  for (const FileIndex index : wanted->selection) {
    const FileTree::View file = (*wanted->tree)[index];
    entries.push_back({.path = std::string(file.path),
                       .length = file.length,
                       .executable = file.executable,
                       .target = std::string(file.target)});
  }
  done(std::move(entries));
}

void Fetches::stop() {
  stopped_ = true;
  stop_.request_stop();
  turns_->stop();
}

asio::awaitable<void> Fetches::run(std::shared_ptr<Fetches> self, std::string target,
                                   FetchOptions options) {
  const auto failed = co_await self->go(std::move(target), std::move(options));
  if (failed && !self->stopped()) self->tell(*failed);
}

asio::awaitable<std::optional<event::Failed>> Fetches::go(std::string target,
                                                          FetchOptions options) {
  std::optional<FileName> as;
  if (!options.as.empty()) {
    auto name = FileName::parse(options.as);
    if (!name) co_return event::Failed{target, std::move(name).error()};
    as = *std::move(name);
  }
  if (!targets_.insert(target).second)
    co_return event::Failed{target, {Errc::busy, "it is being fetched already"}};
  options.directory = storage::as_on_disk(options.directory);
  const auto task = std::make_shared<FetchTask>(shared_from_this(), finder_, turns_, target,
                                                std::move(as), std::move(options));
  auto failed = co_await FetchTask::run(task);
  targets_.erase(target);
  co_return failed;
}

asio::awaitable<void> Fetches::pause(Duration duration) {
  asio::steady_timer timer(context_->executor());
  co_await net::sleep(timer, duration);
}

std::optional<FetchBackend::Here> Fetches::held(const InfoHash& file) const {
  const Offered* offered = offers_->find(file);
  if (offered == nullptr || !offered->whole) return std::nullopt;
  return Here{offered->file, offered->path};
}

bool Fetches::shares_part(const InfoHash& folder) const {
  const Offered* offered = offers_->find(folder);
  return offered != nullptr && !offered->whole;
}

std::optional<FetchBackend::Part> Fetches::take_part(const InfoHash& folder) {
  const auto swarm = context_->torrents().find(folder);
  if (!swarm || !shares_part(folder)) return std::nullopt;
  const torrent::Content& content = swarm->content();
  TorrentFile known;
  known.file = content.file();
  known.info_hash = folder;
  known.info_dictionary.assign(content.info_dictionary().begin(), content.info_dictionary().end());
  for (const auto& [root, layer] : content.layers().all()) {
    known.piece_layers.emplace(root, std::vector(layer.layer().begin(), layer.layer().end()));
  }
  auto taken = offers_->take_part(folder);
  if (!taken || !taken->tree) return std::nullopt;
  known.tree = taken->tree;
  return Part{.known = std::move(known), .selection = std::move(taken->selection)};
}

// ---- the disk ---------------------------------------------------------------

asio::awaitable<bool> Fetches::has_all(std::filesystem::path folder,
                                       std::shared_ptr<const FileTree> tree,
                                       std::vector<FileIndex> entries) {
  co_return co_await net::on_worker(context_->workers(),
                                    [&] { return storage::stand_there(folder, *tree, entries); });
}

asio::awaitable<Result<Link>> Fetches::read_link(std::string text) {
  co_return co_await net::on_worker(context_->workers(), [&] { return shoal::read_link(text); });
}

asio::awaitable<Result<Description>> Fetches::describe(const Bytes& dictionary, bool is_folder) {
  co_return co_await net::on_worker(context_->workers(), [&] {
    return is_folder ? parse_folder(dictionary) : parse_description(dictionary);
  });
}

asio::awaitable<bool> Fetches::holds(std::filesystem::path path, FileInfo file) {
  co_return co_await net::on_worker(context_->workers(),
                                    [&] { return has_content(storage::as_on_disk(path), file); });
}

bool Fetches::exists(const std::filesystem::path& path) const {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

asio::awaitable<bool> Fetches::is_taken(std::filesystem::path path) {
  co_return co_await net::on_worker(context_->workers(), [&] {
    storage::remove_placeholder(path);
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
  });
}

asio::awaitable<Result<void>> Fetches::make_empty(std::filesystem::path path) {
  co_return co_await net::on_worker(context_->workers(),
                                    [&] { return storage::make_empty_file(path); });
}

asio::awaitable<Result<void>> Fetches::adopt(const Wanted& wanted, std::filesystem::path path) {
  const FileInfo& file = wanted.file;
  const Error other_content{Errc::conflict,
                            path.string() +
                                " exists already with other content and was not touched; move it "
                                "away, or choose another directory with --output or another "
                                "name with --as"};
  if (is_certainly_another(path, file.length)) co_return std::unexpected(other_content);
  co_await net::on_worker(context_->workers(), [&] {
    return storage::PartFile::remove_second_name(path.parent_path(), wanted.name, file.root);
  });
  Form form{.piece_length = file.piece_length, .info_dictionary = wanted.info_dictionary};
  auto held = co_await take_in(context_, path, file.name, stop_.get_token(), std::move(form));
  if (!held) co_return std::unexpected(held.error());
  if (held->file != file) co_return std::unexpected(other_content);
  const auto swarm = std::make_shared<Swarm>(context_->environment(), std::move(*held->content),
                                             std::move(held->bytes), SwarmEvents{});
  swarm->set_witness(std::move(held->witness));
  context_->torrents().add(swarm);
  co_return Result<void>{};
}

asio::awaitable<Result<std::unique_ptr<Download>>> Fetches::begin(const Wanted& wanted,
                                                                  const FetchOptions& options) {
  if (wanted.tree) co_return co_await begin_folder(wanted, options);
  const FileInfo& file = wanted.file;
  const auto geometry = Geometry::make(file.length, file.piece_length);
  if (!geometry) co_return std::unexpected(geometry.error());
  auto room = std::make_unique<MakingRoom>(context_, file.name, file.length);
  storage::PartOptions how{.room = {.preallocate = options.preallocate,
                                    .stop = stop_.get_token(),
                                    .on_made = room->on_made()},
                           .sync = options.sync};
  auto part = co_await open_part(wanted, options, std::move(how));
  if (!part) co_return std::unexpected(part.error());
  if (stopped()) {
    part->discard_if_new();
    co_return fail(Errc::cancelled, "interrupted");
  }
  torrent::Content content(file, *geometry, wanted.info_dictionary);
  set_layers(wanted, content);
  co_return std::make_unique<SwarmDownload>(
      context_, wanted, std::move(content),
      std::make_unique<PartFileDisk>(*std::move(part), file.length), std::move(room));
}

asio::awaitable<Result<std::unique_ptr<Download>>> Fetches::begin_folder(
    const Wanted& wanted, const FetchOptions& options) {
  auto content = co_await net::on_worker(context_->workers(), [&] {
    return torrent::Content(wanted.file, wanted.tree, *wanted.info_dictionary);
  });
  auto room = std::make_unique<MakingRoom>(context_, wanted.file.name, wanted.length());
  const storage::PartOptions how{.room = {.preallocate = options.preallocate,
                                          .stop = stop_.get_token(),
                                          .on_made = room->on_made()},
                                 .sync = options.sync};
  Bitfield entries(wanted.tree->size());
  for (const FileIndex file : wanted.selection) entries.set(value(file));
  const std::vector<FileIndex> firsts = storage::first_of_equals(*wanted.tree, entries);
  std::vector<std::string> in_the_way;
  auto folder = co_await net::on_worker(context_->workers(), [&] {
    auto opened =
        storage::PartFolder::open(options.directory, wanted.name, wanted.tree, wanted.info_hash,
                                  std::move(entries), *wanted.info_dictionary, how);
    if (opened) {
      for (auto& one : (*opened)->conflicts()) in_the_way.push_back(std::move(one.message));
    }
    return opened;
  });
  if (!folder) co_return std::unexpected(folder.error());
  for (const std::string& note : (*folder)->notes()) tell(event::Notice{note});
  if (!(*folder)->locked()) tell_of_no_locks(options.directory);
  if (!in_the_way.empty()) {
    for (const std::string& one : in_the_way) tell(event::Notice{one});
    co_await discard(*folder);
    co_return std::unexpected(
        session::in_the_way(in_the_way.size(), (*folder)->final_path(), false));
  }
  const auto& before = (*folder)->before();
  const bool may_join = before.some_of_it && before.hidden.empty();
  if (before.anything && !may_join && !wanted.name_is_typed) {
    const std::string hidden = before.some_of_it ? before.hidden : "";
    co_await discard(*folder);
    co_return std::unexpected(not_by_a_link((*folder)->final_path(), wanted.name.text(), hidden));
  }
  if (before.anything && !before.all_of_it)
    tell(event::Notice{is_added_to((*folder)->final_path())});
  auto taken = co_await take_over_other_versions(wanted, options, **folder, firsts);
  if (!taken || stopped()) {
    co_await discard(*folder);
    co_return fail(Errc::cancelled, "interrupted");
  }
  // Of equal files one is fetched, unless some of another is here.
  std::map<FileIndex, FileIndex> sources;  // by the first of each
  for (const FileIndex file : wanted.selection) {
    if ((*folder)->may_have(file)) sources.try_emplace(firsts[value(file)], file);
  }
  std::vector<FileIndex> fetched;
  std::vector<PartFolderDisk::Copy> copies;
  for (const FileIndex file : wanted.selection) {
    const FileIndex first = firsts[value(file)];
    const FileIndex source = sources.try_emplace(first, first).first->second;
    if (source == file || (*folder)->may_have(file)) {
      fetched.push_back(file);
    } else {
      copies.push_back({.from = source, .to = file});
    }
  }
  content.want_only(fetched);
  set_layers(wanted, content);
  auto disk = std::make_unique<PartFolderDisk>(*std::move(folder), wanted.tree, wanted.selection,
                                               std::move(copies));
  co_return std::make_unique<SwarmDownload>(context_, wanted, std::move(content), std::move(disk),
                                            std::move(room));
}

/// What has come of the folder before it was changed need not come again.
asio::awaitable<Result<void>> Fetches::take_over_other_versions(const Wanted& wanted,
                                                                const FetchOptions& options,
                                                                storage::PartFolder& folder,
                                                                std::span<const FileIndex> firsts) {
  const auto others = co_await net::on_worker(context_->workers(), [&] {
    return storage::other_versions(options.directory, wanted.name, wanted.info_hash);
  });
  std::vector<FileIndex> files;
  for (const FileIndex file : wanted.selection) {
    if (firsts[value(file)] == file) files.push_back(file);
  }
  for (const storage::OtherVersion& other : others) {
    if (stopped()) co_return fail(Errc::cancelled, "interrupted");
    const auto taken = co_await net::on_worker(context_->workers(), [&] {
      return storage::take_over(other, folder, *wanted.tree, files, stop_.get_token());
    });
    if (!taken) co_return std::unexpected(taken.error());
    tell(event::Notice{is_of_another_version(other, wanted.file.name, wanted.by_name, *taken)});
  }
  co_return Result<void>{};
}

asio::awaitable<void> Fetches::discard(std::unique_ptr<storage::PartFolder>& folder) {
  co_await net::on_worker(context_->workers(), [&] {
    folder->discard_if_new();
    return true;
  });
}

asio::awaitable<Result<storage::PartFile>> Fetches::open_part(const Wanted& wanted,
                                                              const FetchOptions& options,
                                                              storage::PartOptions how) {
  auto part = co_await net::on_worker(context_->workers(), [&] {
    return storage::PartFile::open(options.directory, wanted.name, wanted.file.root,
                                   wanted.file.length, how);
  });
  if (!part) co_return part;
  for (const std::string& note : part->notes()) tell(event::Notice{note});
  if (!part->locked()) tell_of_no_locks(options.directory);
  co_return part;
}

void Fetches::tell_of_no_locks(const std::filesystem::path& directory) {
  if (std::exchange(told_of_no_locks_, true)) return;
  tell(event::Notice{"The file system of " + directory.string() +
                     " has no locks, so nothing keeps a second leecher from fetching the "
                     "same file there; do not start one."});
}

void Fetches::completed(const Wanted& wanted, const std::filesystem::path& path) {
  const auto swarm = context_->torrents().find(wanted.info_hash);
  if (swarm) context_->tell_standing(*swarm);
  const bool whole = !wanted.tree || wanted.selection.size() == wanted.tree->size();
  Offered offered{.file = wanted.file,
                  .info_hash = wanted.info_hash,
                  .path = path,
                  .whole = whole,
                  .tree = wanted.tree};
  if (!whole) {
    offered.part = {.files = static_cast<std::uint32_t>(wanted.selection.size()),
                    .bytes = wanted.length()};
    offered.selection = wanted.selection;
  }
  offers_->add(std::move(offered), wanted.known_by_name());
}

}  // namespace shoal::session
