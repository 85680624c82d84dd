#include "storage/local_disk.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace shoal::storage {

bool is_on_local_disk(int descriptor) {
  constexpr std::array<std::uint32_t, 16> kLocal{
      EXT4_SUPER_MAGIC,  XFS_SUPER_MAGIC,      BTRFS_SUPER_MAGIC,     TMPFS_MAGIC,
      RAMFS_MAGIC,       F2FS_SUPER_MAGIC,     OVERLAYFS_SUPER_MAGIC, MSDOS_SUPER_MAGIC,
      EXFAT_SUPER_MAGIC, REISERFS_SUPER_MAGIC, NILFS_SUPER_MAGIC,     ECRYPTFS_SUPER_MAGIC,
      0x2fc12fc1,  // ZFS
      0xca451a4e,  // bcachefs
      0x7366746e,  // NTFS
      0x3153464a,  // JFS
  };
  struct statfs disk {};
  return ::fstatfs(descriptor, &disk) == 0 &&
         std::ranges::find(kLocal, static_cast<std::uint32_t>(disk.f_type)) != kLocal.end();
}

}  // namespace shoal::storage
