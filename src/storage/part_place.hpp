#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <shoal/error.hpp>

#include "storage/file.hpp"
#include "storage/rights.hpp"

/// How a download takes a name in a directory where others may have put something: what PartFile
/// and PartFolder have in common. All of it blocks.
namespace shoal::storage {

/// How often a file may be renamed under our hands before we believe that somebody else is at work.
inline constexpr int kAttempts = 5;
/// Tried, should others have put something there.
inline constexpr int kNames = 4;

/// It is there and may be written to; else an error that says what to do.
[[nodiscard]] Result<void> check_directory(const std::filesystem::path& directory);
/// Is anything there, be it a link that leads nowhere?
[[nodiscard]] bool anything_at(const std::filesystem::path& path);
/// Does the path still stand for this open file or folder, and for nothing behind a symbolic link?
[[nodiscard]] bool names(const std::filesystem::path& path, int descriptor);

enum class Lock : std::uint8_t { ours, somebody_elses, unknown_here };
/// Lustre and NFS may be mounted without locks; then nobody is kept out, and that is all.
[[nodiscard]] Lock lock(const File& file);

/// To be read and written: -1 and errno. What is there is neither followed nor waited for.
[[nodiscard]] int open_at(const std::filesystem::path& path, int flags);
/// Why what is there cannot be opened, though the system could do it: words that follow "it".
/// Empty: the fault is the system's.
[[nodiscard]] std::string why_closed(const std::filesystem::path& path, int error);

struct FoundPart {
  std::optional<File> file;
  int error = 0;          ///< of the system
  bool existed = false;   ///< the name was taken
  std::string objection;  ///< why it cannot be ours, in words that follow "it"
};
/// At most `length` bytes long. Messages will call the file `known_as`.
[[nodiscard]] FoundPart open_or_create(const std::filesystem::path& path,
                                       const std::filesystem::path& known_as, std::uint64_t length,
                                       const NewFile& fresh);

inline constexpr const char* kIsLonger = "is longer than this file";

/// A note for people.
[[nodiscard]] std::string left_alone(const std::filesystem::path& path, const std::string& why);
/// What is to be said when nothing was found in kNames attempts; `first`: the first such note.
[[nodiscard]] std::unexpected<Error> no_name_left(const std::string& first);
[[nodiscard]] std::unexpected<Error> somebody_fetches(const std::filesystem::path& path);
[[nodiscard]] std::unexpected<Error> keeps_being_replaced(const std::filesystem::path& final_path);

/// What was put into it, or taken out, is on the disk.
[[nodiscard]] Result<void> sync_directory(const std::filesystem::path& directory);
/// 0 or an errno value.
[[nodiscard]] int sync_folder(int descriptor);

}  // namespace shoal::storage
