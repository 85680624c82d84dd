#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <sched.h>
#include <string>
#include <sys/mount.h>

#include "support/temp_dir.hpp"

namespace shoal::test {

/// A disk of that size, in memory, seen by this program alone, which goes away with it. Only root
/// can make one: see missing().
class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t size) {
    const std::string options = "mode=0755,size=" + std::to_string(size);
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", dir_.path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
      missing_ = std::string("a small disk takes the right to mount one (CAP_SYS_ADMIN): ") +
                 std::strerror(errno);
    }
  }
  ~SmallDisk() {
    if (missing_.empty()) ::umount2(dir_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }
  /// Why there is none; empty when there is.
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  TempDir dir_;
  std::string missing_;
};

}  // namespace shoal::test
