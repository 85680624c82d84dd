#include "storage/witness.hpp"

#include <cerrno>
#include <string>
#include <sys/stat.h>

#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

/// Nothing when there is no difference.
std::string difference(const FileIdentity& before, const FileIdentity& now) {
  if (before.device != now.device || before.inode != now.inode) {
    return "was replaced by another file";
  }
  if (before.length != now.length) {
    return "was changed: it has " + std::to_string(now.length) + " bytes now, it had " +
           std::to_string(before.length);
  }
  return before.modified_ns == now.modified_ns ? "" : "was written to after it had been hashed";
}

}  // namespace

std::optional<Error> what_became_of(const Witness& witness) {
  struct stat status {};
  std::string news;
  if (::stat(witness.path.c_str(), &status) == 0) {
    news = difference(witness.identity, identity_of(status));
  } else if (errno == ENOENT || errno == ENOTDIR) {
    news = "was moved or deleted";
  }
  if (news.empty()) return std::nullopt;
  return Error{Errc::io,
               shown(witness.path) + " " + news +
                   "; it is not offered any more (to offer what it is now, name it again)"};
}

}  // namespace shoal::storage
