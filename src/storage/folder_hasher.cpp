#include "storage/folder_hasher.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "storage/folder_run.hpp"
#include "storage/hashing_place.hpp"
#include "storage/io_error.hpp"
#include "storage/known_files.hpp"
#include "storage/leaf_batch.hpp"
#include "storage/on_threads.hpp"

namespace shoal::storage {
namespace {

std::uint32_t piece_length_of(std::span<const FoundEntry> entries) {
  std::vector<std::uint64_t> lengths;
  lengths.reserve(entries.size());
  for (const FoundEntry& one : entries) {
    if (one.has_content()) lengths.push_back(one.entry.length);
  }
  return piece_length_for(lengths);
}

/// What a tree of them would be refused for: better said before everything is read.
Result<void> check_sizes(const std::filesystem::path& folder, std::span<const FoundEntry> entries,
                         std::uint32_t piece_length) {
  std::uint32_t pieces = 0;
  for (const FoundEntry& one : entries) {
    if (!one.has_content()) continue;
    const auto geometry = Geometry::make(one.entry.length, piece_length);
    if (!geometry) {
      return fail(geometry.error().code, shown(folder / one.entry.path) +
                                             " cannot be offered: " + geometry.error().message);
    }
    if (geometry->pieces() > kMaxPiecesOfTree - pieces) {
      return fail(Errc::bad_input, shown(folder) + " cannot be offered: it has more than " +
                                       std::to_string(kMaxPiecesOfTree) + " pieces of " +
                                       std::to_string(piece_length) + " bytes");
    }
    pieces += geometry->pieces();
  }
  return {};
}

/// As many as have something to do.
std::uint64_t useful_threads(const Amount& all, unsigned threads) {
  const std::uint64_t works =
      all.bytes / LeafBatch::kMostBytes + all.files / LeafBatch::kMostBlocks + 1;
  return std::min<std::uint64_t>(threads, works);
}

Result<HashedFolder> tree_of(FoundFolder found, std::string name, std::uint32_t piece_length) {
  HashedFolder hashed;
  hashed.left_out = std::move(found.left_out);
  hashed.left_out_count = found.left_out_count;
  std::vector<TreeEntry> entries;
  entries.reserve(found.entries.size());
  hashed.versions.reserve(found.entries.size());
  for (FoundEntry& one : found.entries) {
    hashed.versions.push_back(one.is_file() ? one.version : FileVersion{});
    entries.push_back(std::move(one.entry));
  }
  std::vector<FoundEntry>().swap(found.entries);
  auto tree = FileTree::make(std::move(name), piece_length, std::move(entries));
  if (!tree) return std::unexpected(std::move(tree).error());
  hashed.tree = std::make_shared<const FileTree>(*std::move(tree));
  return hashed;
}

}  // namespace

Result<HashedFolder> hash_folder(const std::filesystem::path& folder, std::string name,
                                 const FolderHashing& how) {
  if (auto allowed = check_element(name); !allowed) return std::unexpected(allowed.error());
  const auto place = HashingPlace::open(folder);
  if (!place) return std::unexpected(place.error());
  auto found = walk_folder(folder, how.links, how.stop);
  if (!found) return std::unexpected(std::move(found).error());
  if (found->entries.empty()) {
    return fail(Errc::bad_input, "there is no file in " + shown(folder) + " to offer");
  }
  if (found->entries.size() == 1 && found->entries.front().entry.path == name) {
    // Its info hash is that of the file by itself (BEP 52), which cannot mean both.
    return fail(Errc::bad_input, "there is nothing in " + shown(folder) +
                                     " but a file of the same name; offer " + shown(folder / name) +
                                     " by itself");
  }
  const std::uint32_t piece_length =
      how.piece_length != 0 ? how.piece_length : piece_length_of(found->entries);
  if (auto sound = check_sizes(folder, found->entries, piece_length); !sound) {
    return std::unexpected(std::move(sound).error());
  }
  const Amount all = amount_of(found->entries);
  if (how.on_found) how.on_found(all.bytes, all.files);

  const KnownFiles known =
      how.cache != nullptr ? KnownFiles::load(*how.cache, place->identity()) : KnownFiles();
  FolderRun run(*place, found->entries, piece_length, how, known);
  on_threads(useful_threads(all, how.threads), [&run] { run.work(); });
  auto layers = run.take_layers();
  if (!layers) return std::unexpected(std::move(layers).error());
  if (how.cache != nullptr) {
    if (auto learned = run.to_know(*layers))
      std::move(*learned).keep(*how.cache, place->identity());
  }
  auto hashed = tree_of(*std::move(found), std::move(name), piece_length);
  if (hashed) hashed->layers = *std::move(layers);
  return hashed;
}

}  // namespace shoal::storage
