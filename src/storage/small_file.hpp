#pragma once

#include <cstdint>
#include <filesystem>

#include <shoal/error.hpp>

#include "base/bytes.hpp"

/// Files that fit into memory: read and written whole.
namespace shoal::storage {

/// Errc::bad_input when it is longer than `most` bytes.
[[nodiscard]] Result<Bytes> read_whole(const std::filesystem::path& path, std::uint64_t most);

/// For a file that is there for a moment: short, so that it fits where others do; hidden; nobody
/// else's.
[[nodiscard]] std::filesystem::path scratch_name();

/// Makes that folder, and those it is in, where they are missing, for its owner alone: mode 0700. A
/// folder of ours that others may look into is closed to them, unless it is sticky and so meant to
/// be shared. What cannot be done is left undone.
void make_private_folder(const std::filesystem::path& folder);

enum class IfThere { keep, replace };
enum class Durable { yes, no };
enum class Readers { by_umask, owner };

/// Under a name of its own in the same directory first, so `path` is never seen half written, by
/// whatever the write is interrupted, unless by a power cut where it need not be durable.
/// Errc::conflict when something is there that is to be kept.
[[nodiscard]] Result<void> write_whole(const std::filesystem::path& path, BytesView bytes,
                                       IfThere existing, Durable durable = Durable::yes,
                                       Readers readers = Readers::by_umask);

}  // namespace shoal::storage
