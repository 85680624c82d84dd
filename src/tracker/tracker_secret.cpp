#include "tracker/tracker_secret.hpp"

#include <fstream>
#include <string>

#include "base/bytes.hpp"
#include "hash/sha256.hpp"
#include "secure/random.hpp"
#include "storage/kept_secret.hpp"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSecretFile = "tracker.secret";

/// The minutes in connection ids count from the machine's start: those of another start are not to
/// be good again.
registry::SipKey of_this_boot(registry::SipKey secret) {
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  const Digest mask = sha256(as_bytes(boot));
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] ^= mask.bytes[i];
  return secret;
}

}  // namespace

registry::SipKey random_secret() {
  registry::SipKey secret;
  secure::fill_random(secret);
  return secret;
}

registry::SipKey kept_secret(const fs::path& directory) {
  return of_this_boot(storage::kept_secret(directory / kSecretFile, random_secret()));
}

}  // namespace shoal
