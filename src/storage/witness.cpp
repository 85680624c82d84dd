#include "storage/witness.hpp"

#include <cerrno>
#include <string>
#include <sys/stat.h>

#include "storage/io_error.hpp"

namespace shoal::storage {

std::string difference(const FileIdentity& before, const FileIdentity& now) {
  if (before.device != now.device || before.inode != now.inode) {
    return "was replaced by another file";
  }
  if (before.length != now.length) {
    return "was changed: it has " + std::to_string(now.length) + " bytes now, it had " +
           std::to_string(before.length);
  }
  return before.modified_ns == now.modified_ns ? "" : kWrittenTo;
}

namespace {

Error news_of(const Witness& witness, const std::string& what) {
  return {Errc::io, shown(witness.path) + " " + what +
                        "; it is not offered any more (to offer what it is now, name it again)"};
}

}  // namespace

Sighting look_at(const Witness& witness) {
  struct stat status {};
  if (::stat(witness.path.c_str(), &status) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return {};
    return {.news = news_of(witness, "was moved or deleted"), .in_doubt = {}};
  }
  const FileVersion now = version_of(status);
  const std::string what = difference(witness.version.identity, now.identity);
  if (!what.empty()) return {.news = news_of(witness, what), .in_doubt = {}};
  if (now == witness.version) return {};
  return {.news = {}, .in_doubt = now};
}

Error was_written_to(const Witness& witness) {
  return news_of(witness, kWrittenTo);
}

}  // namespace shoal::storage
