#include "storage/part_name.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "hash/sha256.hpp"
#include "metainfo/name.hpp"
#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

constexpr std::string_view kEnding = ".part";
constexpr std::size_t kDigestBytes = 4;
// Below that there is no room for what tells one name from another; such file systems are left to
// say themselves what they do not take.
constexpr std::size_t kLeastRoom = 48;

std::string digits(const Digest& digest) {
  return to_hex(BytesView(digest.bytes).first(kDigestBytes));
}

std::string with_ending(std::string_view name, const std::string& ending, std::size_t most) {
  if (name.size() + ending.size() <= most) return std::string(name) + ending;
  const std::string tail = "-" + digits(sha256(as_bytes(name))) + ending;
  std::size_t kept = std::min(name.size() - 1, most - tail.size());
  while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xc0u) == 0x80u) {
    --kept;  // whole characters
  }
  return std::string(name.substr(0, kept)) + tail;
}

}  // namespace

std::string part_name(std::string_view name, const Digest& root, int which, std::size_t most) {
  std::string ending = "." + digits(root);
  if (which > 1) ending += "-" + std::to_string(which);
  ending += kEnding;
  return with_ending(name, ending, std::clamp(most, kLeastRoom, kMaxNameLength));
}

std::string old_part_name(std::string_view name) {
  return with_ending(name, std::string(kEnding), kMaxNameLength);
}

std::size_t longest_name(const std::filesystem::path& directory) {
  const long most = ::pathconf(directory.c_str(), _PC_NAME_MAX);
  return most > 0 ? static_cast<std::size_t>(most) : kMaxNameLength;
}

std::optional<Error> refused_name(const std::filesystem::path& path, int error) {
  std::error_code ignored;
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  // A FUSE file system may say of a name that it does not take that nothing is there.
  const bool refused = error == EINVAL || error == EILSEQ || error == ENAMETOOLONG ||
                       (error == ENOENT && std::filesystem::is_directory(folder, ignored));
  if (!refused) return std::nullopt;
  const bool too_long = error == ENAMETOOLONG;
  return Error{Errc::bad_name,
               "the file system of " + shown(folder) + " does not take the name \"" +
                   shown(path.filename()) + "\"" + (too_long ? ", which is too long for it" : "") +
                   "; choose another directory, or another name to save it under (--as NAME)"};
}

}  // namespace shoal::storage
