#include "storage/kept_secret.hpp"

#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/file.hpp"
#include "storage/small_file.hpp"

namespace shoal::storage {
namespace {

bool is_private(const File& file) {
  struct stat status {};
  return ::fstat(file.descriptor(), &status) == 0 && status.st_uid == ::geteuid() &&
         (status.st_mode & 0077) == 0;
}

std::optional<KeptSecret> read_secret(const std::filesystem::path& path) {
  const auto file = File::open_to_read(path);
  if (!file || !is_private(*file)) return std::nullopt;
  KeptSecret secret;
  const auto identity = file->identity();
  if (!identity || identity->length != secret.size() || !file->read_at(0, secret)) {
    return std::nullopt;
  }
  return secret;
}

}  // namespace

KeptSecret kept_secret(const std::filesystem::path& path, const KeptSecret& fresh) {
  make_private_folder(path.parent_path());
  if (const auto kept = read_secret(path)) return *kept;
  const auto write = [&](IfThere existing) {
    return write_whole(path, fresh, existing, Durable::no, Readers::owner).has_value();
  };
  if (write(IfThere::keep)) return fresh;
  // Another program was quicker, or what is there is of no use.
  if (const auto others = read_secret(path)) return *others;
  if (!write(IfThere::replace)) return fresh;
  return read_secret(path).value_or(fresh);  // two may replace it at once
}

}  // namespace shoal::storage
