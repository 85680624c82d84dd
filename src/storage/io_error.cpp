#include "storage/io_error.hpp"

#include <cerrno>
#include <system_error>

#include "metainfo/name.hpp"

namespace shoal::storage {
namespace {

std::string reason(int error) {
  switch (error) {
    case ENOENT:
      return "it does not exist";
    case ENOTDIR:
      return "a part of its path is not a directory";
    case EISDIR:
      return "it is a directory";
    case EACCES:
    case EPERM:
      return "permission denied; change the permissions or choose another place";
    case EROFS:
      return "the file system is read-only; choose another place";
    case ENOSPC:
      return "the disk is full; free some space and start again";
    case EDQUOT:
      return "your disk quota is used up; free some space and start again";
    case EFBIG:
      return "it gets larger than the file system or the limit on file sizes (ulimit -f) allows";
    case EIO:
      return "the disk reports an input/output error; it may be failing";
    case EMFILE:
    case ENFILE:
      return "too many files are open; raise the limit (ulimit -n)";
    case ENAMETOOLONG:
      return "the name is too long for this file system";
    default:
      return std::generic_category().message(error);
  }
}

}  // namespace

std::string shown(const std::filesystem::path& path) {
  return printable(path.native());
}

std::unexpected<Error> io_failure(std::string_view doing, const std::filesystem::path& path,
                                  int error) {
  return fail(Errc::io, std::string(doing) + " " + shown(path) + ": " + reason(error));
}

}  // namespace shoal::storage
