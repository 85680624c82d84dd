#include "storage/offered_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>

#include "storage/beneath.hpp"
#include "storage/file_hasher.hpp"
#include "storage/hashing_queue.hpp"
#include "storage/io_error.hpp"
#include "storage/known_files.hpp"
#include "storage/witness.hpp"

namespace shoal::storage {
namespace {

constexpr const char* kGone = "was moved or deleted";
constexpr const char* kBehindLink = "is behind a symbolic link now, which is not followed";
constexpr const char* kNoFile = "was replaced by something that is no file";

bool is_gone(int error) {
  return error == ENOENT || error == ENOTDIR;
}

/// What became of a file that cannot be reached; nothing where that tells nothing of it.
const char* fate(int error) {
  if (is_gone(error)) return kGone;
  return error == ELOOP ? kBehindLink : nullptr;
}

std::string difference(const FileVersion& hashed, const struct stat& now) {
  if (S_ISLNK(now.st_mode)) return kBehindLink;
  if (!S_ISREG(now.st_mode)) return kNoFile;
  return storage::difference(hashed.identity, identity_of(now));
}

/// The folders of files that come in the order of a tree, one after the other.
class FolderOf {
 public:
  explicit FolderOf(int top) : top_(top) {}

  /// The folder that `path` is in: its descriptor, or -1 and errno; and the rest of the path.
  std::pair<int, std::string> operator()(std::string_view path) {
    const std::size_t name = path.rfind('/') + 1;  // 0 where there is none
    if (name == 0) return {top_, std::string(path)};
    const std::string_view folder = path.substr(0, name - 1);
    if (folder != last_) {
      last_ = folder;
      opened_ = Descriptor(openat_beneath(top_, folder, O_PATH | O_DIRECTORY));
      error_ = errno;
    }
    errno = error_;
    return {opened_.get(), std::string(path.substr(name))};
  }

 private:
  int top_;
  std::string last_;
  Descriptor opened_;
  int error_ = 0;
};

}  // namespace

OfferedFolder::OfferedFolder(std::filesystem::path path, std::shared_ptr<const FileTree> tree,
                             std::vector<FileVersion> versions, std::size_t most_open)
    : path_(std::move(path)),
      tree_(std::move(tree)),
      top_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      top_error_(top_.is_open() ? 0 : errno),
      versions_(std::move(versions)),
      lost_(tree_->size()),
      open_(std::max<std::size_t>(most_open, 1)) {
  versions_.resize(tree_->size());
  for (std::size_t i = 0; i < versions_.size(); ++i) lost_[i] = versions_[i] == FileVersion{};
}

Error OfferedFolder::news_of(FileIndex file, const std::string& what) const {
  return {Errc::io, shown(path_ / (*tree_)[file].path) + " " + what +
                        "; it is not offered any more (to offer the folder as it is now, name it "
                        "again)"};
}

// ---- reading -----------------------------------------------------------------

std::shared_ptr<const File> OfferedFolder::opened(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  return open_.find(file);
}

Result<std::shared_ptr<const File>> OfferedFolder::open(FileIndex file) {
  if (auto handle = opened(file)) return handle;
  auto anew = open_anew(file);
  if (!anew) return std::unexpected(std::move(anew).error());
  auto handle = std::make_shared<const File>(*std::move(anew));
  std::shared_ptr<const File> closing;  // when nobody waits for the lock
  const std::lock_guard lock(mutex_);
  if (lost_[value(file)]) return std::unexpected(news_of(file, kWrittenTo));
  if (auto other = open_.find(file)) return other;  // another thread was faster
  closing = open_.add(file, handle);
  return handle;
}

Result<File> OfferedFolder::open_anew(FileIndex file) const {
  if (!top_.is_open()) return io_failure("cannot look into", path_, top_error_);
  const std::string_view path = (*tree_)[file].path;
  Descriptor descriptor(openat_beneath(top_.get(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!descriptor.is_open()) {
    const int error = errno;
    if (const char* became = fate(error)) return std::unexpected(news_of(file, became));
    return io_failure("cannot open", path_ / path, error);
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) {
    return io_failure("cannot look at", path_ / path, errno);
  }
  const std::string what = difference(version_of_hashed(file), status);
  if (!what.empty()) return std::unexpected(news_of(file, what));
  return File::of_descriptor(descriptor.release(), path_ / path);
}

FileVersion OfferedFolder::version_of_hashed(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  return versions_[value(file)];
}

// ---- what becomes of it --------------------------------------------------------

std::optional<Error> OfferedFolder::news() const {
  if (!top_.is_open()) return io_failure("cannot look into", path_, top_error_).error();
  struct stat hashed {};
  struct stat now {};
  if (::fstat(top_.get(), &hashed) != 0) return std::nullopt;
  const bool is_there = ::stat(path_.c_str(), &now) == 0;
  if (!is_there && !is_gone(errno)) return std::nullopt;
  if (is_there && hashed.st_dev == now.st_dev && hashed.st_ino == now.st_ino) return std::nullopt;
  return Error{Errc::io,
               shown(path_) + " " + (is_there ? "was replaced by another folder" : kGone) +
                   "; it is not offered any more (to offer what it is now, name it again)"};
}

std::vector<OfferedFolder::Change> OfferedFolder::look(std::uint32_t& next, std::uint32_t most) {
  std::vector<Change> changes;
  if (!top_.is_open()) return changes;
  FolderOf folder_of(top_.get());
  for (; most > 0 && next < tree_->size(); --most, ++next) {
    const FileTree::View one = (*tree_)[FileIndex{next}];
    if (one.kind != TreeEntry::Kind::file) continue;
    const auto [folder, name] = folder_of(one.path);
    see(FileIndex{next}, folder, name, changes);
  }
  if (next >= tree_->size()) next = 0;
  return changes;
}

/// `folder` is where it is, or -1 with errno.
void OfferedFolder::see(FileIndex file, int folder, const std::string& name,
                        std::vector<Change>& changes) {
  struct stat status {};
  if (folder < 0 || ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (const char* became = fate(errno)) lose(file, became, changes);
    return;
  }
  const FileVersion hashed = version_of_hashed(file);
  const std::string what = difference(hashed, status);
  if (!what.empty()) return lose(file, what, changes);
  if (version_of(status) == hashed) return;
  const std::lock_guard lock(mutex_);
  if (!lost_[value(file)]) doubtful_.insert(file);
}

void OfferedFolder::lose(FileIndex file, const std::string& what, std::vector<Change>& changes) {
  std::shared_ptr<const File> closing;  // when nobody waits for the lock
  const std::lock_guard lock(mutex_);
  if (lost_[value(file)]) return;
  lost_[value(file)] = true;
  doubtful_.erase(file);
  closing = open_.remove(file);
  changes.push_back({file, news_of(file, what)});
}

bool OfferedFolder::in_doubt() const {
  const std::lock_guard lock(mutex_);
  return !doubtful_.empty();
}

std::optional<OfferedFolder::Change> OfferedFolder::prove_next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (doubtful_.empty()) return std::nullopt;
  const FileIndex file = doubtful_.extract(doubtful_.begin()).value();
  lock.unlock();
  const auto proven = prove(file, stop);
  if (!proven) return std::nullopt;
  std::vector<Change> change;
  if (!*proven) lose(file, kWrittenTo, change);
  if (change.empty()) return std::nullopt;
  return std::move(change.front());
}

Result<bool> OfferedFolder::prove(FileIndex file, const std::stop_token& stop) {
  const auto bytes = open(file);
  if (!bytes) return std::unexpected(bytes.error());
  const auto now = (*bytes)->version();
  if (!now) return std::unexpected(now.error());
  const FileTree::View one = (*tree_)[file];
  if (one.root != nullptr) {
    const auto geometry = Geometry::make(one.length, tree_->piece_length());
    if (!geometry) return std::unexpected(geometry.error());
    const auto layer = hash_file(**bytes, *geometry, 1, {}, stop);
    if (!layer) return std::unexpected(layer.error());
    if (root_of(*geometry, *layer) != *one.root) return false;
  }
  const auto after = (*bytes)->version();
  if (!after) return std::unexpected(after.error());
  const std::lock_guard lock(mutex_);
  // Touched again meanwhile: it stays in doubt, and look() says so.
  if (*after == *now) versions_[value(file)] = *now;
  return true;
}

void OfferedFolder::forget(FileIndex file, const LayerCache& cache) const {
  const FileTree::View one = (*tree_)[file];
  struct stat folder {};
  if (one.root == nullptr || ::fstat(top_.get(), &folder) != 0) return;
  if (HashingQueue::is_short(one.length)) return KnownFiles::forget(cache, identity_of(folder));
  if (const auto geometry = Geometry::make(one.length, tree_->piece_length())) {
    cache.forget(version_of_hashed(file), *geometry, std::chrono::system_clock::now());
  }
}

}  // namespace shoal::storage
