#include "storage/other_versions.hpp"

#include <algorithm>
#include <fcntl.h>
#include <map>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "hash/sha256.hpp"
#include "metainfo/description.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "storage/beneath.hpp"
#include "storage/copy_content.hpp"
#include "storage/folder_stack.hpp"
#include "storage/part_name.hpp"
#include "storage/part_place.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInfo = ".info";
constexpr std::size_t kMostVersions = 8;
constexpr std::size_t kMostRead = 32;        // dictionaries, of whatever
constexpr std::size_t kComparedOfName = 64;  // of a long one the beginning stays

bool is_ours(int descriptor, ::mode_t kind) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && (status.st_mode & S_IFMT) == kind &&
         status.st_uid == ::geteuid();
}

/// The dictionary, where nobody fills the folder.
std::optional<Bytes> dictionary_in(const fs::path& path) {
  const int descriptor = open_at(path, 0);
  if (descriptor < 0) return std::nullopt;
  const File file = File::of_descriptor(descriptor, path);
  if (!is_ours(descriptor, S_IFREG)) return std::nullopt;
  const auto identity = file.identity();
  if (!identity || identity->length == 0 || identity->length > kMaxTreeDictionary) return {};
  Bytes bytes(static_cast<std::size_t>(identity->length));
  if (!file.read_at(0, bytes)) return std::nullopt;
  // Last, and let go at once: whoever begins to fill it now finds it free.
  if (lock(file) == Lock::somebody_elses) return std::nullopt;
  return bytes;
}

std::optional<OtherVersion> version_at(const fs::path& info_path, const std::string& name) {
  const auto dictionary = dictionary_in(info_path);
  if (!dictionary) return std::nullopt;
  OtherVersion version{.part_path = fs::path(info_path).replace_extension(),
                       .info_path = info_path,
                       .hash = InfoHash{sha256(*dictionary).bytes},
                       .tree = {}};
  // What it holds says what it is called.
  const std::size_t most =
      std::min(longest_name(info_path.parent_path()), kMaxNameLength) - kInfo.size();
  bool called_so = false;
  for (int which = 1; which <= kNames; ++which) {
    const Digest digest{version.hash.bytes};
    called_so = called_so || version.part_path.filename() == part_name(name, digest, which, most);
  }
  std::error_code failed;
  if (!called_so || !fs::is_directory(fs::symlink_status(version.part_path, failed))) return {};
  auto described = parse_folder(*dictionary);
  if (!described) return std::nullopt;
  version.tree = std::move(described->tree);
  return version;
}

/// A file there of that content, of the right length and with something in it.
std::optional<File> open_source(int folder, const fs::path& part_path, const FileTree::View& view,
                                std::uint64_t& stored) {
  const int descriptor = openat_beneath(folder, view.path, O_RDONLY | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  File file = File::of_descriptor(descriptor, part_path / view.path);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_blocks == 0 ||
      std::cmp_not_equal(status.st_size, view.length)) {
    return std::nullopt;
  }
  stored = std::min<std::uint64_t>(view.length, static_cast<std::uint64_t>(status.st_blocks) * 512);
  return file;
}

}  // namespace

std::vector<OtherVersion> other_versions(const fs::path& directory, const FileName& name,
                                         const InfoHash& wanted) {
  std::vector<fs::path> candidates;
  const std::string beginning = name.text().substr(0, kComparedOfName);
  std::error_code failed;
  fs::directory_iterator entries(directory, failed);
  for (; !failed && entries != fs::directory_iterator(); entries.increment(failed)) {
    const std::string file = entries->path().filename().string();
    if (file.starts_with(beginning) && file.ends_with(".part" + std::string(kInfo)))
      candidates.push_back(entries->path());
  }
  std::ranges::sort(candidates);
  candidates.resize(std::min(candidates.size(), kMostRead));
  std::vector<OtherVersion> found;
  for (const fs::path& one : candidates) {
    if (found.size() == kMostVersions) break;
    auto version = version_at(one, name.text());
    if (version && version->hash != wanted) found.push_back(*std::move(version));
  }
  return found;
}

Result<TakenOver> take_over(const OtherVersion& other, PartFolder& folder, const FileTree& tree,
                            std::span<const FileIndex> files, const std::stop_token& stop) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor there(::open(other.part_path.c_str(), kFlags));
  TakenOver taken;
  if (!there.is_open() || !is_ours(there.get(), S_IFDIR)) return taken;
  std::map<Digest, FileIndex> by_root;
  for (std::uint32_t i = 0; i < other.tree->size(); ++i) {
    const FileTree::View view = (*other.tree)[FileIndex{i}];
    if (view.root != nullptr) by_root.try_emplace(*view.root, FileIndex{i});
  }
  for (const FileIndex file : files) {
    if (stop.stop_requested()) return fail(Errc::cancelled, "interrupted");
    const FileTree::View view = tree[file];
    if (view.root == nullptr || folder.may_have(file) || folder.in_the_way(file)) continue;
    const auto same = by_root.find(*view.root);
    if (same == by_root.end()) continue;
    std::uint64_t stored = 0;
    const FileTree::View theirs = (*other.tree)[same->second];
    const auto source = theirs.length == view.length
                            ? open_source(there.get(), other.part_path, theirs, stored)
                            : std::nullopt;
    if (!source) continue;
    const auto writing = folder.write(file);
    if (!writing) continue;
    folder.expect_data(file);
    const auto copied = copy_stored(*source, writing->file(), view.length, stop, folder.sharing());
    if (!copied && copied.error().code == Errc::cancelled) return std::unexpected(copied.error());
    if (!copied) continue;
    ++taken.files;
    taken.bytes += stored;
  }
  return taken;
}

}  // namespace shoal::storage
