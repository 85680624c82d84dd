#include "tracker/tracker_secret.hpp"

#include <fstream>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/bytes.hpp"
#include "hash/sha256.hpp"
#include "secure/random.hpp"
#include "storage/file.hpp"
#include "storage/small_file.hpp"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSecretFile = "tracker.secret";

bool is_private(const storage::File& file) {
  struct stat status {};
  return ::fstat(file.descriptor(), &status) == 0 && status.st_uid == ::geteuid() &&
         (status.st_mode & 0077) == 0;
}

std::optional<registry::SipKey> read_secret(const fs::path& path) {
  const auto file = storage::File::open_to_read(path);
  if (!file || !is_private(*file)) return std::nullopt;
  registry::SipKey secret;
  const auto identity = file->identity();
  if (!identity || identity->length != secret.size() || !file->read_at(0, secret)) {
    return std::nullopt;
  }
  return secret;
}

/// The minutes in connection ids count from the machine's start: those of another start are not to
/// be good again.
registry::SipKey of_this_boot(registry::SipKey secret) {
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  const Digest mask = sha256(as_bytes(boot));
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] ^= mask.bytes[i];
  return secret;
}

registry::SipKey kept_in(const fs::path& path) {
  using namespace storage;
  if (const auto kept = read_secret(path)) return *kept;
  const registry::SipKey fresh = random_secret();
  const auto write = [&](IfThere existing) {
    return write_whole(path, fresh, existing, Durable::no, Readers::owner).has_value();
  };
  if (write(IfThere::keep)) return fresh;
  // Another tracker was quicker, or what is there is of no use.
  if (const auto others = read_secret(path)) return *others;
  if (!write(IfThere::replace)) return fresh;
  return read_secret(path).value_or(fresh);  // two may replace it at once
}

}  // namespace

registry::SipKey random_secret() {
  registry::SipKey secret;
  secure::fill_random(secret);
  return secret;
}

registry::SipKey kept_secret(const fs::path& directory) {
  storage::make_private_folder(directory);
  return of_this_boot(kept_in(directory / kSecretFile));
}

}  // namespace shoal
