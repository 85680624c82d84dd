#include "storage/layer_cache.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "hash/sha256.hpp"
#include "storage/file_hasher.hpp"
#include "storage/small_file.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "shoal layer 1\n";
constexpr std::string_view kMagicAhead = "shoal layer 1, dated ahead\n";
constexpr std::size_t kNameBytes = 16;     // of the key's digest, in an entry's name
constexpr std::size_t kPruneEvery = 500;   // entries kept
constexpr std::uint64_t kPrunesInAll = 8;  // at least, while as much is kept as there may be
constexpr std::string_view kSuffix = ".layer";
constexpr std::string_view kScratch = ".shoal-";  // what write_whole() leaves when it is killed

using SystemTime = std::chrono::system_clock::time_point;

/// Could a change at `now` leave that time of the file as it is?
bool is_young(std::int64_t time_ns, SystemTime now) {
  // Not subtracted: it may be any number, and must not overflow.
  const std::chrono::nanoseconds time(time_ns);
  return now.time_since_epoch() - LayerCache::kQuiet <= time &&
         time <= now.time_since_epoch() + LayerCache::kQuiet;
}

/// A date from a camera, or of a clock that was wrong. A change now gives the file another one, but
/// a change when the clock gets there need not.
bool is_ahead(const FileVersion& file, SystemTime now) {
  const std::int64_t latest = std::max(file.identity.modified_ns, file.changed_ns);
  return std::chrono::nanoseconds(latest) > now.time_since_epoch() + LayerCache::kQuiet;
}

/// What the file was, and how it is cut: the beginning of its entry. What was kept of a file whose
/// date was still to come is not found any more when the date has come.
Bytes key_of(const FileVersion& file, const Geometry& geometry, SystemTime now) {
  Bytes key;
  ByteWriter(key)
      .text(is_ahead(file, now) ? kMagicAhead : kMagic)
      .u64(file.identity.device)
      .u64(file.identity.inode)
      .u64(file.identity.length)
      .u64(static_cast<std::uint64_t>(file.identity.modified_ns))
      .u64(static_cast<std::uint64_t>(file.changed_ns))
      .u32(geometry.piece_length())
      .u32(geometry.pieces());
  return key;
}

/// Ours, and nobody else may write to it. If others may read it, they may no longer: it tells what
/// is in a file that may be private.
bool is_trusted(const File& entry) {
  struct stat status {};
  const bool trusted = ::fstat(entry.descriptor(), &status) == 0 && status.st_uid == ::geteuid() &&
                       (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (trusted && (status.st_mode & 0077) != 0)
    static_cast<void>(::fchmod(entry.descriptor(), status.st_mode & 0700));
  return trusted;
}

bool is_entry(const std::string& name) {
  return name.ends_with(kSuffix) || name.starts_with(kScratch);
}

}  // namespace

LayerCache::LayerCache(fs::path directory) : LayerCache(std::move(directory), Bounds{}) {}

LayerCache::LayerCache(fs::path directory, const Bounds& bounds)
    : directory_(std::move(directory)), bounds_(bounds) {}

fs::path LayerCache::entry_for(BytesView key) const {
  const Digest digest = sha256(key);
  return directory_ / (to_hex(BytesView(digest.bytes).first(kNameBytes)) + std::string(kSuffix));
}

/// All of it, the key at its front; nothing where that is another one, or there are fewer or more
/// bytes behind it.
std::optional<Bytes> LayerCache::read_entry(BytesView key, std::size_t least,
                                            std::size_t most) const {
  const auto entry = File::open_to_read(entry_for(key));
  if (entry && !closed_.exchange(true)) make_private_folder(directory_);
  if (!entry || !is_trusted(*entry)) return std::nullopt;
  const auto identity = entry->identity();
  if (!identity || identity->length < key.size() + least || identity->length > key.size() + most) {
    return std::nullopt;
  }
  Bytes bytes(static_cast<std::size_t>(identity->length));
  if (!entry->read_at(0, bytes)) return std::nullopt;
  if (!std::ranges::equal(BytesView(bytes).first(key.size()), key)) return std::nullopt;
  // Says that it is in use; that it cannot be said does not matter.
  static_cast<void>(::futimens(entry->descriptor(), nullptr));
  return bytes;
}

void LayerCache::write_entry(BytesView key, BytesView entry) const {
  make_private_folder(directory_);
  // Not waited for: an entry that a power cut spoils is recognised.
  [[maybe_unused]] const auto written =
      write_whole(entry_for(key), entry, IfThere::replace, Durable::no, Readers::owner);
  const std::uint64_t step = bounds_.bytes / kPrunesInAll + 1;
  const std::uint64_t before = kept_bytes_.fetch_add(entry.size());
  const bool much = before / step != (before + entry.size()) / step;
  if (kept_++ % kPruneEvery == 0 || much) prune();
}

std::optional<std::vector<Digest>> LayerCache::find(const FileVersion& file,
                                                    const Geometry& geometry,
                                                    SystemTime now) const {
  if (geometry.length() < kShortestFile) return std::nullopt;
  const Bytes key = key_of(file, geometry, now);
  const std::size_t behind = (1 + geometry.pieces()) * sizeof(Digest);
  const auto entry = read_entry(key, behind, behind);
  if (!entry) return std::nullopt;
  ByteReader reader(BytesView(*entry).subspan(key.size()));
  const Digest root{reader.array<sizeof(Digest)>()};
  std::vector<Digest> layer(geometry.pieces());
  for (Digest& node : layer) node.bytes = reader.array<sizeof(Digest)>();
  if (!reader.ok() || root_of(geometry, layer) != root) return std::nullopt;
  return layer;
}

void LayerCache::keep(const FileVersion& file, const Geometry& geometry,
                      std::span<const Digest> layer, SystemTime began) const {
  if (geometry.length() < kShortestFile) return;
  if (is_young(file.identity.modified_ns, began) || is_young(file.changed_ns, began)) return;
  const Bytes key = key_of(file, geometry, began);
  Bytes bytes = key;
  ByteWriter writer(bytes);
  writer.bytes(root_of(geometry, layer).bytes);
  for (const Digest& node : layer) writer.bytes(node.bytes);
  write_entry(key, bytes);
}

bool LayerCache::is_quiet(const FileVersion& file, SystemTime now) {
  return !is_young(file.identity.modified_ns, now) && !is_young(file.changed_ns, now) &&
         !is_ahead(file, now);
}

std::optional<Bytes> LayerCache::load(BytesView key, std::size_t most) const {
  auto entry = read_entry(key, sizeof(Digest), sizeof(Digest) + most);
  if (!entry) return std::nullopt;
  ByteReader reader(BytesView(*entry).subspan(key.size()));
  const Digest digest{reader.array<sizeof(Digest)>()};
  if (sha256(reader.rest()) != digest) return std::nullopt;
  const auto head = static_cast<std::ptrdiff_t>(entry->size() - reader.rest().size());
  entry->erase(entry->begin(), entry->begin() + head);
  return entry;
}

void LayerCache::store(BytesView key, BytesView content) const {
  Bytes bytes(key.begin(), key.end());
  bytes.reserve(key.size() + sizeof(Digest) + content.size());
  ByteWriter(bytes).bytes(sha256(content).bytes).bytes(content);
  write_entry(key, bytes);
}

void LayerCache::forget(const FileVersion& file, const Geometry& geometry, SystemTime now) const {
  erase(key_of(file, geometry, now));
}

void LayerCache::erase(BytesView key) const {
  std::error_code gone;
  fs::remove(entry_for(key), gone);
}

void LayerCache::prune() const {
  struct Entry {
    fs::path path;
    fs::file_time_type used;
    std::uint64_t bytes;
  };
  std::vector<Entry> entries;
  std::uint64_t bytes = 0;
  std::error_code failed;
  fs::directory_iterator next(directory_, failed);
  for (; !failed && next != fs::directory_iterator(); next.increment(failed)) {
    std::error_code gone;  // another process may prune as well
    if (!is_entry(next->path().filename().string()) || !next->is_regular_file(gone)) continue;
    const Entry entry{next->path(), next->last_write_time(gone), next->file_size(gone)};
    if (gone) continue;
    bytes += entry.bytes;
    entries.push_back(entry);
  }
  if (entries.size() <= bounds_.entries && bytes <= bounds_.bytes) return;
  std::ranges::sort(entries, {}, &Entry::used);
  std::size_t left = entries.size();
  for (const Entry& entry : entries) {
    if (left <= bounds_.entries / 4 * 3 && bytes <= bounds_.bytes / 4 * 3) return;
    std::error_code gone;
    fs::remove(entry.path, gone);
    bytes -= entry.bytes;
    --left;
  }
}

}  // namespace shoal::storage
