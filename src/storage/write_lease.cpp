#include "storage/write_lease.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>

namespace shoal::storage {
namespace {

WriteLease::Answer ask_for_lease(int descriptor) {
  // Who comes meanwhile has us be sent a signal. The usual one, SIGIO, would end the program; this
  // one is ignored by default.
  if (::fcntl(descriptor, F_SETSIG, SIGURG) != 0) return WriteLease::Answer::unknown;
  if (::fcntl(descriptor, F_SETLEASE, F_WRLCK) == 0) return WriteLease::Answer::held;
  return errno == EAGAIN ? WriteLease::Answer::busy : WriteLease::Answer::unknown;
}

}  // namespace

WriteLease::WriteLease(const File& file)
    : descriptor_(file.descriptor()), answer_(ask_for_lease(descriptor_)) {}

WriteLease::~WriteLease() {
  if (answer_ == Answer::held) ::fcntl(descriptor_, F_SETLEASE, F_UNLCK);
}

}  // namespace shoal::storage
