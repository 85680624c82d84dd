#include "storage/folder_run.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "storage/file_hasher.hpp"
#include "storage/io_error.hpp"
#include "storage/large_file.hpp"
#include "storage/stretches.hpp"

namespace shoal::storage {
namespace {

/// A thread's own of a large file.
struct Reading {
  explicit Reading(std::shared_ptr<LargeFile> file)
      : large(std::move(file)), reader(large->reader()) {}

  std::shared_ptr<LargeFile> large;
  LeafReader reader;
};

}  // namespace

Amount amount_of(std::span<const FoundEntry> entries) {
  Amount all;
  for (const FoundEntry& one : entries) {
    if (!one.is_file()) continue;
    all.bytes += one.entry.length;
    ++all.files;
  }
  return all;
}

FolderRun::FolderRun(const HashingPlace& place, std::vector<FoundEntry>& entries,
                     std::uint32_t piece_length, const FolderHashing& how, const KnownFiles& known)
    : place_(place),
      entries_(entries),
      piece_length_(piece_length),
      how_(how),
      known_(known),
      began_(std::chrono::system_clock::now()),
      queue_(place, how.cache, entries, piece_length) {}

void FolderRun::work() noexcept {
  try {
    if (auto done = hash_all(); !done) keep(std::move(done).error());
  } catch (const std::exception& exception) {
    keep({Errc::io, "cannot hash " + shown(place_.folder()) + ": " + exception.what()});
  }
}

Result<void> FolderRun::hash_all() {
  std::optional<LeafBatch> batch;
  std::optional<Reading> reading;
  while (!failed_) {
    const std::optional<Work> work = queue_.next();
    if (!work) break;
    Result<void> done;
    if (work->large == nullptr) {
      if (!batch) batch.emplace();
      done = hash_batch(*work, *batch);
    } else {
      if (!reading || reading->large != work->large) reading.emplace(work->large);
      done = hash_stretch(*work, reading->reader);
    }
    if (!done) return done;
  }
  return {};
}

Result<void> FolderRun::hash_stretch(const Work& work, LeafReader& reader) {
  auto layer = work.large->hash(work.stretch, reader, [this](std::uint64_t bytes) {
    return tell({bytes, 0});
  });
  if (!layer) return std::unexpected(std::move(layer).error());
  if (!*layer) return {};
  settle(entries_[work.begin], work.large->geometry(), **std::move(layer));
  return tell({0, 1});
}

Result<void> FolderRun::hash_batch(const Work& work, LeafBatch& batch) {
  std::vector<FoundEntry*> read;
  const auto entries = std::span(entries_).subspan(work.begin, work.end - work.begin);
  batch.clear();
  for (FoundEntry& one : entries) {
    if (!one.has_content() || settle_known(one)) continue;
    if (auto go_on = check_stopped(); !go_on) return go_on;
    if (auto done = place_.read_whole(one, batch.add(one.entry.length)); !done) return done;
    read.push_back(&one);
  }
  std::span<const Digest> leaves = batch.hash();
  for (FoundEntry* const one : read) {
    const Geometry geometry = queue_.geometry_of(*one);
    std::vector<Digest> layer(geometry.pieces());
    fold_each(leaves.first(geometry.blocks()), 0, geometry.fold_height(), layer);
    leaves = leaves.subspan(geometry.blocks());
    settle(*one, geometry, std::move(layer));
    if (may_be_known(*one)) learned_ = true;
  }
  return tell(amount_of(entries));
}

bool FolderRun::settle_known(FoundEntry& file) {
  const Geometry geometry = queue_.geometry_of(file);
  auto layer = known_.find(file.version, geometry);
  if (!layer) return false;
  settle(file, geometry, *std::move(layer));
  return true;
}

void FolderRun::settle(FoundEntry& file, const Geometry& geometry, std::vector<Digest> layer) {
  file.entry.root = root_of(geometry, layer);
  if (geometry.pieces() == 1) return;
  const std::lock_guard lock(mutex_);
  layers_.try_emplace(file.entry.root, std::move(layer));
}

/// Another change will show. (One since the walk shows already: its version is another one.)
bool FolderRun::may_be_known(const FoundEntry& file) const {
  return LayerCache::is_quiet(file.version, began_);
}

Result<void> FolderRun::tell(const Amount& done) const {
  if (how_.progress) how_.progress(done.bytes, done.files);
  return check_stopped();
}

Result<void> FolderRun::check_stopped() const {
  if (!how_.stop.stop_requested()) return {};
  return fail(Errc::cancelled, "stopped while hashing " + shown(place_.folder()));
}

void FolderRun::keep(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  failed_ = true;
}

Result<std::vector<FileLayer>> FolderRun::take_layers() {
  if (error_) return std::unexpected(*std::move(error_));
  std::vector<FileLayer> all;
  all.reserve(layers_.size());
  for (auto& [root, nodes] : layers_) all.push_back({root, std::move(nodes)});
  return all;
}

std::optional<FilesToKnow> FolderRun::to_know(std::span<const FileLayer> layers) const {
  if (!learned_) return std::nullopt;
  FilesToKnow all(piece_length_);
  for (const FoundEntry& one : entries_) {
    if (!one.has_content() || !HashingQueue::is_short(one.entry.length) || !may_be_known(one))
      continue;
    const auto layer = std::ranges::lower_bound(layers, one.entry.root, {}, &FileLayer::root);
    const bool has_layer = layer != layers.end() && layer->root == one.entry.root;
    all.add(one.version, one.entry.root, has_layer ? layer->nodes : std::span<const Digest>{});
  }
  return all;
}

}  // namespace shoal::storage
