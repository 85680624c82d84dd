#include "base/system_words.hpp"

#include <array>
#include <cerrno>
#include <span>
#include <system_error>

namespace shoal {
namespace {

struct Words {
  int error;
  const char* text;
};

// Of a place that a program serves (FUSE), when that has ended, before and in the middle of it.
constexpr const char* kUnmounted = "its file system is not there any more; mount it again";

// What is the same whatever was tried.
constexpr std::array kAlways{
    Words{ENOENT, "it does not exist"},
    Words{ENOTDIR, "a part of its path is not a directory"},
    Words{EISDIR, "it is a directory; name the files in it"},
    Words{ELOOP, "its path goes through too many symbolic links, most likely in a circle"},
    Words{EACCES, "permission denied; change the permissions or choose another place"},
    Words{EPERM,
          "the system does not permit it, whatever the permissions say; look whether it is "
          "protected (lsattr), or choose another place"},
    Words{EROFS, "the file system is read-only; choose another place"},
    Words{ENOSPC, "the disk is full; free some space and start again"},
    Words{EDQUOT, "your disk quota is used up; free some space and start again"},
    Words{EFBIG,
          "it gets larger than the file system (4 GiB on FAT) or the limit on file sizes (ulimit "
          "-f) allows; choose another place or raise the limit"},
    Words{EOVERFLOW, "it is too large for this system"},
    Words{EIO,
          "the disk reports an input/output error; it may be failing: look at the system's log, "
          "and save what matters"},
    Words{ENXIO, "its device is gone; connect it again"},
    Words{ENODEV, "its device is gone; connect it again"},
    Words{ESTALE, "its server has removed or replaced it; mount that place again, and try again"},
    Words{ENOTCONN, kUnmounted},
    Words{ECONNABORTED, kUnmounted},
    Words{ETIMEDOUT, "its server does not answer; look whether it runs, and try again"},
    Words{EHOSTDOWN, "its server does not answer; look whether it runs, and try again"},
    Words{EHOSTUNREACH, "its server cannot be reached; look whether it runs, and try again"},
    Words{EUCLEAN, "its file system is damaged; have it checked (fsck)"},
    Words{EBADMSG, "what the disk holds there is damaged; fetch or copy it anew"},
    Words{ENOKEY, "it is encrypted, and locked; unlock its directory first"},
    Words{EMFILE, "too many files are open; raise the limit (ulimit -n)"},
    Words{ENFILE, "too many files are open on this machine; end some programs and try again"},
    Words{ENOMEM, "the memory is used up; end some programs and try again"},
    Words{EBUSY, "another program or the system uses it; try again when that has ended"},
    Words{ETXTBSY, "it is a program that is running; end it first"},
    Words{ENAMETOOLONG, "the name is too long for this file system; choose a shorter one"},
    Words{EILSEQ, "the file system there does not allow its name; choose another name or place"},
};

constexpr const char* kNameNotAllowed =
    "the file system there does not allow its name (FAT and NTFS take none with \\ : * ? \" < > "
    "|); "
    "choose another name or place";
// A new name takes room in its directory, and a new file a place among all files.
constexpr const char* kNoRoomForAnother =
    "the disk is full, or holds as many files as it can (df -i tells); free some space and start "
    "again";
constexpr std::array kCreate{
    Words{ENOENT, "the directory for it does not exist; create it or choose another"},
    Words{EISDIR, "there is a directory of that name; choose another place"},
    Words{EINVAL, kNameNotAllowed},
    Words{EPERM,
          "the directory lets nobody add or change files (lsattr tells); choose another place"},
    Words{ENOSPC, kNoRoomForAnother},
};
constexpr const char* kTooLong =
    "it gets larger than the file system allows (4 GiB on FAT); choose another place";
constexpr std::array kResize{Words{EINVAL, kTooLong}};
constexpr const char* kNoReserving =
    "the file system there cannot reserve room; start again without --preallocate";
constexpr std::array kReserve{Words{EINVAL, kNoReserving}, Words{EOPNOTSUPP, kNoReserving},
                              Words{ENOSYS, kNoReserving}};
constexpr std::array kRename{
    Words{ENOSPC, kNoRoomForAnother},
    Words{EINVAL, kNameNotAllowed},
    Words{EPERM, "only its owner or that of the directory may rename it; choose another place"},
    Words{EXDEV, "the new name would be on another file system; choose a place on the same one"},
};

std::span<const Words> special(Tried tried) {
  switch (tried) {
    case Tried::create:
      return kCreate;
    case Tried::resize:
      return kResize;
    case Tried::reserve:
      return kReserve;
    case Tried::rename:
      return kRename;
    case Tried::other:
      break;
  }
  return {};
}

const char* looked_up(std::span<const Words> table, int error) {
  for (const Words& words : table) {
    if (words.error == error) return words.text;
  }
  return nullptr;
}

}  // namespace

std::string in_words(Tried tried, int error) {
  if (const char* text = looked_up(special(tried), error)) return text;
  if (const char* text = looked_up(kAlways, error)) return text;
  return std::generic_category().message(error);
}

}  // namespace shoal
