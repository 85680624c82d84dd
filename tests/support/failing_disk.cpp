#include "support/failing_disk.hpp"

#include <cstdlib>
#include <string>

namespace shoal::test::failing_disk {
namespace {

Program::Environment preloaded(const std::string& variable) {
  // AddressSanitizer wants to be the first library; it works as the second one too.
  const char* const options = std::getenv("ASAN_OPTIONS");
  const std::string before = options == nullptr ? "" : std::string(options) + ":";
  return {"LD_PRELOAD=" SHOAL_FAILING_DISK, "ASAN_OPTIONS=" + before + "verify_asan_link_order=0",
          variable};
}

}  // namespace

Program::Environment writes(int error, std::uint64_t after_bytes) {
  return preloaded("FAILING_DISK_WRITE=" + std::to_string(error) + ":" +
                   std::to_string(after_bytes));
}

Program::Environment reservations(int error) {
  return preloaded("FAILING_DISK_RESERVE=" + std::to_string(error));
}

Program::Environment syncs(int error) {
  return preloaded("FAILING_DISK_SYNC=" + std::to_string(error));
}

Program::Environment logs(const std::filesystem::path& into) {
  return preloaded("FAILING_DISK_LOG=" + into.string());
}

}  // namespace shoal::test::failing_disk
