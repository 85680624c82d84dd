#pragma once

#include <cstdint>
#include <string>

namespace shoal {

/// What was tried with a file when the system said no. One errno value means different things for
/// different calls: EINVAL for a new file is about its name, for a resize about its length.
enum class Tried : std::uint8_t {
  other,
  create,   ///< a file that may not be there yet
  resize,   ///< give it its length
  reserve,  ///< take the room for it
  rename,
};

/// What the system answered, in plain words, and after a semicolon what to do: "the disk is full;
/// free some space and start again". `error` is an errno value.
[[nodiscard]] std::string in_words(Tried tried, int error);

}  // namespace shoal
