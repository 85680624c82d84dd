#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <shoal/error.hpp>

namespace shoal {

class KeyRing;

/// The keys of a closed swarm: the first one is used, all of them are accepted. Null: an open
/// swarm, without any. The secrets are in memory once and wiped when the last holder goes. Any
/// thread.
using Keys = std::shared_ptr<const KeyRing>;

/// Reads key files, one key each; null of none. Refused: a file that others than its owner can
/// read, or that is no key file. No error ever quotes what is in it.
[[nodiscard]] Result<Keys> read_keys(std::span<const std::filesystem::path> files);

/// Makes a random key in a new file that only its owner can read. Returns the key's id, eight
/// hexadecimal digits that are no secret. Errc::conflict when something is there already.
[[nodiscard]] Result<std::string> write_new_key(const std::filesystem::path& file);

/// The id of the key that is used. Precondition: not null.
[[nodiscard]] std::string key_id(const Keys& keys);

}  // namespace shoal
