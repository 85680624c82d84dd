#include "storage/small_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/hex.hpp"
#include "storage/file.hpp"
#include "storage/io_error.hpp"
#include "storage/rename.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

Result<void> fill(const fs::path& scratch, const fs::path& path, BytesView bytes, Durable durable,
                  Readers readers) {
  const auto file = File::open_to_fill(scratch, path, readers == Readers::owner ? 0600 : 0666);
  if (!file) {
    return fail(file.error().code, "cannot write " + shown(path) + ": " + file.error().message);
  }
  if (auto written = file->write_at(0, {&bytes, 1}); !written) return written;
  return durable == Durable::yes ? file->sync() : Result<void>{};
}

int rename_to(const fs::path& from, const fs::path& to, IfThere existing) {
  if (existing == IfThere::keep) return rename_without_replacing(from, to);
  return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

fs::path scratch_name() {
  std::random_device random;
  Bytes bytes;
  ByteWriter(bytes).u32(random()).u32(random());
  return ".shoal-" + to_hex(bytes);
}

void make_private_folder(const fs::path& folder) {
  std::error_code failed;
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), failed);
  if (::mkdir(folder.c_str(), 0700) == 0) return;
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && status.st_uid == ::geteuid() &&
      (status.st_mode & 0077) != 0 && (status.st_mode & S_ISVTX) == 0)
    static_cast<void>(::fchmod(descriptor, status.st_mode & 0700));
  ::close(descriptor);
}

Result<Bytes> read_whole(const fs::path& path, std::uint64_t most) {
  const auto file = File::open_to_read(path);
  if (!file) return std::unexpected(file.error());
  const auto identity = file->identity();
  if (!identity) return std::unexpected(identity.error());
  if (identity->length > most) {
    return fail(Errc::bad_input, shown(path) + " has " + std::to_string(identity->length) +
                                     " bytes; the most is " + std::to_string(most));
  }
  Bytes bytes(static_cast<std::size_t>(identity->length));
  if (auto read = file->read_at(0, bytes); !read) return std::unexpected(read.error());
  return bytes;
}

Result<void> write_whole(const fs::path& path, BytesView bytes, IfThere existing, Durable durable,
                         Readers readers) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    return io_failure("cannot write", path, ENOENT, Tried::create);
  const fs::path scratch = path.parent_path() / scratch_name();
  auto written = fill(scratch, path, bytes, durable, readers);
  const int error = written ? rename_to(scratch, path, existing) : 0;
  if (written && error == 0) return {};
  ::unlink(scratch.c_str());
  if (!written) return written;
  if (error == EEXIST) {
    return fail(Errc::conflict, shown(path) + " is there already; it is left as it is");
  }
  return io_failure("cannot write", path, error, Tried::rename);
}

}  // namespace shoal::storage
