#pragma once

#include <filesystem>
#include <string_view>
#include <sys/types.h>

#include <shoal/error.hpp>

/// Opens what is below a folder, and never what is not: no symbolic link is followed, whoever puts
/// one there and when. `folder` is the folder's descriptor, `path` leads on from there: elements
/// with "/" between them, none of them empty, "." or "..". Blocking; any thread.
namespace shoal::storage {

/// As openat(), with O_CLOEXEC: a descriptor, which the caller closes, or -1 and errno. ELOOP: the
/// path has a link in it (one at its end is opened itself where `flags` have both O_PATH and
/// O_NOFOLLOW). EINVAL: no such path is allowed. `mode` counts where `flags` make a file.
[[nodiscard]] int openat_beneath(int folder, std::string_view path, int flags, ::mode_t mode = 0);

/// The same with an error for people (Errc::io), which calls the file `known_as`, or `path` where
/// that is empty.
[[nodiscard]] Result<int> open_beneath(int folder, std::string_view path, int flags,
                                       ::mode_t mode = 0,
                                       const std::filesystem::path& known_as = {});

/// What openat_beneath() does where the kernel cannot do it in one call (openat2, Linux 5.6): one
/// folder after the other.
[[nodiscard]] int step_beneath(int folder, std::string_view path, int flags, ::mode_t mode = 0);

}  // namespace shoal::storage
